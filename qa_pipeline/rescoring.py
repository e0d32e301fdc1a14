"""Stored calls scored again, in this process or on workers; what comes out, and its order, is the same."""

from __future__ import annotations

from collections import deque
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

#: Answers that wait for an earlier one: what a worker died of is tried again at the end, and memory is finite.
MAX_WAITING = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One call's scorecard before and after; ``after`` is None where another version wrote the call."""

    call_id: str
    before: Scorecard | None
    after: Scorecard | None
    call_key: str = ""
    """Of the call that was scored."""
    is_new: bool = False
    """Whether the scorecard in force is another one, or that of an earlier form of the call."""


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
            store.put_scorecards(
                [(change.after, change.call_key) for change in found if change.after and change.is_new]
            )
        return found

    def _change(self, store: Store, call_id: str, judge: Judge | None) -> Change:
        rubric_id = self.rubric.rubric.id
        try:
            keyed = store.keyed_call(call_id)
        except UnreadableCall:
            keyed = None
        if keyed is None:  # written by another version, or gone since the ids were listed
            return Change(call_id, store.scorecard(call_id, rubric_id), None)
        call, key = keyed
        before, after = store.scorecard(call_id, rubric_id), score(call, self.rubric, judge)
        # A call that was made anew has no scorecard of its own yet, even where that says the same as the last one.
        is_new = after != before or after != store.scorecard(call_id, rubric_id, self.rubric.sha256, key)
        return Change(call_id, before, after, key, is_new)


def score_here(work: Rescoring, store: Store, call_ids: Sequence[str]) -> Iterator[Change]:
    """One after the other, in this process."""
    judge = work.judge(store)
    return (change for chunk in work.chunks(call_ids) for change in work.changes(store, chunk, judge))


def score_on(executor: Executor, work: Rescoring, call_ids: Sequence[str]) -> Iterator[Change]:
    """On workers, in the order of the ids all the same; where a worker died, its calls come late."""
    waiting: dict[Sequence[str], list[Change]] = {}
    late: set[Sequence[str]] = set()
    chunks = work.chunks(call_ids)
    due = deque(chunks)
    with closing(_answers(executor, work, chunks)) as answers:
        for chunk, answer in answers:
            if isinstance(answer, Lost):
                raise UserError(f"scoring: a worker {answer.detail}, twice; fewer --workers need less memory")
            waiting[chunk] = answer
            if chunk in late:
                yield from waiting.pop(chunk)
            while due and (due[0] in waiting or len(waiting) > MAX_WAITING):
                yield from waiting.pop(due[0], [])
                late.add(due.popleft())


def _answers(
    executor: Executor, work: Rescoring, chunks: Sequence[Sequence[str]]
) -> Generator[tuple[Sequence[str], list[Change] | Lost], None, None]:
    yield from executor.run(work, chunks)
