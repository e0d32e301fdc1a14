"""What lists and period reports need of a scored call: small enough that ten thousand of them are read in a second.

Quotes in it are masked and cut; nothing else of what was said is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qa_pipeline.core.call import CallOutcome, Direction, Stage
from qa_pipeline.core.score import Fatal, PointKind, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of the call that shows a verdict, ready to be read and played. No times: they are unknown."""

    turn: int
    text: str
    start_s: float | None = None
    end_s: float | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class CriterionSummary:
    """The final verdict on one criterion, and the passage that shows it best.

    For a miss without hits, ``clip`` is the nearest candidate, else the objection that the criterion is about, else all
    that was searched (without text: nothing to play).
    """

    criterion_id: str
    section_id: str
    verdict: Verdict
    points: float | None
    points_limit: float
    kind: PointKind = PointKind.EARNED
    fatal: Fatal | None = None
    clip: Clip | None = None
    is_hit: bool = False
    """Whether the clip shows what was looked for; else it is only near, or the place that was searched."""
    is_said: bool = False
    """Whether the clip is a hit because of its words, not because of how or when it was said."""
    by_person: bool = False
    """A person gave or confirmed the verdict."""
    machine_verdict: Verdict | None = None
    """What the rules said, where a person changed it."""

    @property
    def possible(self) -> float:
        """What it adds to the denominator: nothing where nobody could judge it, for deductions and bonuses."""
        return self.points_limit if self.verdict.counts and self.kind is PointKind.EARNED else 0.0

    @property
    def lost(self) -> float:
        """Points that a better call would have had; 0 where the criterion does not count."""
        if self.points is None or self.kind is PointKind.BONUS:
            return 0.0
        return self.possible - self.points

    @property
    def crossed(self) -> bool:
        """A red line was crossed, as far as rules can tell."""
        return self.fatal is not None and self.verdict is Verdict.MISSED

    @property
    def confirmed(self) -> bool:
        """A person, not a rule, said that the red line was crossed."""
        return self.crossed and self.by_person


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """Points of a section by what could be scored."""

    section_id: str
    points: float
    points_possible: float
    scored: int


@dataclass(frozen=True, slots=True)
class TalkSummary:
    """How the agent of a call talks, as parts that can be added; None: cannot be known."""

    duration_s: float
    agent_speech_s: float | None = None
    customer_speech_s: float | None = None
    dead_air_s: float | None = None
    units: int | None = None
    """Characters (English: words) that the agent spoke ..."""
    units_s: float | None = None
    """... and the seconds that they took."""
    interruptions: int | None = None
    questions: int | None = None
    response_s: float | None = None
    """Median of the agent's response times."""
    pitch_range_st: float | None = None
    longest_monologue_s: float | None = None
    estimated: bool = False
    """The parties were told apart by their voices: shares are estimates."""


@dataclass(frozen=True, slots=True)
class StageSummary:
    """How long a stage lasted in all, in seconds; None without times."""

    stage: Stage
    duration_s: float | None


def agent_key(agent_id: str | None, agent_name: str | None, team: str | None) -> str:
    """The id; without one, the name with the team, as two teams may have people of one name; empty: unknown."""
    given_id, name, group = ((text or "").strip() for text in (agent_id, agent_name, team))
    return given_id or (f"{name} ({group})" if name and group else name)


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call under one rubric. Text that people wrote is as it was given: whoever shows it masks and escapes it."""

    call_id: str
    rubric_id: str
    rubric_version: str
    agent_id: str = ""
    agent_name: str = ""
    team: str = ""
    started_at: datetime | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    amount: float | None = None
    language: str = "zh"
    duration_s: float | None = None
    recording: str = ""
    """File name; empty: there is no recording."""
    state: str = "unscored"
    """passed, failed, redline, open (no pass line), few (too little scored), none (nothing could be scored), or
    unscored (no scorecard)."""
    percent: float | None = None
    points: float | None = None
    points_possible: float | None = None
    criteria: tuple[CriterionSummary, ...] = ()
    sections: tuple[SectionSummary, ...] = ()
    stages: tuple[StageSummary, ...] = ()
    """In the order in which they first come."""
    in_order: bool | None = None
    """Whether the stages come in the order of the script; None where no stages are known."""
    talk: TalkSummary | None = None
    unscorable: tuple[Reason, ...] = ()
    """Why nothing of the call was scored, the most telling first."""
    notices: tuple[str, ...] = ()
    objections: int | None = None
    unresolved: int | None = None
    """Objections that the customer kept; None where nobody looked for objections."""
    complaint: Clip | None = None
    """Where the customer complains or threatens to; None: nowhere found."""

    @property
    def agent(self) -> str:
        """What the agent goes by; empty: unknown."""
        return agent_key(self.agent_id, self.agent_name, self.team)

    @property
    def scored(self) -> int:
        return sum(criterion.verdict.counts for criterion in self.criteria)

    @property
    def red_lines(self) -> tuple[CriterionSummary, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.crossed)

    @property
    def judged(self) -> bool:
        """Whether the call passed or failed."""
        return self.state in ("passed", "failed", "redline")
