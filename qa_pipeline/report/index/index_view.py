"""The page that lists the calls: totals, choices to filter by, and the first rows as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.report.call.call_view import NoticeView, notice_view
from qa_pipeline.report.call.unscorable_view import NOTHING, counted, short_reason
from qa_pipeline.report.index.index_data import Choice, Period, choices, index_data, periods
from qa_pipeline.report.index.index_rows import IndexRow, file_name
from qa_pipeline.report.index.index_text import agent_names, cut, exact_percent, points_text, recording_beside
from qa_pipeline.report.text import clean, shown, shown_identifier
from qa_pipeline.report.values import FailureRow, PageOptions
from qa_pipeline.report.wording import UNKNOWN, Wording, clock, number, page_suffix, percent
from qa_pipeline.rubric.model import Rubric

#: Rows that are drawn at once: as many as a reader looks through, and a browser lays out in a moment.
PAGE_ROWS = 100
#: Failures that stand in the open; a broken folder can have thousands.
OPEN_FAILURES = 50
#: States in which a call passed or failed.
_JUDGED = ("passed", "failed", "redline")


@dataclass(frozen=True)
class Total:
    key: str
    label: str
    value: str
    note: str = ""
    warn: bool = False
    parts: tuple[str, ...] = ()
    """What the value is made of."""
    rate: str = ""
    """The value as a share of what the note names."""
    filtered: bool = True
    """Whether it changes with the filter: recordings that failed are in no list of calls."""


@dataclass(frozen=True)
class ReasonTag:
    short: str
    text: str


@dataclass(frozen=True)
class RowView:
    href: str
    agent: str
    agent_href: str
    """Address of the agent's page; empty: none."""
    team: str
    call_id: str
    recording: str
    """Empty where it says no more than the id."""
    started: str
    duration: str
    outcome: str
    state: str
    state_text: str
    unscorable: tuple[ReasonTag, ...]
    percent: str
    percent_key: float | None
    bar: float
    """Width of the bar, 0..100: a bonus may lift a score above, a deduction below."""
    points: str
    red_lines: tuple[str, ...]
    review: str
    """Says that a person must look at the call; empty where nobody must."""
    scored: str
    unresolved: str
    notices: tuple[NoticeView, ...]


@dataclass(frozen=True)
class FailureView:
    recording: str
    call_id: str
    step: str
    reason: str
    code: str
    at: str


@dataclass(frozen=True)
class IndexView:
    html_lang: str
    other_page: str
    title: str
    rubric: str
    """Title and version of the form that the list is scored with; empty: not given."""
    overviews: tuple[tuple[str, str], ...]
    """Label and address of pages about the whole: teams, periods."""
    totals: tuple[Total, ...]
    rows: tuple[RowView, ...]
    """The first rows, as they are read without a script; all of them are in ``data``."""
    count: int
    data: Mapping[str, object]
    """What static/index.js searches and draws: see index_data."""
    choices: tuple[Choice, ...]
    periods: tuple[Period, ...]
    states: tuple[tuple[str, str], ...]
    """Every state that a call of the list has, with its name."""
    failures: tuple[FailureView, ...]
    more_failures: tuple[FailureView, ...]
    """Those that are folded away."""


def index_view(
    rows: Iterable[IndexRow],
    failures: Sequence[FailureRow],
    words: Wording,
    options: PageOptions,
    rubric: Rubric | None = None,
    overviews: Sequence[tuple[str, str]] = (),
) -> IndexView:
    ordered = sorted(rows, key=_urgency)
    names = agent_names(ordered)
    failed = tuple(_failure_view(row, words) for row in failures)
    offered = choices(ordered, names, words)
    return IndexView(
        html_lang=words.html_lang,
        other_page="index" + page_suffix(words.other),
        title=options.title or words.text("page.index"),
        rubric=_rubric(rubric, words),
        overviews=tuple((shown(label), href) for label, href in overviews),
        totals=_totals(ordered, failures, words),
        rows=tuple(_row_view(row, names, words) for row in ordered[:PAGE_ROWS]),
        count=len(ordered),
        data=index_data(ordered, names, words, PAGE_ROWS),
        choices=offered,
        periods=periods(ordered, words),
        states=next((choice.options for choice in offered if choice.name == "state"), ()),
        failures=failed[:OPEN_FAILURES],
        more_failures=failed[OPEN_FAILURES:],
    )


