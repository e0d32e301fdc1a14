"""Figures of a group of calls, kept as parts: counts and sums that are added call by call and divided when shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from qa_pipeline.core.call import CallOutcome, Stage
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, CriterionSummary, TalkSummary
from qa_pipeline.insight.intervals import Estimate, mean_estimate, share_estimate


@dataclass(slots=True)
class CriterionFigures:
    """How often a criterion was met over calls, and what it cost."""

    criterion_id: str
    section_id: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    lost: float = 0.0
    """Points that were lost in all ..."""
    changed: int = 0
    """Verdicts that a person changed."""

    def add(self, criterion: CriterionSummary) -> None:
        self.verdicts[criterion.verdict] += 1
        self.lost += criterion.lost
        self.changed += criterion.machine_verdict is not None

    @property
    def n(self) -> int:
        """Calls in which it counted."""
        return sum(count for verdict, count in self.verdicts.items() if verdict.counts)

    @property
    def failed(self) -> float:
        """Misses; partly met is half a miss."""
        return self.verdicts[Verdict.MISSED] + 0.5 * self.verdicts[Verdict.PARTLY]

    @property
    def miss_share(self) -> Estimate | None:
        """Share 0..1 of the calls that counted; None where there was none."""
        return share_estimate(self.failed, self.n)

    @property
    def met_share(self) -> Estimate | None:
        return share_estimate(self.n - self.failed, self.n)

    @property
    def lost_per_call(self) -> float | None:
        """Points lost in a call in which it counts: what a miss costs × how often it is missed."""
        return self.lost / self.n if self.n else None


@dataclass(slots=True)
class SectionFigures:
    """Points of a section over calls."""

    section_id: str
    points: float = 0.0
    points_possible: float = 0.0
    calls: int = 0

    @property
    def percent(self) -> float | None:
        return 100.0 * self.points / self.points_possible if self.points_possible > 0 else None


@dataclass(slots=True)
class TalkParts:
    """How the agents of a group talk: seconds and counts that are added, one value per call where parts cannot be."""

    calls: int = 0
    duration_s: float = 0.0
    shared_agent_s: float = 0.0
    """Speech of agents, in calls in which both parties are heard on channels of their own ..."""
    shared_customer_s: float = 0.0
    """... and that of their customers."""
    shared_calls: int = 0
    units: int = 0
    units_s: float = 0.0
    rated_calls: int = 0
    dead_air_s: float = 0.0
    interruptions: int = 0
    interruption_calls: int = 0
    """Calls in which interruptions can be known."""
    questions: int = 0
    question_calls: int = 0
    responses_s: list[float] = field(default_factory=list)
    monologues_s: list[float] = field(default_factory=list)
    pitch_ranges_st: list[float] = field(default_factory=list)

    def add(self, talk: TalkSummary) -> None:
        self.calls += 1
        self.duration_s += talk.duration_s
        self.dead_air_s += talk.dead_air_s or 0.0
        if talk.agent_speech_s and talk.customer_speech_s and not talk.estimated:
            self.shared_agent_s += talk.agent_speech_s
            self.shared_customer_s += talk.customer_speech_s
            self.shared_calls += 1
        if talk.units and talk.units_s:
            self.units, self.units_s = self.units + talk.units, self.units_s + talk.units_s
            self.rated_calls += 1
        if talk.interruptions is not None:
            self.interruptions, self.interruption_calls = (
                self.interruptions + talk.interruptions,
                self.interruption_calls + 1,
            )
        if talk.questions is not None:
            self.questions, self.question_calls = self.questions + talk.questions, self.question_calls + 1
        for value, kept in (
            (talk.response_s, self.responses_s),
            (talk.longest_monologue_s, self.monologues_s),
            (talk.pitch_range_st, self.pitch_ranges_st),
        ):
            if value is not None:
                kept.append(value)

    @property
    def agent_share(self) -> float | None:
        """The agents' part of all speech, 0..1."""
        both = self.shared_agent_s + self.shared_customer_s
        return self.shared_agent_s / both if both > 0 else None

    @property
    def rate_cpm(self) -> float | None:
        """Characters (English: words) a minute."""
        return 60.0 * self.units / self.units_s if self.units_s > 0 else None


