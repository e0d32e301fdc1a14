"""A batch of recordings: progress, results as they come, pages at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from qa_pipeline.batch import Batch
    from qa_pipeline.config import Settings
    from qa_pipeline.pages import Pages
    from qa_pipeline.pipeline import RunResult, WorkItem
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store
    from qa_pipeline.survey import Survey
    from qa_pipeline.workers.base import Executor

#: In watch mode, seconds between two times that what is about all calls is written: with many calls stored it takes
#: longer than a new call does.
ALL_CALLS_EVERY_S = 300.0

_MARKS = {"done": "✓", "skipped": "·", "failed": "✗"}


def run_batch(
    items: Sequence[WorkItem],
    settings: Settings,
    rubric: LoadedRubric,
    *,
    as_json: bool,
    retry_failed: bool = False,
) -> int:
    """Process all items; the exit code is 1 when any failed. Ctrl-C leaves a store that the next run goes on from."""
    return Batches(settings, rubric, as_json=as_json, retry_failed=retry_failed).run(items)


class Batches:
    """One batch, or in watch mode one after the other.

    The page of a call is written at once. What is about all calls follows: pages beside what is usual by now, the pages
    of agents and teams, reports, the list.
    """

    def __init__(self, settings: Settings, rubric: LoadedRubric, *, as_json: bool, retry_failed: bool = False) -> None:
        from qa_pipeline.batch import refuse_wrong

        refuse_wrong(settings)
        self._settings, self._rubric = settings, rubric
        self._as_json, self._retry_failed = as_json, retry_failed
        self._pages: Pages | None = None
        self._calls: dict[str, None] = {}
        """Those whose pages were written since what is about all calls was."""
        self.is_finished = True
        """Nothing happened since then."""
        self._finished_s = -ALL_CALLS_EVERY_S

    @property
    def is_due(self) -> bool:
        """Whether ``finish`` was long ago."""
        return time.monotonic() - self._finished_s >= ALL_CALLS_EVERY_S

    def run(self, items: Sequence[WorkItem], *, finish: bool = True) -> int:
        """As ``run_batch``; ``finish``: do that too."""
        from qa_pipeline.batch import begin
        from qa_pipeline.cli.published import refuse_changed_version
        from qa_pipeline.store.database import open_store

        results: list[RunResult] = []
        with open_store(self._settings.store) as store:
            refuse_changed_version(store, self._rubric)
            pages = self._learnt(store)
            self.is_finished = False
            batch = begin(self._settings, self._rubric, store, pages, len(items), retry_failed=self._retry_failed)
            try:
                for result in _progress(_results(batch, items, store), len(items), quiet=self._as_json):
                    results.append(result)
                    if result.status != "failed":
                        self._calls[result.call_id] = None
                    _print_result(result, self._as_json)
                if finish:
                    self._finish(store, pages)
            except BaseException:
                # Whatever ended the batch, the list shows what is done.
                pages.write_index(store, self._rubric)
                raise
            store.end_run(batch.run_id, *(_count(results, status) for status in _MARKS))
            _summary(results, pages, self._rubric, self._as_json)
        return 1 if _count(results, "failed") else 0

    def finish(self) -> None:
        """What is about all calls, where anything happened since."""
        from qa_pipeline.store.database import open_store

        if self._pages is not None and not self.is_finished:
            with open_store(self._settings.store) as store:
                self._finish(store, self._pages)

    def _learnt(self, store: Store) -> Pages:
        """The folder, which knows what is usual from the first batch on."""
        from qa_pipeline.batch import make_pages

        if self._pages is None:
            pages = make_pages(self._settings)
            pages.learn(store, self._rubric)
            self._pages = pages
        return self._pages

    def _finish(self, store: Store, pages: Pages) -> None:
        from qa_pipeline.cli.progress import bar

        with bar(0, quiet=self._as_json) as advance:
            survey = write_overviews(self._settings, store, self._rubric, lambda name: advance(name, 1))
        if survey and pages.learn_from(survey):
            compare(self._calls, pages, store, self._rubric, quiet=self._as_json)
        pages.write_index(store, self._rubric, survey)
        self._calls.clear()
        self.is_finished = True
        self._finished_s = time.monotonic()


def _results(batch: Batch, items: Sequence[WorkItem], store: Store) -> Iterator[RunResult]:
    """In this process without workers, else on as many as the settings say."""
    settings = batch.settings
    if settings.executor == "local" and settings.workers == 0:
        return batch.pipeline(store).process_all(items)
    from qa_pipeline.batch import process

    return process(batch, items, make_executor(settings), store)


def make_executor(settings: Settings) -> Executor:
    """What runs the workers that the settings name."""
    limit_s = settings.time_limit_s or None
    if settings.executor == "ray":
        from qa_pipeline.workers.cluster import RayExecutor

        return RayExecutor(max(1, settings.workers), limit_s, settings.gpus_per_worker, settings.ray_address or None)
    from qa_pipeline.workers.local import LocalExecutor

    return LocalExecutor(settings.workers, limit_s)


def compare(call_ids: Iterable[str], pages: Pages, store: Store, rubric: LoadedRubric, *, quiet: bool) -> None:
    """The pages of a batch again, once all its calls are known, beside what is usual in their teams by now.

    A batch that ends before has pages that compare with what was stored before it; its next run makes up for that.
    """
    from qa_pipeline.cli.progress import bar

    chosen = list(call_ids)
    with bar(len(chosen), quiet=quiet) as advance:
        for call_id in chosen:
            advance(call_id, 0)
            pages.write_again(call_id, store, rubric)
            advance("", 1)


def write_overviews(
    settings: Settings, store: Store, rubric: LoadedRubric, on_page: Callable[[str], None]
) -> Survey | None:
    """The pages of agents and teams and the reports that do not show what is stored; what else was learnt from the
    summaries on the way, None where there was nothing to write.

    Every new call moves what its team is compared with, so that the pages of all people are written.
    """
    from qa_pipeline.cli.report import plan_of
    from qa_pipeline.overviews import Overviews
    from qa_pipeline.summaries import current_summaries
    from qa_pipeline.survey import Survey

    if not store.call_ids():
        return None
    survey = Survey(rubric.rubric)
    overviews = Overviews(settings.out, store, rubric, plan_of(settings), on_page)
    is_news = overviews.write_outdated(survey.passing(current_summaries(store, rubric)))
    return survey if is_news else None


def _progress(results: Iterator[RunResult], total: int, *, quiet: bool) -> Iterator[RunResult]:
    from qa_pipeline.cli.progress import bar

    failed = 0
    with bar(total, quiet=quiet) as advance:
        for result in results:
            failed += result.status == "failed"
            advance(f"{failed} failed" if failed else "", 1)
            yield result


def _print_result(result: RunResult, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False))
        return
    from pathlib import Path

    from qa_pipeline.cli.unscorable import reasons
    from qa_pipeline.language.redaction import mask_identifier

    name = mask_identifier(Path(result.recording).name)
    unscorable = f"  not scorable: {reasons(result.unscorable)}" if result.unscorable else ""
    why = (
        f"  {result.step}, {result.code}: {mask_identifier(result.reason)}"
        if result.status == "failed"
        else f"  {mask_identifier(result.reason)}".rstrip()
    )
    # print, not typer.echo: a progress bar that is being drawn moves aside for it.
    print(f"{_MARKS[result.status]} {name}{why}{unscorable}")


def _unscorable(results: Sequence[RunResult]) -> str:
    """``; 2 not scorable (too short 1, unsure text 1)``."""
    from collections import Counter

    from qa_pipeline.cli.unscorable import by_reason

    first = Counter(result.unscorable[0] for result in results if result.unscorable)
    return f"; {first.total()} not scorable{by_reason(first.items())}" if first else ""


def _summary(results: Sequence[RunResult], pages: Pages, rubric: LoadedRubric, as_json: bool) -> None:
    counts = {status: _count(results, status) for status in _MARKS}
    if as_json:
        return
    typer.echo(f"{counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed{_unscorable(results)}")
    typer.echo(f"rubric: {rubric.rubric.title} {rubric.rubric.version} ({rubric.rubric.id})")
    typer.echo(f"report: {pages.index.resolve()}")


def _count(results: Sequence[RunResult], status: str) -> int:
    return sum(result.status == status for result in results)
