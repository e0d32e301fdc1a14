"""``run``: new recordings to transcripts, stages, scorecards and pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.audio.match import SheetMatch
    from qa_pipeline.config import Settings
    from qa_pipeline.pipeline import WorkItem
    from qa_pipeline.rubric.model import LoadedRubric


#: Rows or recordings without a partner that are listed before the rest is only counted.
MAX_LISTED = 20


def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Recordings, folders, patterns such as 'calls/**/*.wav', or addresses such as s3://…"),
    ] = None,
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
    workers: options.Workers = None,
    executor: options.ExecutorName = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds until a recording is given up; 0: none.")] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed before; without PATHS all of it.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and process what appears in PATHS.")] = False,
    json: options.Json = False,
) -> int:
    """Transcribe, segment and score recordings; go on where an earlier run stopped; write the pages."""
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
            "workers": workers,
            "executor": executor,
            "time_limit_s": time_limit,
        }
    )
    loaded = load_rubric(settings.rubric)
    if watch:
        return _watch(paths or (), calls, name_pattern, settings, loaded, as_json=json)
    items = _items(paths or (), calls, name_pattern, settings, retry_failed=retry_failed)
    return run_batch(items, settings, loaded, as_json=json, retry_failed=retry_failed)


def _watch(
    paths: Sequence[str],
    sheet: Path | None,
    name_pattern: str | None,
    settings: Settings,
    rubric: LoadedRubric,
    *,
    as_json: bool,
) -> int:
    """Recordings as they are complete, until Ctrl-C; exit code 1 where any failed."""
    from qa_pipeline.audio.elsewhere import as_path
    from qa_pipeline.audio.watching import WatchOptions, watch
    from qa_pipeline.cli.batch import Batches
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.core.places import is_address

    if not paths:
        raise UserError("--watch: name the folder to be watched")
    paths = [as_path(path) for path in paths]
    if any(is_address(path) for path in paths):
        raise UserError("--watch: folders of this machine can be watched, addresses cannot; run it at intervals")
    code = 0

    def said(text: str) -> None:
        print(text, file=sys.stderr)

    passes = watch(paths, WatchOptions(settle_s=settings.watch_settle_s), report=said, exclude=[settings.out / "audio"])
    batches = Batches(settings, rubric, as_json=as_json)
    said("watching; Ctrl-C ends it")
    try:
        for found in passes:
            if found:
                items = work_items(found, sheet, name_pattern, all_rows=False)
                code = max(code, batches.run(items, finish=batches.is_due))
            elif batches.is_due:
                batches.finish()
    except KeyboardInterrupt:
        if not batches.is_finished:
            said("stopping: lists and reports are being written; Ctrl-C again leaves them to the next run")
    batches.finish()
    said("stopped; the same command goes on from here")
    return code


def _items(
    paths: Sequence[str], sheet: Path | None, name_pattern: str | None, settings: Settings, *, retry_failed: bool
) -> list[WorkItem]:
    """What the paths hold, here and elsewhere; without paths, what failed before."""
    from qa_pipeline.audio.elsewhere import as_named, as_path, find_there
    from qa_pipeline.audio.manifest import find_recordings
    from qa_pipeline.core.places import is_address

    places = [as_path(place) for place in paths or _failed(settings.store, retry_failed=retry_failed)]
    here = [place for place in places if not is_address(place)]
    elsewhere = {as_named(url): url for place in places if is_address(place) for url in find_there(place)}
    recordings = _outside(settings.out, find_recordings(here)) if here or not elsewhere else []
    items = work_items([*recordings, *elsewhere], sheet, name_pattern)
    return [replace(item, url=elsewhere[item.path]) if item.path in elsewhere else item for item in items]


def _failed(store: str, *, retry_failed: bool) -> list[str]:
    """Where the recordings lie that failed before, of those that are still there."""
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.core.places import is_address
    from qa_pipeline.language.redaction import mask_identifier

    if not retry_failed:
        raise UserError("name recordings or folders, or give --retry-failed for those that failed before")
    with open_existing(store) as opened:
        failed = [failure.recording for failure in opened.failures()]
    # Unlike Path.exists this bears folders that cannot be entered, names that are too long, disks that fail.
    if not failed:
        print("nothing failed before", file=sys.stderr)
        raise typer.Exit
    there = [place for place in failed if is_address(place) or os.path.exists(place)]  # noqa: PTH110
    if len(there) < len(failed):
        gone = [mask_identifier(Path(place).name) for place in failed if place not in there]
        more = f" and {len(gone) - MAX_LISTED} more" if len(gone) > MAX_LISTED else ""
        print(f"no longer there: {', '.join(gone[:MAX_LISTED])}{more}", file=sys.stderr)
    if not there:
        raise UserError("no recording that failed before is left to try again")
    return there


def _outside(out: Path, recordings: Sequence[Path]) -> list[Path]:
    """The recordings without the copies of sound that earlier runs made for their pages."""
    from qa_pipeline.core.errors import UserError

    copies = (out / "audio").resolve()
    # Unlike Path.resolve this bears links that lead in a circle.
    kept = [path for path in recordings if not Path(os.path.realpath(path)).is_relative_to(copies)]
    if not kept:
        raise UserError(f"{copies}: holds copies made for the pages, not recordings; name the recordings' folder")
    return kept


def work_items(
    recordings: Sequence[Path], sheet: Path | None, name_pattern: str | None = None, *, all_rows: bool = True
) -> list[WorkItem]:
    """Recordings with what calls.csv (first) or their names say; what does not fit together is reported.

    ``all_rows``: whether every row of the sheet should have its recording here.
    """
    from qa_pipeline.audio.calls_csv import read_calls_csv
    from qa_pipeline.audio.match import match_sheet
    from qa_pipeline.pipeline import WorkItem

    rows = {}
    if sheet is not None:
        match = match_sheet(recordings, read_calls_csv(sheet))
        rows = match.matched
        _report_unmatched(sheet.name, match, all_rows=all_rows)
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
    from qa_pipeline.core.call import MAX_CALL_ID
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.language.redaction import mask_identifier
    from qa_pipeline.pipeline import WorkItem

    said = parse_name(path, pattern)
    if not said:
        print(f"{mask_identifier(path.name)}: does not fit --name-pattern; nothing is known about it", file=sys.stderr)
    call_id = said.pop("call_id", None)
    if call_id and len(call_id) > MAX_CALL_ID:
        raise UserError(f"--name-pattern: a call id of more than {MAX_CALL_ID} characters in {path.name}")
    try:
        return WorkItem(path, call_id, metadata_of(said))
    except ValueError as error:
        raise UserError(f"--name-pattern on {path.name}: {error}") from None


def _report_unmatched(sheet: str, match: SheetMatch, *, all_rows: bool) -> None:
    from qa_pipeline.language.redaction import mask_identifier

    rows = [
        f"{sheet}:{row.line}: no recording named {mask_identifier(row.recording)} was given"
        for row in match.rows_without_recording
    ]
    strangers = [f"{mask_identifier(path.name)}: has no row in {sheet}" for path in match.recordings_without_row]
    for lines in (rows if all_rows else [], strangers):
        rest = len(lines) - MAX_LISTED
        shown = lines[:MAX_LISTED] + ([f"… and {rest} more of this kind"] if rest > 0 else [])
        print(*shown, sep="\n", end="\n" if shown else "", file=sys.stderr)
