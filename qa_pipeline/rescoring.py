"""Stored calls scored again, in this process or on workers; what comes out, and its order, is the same."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from qa_pipeline.checks.context import Judge
from qa_pipeline.checks.llm_judge import MemoryAnswers, make_judge
from qa_pipeline.config import Settings
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.score import Scorecard
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.store.database import Store, UnreadableCall, open_store
from qa_pipeline.workers.base import Executor, Lost

#: Calls that a worker is given at once: handing them over costs little beside the work, and results come steadily.
CALLS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One call's scorecard before and after; ``after`` is None where another version wrote the call."""

    call_id: str
    before: Scorecard | None
    after: Scorecard | None


@dataclass(frozen=True, slots=True)
class Rescoring:
    """What scoring again needs; the same for all workers."""

    settings: Settings
    rubric: LoadedRubric
    simulate: bool = False
    """Nothing is written."""

    def __call__(self) -> Callable[[Sequence[str]], list[Change]]:
        """Called once in each worker."""
        store = open_store(self.settings.store)
        judge = self.judge(store)
        return lambda call_ids: [self.change(store, call_id, judge) for call_id in call_ids]

    def judge(self, store: Store) -> Judge | None:
        return make_judge(self.settings, MemoryAnswers(store) if self.simulate else store)

    def change(self, store: Store, call_id: str, judge: Judge | None) -> Change:
        """Score one call, and store the scorecard where it differs from the one in force."""
        before = store.scorecard(call_id, self.rubric.rubric.id)
        try:
            call = store.call(call_id)
        except UnreadableCall:
            return Change(call_id, before, None)
        if call is None:  # gone since the ids were listed
            return Change(call_id, before, None)
        after = score(call, self.rubric, judge)
        if not self.simulate and before != after:
            store.put_scorecard(after, store.result_key(call_id, "call") or "")
        return Change(call_id, before, after)


def score_here(work: Rescoring, store: Store, call_ids: Sequence[str]) -> Iterator[Change]:
    """One after the other, in this process."""
    judge = work.judge(store)
    return (work.change(store, call_id, judge) for call_id in call_ids)


def score_on(executor: Executor, work: Rescoring, call_ids: Sequence[str]) -> Iterator[Change]:
    """On workers, in the order of the ids all the same."""
    waiting: dict[Sequence[str], list[Change]] = {}
    chunks = [tuple(call_ids[at : at + CALLS_AT_ONCE]) for at in range(0, len(call_ids), CALLS_AT_ONCE)]
    due = iter(chunks)
    expected = next(due, None)
    with closing(_answers(executor, work, chunks)) as answers:
        for chunk, answer in answers:
            if isinstance(answer, Lost):
                raise UserError(f"scoring: a worker {answer.detail}, twice; fewer --workers need less memory")
            waiting[chunk] = answer
            while expected is not None and expected in waiting:
                yield from waiting.pop(expected)
                expected = next(due, None)


def _answers(
    executor: Executor, work: Rescoring, chunks: Sequence[Sequence[str]]
) -> Generator[tuple[Sequence[str], list[Change] | Lost], None, None]:
    yield from executor.run(work, chunks)
