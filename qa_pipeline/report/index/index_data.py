"""The rows of the list as data for its script: short arrays, and every text that repeats written once.

``rows`` are in the order of urgency; the places of their values are COLUMNS. A row names texts by their place in
``agents``, ``teams``, ``days`` …; null stands for what is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from qa_pipeline.report.call.call_view import notice_view
from qa_pipeline.report.call.unscorable_view import NOTHING, short_reason
from qa_pipeline.report.formats import BEFORE_TIME
from qa_pipeline.report.index.index_rows import IndexRow
from qa_pipeline.report.index.index_text import cut, exact_percent, points_text, recording_beside
from qa_pipeline.report.wording import UNKNOWN, Wording, page_suffix

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

#: The order in which results are offered as a choice.
_STATES = ("redline", "failed", "passed", "few", "open", "none", "unscored")


@dataclass(frozen=True)
class Choice:
    """Values of one kind that the list can be filtered by."""

    name: str
    label: str
    all_text: str
    options: tuple[tuple[str, str], ...]
    """Value, which is the same in every language so that links keep their meaning, and its text."""


@dataclass(frozen=True)
class Period:
    """Days that are chosen at once, counted from the newest call; ``first`` and ``last`` as ``2026-11-02``."""

    text: str
    first: str
    last: str
    days: str


class _Texts:
    """Values numbered as they come, each written once."""

    def __init__(self) -> None:
        self.places: dict[tuple[Json, ...], int] = {}

    def place(self, *value: Json) -> int:
        return self.places.setdefault(value, len(self.places))

    @property
    def all(self) -> list[tuple[Json, ...]]:
        return list(self.places)


COLUMNS = (
    "id", "page", "recording", "agent", "team", "day", "second", "length", "outcome", "state", "percent", "points",
    "red", "scored", "criteria", "unresolved", "notices", "reasons", "human",
)  # fmt: skip


#: Texts that the script fills in, by its names for them.
_SCRIPT_TEXTS = {
    "range": "list.range", "range_of": "list.range_of", "one": "list.one", "none": "list.none", "chip": "list.chip",
    "drop": "list.drop", "search": "list.search", "from": "list.from", "until": "list.until", "between": "list.between",
    "filtered": "list.filtered", "ascending": "sort.ascending", "descending": "sort.descending", "page": "list.page",
    "period": "filter.period", "review": "redline.review", "clear": "filter.clear",
    "n": "total.n", "of": "total.of", "reason": "total.reason", "nothing": "unscorable.nothing",
    **{f"column.{name}": f"column.{name}" for name in (
        "agent", "team", "call", "started", "duration", "outcome", "score", "state", "scored", "unresolved", "notices",
    )},
}  # fmt: skip


def index_data(
    rows: Sequence[IndexRow], names: Mapping[str, str], words: Wording, page_rows: int
) -> Mapping[str, object]:
    texts = {name: _Texts() for name in ("agents", "teams", "days", "outcomes", "states", "red", "notices", "reasons")}
    made = [_row(row, names, texts, words) for row in rows]
    return {
        "texts": {name: words.text(key) for name, key in _SCRIPT_TEXTS.items()},
        "columns": COLUMNS,
        "page_rows": page_rows,
        "suffix": page_suffix(words.lang),
        "unknown": UNKNOWN,
        "before_time": BEFORE_TIME[words.lang],
        **{name: found.all for name, found in texts.items()},
        "rows": made,
    }


def _row(row: IndexRow, names: Mapping[str, str], texts: Mapping[str, _Texts], words: Wording) -> list[Json]:
    started, key = row.started_at, row.agent_id or row.agent
    code = row.outcome.value if row.outcome else None
    page = row.agent_page + page_suffix(words.lang) if row.agent_page else ""
    return [
        cut(row.call_id),
        None if row.page == row.call_id else row.page,
        recording_beside(row) or None,
        texts["agents"].place(cut(key), names[key], page, row.agent_id) if key else None,
        texts["teams"].place(cut(row.team)) if row.team else None,
        texts["days"].place(started.date().isoformat(), words.day(started)) if started else None,
        started.hour * 3600 + started.minute * 60 + started.second if started else None,
        None if row.duration_s is None else round(row.duration_s),
        texts["outcomes"].place(code, words.text(f"outcome.{code}")) if code else None,
        texts["states"].place(row.state, words.text(f"state.{row.state}"), _seriousness(row.state)[0]),
        exact_percent(row),
        points_text(row) or None,
        [texts["red"].place(cut(zh), cut(words.either(zh, en))) for zh, en in row.red_lines],
        row.scored,
        row.criteria,
        row.unresolved,
        [_notice(code, texts["notices"], words) for code in row.notices],
        [texts["reasons"].place(c, short_reason(c, words), words.either(zh, en)) for c, zh, en in row.unscorable],
        int(row.needs_human),
    ]


def _notice(code: str, texts: _Texts, words: Wording) -> int:
    notice = notice_view(code, words)
    return texts.place(notice.short, notice.text, notice.serious)


def choices(rows: Sequence[IndexRow], names: Mapping[str, str], words: Wording) -> tuple[Choice, ...]:
    """What there is to choose from; a kind of which every call has the same is no choice."""
    outcomes = {row.outcome.value: words.text(f"outcome.{row.outcome}") for row in rows if row.outcome}
    states = {row.state: words.text(f"state.{row.state}") for row in rows}
    found = (
        _choice("team", {cut(row.team): cut(row.team) for row in rows if row.team}, words),
        _choice("agent", {cut(key): name for key, name in names.items() if key}, words),
        _choice("state", dict(sorted(states.items(), key=lambda item: _seriousness(item[0]))), words, ordered=True),
        _choice("outcome", outcomes, words),
        _red_lines(rows, words),
        _reasons(rows, words),
    )
    # One reason or red line among calls without any is a choice; one team of all calls is none.
    return tuple(c for c in found if len(c.options) > 1 or (c.options and c.name in ("red", "why")))


def _choice(name: str, options: Mapping[str, str], words: Wording, ordered: bool = False) -> Choice:
    pairs = options.items() if ordered else sorted(options.items(), key=lambda item: (item[1], item[0]))
    return Choice(name, words.text(f"filter.{name}"), words.text(f"index.all.{name}"), tuple(pairs))


def _red_lines(rows: Iterable[IndexRow], words: Wording) -> Choice:
    titles = {cut(zh): cut(words.either(zh, en)) for row in rows for zh, en in row.red_lines}
    any_or_none = {"*": words.text("index.red.any"), "-": words.text("index.red.none")} if titles else {}
    return _choice("red", any_or_none | dict(sorted(titles.items())), words, ordered=True)


def _reasons(rows: Iterable[IndexRow], words: Wording) -> Choice:
    codes = {code for row in rows for code, _, _ in row.unscorable}
    if any(row.state == "none" and not row.unscorable for row in rows):
        codes.add(NOTHING)
    return _choice("why", {code: short_reason(code, words) for code in codes}, words)


def _seriousness(state: str) -> tuple[int, str]:
    return _STATES.index(state) if state in _STATES else len(_STATES), state


def periods(rows: Iterable[IndexRow], words: Wording) -> tuple[Period, ...]:
    """Weeks (from Monday) and months, counted from the newest call: a list that is opened later shows the same."""
    newest = max((row.started_at.date() for row in rows if row.started_at), default=None)
    if newest is None or not MINYEAR + 1 < newest.year < MAXYEAR:  # dates that stand for none have no month beside them
        return ()
    monday, first = newest - timedelta(days=newest.weekday()), newest.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    spans = {
        "week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "month": (first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)),
        "last_month": (before, first - timedelta(days=1)),
    }
    return tuple(_period(name, *span, words) for name, span in spans.items())


def _period(name: str, first: date, last: date, words: Wording) -> Period:
    days = words.day_range(first, last, year=False)
    return Period(words.text(f"period.{name}"), first.isoformat(), last.isoformat(), days)
