"""``asr evaluate``: recognised words against reference transcripts, one system or several beside each other."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.cli.asr_run import Row, Runner, Work
    from qa_pipeline.language.word_list import WordList

app = typer.Typer(help="Speech recognition.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Speech recognition."""


@app.command("evaluate")
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(help="Reference calls (JSON Lines) with a recording each; the demo's when absent."),
    ] = None,
    recordings: Annotated[Path | None, typer.Option(help="Folder of the recordings; beside FILE when absent.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Speech model: size, hub id, folder, or demo-zh; several are compared.")
    ] = None,
    engine: Annotated[
        list[str] | None, typer.Option(help="faster-whisper, funasr, qwen or openai; several are compared.")
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(help="'name: key=value, key=value' with settings of recognition; several are compared."),
    ] = None,
    hypothesis: Annotated[
        list[Path] | None,
        typer.Option(help="Transcripts made elsewhere, matched by call id: any file, or folder, that import reads."),
    ] = None,
    normaliser: Annotated[
        str | None, typer.Option(help="plain (as when absent), numbers, no-fillers, numbers-no-fillers.")
    ] = None,
    words: options.Words = None,
    top: Annotated[int, typer.Option(min=0, max=1000, help="How many errors of each kind to list.")] = 15,
    language: options.Language = None,
    device: options.Device = None,
    compute_type: options.ComputeType = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> int:
    """Error rates with intervals, what is taken for what, word times and speed, by recording and in all."""
    from qa_pipeline.cli.asr_report import combined
    from qa_pipeline.cli.asr_run import Work, listed_words, reference, runners
    from qa_pipeline.cli.asr_table import comparison, printable
    from qa_pipeline.cli.asr_variants import Asked, variants_of
    from qa_pipeline.config import load_settings
    from qa_pipeline.resources import demo_dir
    from qa_pipeline.transcribe.evaluate import find_normaliser

    named = find_normaliser(normaliser)
    base = {
        "words": words,
        "language": language,
        "device": device,
        "compute_type": compute_type,
        "cpu_threads": threads,
    }
    default_model = None if file else "demo-zh"
    variants = variants_of(
        Asked(base, model or (), engine or (), variant or (), hypothesis or (), default_model=default_model)
    )
    file = file or demo_dir() / "reference.jsonl"
    listed = listed_words(load_settings(base), variants)
    calls, paths = reference(file, recordings, with_sound=any(each.settings for each in variants))
    work = Work(file, calls, paths, named)
    ready = runners(variants, work)
    reports = _run(ready, work, listed, top, quiet=json)
    if json:
        typer.echo(json_module.dumps(combined(reports, work), ensure_ascii=False, indent=1))
    elif len(reports) > 1:
        typer.echo("\n".join(("", *printable(comparison(reports)))))
    return 1 if any(each["failed"] for each in reports) else 0


def _run(ready: list[Runner], work: Work, listed: WordList, top: int, *, quiet: bool) -> list[dict[str, Any]]:
    """The figures of every variant; recordings and variants are shown as they are ready."""
    from qa_pipeline.cli.asr_report import variant_report
    from qa_pipeline.cli.asr_table import details
    from qa_pipeline.cli.progress import bar

    first: list[Row] = []
    titled = len(ready) > 1
    reports: list[dict[str, Any]] = []
    with bar(len(ready) * len(work.calls), quiet=quiet) as advance:
        if not quiet:
            _say([f"normaliser {work.normaliser.name}: {work.normaliser.says}"])
        while ready:
            runner = ready.pop(0)  # nothing holds the model of a variant that is done
            rows = list(_shown(runner, work, advance, quiet=quiet, titled=titled))
            first = first or rows
            reports.append(variant_report(runner, rows, first, work, listed, top))
            if not quiet:
                _say(details(reports[-1]))
    return reports


def _shown(
    runner: Runner, work: Work, advance: Callable[[str, int], None], *, quiet: bool, titled: bool
) -> Iterator[Row]:
    from qa_pipeline.cli.asr_table import failure, head, line
    from qa_pipeline.transcribe.evaluate.normaliser import counts_characters
    from qa_pipeline.transcribe.evaluate.summary import file_row

    if not quiet:
        _say([*(["", runner.variant.name] if titled else []), head(by_word=not counts_characters(work.language))])
    for call in work.calls:
        advance(work.name(call), 0)
        row = runner.measured(call, work)
        if not quiet:
            _say([line(file_row(row.figures)) if row.figures else failure(row.recording, row.reason)])
        yield row
        advance("", 1)


def _say(lines: Iterable[str]) -> None:
    from qa_pipeline.cli.asr_table import printable

    for text in printable(lines):
        # print, not typer.echo: a progress bar that is being drawn moves aside for it.
        print(text)
