"""``run``: new recordings to transcripts, stages, scorecards and pages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.audio.match import SheetMatch
    from qa_pipeline.pipeline import WorkItem


#: Rows or recordings without a partner that are listed before the rest is only counted.
MAX_LISTED = 20


def run(
    paths: Annotated[list[str], typer.Argument(help="Recordings, folders, or patterns such as 'calls/**/*.wav'.")],
    calls: Annotated[Path | None, typer.Option(help="Call metadata (calls.csv, UTF-8 or GB18030).")] = None,
    name_pattern: Annotated[
        str | None, typer.Option(help="What file names say, e.g. '{agent_id}_{started_at:%Y%m%d%H%M%S}'.")
    ] = None,
    rubric: options.Rubric = None,
    store: options.Store = None,
    out: options.Out = None,
    audio: options.Audio = None,
    engine: options.EngineName = None,
    model: options.Model = None,
    words: options.Words = None,
    language: options.Language = None,
    stage_model: options.StageModel = None,
    lead_rules: options.LeadRules = None,
    device: options.Device = None,
    compute_type: options.ComputeType = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> int:
    """Transcribe, segment and score recordings; go on where an earlier run stopped; write the pages."""
    from qa_pipeline.audio.manifest import find_recordings
    from qa_pipeline.cli.batch import run_batch
    from qa_pipeline.config import load_settings
    from qa_pipeline.rubric.loading import load_rubric

    settings = load_settings(
        {
            "rubric": rubric,
            "store": store,
            "out": out,
            "audio": audio,
            "engine": engine,
            "model": model,
            "words": words,
            "language": language,
            "stage_model": stage_model,
            "lead_rules": lead_rules,
            "device": device,
            "compute_type": compute_type,
            "cpu_threads": threads,
        }
    )
    loaded = load_rubric(settings.rubric)
    items = work_items(_outside(settings.out, find_recordings(paths)), calls, name_pattern)
    return run_batch(items, settings, loaded, as_json=json)


def _outside(out: Path, recordings: Sequence[Path]) -> list[Path]:
    """The recordings without the copies of sound that earlier runs made for their pages."""
    from qa_pipeline.core.errors import UserError

    copies = (out / "audio").resolve()
    kept = [path for path in recordings if not path.resolve().is_relative_to(copies)]
    if not kept:
        raise UserError(f"{copies}: holds copies made for the pages, not recordings; name the recordings' folder")
    return kept


def work_items(recordings: Sequence[Path], sheet: Path | None, name_pattern: str | None = None) -> list[WorkItem]:
    """Recordings with what calls.csv (first) or their names say; what does not fit together is reported."""
    from qa_pipeline.audio.calls_csv import read_calls_csv
    from qa_pipeline.audio.match import match_sheet
    from qa_pipeline.pipeline import WorkItem

    rows = {}
    if sheet is not None:
        match = match_sheet(recordings, read_calls_csv(sheet))
        rows = match.matched
        _report_unmatched(sheet.name, match)
    items = []
    for path in recordings:
        row = rows.get(path)
        if row is not None:
            items.append(WorkItem(path, row.call_id, row.metadata))
            continue
        items.append(_named_item(path, name_pattern) if name_pattern else WorkItem(path))
    return items


def _named_item(path: Path, pattern: str) -> WorkItem:
    from qa_pipeline.audio.calls_csv import metadata_of
    from qa_pipeline.audio.name_pattern import parse_name
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.language.redaction import mask_identifier
    from qa_pipeline.pipeline import WorkItem

    said = parse_name(path, pattern)
    if not said:
        print(f"{mask_identifier(path.name)}: does not fit --name-pattern; nothing is known about it", file=sys.stderr)
    call_id = said.pop("call_id", None)
    try:
        return WorkItem(path, call_id, metadata_of(said))
    except ValueError as error:
        raise UserError(f"--name-pattern on {path.name}: {error}") from None


def _report_unmatched(sheet: str, match: SheetMatch) -> None:
    from qa_pipeline.language.redaction import mask_identifier

    rows = [
        f"{sheet}:{row.line}: no recording named {mask_identifier(row.recording)} was given"
        for row in match.rows_without_recording
    ]
    strangers = [f"{mask_identifier(path.name)}: has no row in {sheet}" for path in match.recordings_without_row]
    for lines in (rows, strangers):
        rest = len(lines) - MAX_LISTED
        shown = lines[:MAX_LISTED] + ([f"… and {rest} more of this kind"] if rest > 0 else [])
        print(*shown, sep="\n", end="\n" if shown else "", file=sys.stderr)
