"""Verdicts with their evidence, and the scorecard of one call under one rubric version."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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


class How(StrEnum):
    """How a passage was found."""

    EXACT = "exact"
    PINYIN = "pinyin"
    EDIT = "edit"
    REGEX = "regex"
    SIMILAR = "similar"
    QUESTION = "question"
    ACT = "act"
    FACT = "fact"
    MODEL = "model"
    LLM = "llm"
    TIME = "time"
    VOICE = "voice"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of one turn: the characters ``start..end`` of its text.

    ``matched`` is what was looked for, ``how`` the way it was found, ``similarity`` (0..1) how close it comes;
    the distance of a near candidate is ``1 - similarity``.
    """

    turn: int
    start: int
    end: int
    span: Span | None = None
    matched: str = ""
    how: How | None = None
    similarity: float | None = None

    def __post_init__(self) -> None:
        if self.turn < 0 or not 0 <= self.start <= self.end:
            raise ValueError(f"a quote needs turn >= 0 and 0 <= start <= end, got {self}")
        if self.similarity is not None and not 0.0 <= self.similarity <= 1.0:
            raise ValueError(f"similarity must lie in 0..1, got {self.similarity}")

    @property
    def distance(self) -> float | None:
        return None if self.similarity is None else 1.0 - self.similarity


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


class PointKind(StrEnum):
    """Whether a criterion earns points, loses points, or adds a bonus beyond the denominator."""

    EARNED = "earned"
    DEDUCTED = "deducted"
    BONUS = "bonus"


