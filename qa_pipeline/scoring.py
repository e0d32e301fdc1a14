"""Rubric + Call → Scorecard: a pure function; what cannot be known leaves the denominator and is counted."""

from __future__ import annotations

from qa_pipeline import __version__
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.call import Call, MadeBy
from qa_pipeline.core.score import Evidence, Outcome, Reason, Scorecard, Verdict
from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric, Section


def score(call: Call, loaded: LoadedRubric) -> Scorecard:
    """Ask every criterion of the rubric about the call."""
    rubric = loaded.rubric
    blocked = _blocked(call, rubric)
    outcomes = [
        _not_scorable(section, criterion, blocked) if blocked else _outcome(section, criterion, call)
        for section in rubric.sections
        for criterion in section.criteria
    ]
    made_by = MadeBy("scoring", __version__, model=rubric.id, revision=f"{rubric.version}+{loaded.sha256[:12]}")
    return Scorecard(
        call.call_id,
        rubric.id,
        rubric.version,
        loaded.sha256,
        tuple(outcomes),
        made_by,
        rubric.pass_percent,
        rubric.min_scored_percent,
    )


def _blocked(call: Call, rubric: Rubric) -> Reason | None:
    """Why nothing of this call can be judged; None when it can."""
    if not call.turns:
        return Reason("no_speech")
    if call.conversation.language.split("-")[0] != rubric.language:
        return Reason("other_language", {"language": call.conversation.language})
    if call.confidence is not None and call.confidence < rubric.min_confidence:
        return Reason("low_confidence", {"percent": round(100 * call.confidence)})
    return None


def _outcome(section: Section, criterion: Criterion, call: Call) -> Outcome:
    if criterion.when is not None:
        condition = run_check(criterion.when, call)
        if condition.state is State.UNKNOWN:
            return _not_scorable(section, criterion, condition.reason)
        if condition.state is State.FAILS:
            return _without_points(section, criterion, Verdict.NOT_APPLICABLE, "condition_not_met", condition)
    finding = run_check(criterion.check, call)
    if finding.state is State.UNKNOWN:
        return _not_scorable(section, criterion, finding.reason)
    if not (finding.hits or finding.evidence.searched):
        return _without_points(section, criterion, Verdict.NOT_SCORABLE, "nothing_to_search", finding)
    met = finding.state is State.HOLDS
    return Outcome(
        criterion.id,
        section.id,
        Verdict.MET if met else Verdict.MISSED,
        finding.reason,
        finding.evidence,
        criterion.points if met else 0.0,
        criterion.points,
        criterion.fatal,
    )


def _without_points(section: Section, criterion: Criterion, verdict: Verdict, code: str, finding: Finding) -> Outcome:
    return Outcome(
        criterion.id,
        section.id,
        verdict,
        Reason(code),
        finding.evidence,
        None,
        criterion.points,
        criterion.fatal,
    )


def _not_scorable(section: Section, criterion: Criterion, reason: Reason) -> Outcome:
    return Outcome(
        criterion.id,
        section.id,
        Verdict.NOT_SCORABLE,
        reason,
        Evidence(),
        None,
        criterion.points,
        criterion.fatal,
    )
