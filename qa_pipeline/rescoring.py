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

#: Calls that are scored together: handing over and storing cost little beside the work, and results come steadily.
CALLS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One call's scorecard before and after; ``after`` is None where another version wrote the call."""

    call_id: str
    before: Scorecard | None
    after: Scorecard | None
    call_key: str = ""
    """Of the call that was scored."""


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
        return lambda call_ids: self.changes(store, call_ids, judge)

    def judge(self, store: Store) -> Judge | None:
        return make_judge(self.settings, MemoryAnswers(store) if self.simulate else store)

    def chunks(self, call_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """What is scored and stored together: single calls where a language model answers, which takes seconds."""
        size = 1 if self.settings.llm_url else CALLS_AT_ONCE
        return [tuple(call_ids[first : first + size]) for first in range(0, len(call_ids), size)]

    def changes(self, store: Store, call_ids: Sequence[str], judge: Judge | None) -> list[Change]:
        """Score some calls, and store, in one transaction, the scorecards that differ from those in force."""
        found = [self._change(store, call_id, judge) for call_id in call_ids]
        if not self.simulate:
            store.put_scorecards([(c.after, c.call_key) for c in found if c.after and c.after != c.before])
        return found

    def _change(self, store: Store, call_id: str, judge: Judge | None) -> Change:
        before = store.scorecard(call_id, self.rubric.rubric.id)
        try:
            keyed = store.keyed_call(call_id)
        except UnreadableCall:
            keyed = None
        if keyed is None:  # written by another version, or gone since the ids were listed
            return Change(call_id, before, None)
        call, key = keyed
        return Change(call_id, before, score(call, self.rubric, judge), key)


def score_here(work: Rescoring, store: Store, call_ids: Sequence[str]) -> Iterator[Change]:
    """One after the other, in this process."""
    judge = work.judge(store)
    return (change for chunk in work.chunks(call_ids) for change in work.changes(store, chunk, judge))


def score_on(executor: Executor, work: Rescoring, call_ids: Sequence[str]) -> Iterator[Change]:
    """On workers, in the order of the ids all the same."""
    waiting: dict[Sequence[str], list[Change]] = {}
    chunks = work.chunks(call_ids)
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
