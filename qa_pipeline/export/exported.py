"""A stored call with its scorecard and what people said about it: what the rows of all tables are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from qa_pipeline.core.call import Call, Stage
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Scorecard
from qa_pipeline.insight.review_figures import is_answered
from qa_pipeline.report.call.stages_view import stage_parts
from qa_pipeline.report.workbooks.score_columns import call_key
from qa_pipeline.rubric.model import LoadedRubric, Rubric
from qa_pipeline.scoring import reviewed
from qa_pipeline.store.database import Store, UnreadableCall


@dataclass(frozen=True)
class ExportedCall:
    """``machine``: what the rules gave, None where the call was not scored; ``reviews``: in the order of their time."""

    call: Call
    machine: Scorecard | None
    reviews: tuple[Review, ...]
    rubric: Rubric

    @cached_property
    def call_id(self) -> str:
        """What the call goes by in all tables: its id, or a masked name with a hash where it could hold a number."""
        return call_key(self.call.call_id)

    @cached_property
    def stage_s(self) -> dict[Stage, float | None]:
        """Seconds spoken in each stage; empty where no stages are known."""
        known = stage_parts(self.call) if self.call.turn_stages else {}
        return {stage: parts.spoken_s for stage, parts in known.items()}

    @cached_property
    def final(self) -> Scorecard | None:
        """The scorecard with what inspectors changed."""
        return reviewed(self.machine, self.reviews, self.rubric) if self.machine else None

    def change(self, criterion_id: str) -> Review | None:
        """The verdict that an inspector gave, the newest where there are several."""
        given = [r for r in self.reviews if r.kind is ReviewKind.CHANGE and r.criterion_id == criterion_id]
        return given[-1] if given else None

    def count(self, kind: ReviewKind, criterion_id: str | None = None) -> int:
        """Remarks of a kind: on the criterion, or of the whole call with all of its criteria."""
        return sum(1 for _ in self._remarks(kind, criterion_id))

    def open_appeals(self, criterion_id: str | None = None) -> int:
        """Appeals that nobody has answered."""
        appeals = self._remarks(ReviewKind.APPEAL, criterion_id)
        return sum(not is_answered(appeal, self.reviews[place + 1 :]) for place, appeal in appeals)

    def _remarks(self, kind: ReviewKind, criterion_id: str | None) -> Iterator[tuple[int, Review]]:
        for place, review in enumerate(self.reviews):
            if review.kind is kind and criterion_id in (None, review.criterion_id):
                yield place, review


def exported(call: Call, machine: Scorecard | None, reviews: list[Review], rubric: Rubric) -> ExportedCall:
    """A call ready to become rows. ``sorted`` is stable: what was stored later stands later at the same time."""
    return ExportedCall(call, machine, tuple(sorted(reviews, key=lambda review: review.at)), rubric)


def stored_calls(
    store: Store,
    loaded: LoadedRubric,
    call_ids: Iterable[str],
    keep: Callable[[Call], bool],
    on_read: Callable[[str], None] = lambda _: None,
) -> Iterator[ExportedCall]:
    """Of these calls those that are wanted, one at a time, with the scorecard in force under the rubric's file.

    ``on_read`` is told the id of every call that was looked at; those that cannot be read are passed over.
    """
    rubric = loaded.rubric
    for call_id in call_ids:
        call = _readable(store, call_id)
        if call and keep(call):
            # As reports do: a card of another file, or of an earlier transcript of the call, says nothing about it.
            card = store.scorecard(call_id, rubric.id, loaded.sha256, store.result_key(call_id, "call"))
            yield exported(call, card, store.reviews(rubric.id, call_id), rubric)
        on_read(call_id)


def _readable(store: Store, call_id: str) -> Call | None:
    try:
        return store.call(call_id)
    except UnreadableCall:
        store.pass_over(call_id)
        return None