@dataclass(slots=True)
class Figures:
    """Everything that is counted over a group of calls."""

    calls: int = 0
    percents: list[float] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    criteria: dict[str, CriterionFigures] = field(default_factory=dict)
    sections: dict[str, SectionFigures] = field(default_factory=dict)
    talk: dict[str, TalkParts] = field(default_factory=dict)
    """By language: characters a minute are no words a minute."""
    stages: Counter[Stage] = field(default_factory=Counter)
    """Calls in which a stage occurs ..."""
    staged: int = 0
    """... of those whose stages are known, ..."""
    in_order: int = 0
    """... and those of them that keep the order of the script."""
    outcomes: Counter[CallOutcome | None] = field(default_factory=Counter)
    unscorable: Counter[str] = field(default_factory=Counter)
    """By the first reason."""
    red_lines: Counter[str] = field(default_factory=Counter)
    """By criterion."""
    red_calls: int = 0
    """Calls that crossed at least one ..."""
    red_confirmed: int = 0
    """... and those of them of which a person said so."""
    complaints: int = 0
    objections: int = 0
    unresolved: int = 0

    def add(self, summary: CallSummary) -> None:
        self.calls += 1
        self.states[summary.state] += 1
        self.outcomes[summary.outcome] += 1
        # With too little scored the percentage is that of a few criteria, and no score of the call.
        if summary.state != "few":
            self._score(summary)
        if summary.talk is not None:
            self.talk.setdefault(summary.language, TalkParts()).add(summary.talk)
        self._course(summary)

    def _score(self, summary: CallSummary) -> None:
        if summary.percent is not None:
            self.percents.append(summary.percent)
        for criterion in summary.criteria:
            self._criterion(criterion)
        for section in summary.sections:
            found = self.sections.setdefault(section.section_id, SectionFigures(section.section_id))
            if section.scored:
                found.points += section.points
                found.points_possible += section.points_possible
                found.calls += 1

    def _criterion(self, criterion: CriterionSummary) -> None:
        found = self.criteria.get(criterion.criterion_id)
        if found is None:
            found = CriterionFigures(criterion.criterion_id, criterion.section_id)
            self.criteria[criterion.criterion_id] = found
        found.add(criterion)
        if criterion.crossed:
            self.red_lines[criterion.criterion_id] += 1

    def _course(self, summary: CallSummary) -> None:
        self.stages.update(part.stage for part in summary.stages)
        self.staged += bool(summary.stages)
        self.in_order += bool(summary.in_order)
        if summary.state == "none":
            self.unscorable[summary.unscorable[0].code if summary.unscorable else "nothing"] += 1
        self.red_calls += bool(summary.red_lines)
        self.red_confirmed += any(criterion.confirmed for criterion in summary.criteria)
        self.complaints += is_complaint(summary)
        self.objections += summary.objections or 0
        self.unresolved += summary.unresolved or 0

    @property
    def judged(self) -> int:
        """Calls that passed or failed."""
        return sum(self.states[state] for state in ("passed", "failed", "redline"))

    @property
    def scored(self) -> int:
        """Calls of which something could be scored: the inspected ones."""
        return len(self.percents)

    @property
    def score(self) -> Estimate | None:
        """Mean score in percent."""
        return mean_estimate(self.percents, 0.0, None)

    @property
    def pass_share(self) -> Estimate | None:
        return share_estimate(self.states["passed"], self.judged)


def merge(into: Any, other: Any) -> None:
    """Add the parts of other figures of the same kind: numbers, counts and lists; names stay."""
    for spec in fields(into):
        mine, its = getattr(into, spec.name), getattr(other, spec.name)
        if isinstance(mine, Counter):
            mine.update(its)
        elif isinstance(mine, list):
            mine.extend(its)
        elif isinstance(mine, dict):
            for key, part in its.items():
                if key in mine:
                    merge(mine[key], part)
                else:
                    mine[key] = deepcopy(part)
        elif not isinstance(mine, str):
            setattr(into, spec.name, mine + its)


def is_complaint(summary: CallSummary) -> bool:
    """The call ended as a complaint, or the customer complains in it."""
    return summary.outcome is CallOutcome.COMPLAINT or summary.complaint is not None


def figures_of(summaries: Iterable[CallSummary]) -> Figures:
    found = Figures()
    for summary in summaries:
        found.add(summary)
    return found
