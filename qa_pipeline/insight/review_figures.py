"""What people contested and changed in a period: counted by the day on which they did, whenever the call was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.overview import Overview, Whose


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """``before``: the verdict that an appeal or change is about: of the rules, or one that a person gave earlier;
    None: unknown, or about the call as a whole. ``whose`` None: the call is not known any more."""

    review: Review
    whose: Whose | None
    before: Verdict | None
    is_open: bool = False
    """An appeal that nobody has answered."""

    @property
    def is_appeal(self) -> bool:
        return self.review.kind is ReviewKind.APPEAL

    @property
    def is_changed(self) -> bool:
        return self.review.kind is ReviewKind.CHANGE and self.review.verdict is not self.before

    @property
    def is_confirmed(self) -> bool:
        """A person looked and gave the same verdict."""
        return self.review.kind is ReviewKind.CHANGE and self.review.verdict is self.before


def review_lines(reviews: Iterable[Review], found: Overview) -> list[ReviewLine]:
    """Appeals and changes of the period, oldest first. ``reviews``: all, for what came before and after."""
    by_call: dict[str, list[Review]] = {}
    for review in sorted(reviews, key=lambda r: r.at):
        by_call.setdefault(review.call_id, []).append(review)
    lines = [
        _line(place, told, found)
        for told in by_call.values()
        for place, review in enumerate(told)
        # On the day that the people's own clock showed: stored moments are in UTC.
        if review.kind is not ReviewKind.COMMENT and found.period.has(review.at.astimezone())
    ]
    return sorted(lines, key=lambda line: (line.review.at, line.review.call_id))


def _line(place: int, told: Sequence[Review], found: Overview) -> ReviewLine:
    review = told[place]
    is_open = review.kind is ReviewKind.APPEAL and not is_answered(review, told[place + 1 :])
    return ReviewLine(review, found.whose.get(review.call_id), _before(place, told, found), is_open)


def _before(place: int, told: Sequence[Review], found: Overview) -> Verdict | None:
    review = told[place]
    if review.criterion_id is None:
        return None
    given = [r.verdict if r.criterion_id == review.criterion_id else None for r in told]
    earlier = [verdict for verdict in given[:place] if verdict]
    if earlier:
        return earlier[-1]
    by_rule = found.by_rule.get((review.call_id, review.criterion_id))
    # Where the last word is that of the rules, no change is recorded: people came back to what the rules said.
    return by_rule or next((verdict for verdict in reversed(given) if verdict), None)


def is_answered(appeal: Review, later: Iterable[Review]) -> bool:
    """A verdict was given later on the same matter, or somebody else commented on it: one inspector who writes down an
    appeal and decides on it alone answers it too, while further words of the same person do not."""
    return any(
        answer.at > appeal.at
        and (answer.kind is ReviewKind.CHANGE or (answer.kind is ReviewKind.COMMENT and answer.author != appeal.author))
        for answer in later
        if answer.criterion_id == appeal.criterion_id or appeal.criterion_id is None
    )


def confirmed_red_lines(found: Overview) -> frozenset[tuple[str, str]]:
    """Call and criterion of the red lines that a person gave or confirmed."""
    return frozenset(found.confirmed)


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Of a team, or of all."""

    appeals: int
    open: int
    changed: int
    confirmed: int


def review_counts(lines: Iterable[ReviewLine]) -> ReviewCounts:
    found = list(lines)
    return ReviewCounts(
        appeals=sum(line.is_appeal for line in found),
        open=sum(line.is_open for line in found),
        changed=sum(line.is_changed for line in found),
        confirmed=sum(line.is_confirmed for line in found),
    )
