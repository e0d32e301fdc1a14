"""What to praise, what to work on, and whether it changed: conclusions from figures, or none from too few calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.insight.figures import CriterionFigures, Figures
from qa_pipeline.insight.intervals import (
    MIN_CALLS,
    Estimate,
    mean_difference,
    mean_estimate,
    share_difference,
)
from qa_pipeline.insight.overview import ActionProgress, Group

#: A behaviour that is right in fewer calls than this is no strength.
STRENGTH = 0.8

#: What became better is praised once it is right more often than not.
HALF = 0.5

#: A team misses together what its other agents miss this often.
COMMON = 0.3

#: Fewer points a call than this do not change a score that anybody would notice (of 100).
MIN_GAIN = 0.05


class Trend(StrEnum):
    """What a difference says. ``unclear``: the interval holds 0, calls alone may have made it."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Change:
    """Now against before. ``difference``: percent points of the score, or share 0..1; None where a side is empty."""

    trend: Trend
    difference: Estimate | None
    n_before: int
    n_now: int


def score_change(before: Figures, now: Figures) -> Change:
    """Whether the mean score changed."""
    difference = mean_difference(before.percents, now.percents)
    return Change(_trend(difference), difference, before.scored, now.scored)


def pass_change(before: Figures, now: Figures) -> Change:
    """Whether more of the judged calls pass; the difference is a share."""
    difference = share_difference(before.states["passed"], before.judged, now.states["passed"], now.judged)
    return Change(_trend(difference), difference, before.judged, now.judged)


def against_others(agent: Group, team: Group) -> tuple[Change, Estimate | None]:
    """How an agent's mean score differs from that of the team's other agents, and what theirs is.

    The agent's own scores are taken out of the team's: nobody is compared with themselves.
    """
    rest = Counter(team.now.percents)
    rest.subtract(agent.part_in(team).percents)
    others = list(rest.elements())
    difference = mean_difference(others, agent.now.percents)
    change = Change(_trend(difference), difference, len(others), agent.now.scored)
    return change, mean_estimate(others, 0.0, None)


def behaviour_change(before: CriterionFigures, after: CriterionFigures) -> Change:
    """Whether a criterion is met more often."""
    difference = share_difference(before.n - before.failed, before.n, after.n - after.failed, after.n)
    return Change(_trend(difference), difference, before.n, after.n)


def progress_change(progress: ActionProgress) -> Change:
    """Whether the behaviour that was agreed on is right more often since."""
    return behaviour_change(progress.before, progress.after)


def _trend(difference: Estimate | None) -> Trend:
    if difference is None or difference.n < MIN_CALLS:
        return Trend.TOO_FEW
    if difference.low is None or difference.high is None:
        return Trend.UNCLEAR
    if difference.low > 0:
        return Trend.BETTER
    return Trend.WORSE if difference.high < 0 else Trend.UNCLEAR


class ProblemKind(StrEnum):
    """``common``: the rest of the team misses it too (train the team); ``individual``: this agent more than the rest
    (coach the agent); ``both``: the rest often, this agent more often still; ``unclear``: neither, the agent misses it
    about as seldom as the rest; ``few``: too few calls to say."""

    COMMON = "common"
    BOTH = "both"
    INDIVIDUAL = "individual"
    UNCLEAR = "unclear"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Lever:
    """A behaviour that costs points: how many a call, and what the others do."""

    criterion_id: str
    lost_per_call: float
    """Points per scored call: points × how often it is missed."""
    miss: Estimate
    rest: Estimate | None
    """Miss share of the rest of the team."""
    kind: ProblemKind


def levers(agent: Group, team: Group) -> list[Lever]:
    """Everything that costs an agent points, the dearest first. Points are spread over all scored calls."""
    found = []
    for figures in agent.now.criteria.values():
        miss = figures.miss_share
        if miss is None or agent.now.scored == 0:
            continue
        lost = figures.lost / agent.now.scored
        if lost >= MIN_GAIN:
            rest = _rest(figures.criterion_id, agent, team)
            found.append(Lever(figures.criterion_id, lost, miss, rest.miss_share, _kind(figures, rest)))
    return sorted(found, key=lambda lever: (-lever.lost_per_call, lever.criterion_id))


def rest_misses(criterion_id: str, agent: Group, team: Group) -> Estimate | None:
    """How often the rest of the team misses a criterion; None where it never applied to their calls."""
    return _rest(criterion_id, agent, team).miss_share


def _rest(criterion_id: str, agent: Group, team: Group) -> CriterionFigures:
    """The team without the calls that the agent made in it."""
    rest, whole = CriterionFigures(criterion_id, ""), team.now.criteria.get(criterion_id)
    own = agent.part_in(team).criteria.get(criterion_id) or rest
    if whole is not None:
        rest.section_id = whole.section_id
        rest.verdicts, rest.lost = whole.verdicts - own.verdicts, max(0.0, whole.lost - own.lost)
    return rest


