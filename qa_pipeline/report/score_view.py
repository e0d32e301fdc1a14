"""The scorecard as it is read: sections, criteria with their evidence, and what to coach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.core.score import Outcome, Scorecard, Verdict
from qa_pipeline.report.quotes import CallTexts, QuoteView, SearchedView, quote_view, searched_view
from qa_pipeline.report.text import clean
from qa_pipeline.report.wording import UNKNOWN, Wording, number
from qa_pipeline.rubric.model import Criterion, Rubric

ICONS = {
    Verdict.MET: "✓",
    Verdict.PARTLY: "◐",
    Verdict.MISSED: "✕",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.NOT_SCORABLE: "?",
}
COACHED = 3  # more than a few points are not remembered after a talk


@dataclass(frozen=True)
class CriterionView:
    anchor: str
    title: str
    verdict: str
    verdict_text: str
    icon: str
    points: str
    lost: float
    fatal: bool
    reason: str
    quotes: tuple[QuoteView, ...]
    searched: SearchedView | None
    nearest: QuoteView | None
    advice: str
    praise: str


@dataclass(frozen=True)
class SectionView:
    title: str
    points: str
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True)
class CoachingView:
    """The few things to talk about, the weightiest first."""

    good: tuple[CriterionView, ...]
    change: tuple[CriterionView, ...]
    next_time: tuple[str, ...]


@dataclass(frozen=True)
class ScoreView:
    points: str
    possible: str
    percent: str
    state: str
    """passed, failed, redline, open (no pass line), few (too little scored) or none (nothing could be scored)."""
    state_text: str
    pass_line: str
    scored: str
    uncounted: str
    red_lines: tuple[CriterionView, ...]
    sections: tuple[SectionView, ...]
    coaching: CoachingView


def score_view(card: Scorecard, rubric: Rubric | None, texts: CallTexts, wording: Wording) -> ScoreView:
    known = {c.id: c for s in rubric.sections for c in s.criteria} if rubric else {}
    views = {
        outcome.criterion_id: criterion_view(outcome, known.get(outcome.criterion_id), number_, texts, wording)
        for number_, outcome in enumerate(card.outcomes)
    }
    state = card_state(card)
    line = "" if card.pass_percent is None else wording.text("score.pass_line", percent=number(card.pass_percent))
    return ScoreView(
        points=UNKNOWN if card.percent is None else number(card.points),
        possible=UNKNOWN if card.percent is None else number(card.points_possible),
        percent=UNKNOWN if card.percent is None else f"{number(card.percent)}%",
        state=state,
        state_text=wording.text(f"state.{state}"),
        pass_line=line,
        scored=wording.text("score.scored", scored=card.scored, total=len(card.outcomes)),
        uncounted=_uncounted(card, wording),
        red_lines=tuple(views[outcome.criterion_id] for outcome in card.red_lines),
        sections=_sections(card, rubric, views, wording),
        coaching=_coaching(card.outcomes, views),
    )


def card_state(card: Scorecard) -> str:
    """One word for the result of a call, the most serious first."""
    if card.red_lines:
        return "redline"
    if card.percent is None:
        return "none"
    if card.passed is None:
        return "open" if card.enough_scored else "few"
    return "passed" if card.passed else "failed"


def criterion_view(
    outcome: Outcome, criterion: Criterion | None, position: int, texts: CallTexts, wording: Wording
) -> CriterionView:
    verdict, evidence = outcome.verdict, outcome.evidence
    quotes = tuple(view for hit in evidence.hits if (view := quote_view(hit, texts, wording)))
    wants_advice = criterion is not None and verdict in (Verdict.PARTLY, Verdict.MISSED)
    wants_praise = criterion is not None and verdict is Verdict.MET
    return CriterionView(
        anchor=f"c{position}",
        title=criterion_title(outcome.criterion_id, criterion, wording),
        verdict=verdict.value,
        verdict_text=wording.text(f"verdict.{verdict}"),
        icon=ICONS[verdict],
        points=_points(outcome.points, outcome.points_possible),
        lost=outcome.points_possible - (outcome.points or 0.0) if verdict.counts else 0.0,
        fatal=outcome.fatal,
        reason=wording.reason(outcome.reason),
        quotes=quotes,
        searched=None if quotes else searched_view(evidence, texts, wording),
        nearest=quote_view(evidence.nearest, texts, wording) if evidence.nearest and not quotes else None,
        advice=clean(wording.either(criterion.advice, criterion.advice_en)) if criterion and wants_advice else "",
        praise=clean(wording.either(criterion.praise, criterion.praise_en)) if criterion and wants_praise else "",
    )


def criterion_title(criterion_id: str, criterion: Criterion | None, wording: Wording) -> str:
    return clean(wording.either(criterion.title, criterion.title_en) if criterion else criterion_id)


def _points(points: float | None, possible: float) -> str:
    return f"{UNKNOWN if points is None else number(points)} / {number(possible)}"


def _uncounted(card: Scorecard, wording: Wording) -> str:
    """Criteria that left the denominator, counted apart."""
    parts = [
        wording.text(f"score.{verdict}", count=card.count(verdict))
        for verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE)
        if card.count(verdict)
    ]
    return wording.joined(parts)


def _sections(
    card: Scorecard, rubric: Rubric | None, views: dict[str, CriterionView], wording: Wording
) -> tuple[SectionView, ...]:
    """Sections in the order of the scorecard; one that the rubric does not know goes by its id."""
    known = {s.id: clean(wording.either(s.title, s.title_en)) for s in rubric.sections} if rubric else {}
    grouped: dict[str, list[Outcome]] = {}
    for outcome in card.outcomes:
        grouped.setdefault(outcome.section_id, []).append(outcome)
    return tuple(
        SectionView(
            title=known.get(section_id) or clean(section_id),
            points=_section_points(outcomes),
            criteria=tuple(views[outcome.criterion_id] for outcome in outcomes),
        )
        for section_id, outcomes in grouped.items()
    )


def _section_points(outcomes: Iterable[Outcome]) -> str:
    counted = [outcome for outcome in outcomes if outcome.verdict.counts]
    if not counted:
        return UNKNOWN
    return _points(sum(o.points or 0.0 for o in counted), sum(o.points_possible for o in counted))


def _coaching(outcomes: Sequence[Outcome], views: dict[str, CriterionView]) -> CoachingView:
    met = [o for o in outcomes if o.verdict is Verdict.MET]
    lost = [o for o in outcomes if o.verdict in (Verdict.PARTLY, Verdict.MISSED)]
    # sorted() is stable: among equal points the order of the form decides
    best = sorted(met, key=lambda o: (not views[o.criterion_id].praise, -o.points_possible))
    worst = sorted(lost, key=lambda o: (not o.fatal, -views[o.criterion_id].lost))
    change = tuple(views[o.criterion_id] for o in worst[:COACHED])
    return CoachingView(
        good=tuple(views[o.criterion_id] for o in best[:COACHED]),
        change=change,
        next_time=tuple(dict.fromkeys(view.advice for view in change if view.advice)),
    )
