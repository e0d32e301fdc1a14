"""What people added to a call: comments of inspectors, verdicts that they changed, appeals of the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Outcome, Scorecard, Verdict
from qa_pipeline.insight.review_figures import is_answered
from qa_pipeline.report.call.criterion_view import ICONS, criterion_title
from qa_pipeline.report.call.score_view import criteria_of
from qa_pipeline.report.text import shown
from qa_pipeline.report.values import CallResult
from qa_pipeline.report.wording import Wording


@dataclass(frozen=True)
class GivenView:
    """A verdict as it was before or after a change."""

    verdict: str
    verdict_text: str
    icon: str


@dataclass(frozen=True)
class ReviewView:
    kind: str
    """comment, change or appeal."""
    kind_text: str
    author: str
    at: str
    """Date and time in words."""
    text: str
    """What was said; empty where a change gives no reason."""
    anchor: str
    """Id of the criterion on the page; empty: about the whole call, or a criterion that the card does not have."""
    criterion: str
    by_rule: bool
    """``before`` is the verdict of the rules, not one that a person had given."""
    before: GivenView | None
    after: GivenView | None
    state: str
    """open or answered for an appeal, else empty."""
    state_text: str


@dataclass(frozen=True)
class ReviewsView:
    items: tuple[ReviewView, ...]
    """Oldest first, as the matter went."""
    open_appeals: str
    """How many appeals nobody has answered; empty where there are none."""
    by_criterion: Mapping[str, tuple[ReviewView, ...]]
    """The same by the id of the criterion on the page."""


def reviews_view(result: CallResult, wording: Wording) -> ReviewsView | None:
    """None where nobody said anything."""
    if not result.reviews:
        return None
    reviews = sorted(result.reviews, key=lambda review: review.at)
    maker = _Maker(result, reviews, wording)
    items = tuple(map(maker.view, range(len(reviews))))
    waiting = sum(item.state == "open" for item in items)
    by_criterion: dict[str, tuple[ReviewView, ...]] = {}
    for item in items:
        if item.anchor:
            by_criterion[item.anchor] = (*by_criterion.get(item.anchor, ()), item)
    return ReviewsView(items, wording.text("reviews.open", count=waiting) if waiting else "", by_criterion)


class _Maker:
    def __init__(self, result: CallResult, reviews: Sequence[Review], wording: Wording) -> None:
        self._reviews, self._wording = reviews, wording
        self._known = criteria_of(result.rubric)
        outcomes = result.scorecard.outcomes if result.scorecard else ()
        self._anchors = {outcome.criterion_id: f"c{place}" for place, outcome in enumerate(outcomes)}
        self._by_rule = _machine_verdicts(result.scorecard)

    def view(self, place: int) -> ReviewView:
        review, wording = self._reviews[place], self._wording
        criterion = review.criterion_id or ""
        state = self._state(place)
        before, by_rule = self._before(place)
        return ReviewView(
            kind=review.kind.value,
            kind_text=wording.text(f"reviews.{review.kind}"),
            author=shown(review.author),
            at=wording.date_time(review.at),
            text=shown(review.text).strip(),
            anchor=self._anchors.get(criterion, ""),
            criterion=criterion_title(criterion, self._known.get(criterion), wording) if criterion else "",
            by_rule=by_rule,
            before=self._given(before),
            after=self._given(review.verdict),
            state=state,
            state_text=wording.text(f"reviews.state.{state}") if state else "",
        )

    def _given(self, verdict: Verdict | None) -> GivenView | None:
        return GivenView(verdict.value, self._wording.text(f"verdict.{verdict}"), ICONS[verdict]) if verdict else None

    def _before(self, place: int) -> tuple[Verdict | None, bool]:
        """What a change changed: what a person had given before, else what the rules said."""
        review = self._reviews[place]
        if review.kind is not ReviewKind.CHANGE or review.criterion_id is None:
            return None, False
        earlier = [r.verdict for r in self._reviews[:place] if r.criterion_id == review.criterion_id and r.verdict]
        return (earlier[-1], False) if earlier else (self._by_rule.get(review.criterion_id), True)

    def _state(self, place: int) -> str:
        """Of an appeal: open or answered; empty for other remarks."""
        appeal = self._reviews[place]
        if appeal.kind is not ReviewKind.APPEAL:
            return ""
        return "answered" if is_answered(appeal, self._reviews[place + 1 :]) else "open"


def _machine_verdicts(card: Scorecard | None) -> dict[str, Verdict]:
    """What the rules said, as far as the card still tells (``scoring.reviewed`` keeps it in the reason).

    Where a person only confirmed the verdict, it is the rules' own.
    """
    found = {o.criterion_id: _said_by_rules(o) for o in card.outcomes} if card else {}
    return {criterion: verdict for criterion, verdict in found.items() if verdict}


def _said_by_rules(outcome: Outcome) -> Verdict | None:
    before = str(outcome.reason.values.get("before", ""))
    if before in set(Verdict):
        return Verdict(before)
    return None if outcome.reason.code == "reviewed" else outcome.verdict