def _urgency(row: IndexRow) -> tuple[bool, bool, float, str]:
    """Red lines first, then low scores; calls without a score last."""
    return (not row.red_lines, row.percent is None, row.percent or 0.0, row.call_id)


def _rubric(rubric: Rubric | None, words: Wording) -> str:
    if rubric is None:
        return ""
    title = cut(clean(words.either(rubric.title, rubric.title_en)))
    return words.text("index.rubric", title=title, version=clean(rubric.version))


def _row_view(row: IndexRow, names: Mapping[str, str], words: Wording) -> RowView:
    percents = exact_percent(row)
    return RowView(
        href=f"calls/{row.page}{page_suffix(words.lang)}",
        agent=names[row.agent_id or row.agent] or UNKNOWN,
        agent_href=row.agent_page + page_suffix(words.lang) if row.agent_page else "",
        team=cut(row.team) or UNKNOWN,
        call_id=cut(row.call_id),
        recording=recording_beside(row),
        started=words.date_time(row.started_at),
        duration=clock(row.duration_s),
        outcome=words.text(f"outcome.{row.outcome}") if row.outcome else UNKNOWN,
        state=row.state,
        state_text=words.text(f"state.{row.state}"),
        unscorable=tuple(ReasonTag(short_reason(c, words), words.either(zh, en)) for c, zh, en in row.unscorable),
        percent=UNKNOWN if percents is None else number(percents),
        percent_key=percents,
        bar=round(min(max(percents or 0.0, 0.0), 100.0), 2),
        points=points_text(row),
        red_lines=tuple(cut(words.either(zh, en)) for zh, en in row.red_lines),
        review=words.text("redline.review") if row.needs_human else "",
        scored=f"{row.scored}/{row.criteria}" if row.criteria else UNKNOWN,
        unresolved=UNKNOWN if row.unresolved is None else str(row.unresolved),
        notices=tuple(notice_view(code, words) for code in row.notices),
    )


def _totals(rows: Sequence[IndexRow], failures: Sequence[FailureRow], words: Wording) -> tuple[Total, ...]:
    percents = [value for row in rows if (value := exact_percent(row)) is not None]
    judged = sum(row.state in _JUDGED for row in rows)
    passed = sum(row.state == "passed" for row in rows)
    red = sum(bool(row.red_lines) for row in rows)
    mean = number(sum(percents) / len(percents)) if percents else UNKNOWN
    of_judged = words.text("total.of", n=words.count(judged))
    return (
        Total("calls", words.text("total.calls"), words.count(len(rows))),
        Total("mean", words.text("total.mean"), mean, words.text("total.n", n=words.count(len(percents)))),
        Total("passed", words.text("total.passed"), words.count(passed), of_judged,
              rate=percent(passed / judged) if judged else ""),
        Total("redlines", words.text("total.redlines"), words.count(red), warn=bool(red)),
        *_left_out(rows, words),
        Total("failed", words.text("total.failed"), words.count(len(failures)), warn=bool(failures), filtered=False),
    )  # fmt: skip


def _left_out(rows: Sequence[IndexRow], words: Wording) -> Iterator[Total]:
    """Calls that are in no mean and no pass rate: those that cannot be scored, by their first reason, and the rest;
    and those that a person must look at, with or without a score."""
    unscorable = [row.unscorable[0][0] if row.unscorable else NOTHING for row in rows if row.state == "none"]
    yield Total("none", words.text("total.unscorable"), words.count(len(unscorable)), parts=counted(unscorable, words))
    if others := sum(row.percent is None and row.state != "none" for row in rows):
        yield Total("unscored", words.text("total.unscored"), words.count(others))
    if human := sum(row.needs_human for row in rows):
        yield Total("human", words.text("redline.review"), words.count(human))


def _failure_view(row: FailureRow, words: Wording) -> FailureView:
    return FailureView(
        recording=cut(file_name(row.recording)),
        call_id=cut(shown_identifier(row.call_id)),
        step=words.word("step", row.step),
        reason=words.messages.get(f"failure.{row.code}") or shown(row.reason),
        code=shown_identifier(row.code),
        at=words.date_time(row.at) if row.at else "",
    )
