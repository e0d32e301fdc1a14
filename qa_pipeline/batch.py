"""A batch of recordings on workers: each has its own store, engine and pages, and a lost worker costs one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from qa_pipeline import assembly
from qa_pipeline.audio.elsewhere import Downloads
from qa_pipeline.audio.ingest import IngestOptions, file_sha256
from qa_pipeline.checks.llm_judge import make_judge
from qa_pipeline.config import Settings
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.leads.loading import load_lead_rules
from qa_pipeline.pages import Pages
from qa_pipeline.pipeline import MAX_GROUP, Pipeline, RunResult, WorkItem
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.workers.base import Executor, Lost

#: Recordings that a worker is given together: more than one where the engine works on several at a time.
Group = tuple[WorkItem, ...]

#: Why a call was lost, for people; the time limit and the cause are filled in.
_LOST = {
    "died": ("worker_died", "the program ended while it worked on this recording, twice: {detail}"),
    "time_limit": ("time_limit", "took longer than the time limit ({detail})"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a worker needs to begin; the same for all workers of a run."""

    settings: Settings
    rubric: LoadedRubric
    pages: Pages
    run_id: str
    retry_failed: bool = False

    def __call__(self) -> Callable[[Group], list[RunResult]]:
        """Called once in each worker."""
        pipeline = self.pipeline(open_store(self.settings.store))
        return lambda group: list(pipeline.process_all(group))

    def pipeline(self, store: Store) -> Pipeline:
        settings = _of_a_worker(self.settings)
        engine = assembly.make_engine(settings)
        store.note_model(engine.made_by)
        options = assembly.pipeline_options(settings, retry_failed=self.retry_failed)
        judge = make_judge(settings, store)
        return Pipeline(store, engine, self.rubric, self.pages, options, judge, run_id=self.run_id)


def refuse_wrong(settings: Settings) -> None:
    """UserError for a model, word list or rule file that is not to be had, before anything is stored."""
    assembly.pipeline_options(settings)
    assembly.make_engine(settings)
    load_lead_rules(settings.lead_rules)


def make_pages(settings: Settings) -> Pages:
    """The folder of a batch: it is told to be of no use before anything is done."""
    return Pages(settings.out, load_lead_rules(settings.lead_rules), settings.audio, with_overviews=True)


def begin(
    settings: Settings, rubric: LoadedRubric, store: Store, pages: Pages, recordings: int, *, retry_failed: bool
) -> Batch:
    """A new batch over so many recordings, noted in the store."""
    return Batch(settings, rubric, pages, store.begin_run(rubric.rubric.id, recordings), retry_failed)


def _of_a_worker(settings: Settings) -> Settings:
    """Workers on one machine share its cores."""
    if settings.cpu_threads or settings.workers < 2 or settings.executor != "local":
        return settings
    return settings.model_copy(update={"cpu_threads": max(1, (os.cpu_count() or 1) // settings.workers)})


def process(batch: Batch, items: Sequence[WorkItem], executor: Executor, store: Store) -> Iterator[RunResult]:
    """The result of each item as it is known. ``store``: of the calling process, where lost calls are noted."""
    size = MAX_GROUP if assembly.make_engine(batch.settings).group_speech_s else 1
    groups = (tuple(items[first : first + size]) for first in range(0, len(items), size))
    left: list[WorkItem] = []
    yield from _processed(batch, groups, executor, store, left)
    # Of a group that was lost, one recording is to blame: each gets a chance of its own. Only where there is one: a
    # second run would start a cluster for nothing.
    if left:
        yield from _processed(batch, ((item,) for item in left.copy()), executor, store, left)


def _processed(
    batch: Batch, groups: Iterator[Group], executor: Executor, store: Store, left: list[WorkItem]
) -> Iterator[RunResult]:
    """The results of groups; recordings of a lost group of several are added to ``left``."""
    with closing(_on(executor, batch, groups)) as answers:
        for group, answer in answers:
            if not isinstance(answer, Lost):
                yield from answer
            elif len(group) == 1:
                yield _lost(group[0], answer, store)
            else:
                left += group


def _on(
    executor: Executor, batch: Batch, groups: Iterator[Group]
) -> Generator[tuple[Group, list[RunResult] | Lost], None, None]:
    yield from executor.run(batch, groups)


def _lost(item: WorkItem, lost: Lost, store: Store) -> RunResult:
    """A row for a recording on which workers died, so that the next run does not meet it again unasked."""
    code, reason = _LOST[lost.reason]
    failure = StepFailure("run", code, reason.format(detail=lost.detail))
    store.put_failure(item.place, item.call_id or "", failure, _content_of(item))
    return RunResult(item.name, item.call_id or "", "failed", failure.step, failure.reason, code=code)


def _content_of(item: WorkItem) -> str | None:
    """The recording's hash; None where it cannot be read."""
    most = IngestOptions().decode.max_bytes
    try:
        with Downloads() as downloads:
            return file_sha256(downloads.get(item.url, most) if item.url else item.path, most)
    except StepFailure:
        return None
