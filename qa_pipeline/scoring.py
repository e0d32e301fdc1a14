"""Rubric + Call → Scorecard: a pure function; what cannot be known leaves the denominator and is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from qa_pipeline import __version__
from qa_pipeline.checks import registry  # noqa: F401 - registers every check
from qa_pipeline.checks.context import Context, Judge
from qa_pipeline.checks.doubt import TO_HEAR
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.checks.llm import WORTH_ANOTHER_TRY
from qa_pipeline.core.call import Call, MadeBy
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Decider, Evidence, Frame, Outcome, PointKind, Reason, Scorecard, Verdict
from qa_pipeline.language.behaviour_model import find_behaviour_model
from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric, Section
from qa_pipeline.scorable import why_unscorable

#: Raise it when the rules of scoring change, in scorable.py too: stored scorecards of the old rules are made anew.
SCORING_REVISION = 3

#: More things are not wrong in one call; conditions that name one another could add up to any number.
MAX_BREACHES = 1_000_000


def score(call: Call, loaded: LoadedRubric, judge: Judge | None = None) -> Scorecard:
    """Ask every criterion about the call. ``judge`` answers ``llm`` checks; without one they are unknown."""
    rubric = loaded.rubric
    unscorable = why_unscorable(call, rubric)
    scorer = _Scorer(Context(call, rubric.conditions, judge, rubric.min_confidence), next(iter(unscorable), None))
    revision = f"{rubric.version}+{loaded.sha256[:12]}"
    made_by = MadeBy("scoring", __version__, rubric.id, revision, _options(rubric, judge))
    return Scorecard(
        call.call_id,
        rubric.id,
        rubric.version,
        loaded.sha256,
        tuple(scorer.outcome(section, criterion) for section in rubric.sections for criterion in section.criteria),
        made_by,
        rubric.pass_percent,
        rubric.min_scored_percent,
        rubric.pass_points,
        Frame(rubric.start, rubric.floor, rubric.ceiling),
        _section_frames(rubric),
        unscorable,
    )


def is_current(card: Scorecard, rubric: Rubric, judge: Judge | None) -> bool:
    """False where scoring again could say something else: other rules or trained models, or a language model that was
    not asked, or did not answer. With the language model off, what it judged before stays in force."""
    made_with = set(card.made_by.options.split(_SEPARATOR))
    if not {_RULES, *_trained(rubric)} <= made_with:
        return False
    if judge is None or not _asks_llm(rubric):
        return True
    unanswered = any(outcome.reason.code in WORTH_ANOTHER_TRY for outcome in card.outcomes)
    return f"llm={judge.model}" in made_with and not unanswered


def reviewed(card: Scorecard, reviews: Iterable[Review], rubric: Rubric) -> Scorecard:
    """The scorecard with the verdicts that inspectors gave; the newest of a criterion holds, the stored card stays.

    A verdict on a criterion that the rubric or the card does not have any more changes nothing.
    """
    known = {criterion.id: (section, criterion) for section in rubric.sections for criterion in section.criteria}
    changes = (r for r in reviews if r.kind is ReviewKind.CHANGE and r.criterion_id in known)
    given = {r.criterion_id: r.verdict for r in sorted(changes, key=lambda r: r.at)}
    if not given:
        return card
    outcomes = tuple(
        _decided(outcome, verdict, *known[outcome.criterion_id])
        if (verdict := given.get(outcome.criterion_id))
        else outcome
        for outcome in card.outcomes
    )
    return replace(card, outcomes=outcomes)


def _decided(outcome: Outcome, verdict: Verdict, section: Section, criterion: Criterion) -> Outcome:
    """What a person decided, or confirmed; a deduction costs what one breach costs."""
    if verdict is outcome.verdict:
        return replace(outcome, decided_by=Decider.REVIEWER)
    points = _points(criterion, verdict, 1, section.weight) if verdict.counts else None
    reason = Reason("reviewed", {"before": outcome.verdict.value})
    return replace(outcome, verdict=verdict, points=points, reason=reason, decided_by=Decider.REVIEWER)


_SEPARATOR = "; "
_RULES = f"rules={SCORING_REVISION}"


def _options(rubric: Rubric, judge: Judge | None) -> str:
    """What beside the rubric decides about verdicts: the rules, and the models that it asks, with their revisions."""
    llm = [f"llm={judge.model}"] if judge is not None and _asks_llm(rubric) else []
    return _SEPARATOR.join([_RULES, *_trained(rubric), *llm])


def _trained(rubric: Rubric) -> list[str]:
    names = {c.params.model for _, c in rubric.checks if c.name in ("model", "criterion_model")}
    found = {name: find_behaviour_model(name, rubric.language) for name in sorted(names)}
    return [f"{name}-{model.language}={model.revision}" for name, model in found.items() if model]


def _asks_llm(rubric: Rubric) -> bool:
    return any(check.name == "llm" for _, check in rubric.checks)


def _section_frames(rubric: Rubric) -> Mapping[str, Frame]:
    return {s.id: Frame(s.start, s.floor, s.ceiling) for s in rubric.sections if s.has_frame}


@dataclass(frozen=True, slots=True)
class _Scorer:
    """The criteria of one rubric asked about one call."""

    context: Context
    blocked: Reason | None

    def outcome(self, section: Section, criterion: Criterion) -> Outcome:
        verdict, found = self._verdict(criterion)
        limit = section.weight * criterion.limit
        return Outcome(
            criterion.id,
            section.id,
            verdict,
            found.reason,
            found.evidence,
            _points(criterion, verdict, found.breaches, section.weight) if verdict.counts else None,
            limit,
            criterion.kind,
            criterion.fatal,
            criterion.severity,
        )

    def _verdict(self, criterion: Criterion) -> tuple[Verdict, Finding]:
        """The verdict, and the finding that shows it with the number of things that are wrong."""
        if self.blocked:
            return Verdict.NOT_SCORABLE, Finding(State.UNKNOWN, self.blocked)
        if criterion.when is not None:
            condition = self.context.ask(criterion.when)
            if condition.state is State.UNKNOWN:
                return Verdict.NOT_SCORABLE, _unshown(condition)
            if condition.state is State.FAILS:
                return Verdict.NOT_APPLICABLE, replace(condition, reason=Reason("condition_not_met"))
        found = self.context.ask(criterion.check)
        if found.state is State.FAILS and criterion.partly is not None:
            partly = self.context.ask(criterion.partly)
            if partly.state is State.HOLDS and _shown(partly):
                # How much is wrong is what the check says; what was done instead only lowers the share.
                return Verdict.PARTLY, replace(partly, breaches=found.breaches)
            if partly.state is State.UNKNOWN:
                # What could be partly met is no full miss.
                return Verdict.NOT_SCORABLE, _unshown(partly)
        if found.state is State.UNKNOWN:
            return Verdict.NOT_SCORABLE, _unshown(found)
        if not _shown(found):
            return Verdict.NOT_SCORABLE, replace(found, reason=Reason("nothing_to_search"))
        return Verdict.MET if found.state is State.HOLDS else Verdict.MISSED, found


def _unshown(finding: Finding) -> Finding:
    """Without evidence, unless that is what a person has to listen to."""
    return finding if finding.reason.code in TO_HEAR else replace(finding, evidence=Evidence())


def _shown(finding: Finding) -> bool:
    """A verdict needs turns that show it, or that were searched in vain."""
    return bool(finding.hits or finding.evidence.searched)


def _points(criterion: Criterion, verdict: Verdict, breaches: int, weight: float) -> float:
    """What the verdict changes, weights included."""
    if criterion.kind is PointKind.DEDUCTED:
        # A difference, so that nothing lost is 0 and not -0.
        return 0.0 - weight * _deducted(criterion, verdict, breaches)
    share = {Verdict.MET: 1.0, Verdict.PARTLY: criterion.partly_share}.get(verdict, 0.0)
    return weight * criterion.limit * share


def _deducted(criterion: Criterion, verdict: Verdict, breaches: int) -> float:
    assert criterion.deduct is not None  # noqa: S101 - the kind says so
    if verdict is Verdict.MET:
        return 0.0
    share = criterion.partly_share if verdict is Verdict.PARTLY else 1.0
    times = min(breaches, MAX_BREACHES) if criterion.deduct.per == "hit" else 1
    return min(criterion.limit, criterion.weight * share * criterion.deduct.points * times)
