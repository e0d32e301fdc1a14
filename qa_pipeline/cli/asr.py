"""``asr evaluate``: recognised words against reference transcripts."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.core.call import Transcript
    from qa_pipeline.transcribe.labelled import LabelledCall
    from qa_pipeline.transcribe.whisper import WhisperEngine

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
    model: options.Model = None,
    language: options.Language = None,
    device: options.Device = None,
    compute_type: options.ComputeType = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> int:
    """Character error rate by recording and in all, and the median error of word start times."""
    from qa_pipeline.cli.batch import make_engine
    from qa_pipeline.config import load_settings
    from qa_pipeline.resources import demo_dir
    from qa_pipeline.transcribe.evaluate import compare, summary
    from qa_pipeline.transcribe.labelled import read_labelled

    settings = load_settings(
        {
            "model": model or (None if file else "demo-zh"),
            "language": language,
            "device": device,
            "compute_type": compute_type,
            "cpu_threads": threads,
        }
    )
    file = file or demo_dir() / "reference.jsonl"
    calls = read_labelled(file)
    paths = {call.call_id: _recording(call, file, recordings) for call in calls}
    engine = make_engine(settings)
    figures = []
    for call in calls:
        transcript = _transcribe(engine, paths[call.call_id])
        figures.append(compare(paths[call.call_id].name, call.conversation.turns, transcript))
    totals = summary(figures)
    typer.echo(json_module.dumps(totals, ensure_ascii=False, indent=1) if json else _table(totals))
    return 0


def _recording(call: LabelledCall, file: Path, folder: Path | None) -> Path:
    from qa_pipeline.core.errors import UserError

    name = call.recording or call.call_id
    for base in [folder] if folder else [file.parent, file.parent / "recordings"]:
        if (base / name).is_file():
            return base / name
    raise UserError(f"{file}:{call.line}: the recording {name} is not found; name its folder with --recordings")


def _transcribe(engine: WhisperEngine, path: Path) -> Transcript:
    from qa_pipeline.audio.ingest import IngestOptions, ingest
    from qa_pipeline.core.errors import StepFailure, UserError
    from qa_pipeline.listening import transcribe

    try:
        recording, channels = ingest(path, IngestOptions(settle_s=0.0))
        return transcribe(engine, recording, channels)
    except StepFailure as failure:
        raise UserError(f"{path.name}: {failure.reason}") from None


def _table(totals: dict[str, Any]) -> str:
    rows = [*totals["files"], totals | {"recording": "all"}]
    lines = [f"{'recording':<40}{'CER %':>8}{'errors':>8}{'chars':>8}{'start s':>9}"]
    for row in rows:
        cer = "-" if row["cer"] is None else f"{100 * row['cer']:.1f}"
        start = "-" if row["median_start_error_s"] is None else f"{row['median_start_error_s']:.2f}"
        lines.append(f"{row['recording']:<40}{cer:>8}{row['errors']:>8}{row['characters']:>8}{start:>9}")
    lines.append(f"characters recognised where nothing is said: {totals['words_in_silence']}")
    return "\n".join(lines)
