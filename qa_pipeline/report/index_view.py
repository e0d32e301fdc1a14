"""The list of calls: small rows that can be kept for thousands of calls, and the page made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.score import Verdict
from qa_pipeline.report.call_view import NoticeView, notice_view
from qa_pipeline.report.criterion_view import criterion_title
from qa_pipeline.report.names import page_name
from qa_pipeline.report.score_view import card_state
from qa_pipeline.report.signals_view import unresolved
from qa_pipeline.report.text import shown, shown_fragment, shown_identifier
from qa_pipeline.report.transcript_view import call_duration_s
from qa_pipeline.report.unscorable_view import NOTHING, counted, short_reason, unscorable_views
from qa_pipeline.report.values import CallResult, FailureRow, PageOptions
from qa_pipeline.report.wording import UNKNOWN, Wording, clock, number, page_suffix, points, wording


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the index needs of a call: no turns, no evidence, nothing unmasked."""

    call_id: str
    page: str
    agent: str
    team: str
    recording: str
    started_at: datetime | None
    duration_s: float | None
    outcome: CallOutcome | None
    state: str
    """passed, failed, redline, open, none (nothing could be scored) or unscored (no scorecard)."""
    points: float | None
    points_possible: float | None
    percent: float | None
    red_lines: tuple[tuple[str, str], ...]
    """Title of each crossed red line in Chinese and English."""
    scored: int
    criteria: int
    not_scorable: int
    notices: tuple[str, ...]
    unresolved: int | None = None
    """Objections that the customer kept; None where nobody looked for objections."""
    unscorable: tuple[tuple[str, str, str], ...] = ()
    """Why nothing of the call was scored, the most telling first: code, and the reason in Chinese and English."""


@dataclass(frozen=True)
class Total:
    label: str
    value: str
    note: str = ""
    warn: bool = False
    parts: tuple[str, ...] = ()
    """What the value is made of."""


@dataclass(frozen=True)
class ReasonTag:
    short: str
    text: str


@dataclass(frozen=True)
class RowView:
    href: str
    agent: str
    team: str
    call_id: str
    recording: str
    started: str
    started_key: str
    duration: str
    duration_s: float
    outcome: str
    state: str
    state_text: str
    unscorable: tuple[ReasonTag, ...]
    percent: str
    percent_key: float | None
    """None sorts last."""
    bar: float
    """Width of the bar, 0..100: a bonus may lift a score above, a deduction below."""
    points: str
    red_lines: tuple[str, ...]
    review: str
    """Says that a person must look at the call; empty where nobody must."""
    scored: str
    scored_key: int
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
    totals: tuple[Total, ...]
    rows: tuple[RowView, ...]
    teams: tuple[str, ...]
    agents: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    """Every state that a call of the list has, with its name."""
    failures: tuple[FailureView, ...]


def index_row(result: CallResult) -> IndexRow:
    call, card = result.call, result.scorecard
    known = call.metadata
    return IndexRow(
        call_id=shown_identifier(call.call_id),
        page=page_name(call.call_id),
        agent=shown(known.agent_name or "") or shown_identifier(known.agent_id or ""),
        team=shown(known.team or ""),
        recording=_file_name(call.recording.path) if call.recording else "",
        started_at=known.started_at,
        duration_s=call_duration_s(call),
        outcome=known.outcome,
        state=card_state(card) if card else "unscored",
        points=card.points if card else None,
        points_possible=card.points_possible if card else None,
        percent=card.percent if card else None,
        red_lines=_red_lines(result),
        scored=card.scored if card else 0,
        criteria=len(card.outcomes) if card else 0,
        not_scorable=card.count(Verdict.NOT_SCORABLE) if card else 0,
        notices=tuple(dict.fromkeys(shown_fragment(code) for code in result.notices)),
        unresolved=unresolved(call.signals),
        unscorable=_unscorable(result),
    )


def _unscorable(result: CallResult) -> tuple[tuple[str, str, str], ...]:
    zh, en = (unscorable_views(result.scorecard, wording(lang)) for lang in ("zh", "en"))
    return tuple((a.code, a.text, b.text) for a, b in zip(zh, en, strict=True))


def _red_lines(result: CallResult) -> tuple[tuple[str, str], ...]:
    if result.scorecard is None:
        return ()
    known = {c.id: c for s in result.rubric.sections for c in s.criteria} if result.rubric else {}
    zh, en = wording("zh"), wording("en")
    return tuple(
        (criterion_title(o.criterion_id, known.get(o.criterion_id), zh),
         criterion_title(o.criterion_id, known.get(o.criterion_id), en))
        for o in result.scorecard.red_lines
    )  # fmt: skip


def _file_name(path: str) -> str:
    """The last part of a path of this or the other kind of system; folders may hold names of people."""
    return shown_identifier(PureWindowsPath(PurePosixPath(path).name).name)


