"""A batch of recordings: progress, results as they come, pages at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from qa_pipeline.config import Settings
    from qa_pipeline.language.word_list import WordList
    from qa_pipeline.listening import Separator
    from qa_pipeline.pages import Pages
    from qa_pipeline.pipeline import Pipeline, RunResult, WorkItem
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store
    from qa_pipeline.transcribe.engine import Engine

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
    options = PipelineOptions(
        analyse=analyse_options(settings.stage_model), separator=make_separator(settings), words=word_list(settings)
    )
    engine = make_engine(settings)
    with open_store(settings.store) as store:
        refuse_changed_version(store, rubric)
        pages = Pages(settings.out, lead_rules, settings.audio, with_overviews=True)
        pages.learn(store, rubric)
        pipeline = Pipeline(store, engine, rubric, pages, options, make_judge(settings, store))
        results: list[RunResult] = []
        try:
            for result in _progress(pipeline, items, quiet=as_json):
                results.append(result)
                _print_result(result, as_json)
            compare(results, pages, store, rubric, quiet=as_json)
            write_overviews(results, settings, store, rubric, quiet=as_json)
        finally:
            # Whatever ended the batch, the index shows what is done.
            pages.write_index(store, rubric)
        _summary(results, pages, rubric, as_json)
    return 1 if any(result.status == "failed" for result in results) else 0


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


def make_engine(settings: Settings) -> Engine:
    """The speech engine that the settings name; UserError when its model is not to be had."""
    if settings.engine != "faster-whisper":
        return _make_other_engine(settings)
    from qa_pipeline.language.word_list import EMPTY
    from qa_pipeline.transcribe.models import find_model
    from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

    return WhisperEngine(
        find_model(settings.model, models=settings.models),
        WhisperOptions(
            language=None if settings.language == "auto" else settings.language,
            beam_size=settings.beam_size,
            words=word_list(settings) if settings.word_prompt else EMPTY,
            device=settings.device,
            compute_type=settings.compute_type,
            packed={"auto": None, "yes": True, "no": False}[settings.packed],
            cpu_threads=settings.cpu_threads,
            batch_size=settings.batch_size,
        ),
    )


def _make_other_engine(settings: Settings) -> Engine:
    """An engine that is an extra, or a server. The default of ``model`` is Whisper's: these have their own."""
    from qa_pipeline.language.word_list import EMPTY
    from qa_pipeline.transcribe.engines import EngineChoice, make_other_engine

    choice = EngineChoice(
        model=settings.model if "model" in settings.model_fields_set else "",
        language=None if settings.language == "auto" else settings.language,
        words=word_list(settings) if settings.word_prompt else EMPTY,
        device=settings.device,
        cpu_threads=settings.cpu_threads,
        url=settings.asr_url,
        key_variable=settings.asr_key_env,
    )
    return make_other_engine(settings.engine, choice)


def word_list(settings: Settings) -> WordList:
    """The project's words; empty without a list."""
    from qa_pipeline.language.word_list import EMPTY, read_word_list

    return read_word_list(settings.words) if settings.words else EMPTY


def make_separator(settings: Settings) -> Separator:
    """What parts the voices of mono recordings."""
    from qa_pipeline.listening import Separator

    if settings.separator == "builtin":
        return Separator()
    from qa_pipeline.speakers.pyannote_voices import PyannoteSeparator

    separator = PyannoteSeparator(settings.pyannote_model, settings.device)
    return Separator(separator.identity, separator)


def _progress(pipeline: Pipeline, items: Sequence[WorkItem], *, quiet: bool) -> Iterator[RunResult]:
    from qa_pipeline.cli.progress import bar

    with bar(len(items), quiet=quiet) as advance:
        names = iter([*(item.path.name for item in items), ""])
        advance(next(names), 0)
        for result in pipeline.process_all(items):
            advance(next(names), 1)
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
    counts = {status: sum(r.status == status for r in results) for status in _MARKS}
    if as_json:
        return
    typer.echo(f"{counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed{_unscorable(results)}")
    typer.echo(f"rubric: {rubric.rubric.title} {rubric.rubric.version} ({rubric.rubric.id})")
    typer.echo(f"report: {pages.index.resolve()}")
