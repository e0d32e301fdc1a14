"""A batch of recordings: progress, results as they come, pages at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
    from qa_pipeline.workers.base import Executor

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
    from qa_pipeline.batch import begin, refuse_wrong
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.store.database import open_store

    refuse_wrong(settings)
    with open_store(settings.store) as store:
        refuse_changed_version(store, rubric)
        batch = begin(settings, rubric, store, len(items), retry_failed=retry_failed)
        pages = batch.pages
        results: list[RunResult] = []
        try:
            for result in _progress(_results(batch, items, store), len(items), quiet=as_json):
                results.append(result)
                _print_result(result, as_json)
            compare(results, pages, store, rubric, quiet=as_json)
            write_overviews(results, settings, store, rubric, quiet=as_json)
        finally:
            # Whatever ended the batch, the index shows what is done.
            pages.write_index(store, rubric)
        store.end_run(batch.run_id, *(_count(results, status) for status in _MARKS))
        _summary(results, pages, rubric, as_json)
    return 1 if _count(results, "failed") else 0


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


def compare(results: Sequence[RunResult], pages: Pages, store: Store, rubric: LoadedRubric, *, quiet: bool) -> None:
    """The pages of a batch again, once all its calls are known, beside what is usual in their teams by now.

    A batch that ends before has pages that compare with what was stored before it; its next run makes up for that.
    """
    from qa_pipeline.cli.progress import bar

    # Where nothing was done, the calls are those that the pages were already compared with.
    if not any(result.status == "done" for result in results) or not pages.learn(store, rubric):
        return
    call_ids = dict.fromkeys(result.call_id for result in results if result.status != "failed")
    with bar(len(call_ids), quiet=quiet) as advance:
        for call_id in call_ids:
            advance(call_id, 0)
            pages.write_again(call_id, store, rubric)
            advance("", 1)


def write_overviews(
    results: Sequence[RunResult], settings: Settings, store: Store, rubric: LoadedRubric, *, quiet: bool
) -> None:
    """The pages of agents and teams, and the reports of the weeks and months whose calls were worked on.

    Every new call moves what its team is compared with, so that all pages are written; none where nothing changed.
    """
    from qa_pipeline.cli.progress import bar
    from qa_pipeline.cli.report import plan_of
    from qa_pipeline.overviews import Overviews

    if not store.call_ids():
        return
    calls = (store.call(result.call_id) for result in results if result.status == "done")
    moments = (call.metadata.started_at for call in calls if call)
    with bar(0, quiet=quiet) as advance:
        pages = Overviews(settings.out, store, rubric, plan_of(settings), lambda name: advance(name, 1))
        if not pages.is_current():
            pages.write_all(touched={moment.date() for moment in moments if moment})


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
        f"  {result.step}: {mask_identifier(result.reason)}"
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
