"""One line of the form as it is read: verdict, points, what marks it, and the passages that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.core.score import Decider, Outcome, PointKind, Severity, Verdict
from qa_pipeline.report.call.compared import with_norm
from qa_pipeline.report.call.quotes import CallTexts, QuoteView, SearchedView, quote_view, searched_view
from qa_pipeline.report.formats import MINUS
from qa_pipeline.report.text import clean
from qa_pipeline.report.wording import UNKNOWN, Wording, points, signed
from qa_pipeline.rubric.model import Criterion

ICONS = {
    Verdict.MET: "✓",
    Verdict.PARTLY: "◐",
    Verdict.MISSED: "✕",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.NOT_SCORABLE: "?",
}


#: Misses whose hits are not what was looked for, but what it should have been close to.
_ANCHORED = frozenset({"within_turns_missed", "within_seconds_missed"})


@dataclass(frozen=True)
class TagView:
    """A word or two beside the title: what a miss brings to zero, how severe it is, who decided."""

    kind: str
    """call, section (red lines), major, critical or reviewed."""
    text: str


@dataclass(frozen=True)
class CriterionView:
    anchor: str
    title: str
    verdict: str
    verdict_text: str
    icon: str
    points: str
    """``7.5 / 15`` earned, ``−1`` deducted, ``+2`` as a bonus; a dash where nothing counts."""
    at_most: str
    """For deductions and bonuses, the most that they can change."""
    kind: str
    lost: float
    tags: tuple[TagView, ...]
    reason: str
    quotes_label: str
    """Set where the quotes show something else than what the criterion looks for."""
    quotes: tuple[QuoteView, ...]
    searched: SearchedView | None
    nearest: QuoteView | None
    advice: str
    praise: str


def criterion_view(
    outcome: Outcome, criterion: Criterion | None, position: int, texts: CallTexts, wording: Wording
) -> CriterionView:
    verdict, evidence = outcome.verdict, outcome.evidence
    quotes = tuple(view for hit in evidence.hits if (view := quote_view(hit, texts, wording)))
    wants_advice = criterion is not None and verdict in (Verdict.PARTLY, Verdict.MISSED)
    # Nothing bad was found is no praise: without a passage there is nothing to speak about.
    wants_praise = criterion is not None and verdict is Verdict.MET and bool(quotes)
    # What holds has been found, and came near in a part that did not decide at most.
    nearest = None if verdict in (Verdict.MET, Verdict.PARTLY) else evidence.nearest
    # What was found does not show a miss by itself: too few, or not near enough, has a window as well.
    shows_window = not quotes or verdict is Verdict.MISSED
    return CriterionView(
        anchor=f"c{position}",
        title=criterion_title(outcome.criterion_id, criterion, wording),
        verdict=verdict.value,
        verdict_text=wording.text(f"verdict.{verdict}"),
        icon=ICONS[verdict],
        points=points_text(outcome),
        at_most=limit_text(outcome, wording),
        kind=outcome.kind.value,
        lost=outcome.lost,
        tags=tuple(_tags(outcome, wording)),
        reason=reason_text(outcome, criterion, wording),
        quotes_label=wording.text("evidence.anchor") if quotes and outcome.reason.code in _ANCHORED else "",
        quotes=quotes,
        searched=searched_view(evidence, texts, wording) if shows_window else None,
        nearest=quote_view(nearest, texts, wording, near=True) if nearest else None,
        advice=clean(wording.either(criterion.advice, criterion.advice_en)) if criterion and wants_advice else "",
        praise=clean(wording.either(criterion.praise, criterion.praise_en)) if criterion and wants_praise else "",
    )


def reason_text(outcome: Outcome, criterion: Criterion | None, wording: Wording) -> str:
    """Why the verdict was given, a measured value beside the team's."""
    hits = outcome.evidence.hits
    text = wording.reason(outcome.reason, hits[0].how if hits else None)
    # A criterion without its check (from a rubric that is not at hand) is compared with nothing.
    checks = [getattr(criterion, name, None) for name in ("check", "partly")]
    return with_norm(text, outcome.reason, checks, wording)


def criterion_title(criterion_id: str, criterion: Criterion | None, wording: Wording) -> str:
    return clean(wording.either(criterion.title, criterion.title_en) if criterion else criterion_id)


def points_text(outcome: Outcome) -> str:
    """What the criterion changes, without the bound of deductions and bonuses."""
    changed = outcome.points
    if outcome.kind is PointKind.EARNED:
        return f"{UNKNOWN if changed is None else points(changed)} / {points(outcome.points_limit)}"
    return UNKNOWN if changed is None else signed(changed)


def limit_text(outcome: Outcome, wording: Wording) -> str:
    """``最多 −2``; empty where the points name the most already."""
    if outcome.kind is PointKind.EARNED:
        return ""
    sign = MINUS if outcome.kind is PointKind.DEDUCTED else "+"
    return wording.text("points.at_most", points=sign + points(outcome.points_limit))


def _tags(outcome: Outcome, wording: Wording) -> Iterator[TagView]:
    """What sets a criterion apart; an ordinary one has no tag."""
    if outcome.fatal:
        yield TagView(outcome.fatal.value, wording.text(f"fatal.{outcome.fatal}"))
    if outcome.severity is not Severity.MINOR:
        yield TagView(outcome.severity.value, wording.text(f"severity.{outcome.severity}"))
    if outcome.decided_by is Decider.REVIEWER:
        yield TagView("reviewed", wording.text("criterion.reviewed"))
