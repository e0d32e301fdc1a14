"""A batch of recordings: progress, results as they come, pages at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from qa_pipeline.config import Settings
    from qa_pipeline.pages import Pages
    from qa_pipeline.pipeline import Pipeline, RunResult, WorkItem
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.transcribe.whisper import WhisperEngine

_MARKS = {"done": "✓", "skipped": "·", "failed": "✗"}


def run_batch(items: Sequence[WorkItem], settings: Settings, rubric: LoadedRubric, *, as_json: bool) -> int:
    """Process all items; the exit code is 1 when any failed. Ctrl-C leaves a store that the next run goes on from."""
    from qa_pipeline.checks.llm_judge import make_judge
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.leads.loading import load_lead_rules
    from qa_pipeline.pages import Pages
    from qa_pipeline.pipeline import Pipeline, PipelineOptions
    from qa_pipeline.steps import analyse_options
    from qa_pipeline.store.database import open_store

    lead_rules = load_lead_rules(settings.lead_rules)
    options = PipelineOptions(analyse=analyse_options(settings.stage_model))
    engine = make_engine(settings)
    with open_store(settings.store) as store:
        refuse_changed_version(store, rubric)
        pages = Pages(settings.out, lead_rules)
        pipeline = Pipeline(store, engine, rubric, pages, options, make_judge(settings, store))
        results: list[RunResult] = []
        try:
            for result in _progress(pipeline, items, quiet=as_json):
                results.append(result)
                _print_result(result, as_json)
        finally:
            # Whatever ended the batch, the index shows what is done.
            pages.write_index(store, rubric)
        _summary(results, pages, rubric, as_json)
    return 1 if any(result.status == "failed" for result in results) else 0


def make_engine(settings: Settings) -> WhisperEngine:
    """The speech engine that the settings name; UserError when its model is not to be had."""
    from qa_pipeline.transcribe.models import find_model
    from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

    return WhisperEngine(
        find_model(settings.model),
        WhisperOptions(
            language=None if settings.language == "auto" else settings.language,
            beam_size=settings.beam_size,
            batch_size=settings.batch_size,
            device=settings.device,
            compute_type=settings.compute_type,
            cpu_threads=settings.cpu_threads,
        ),
    )


def _progress(pipeline: Pipeline, items: Sequence[WorkItem], *, quiet: bool) -> Iterator[RunResult]:
    from qa_pipeline.cli.progress import bar

    with bar(len(items), quiet=quiet) as advance:
        for item in items:
            advance(item.path.name, 0)
            result = pipeline.process(item)
            advance("", 1)
            yield result


def _print_result(result: RunResult, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False))
        return
    from pathlib import Path

    from qa_pipeline.language.redaction import mask_identifier

    name = mask_identifier(Path(result.recording).name)
    why = (
        f"  {result.step}: {mask_identifier(result.reason)}"
        if result.status == "failed"
        else f"  {mask_identifier(result.reason)}".rstrip()
    )
    # print, not typer.echo: a progress bar that is being drawn moves aside for it.
    print(f"{_MARKS[result.status]} {name}{why}")


def _summary(results: Sequence[RunResult], pages: Pages, rubric: LoadedRubric, as_json: bool) -> None:
    counts = {status: sum(r.status == status for r in results) for status in _MARKS}
    if as_json:
        return
    typer.echo(f"{counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed")
    typer.echo(f"rubric: {rubric.rubric.title} {rubric.rubric.version} ({rubric.rubric.id})")
    typer.echo(f"report: {pages.index.resolve()}")
