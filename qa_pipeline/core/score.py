"""Verdicts with their evidence, and the scorecard of one call under one rubric version."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qa_pipeline.core.call import MadeBy
from qa_pipeline.core.span import Span


class Verdict(StrEnum):
    MET = "met"
    PARTLY = "partly"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"
    NOT_SCORABLE = "not_scorable"

    @property
    def counts(self) -> bool:
        """True where the criterion stays in the denominator."""
        return self in (Verdict.MET, Verdict.PARTLY, Verdict.MISSED)


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of one turn: the characters ``start..end`` of its text."""

    turn: int
    start: int
    end: int
    span: Span | None = None

    def __post_init__(self) -> None:
        if self.turn < 0 or not 0 <= self.start <= self.end:
            raise ValueError(f"a quote needs turn >= 0 and 0 <= start <= end, got {self}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a verdict: hits that can be played, or the window that was searched in vain.

    ``searched`` lists the turn indices that were looked at; ``searched_span`` their time.
    """

    hits: tuple[Quote, ...] = ()
    searched: tuple[int, ...] = ()
    searched_span: Span | None = None
    nearest: Quote | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict was given: a message code with its values, worded when it is shown."""

    code: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.code:
            raise ValueError("a reason needs a code")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One criterion of a scorecard. ``points`` is None where nothing could be earned or lost."""

    criterion_id: str
    section_id: str
    verdict: Verdict
    reason: Reason
    evidence: Evidence
    points: float | None
    points_possible: float
    fatal: bool = False

    def __post_init__(self) -> None:
        if self.verdict.counts and not (self.evidence.hits or self.evidence.searched):
            raise ValueError(f"{self.criterion_id}: a verdict without evidence is not given")
        if self.verdict.counts != (self.points is not None):
            raise ValueError(f"{self.criterion_id}: points belong to met, partly and missed, and to these alone")
        if self.points is not None and not 0 <= self.points <= self.points_possible:
            raise ValueError(f"{self.criterion_id}: {self.points} of {self.points_possible} points")


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All outcomes of one call under one rubric version; totals are kept as parts."""

    call_id: str
    rubric_id: str
    rubric_version: str
    rubric_sha256: str
    outcomes: tuple[Outcome, ...]
    made_by: MadeBy
    pass_percent: float | None = None
    min_scored_percent: float = 0.0
    """Share of all points that must be scorable before the call passes or fails."""

    def __post_init__(self) -> None:
        ids = [outcome.criterion_id for outcome in self.outcomes]
        if len(ids) != len(set(ids)):
            raise ValueError("a scorecard holds each criterion once")

    @property
    def points(self) -> float:
        """Points earned; 0 when a red line was crossed."""
        return 0.0 if self.red_lines else self.points_before_red_lines

    @property
    def points_before_red_lines(self) -> float:
        return math.fsum(outcome.points or 0.0 for outcome in self.outcomes)

    @property
    def points_possible(self) -> float:
        """Points of the criteria that could be scored."""
        return math.fsum(outcome.points_possible for outcome in self.outcomes if outcome.verdict.counts)

    @property
    def percent(self) -> float | None:
        """Points earned of points possible, 0..100; None when nothing could be scored."""
        # Rounded, so that a call exactly on the pass line passes whatever the last bit says.
        return round(100.0 * self.points / self.points_possible, 9) if self.points_possible else None

    @property
    def red_lines(self) -> tuple[Outcome, ...]:
        """Fatal criteria that were missed: the call is zero and goes to a human."""
        return tuple(o for o in self.outcomes if o.fatal and o.verdict is Verdict.MISSED)

    @property
    def passed(self) -> bool | None:
        """None where the rubric has no pass line or too little could be scored; a red line never passes."""
        if self.pass_percent is None or self.percent is None:
            return None
        if self.red_lines:
            return False
        return self.percent >= self.pass_percent if self.enough_scored else None

    @property
    def enough_scored(self) -> bool:
        """Whether the points that could be scored say something about the call."""
        total = math.fsum(outcome.points_possible for outcome in self.outcomes)
        return 100.0 * self.points_possible >= self.min_scored_percent * total

    def count(self, *verdicts: Verdict) -> int:
        return sum(outcome.verdict in verdicts for outcome in self.outcomes)

    @property
    def scored(self) -> int:
        """Criteria that got a verdict that counts."""
        return sum(outcome.verdict.counts for outcome in self.outcomes)