def index_view(
    rows: Iterable[IndexRow], failures: Sequence[FailureRow], words: Wording, options: PageOptions
) -> IndexView:
    ordered = sorted(rows, key=_urgency)
    views = tuple(_row_view(row, words) for row in ordered)
    return IndexView(
        html_lang=words.html_lang,
        other_page="index" + page_suffix(words.other),
        title=options.title or words.text("page.index"),
        totals=_totals(ordered, failures, words),
        rows=views,
        teams=tuple(sorted({row.team for row in ordered if row.team})),
        agents=tuple(sorted({view.agent for view in views if view.agent != UNKNOWN})),
        states=tuple(sorted({(view.state, view.state_text) for view in views}, key=_seriousness)),
        failures=tuple(_failure_view(row, words) for row in failures),
    )


def _urgency(row: IndexRow) -> tuple[bool, bool, float, str]:
    """Red lines first, then low scores; calls without a score last."""
    return (not row.red_lines, row.percent is None, row.percent or 0.0, row.call_id)


#: The order in which results are offered as a choice.
_STATES = ("redline", "failed", "passed", "few", "open", "none", "unscored")


def _seriousness(state: tuple[str, str]) -> tuple[int, str]:
    code, text = state
    return _STATES.index(code) if code in _STATES else len(_STATES), text


def _row_view(row: IndexRow, words: Wording) -> RowView:
    return RowView(
        href=f"calls/{row.page}{page_suffix(words.lang)}",
        agent=row.agent or UNKNOWN,
        team=row.team or UNKNOWN,
        call_id=row.call_id,
        recording=row.recording,
        started=words.date_time(row.started_at),
        started_key=row.started_at.isoformat() if row.started_at else "",
        duration=clock(row.duration_s),
        duration_s=round(row.duration_s or 0.0, 1),
        outcome=words.text(f"outcome.{row.outcome}") if row.outcome else UNKNOWN,
        state=row.state,
        state_text=words.text(f"state.{row.state}"),
        unscorable=tuple(ReasonTag(short_reason(c, words), words.either(zh, en)) for c, zh, en in row.unscorable),
        percent=UNKNOWN if row.percent is None else number(row.percent),
        percent_key=None if row.percent is None else round(row.percent, 2),
        bar=round(min(max(row.percent or 0.0, 0.0), 100.0), 2),
        points=_points(row),
        red_lines=tuple(words.either(zh, en) for zh, en in row.red_lines),
        review=words.text("redline.review") if row.red_lines else "",
        scored=f"{row.scored}/{row.criteria}" if row.criteria else UNKNOWN,
        scored_key=row.scored,
        unresolved=UNKNOWN if row.unresolved is None else str(row.unresolved),
        notices=tuple(notice_view(code, words) for code in row.notices),
    )


def _points(row: IndexRow) -> str:
    if not row.scored or row.points is None:
        return ""
    return f"{points(row.points)} / {points(row.points_possible)}" if row.points_possible else points(row.points)


def _totals(rows: Sequence[IndexRow], failures: Sequence[FailureRow], words: Wording) -> tuple[Total, ...]:
    percents = [row.percent for row in rows if row.percent is not None]
    judged = [row for row in rows if row.state in ("passed", "failed", "redline")]
    passed = sum(row.state == "passed" for row in rows)
    red = sum(bool(row.red_lines) for row in rows)
    mean = number(sum(percents) / len(percents)) if percents else UNKNOWN
    n_note = words.text("total.n", n=len(percents))
    return (
        Total(words.text("total.calls"), str(len(rows))),
        Total(words.text("total.mean"), mean, n_note),
        Total(words.text("total.passed"), str(passed), words.text("total.of", n=len(judged))),
        Total(words.text("total.redlines"), str(red), warn=bool(red)),
        *_left_out(rows, words),
        Total(words.text("total.failed"), str(len(failures)), warn=bool(failures)),
    )


def _left_out(rows: Sequence[IndexRow], words: Wording) -> Iterator[Total]:
    """Calls that are in no mean and no pass rate: those that cannot be scored, by their first reason, and the rest."""
    unscorable = [row.unscorable[0][0] if row.unscorable else NOTHING for row in rows if row.state == "none"]
    yield Total(words.text("total.unscorable"), str(len(unscorable)), parts=counted(unscorable, words))
    if others := sum(row.percent is None and row.state != "none" for row in rows):
        yield Total(words.text("total.unscored"), str(others))


def _failure_view(row: FailureRow, words: Wording) -> FailureView:
    return FailureView(
        recording=_file_name(row.recording),
        call_id=shown_identifier(row.call_id),
        step=words.word("step", row.step),
        reason=words.messages.get(f"failure.{row.code}") or shown(row.reason),
        code=shown_identifier(row.code),
        at=words.date_time(row.at) if row.at else "",
    )
