"""What the list of calls keeps of each call: small enough for tens of thousands of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.score import Reason, Verdict
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.report.call.criterion_view import criterion_title
from qa_pipeline.report.call.unscorable_view import NOTHING
from qa_pipeline.report.names import page_name
from qa_pipeline.report.text import shown, shown_fragment, shown_identifier
from qa_pipeline.report.wording import wording
from qa_pipeline.rubric.model import Criterion, Rubric

#: Calls that nobody need listen to: too short to matter, or better mended by another form or another export.
_NOT_FOR_EARS = frozenset({"recording_too_short", "other_language", "recording_truncated"})


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
    """passed, failed, redline, few (too little scored), open (no pass line), none (nothing could be scored) or
    unscored (no scorecard)."""
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
    agent_id: str = ""
    """Tells agents of one name apart; empty: unknown."""
    agent_page: str = ""
    confirmed: bool = False
    """A person confirmed every red line of the call."""
    """Address of the agent's page from the index, without the ending of a language (``agents/A07``); empty: none."""

    @property
    def needs_human(self) -> bool:
        """A red line, or what the rules could not judge although there may be something to judge."""
        first = self.unscorable[0][0] if self.unscorable else NOTHING
        unheard = self.state == "few" or (self.state == "none" and first not in _NOT_FOR_EARS)
        waits = bool(self.red_lines) and not self.confirmed
        return waits or unheard or "roles_conflict" in self.notices


def index_row(summary: CallSummary, rubric: Rubric | None = None, agent_page: str = "") -> IndexRow:
    """A row from what is kept of a call; ``rubric`` gives red lines their titles, without one their ids are shown."""
    return IndexRow(
        call_id=shown_identifier(summary.call_id),
        page=page_name(summary.call_id),
        agent=shown(summary.agent_name) or shown_identifier(summary.agent_id),
        team=shown(summary.team),
        recording=file_name(summary.recording),
        started_at=summary.started_at,
        duration_s=summary.duration_s,
        outcome=summary.outcome,
        state=summary.state,
        points=summary.points,
        points_possible=summary.points_possible,
        percent=summary.percent,
        red_lines=_titles((c.criterion_id for c in summary.red_lines), known_criteria(rubric)),
        scored=summary.scored,
        criteria=len(summary.criteria),
        not_scorable=sum(c.verdict is Verdict.NOT_SCORABLE for c in summary.criteria),
        notices=_notices(summary.notices),
        unresolved=summary.unresolved,
        unscorable=_reasons(summary.unscorable),
        agent_id=shown_identifier(summary.agent_id),
        confirmed=bool(summary.red_lines) and all(c.confirmed for c in summary.red_lines),
        agent_page=agent_page,
    )


def known_criteria(rubric: Rubric | None) -> Mapping[str, Criterion]:
    """The criteria of a rubric by their ids."""
    return {c.id: c for s in rubric.sections for c in s.criteria} if rubric else {}


def _titles(ids: Iterable[str], known: Mapping[str, Criterion]) -> tuple[tuple[str, str], ...]:
    zh, en = wording("zh"), wording("en")
    return tuple((criterion_title(i, known.get(i), zh), criterion_title(i, known.get(i), en)) for i in ids)


def _reasons(reasons: Sequence[Reason]) -> tuple[tuple[str, str, str], ...]:
    zh, en = wording("zh"), wording("en")
    return tuple((reason.code, zh.reason(reason), en.reason(reason)) for reason in reasons)


def _notices(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown_fragment(code) for code in codes))


def file_name(path: str) -> str:
    """The last part of a path of this or the other kind of system; folders may hold names of people."""
    return shown_identifier(PureWindowsPath(PurePosixPath(path).name).name)