def _kind(agent: CriterionFigures, rest: CriterionFigures) -> ProblemKind:
    if agent.n < MIN_CALLS or rest.n < MIN_CALLS:
        return ProblemKind.FEW
    difference = share_difference(rest.failed, rest.n, agent.failed, agent.n)
    is_more = bool(difference and difference.low is not None and difference.low > 0)
    share = rest.miss_share
    if share and share.value >= COMMON:
        return ProblemKind.BOTH if is_more else ProblemKind.COMMON
    return ProblemKind.INDIVIDUAL if is_more else ProblemKind.UNCLEAR


class Praise(StrEnum):
    """``above``: more often right than with the rest of the team; ``better``: than in the last period; ``steady``:
    nearly always right, and there are no others to compare with."""

    ABOVE = "above"
    BETTER = "better"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Strength:
    """A behaviour to praise. ``before``: how often it was right in the last period; None: never asked."""

    criterion_id: str
    met: Estimate
    rest: Estimate | None
    before: Estimate | None
    praise: Praise

    @property
    def is_steady(self) -> bool:
        """Right nearly always: nothing to work on, whatever the rest costs."""
        return self.met.value >= STRENGTH


def strengths(agent: Group, team: Group) -> list[Strength]:
    """What to praise: what is above the team first, then what became better. As good as everybody is no praise."""
    found = [strength for figures in agent.now.criteria.values() if (strength := _strength(figures, agent, team))]
    order = list(Praise)
    return sorted(found, key=lambda s: (order.index(s.praise), -_gain(s), -s.met.value, s.criterion_id))


def _strength(figures: CriterionFigures, agent: Group, team: Group) -> Strength | None:
    met, rest = figures.met_share, _rest(figures.criterion_id, agent, team)
    if met is None or figures.n < MIN_CALLS:
        return None
    before = agent.before.criteria.get(figures.criterion_id)
    praise = _praise(figures, rest, before, figures.criterion_id in agent.clips.good_criteria)
    known = before.met_share if before else None
    return Strength(figures.criterion_id, met, rest.met_share, known, praise) if praise else None


def _praise(
    now: CriterionFigures, rest: CriterionFigures, before: CriterionFigures | None, is_shown: bool
) -> Praise | None:
    """``is_shown``: a passage shows it. The absence of faults, as not swearing, cannot be played and is no merit;
    having left a fault behind is one."""
    share = now.met_share.value if now.met_share else 0.0
    if is_shown and share >= STRENGTH and rest.n >= MIN_CALLS and behaviour_change(rest, now).trend is Trend.BETTER:
        return Praise.ABOVE
    if share >= HALF and before and behaviour_change(before, now).trend is Trend.BETTER:
        return Praise.BETTER
    return Praise.STEADY if is_shown and share >= STRENGTH and rest.n < MIN_CALLS else None


def _gain(strength: Strength) -> float:
    """What the praise is about: how far above the others, or above the last period."""
    other = strength.before if strength.praise is Praise.BETTER else strength.rest
    return strength.met.value - other.value if other else 0.0


def changed_criteria(agent: Group, trend: Trend) -> list[str]:
    """Criteria that are met clearly more or less often than in the last period, the largest change first."""
    found = []
    for which, now in agent.now.criteria.items():
        before = agent.before.criteria.get(which)
        change = behaviour_change(before, now) if before else None
        if change and change.difference and change.trend is trend:
            found.append((-abs(change.difference.value), which))
    return [which for _, which in sorted(found)]


@dataclass(frozen=True, slots=True)
class Place:
    """An agent in a ranking. ``rank`` None: too few calls. ``best``, ``worst``: ranks that the intervals allow."""

    group: Group
    score: Estimate | None
    rank: int | None
    best: int | None = None
    worst: int | None = None


def ranking(agents: Iterable[Group]) -> list[Place]:
    """Agents by mean score, those with too few calls unranked at the end.

    Equal means share a rank. Who could stand elsewhere is said: better by rank are only those whose whole interval
    lies above.
    """
    groups = sorted(agents, key=lambda g: g.key)
    scores = {group.key: group.now.score for group in groups}
    ranked = [group for group in groups if (score := scores[group.key]) and score.n >= MIN_CALLS]
    ranked.sort(key=lambda g: (-_value(scores[g.key]), g.key))
    places = [_place(group, ranked, scores) for group in ranked]
    rest = sorted((g for g in groups if g not in ranked), key=lambda g: (-g.now.scored, g.key))
    return places + [Place(group, scores[group.key], None) for group in rest if group.now.calls]


def _place(group: Group, ranked: list[Group], scores: Mapping[str, Estimate | None]) -> Place:
    mine = scores[group.key]
    others = [score for other in ranked if other is not group and (score := scores[other.key])]
    rank = 1 + sum(round(other.value, 9) > round(_value(mine), 9) for other in others)
    if mine is None or mine.low is None or mine.high is None:
        return Place(group, mine, rank)
    above = sum(other.low is not None and other.low > mine.high for other in others)
    below = sum(other.high is not None and other.high < mine.low for other in others)
    return Place(group, mine, rank, 1 + above, len(others) + 1 - below)


def _value(score: Estimate | None) -> float:
    return score.value if score else 0.0