class Severity(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Fatal(StrEnum):
    """What a missed red line brings to zero; either way the call goes to a human."""

    SECTION = "section"
    CALL = "call"


class Decider(StrEnum):
    """Who gave the verdict: the rubric's rules, or a person who reviewed the call."""

    RULE = "rule"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One criterion of a scorecard.

    ``points`` is what it changes: 0..limit for points earned and bonuses, -limit..0 for deductions; None where
    nothing could be earned or lost. ``points_limit`` is the most it can change, weights included.
    """

    criterion_id: str
    section_id: str
    verdict: Verdict
    reason: Reason
    evidence: Evidence
    points: float | None
    points_limit: float
    kind: PointKind = PointKind.EARNED
    fatal: Fatal | None = None
    severity: Severity = Severity.MINOR
    decided_by: Decider = Decider.RULE

    def __post_init__(self) -> None:
        # A reviewer has heard the call; what the rules searched in vain may be all that is kept with the verdict.
        shown = self.evidence.hits or self.evidence.searched or self.decided_by is Decider.REVIEWER
        if self.verdict.counts and not shown:
            raise ValueError(f"{self.criterion_id}: a verdict without evidence is not given")
        if self.verdict.counts != (self.points is not None):
            raise ValueError(f"{self.criterion_id}: points belong to met, partly and missed, and to these alone")
        low, high = (-self.points_limit, 0.0) if self.kind is PointKind.DEDUCTED else (0.0, self.points_limit)
        if self.points is not None and not low <= self.points <= high:
            raise ValueError(f"{self.criterion_id}: {self.points} points do not lie in {low}..{high}")

    @property
    def points_possible(self) -> float:
        """What the criterion adds to the denominator: nothing for deductions and bonuses."""
        return self.points_limit if self.kind is PointKind.EARNED else 0.0

    @property
    def lost(self) -> float:
        """Points that a better call would have had; 0 where the criterion does not count."""
        if self.points is None or self.kind is PointKind.BONUS:
            return 0.0
        return self.points_possible - self.points


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a total begins and between which values it must lie (None: no such bound)."""

    start: float = 0.0
    floor: float | None = 0.0
    ceiling: float | None = None

    def __post_init__(self) -> None:
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise ValueError(f"the floor {self.floor} lies above the ceiling {self.ceiling}")

    def bound(self, points: float) -> float:
        points = points if self.floor is None else max(self.floor, points)
        return points if self.ceiling is None else min(self.ceiling, points)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """Points of a section, or of the critical criteria, by what could be scored."""

    points: float
    points_possible: float
    scored: int
    criteria: int

    @property
    def percent(self) -> float | None:
        return round(100.0 * self.points / self.points_possible, 9) if self.points_possible > 0 else None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All outcomes of one call under one rubric version; totals are kept as parts.

    A section's points are its start plus what its criteria change, within its frame, and 0 when one of its red
    lines was crossed; the total adds the sections to the start of the whole, within the frame of the whole.
    """

    call_id: str
    rubric_id: str
    rubric_version: str
    rubric_sha256: str
    outcomes: tuple[Outcome, ...]
    made_by: MadeBy
    pass_percent: float | None = None
    min_scored_percent: float = 0.0
    """Share of all points that must be scorable before the call passes or fails."""
    pass_points: float | None = None
    frame: Frame = Frame()
    sections: Mapping[str, Frame] = field(default_factory=dict)
    """Frames of the sections that have one of their own."""
    unscorable: tuple[Reason, ...] = ()
    """Why the call as a whole could not be judged, the most telling reason first."""

    def __post_init__(self) -> None:
        ids = [outcome.criterion_id for outcome in self.outcomes]
        if len(ids) != len(set(ids)):
            raise ValueError("a scorecard holds each criterion once")

    @property
    def unscorable_codes(self) -> tuple[str, ...]:
        """Codes of all reasons why nothing of the call was scored, the most telling first; none where something was."""
        return () if self.scored else tuple(reason.code for reason in self.unscorable)

    @property
    def points(self) -> float:
        """The total; 0 at most when a red line of the call was crossed."""
        return self._points(zeroed=True)

    @property
    def points_before_red_lines(self) -> float:
        return self._points(zeroed=False)

    def _points(self, *, zeroed: bool) -> float:
        parts = [self._section_points(*section, zeroed=zeroed) for section in self._sections().items()]
        total = self.frame.bound(_sum([self.frame.start, *parts]))
        crossed = zeroed and any(outcome.fatal is Fatal.CALL for outcome in self.red_lines)
        return min(0.0, total) if crossed else total

    @property
    def section_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(outcome.section_id for outcome in self.outcomes))

    def section(self, section_id: str) -> Subtotal:
        """The subtotal of one section."""
        members = self._sections().get(section_id, [])
        points = self._section_points(section_id, members, zeroed=True)
        possible = self._section_possible(section_id, members)
        return Subtotal(points, possible, sum(o.verdict.counts for o in members), len(members))

    def _sections(self) -> dict[str, list[Outcome]]:
        """The outcomes of every section, in order."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            found.setdefault(outcome.section_id, []).append(outcome)
        return found

    def _section_possible(self, section_id: str, members: Sequence[Outcome]) -> float:
        counted = (o.points_possible for o in members if o.verdict.counts)
        return _sum([self._start(section_id, members), *counted])

    def _section_points(self, section_id: str, members: Sequence[Outcome], *, zeroed: bool) -> float:
        points = _sum([self._start(section_id, members), *(o.points or 0.0 for o in members)])
        frame = self.sections.get(section_id)
        points = frame.bound(points) if frame else points
        crossed = zeroed and any(o.fatal is Fatal.SECTION for o in _crossed(members))
        return min(0.0, points) if crossed else points

    def _start(self, section_id: str, members: Sequence[Outcome]) -> float:
        """What the section begins with; nothing where none of its criteria could be judged."""
        known = section_id in self.sections and any(o.verdict.counts for o in members)
        return self.sections[section_id].start if known else 0.0

    @property
    def critical(self) -> Subtotal:
        """The critical criteria alone, whatever the rest makes up for; a deduction counts as its limit to keep."""
        members = [outcome for outcome in self.outcomes if outcome.severity is Severity.CRITICAL]
        counted = [outcome for outcome in members if outcome.verdict.counts]
        possible = _sum(o.points_limit for o in counted if o.kind is not PointKind.BONUS)
        return Subtotal(_sum([possible, *(-o.lost for o in counted)]), possible, len(counted), len(members))

    @property
    def points_possible(self) -> float:
        """The start, and the points of the criteria that could be scored."""
        parts = [self._section_possible(*section) for section in self._sections().items()]
        return _sum([self.frame.start, *parts])

    @property
    def percent(self) -> float | None:
        """Points earned of points possible; None when nothing could be scored. A bonus may lift it above 100."""
        possible = self.points_possible
        if not self.scored or possible <= 0:
            return None
        # Rounded, so that a call exactly on the pass line passes whatever the last bit says.
        return round(100.0 * self.points / possible, 9)

    @property
    def red_lines(self) -> tuple[Outcome, ...]:
        """Fatal criteria that were missed: the call, or the section, is zero and goes to a human."""
        return _crossed(self.outcomes)

    @property
    def passed(self) -> bool | None:
        """None where the rubric has no pass line or too little could be scored; a red line never passes."""
        if self.percent is None or (self.pass_percent is None and self.pass_points is None):
            return None
        if self.red_lines:
            return False
        if not self.enough_scored:
            return None
        enough_points = self.pass_points is None or round(self.points, 9) >= self.pass_points
        return enough_points and (self.pass_percent is None or self.percent >= self.pass_percent)

    @property
    def enough_scored(self) -> bool:
        """Whether the points that could be scored say something about the call."""
        weighty = [outcome for outcome in self.outcomes if outcome.kind is not PointKind.BONUS]
        total = _sum(outcome.points_limit for outcome in weighty)
        scored = _sum(outcome.points_limit for outcome in weighty if outcome.verdict.counts)
        return 100.0 * scored >= self.min_scored_percent * total

    def count(self, *verdicts: Verdict, decided_by: Decider | None = None) -> int:
        """Criteria with one of these verdicts, given by anybody or by this decider."""
        return sum(o.verdict in verdicts and decided_by in (None, o.decided_by) for o in self.outcomes)

    @property
    def scored(self) -> int:
        """Criteria that got a verdict that counts: "scored 17 of 20"."""
        return sum(outcome.verdict.counts for outcome in self.outcomes)


def _crossed(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(o for o in outcomes if o.fatal and o.verdict is Verdict.MISSED)


def _sum(values: Iterable[float]) -> float:
    """Exact, so that the order of criteria never changes a total."""
    return math.fsum(values)
