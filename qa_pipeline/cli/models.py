"""``models``: the speech models on this machine, and how they get here and onto others."""

from __future__ import annotations

import json as json_module
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.transcribe.models.listing import Entry

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Models = Annotated[Path | None, typer.Option(help="Folder of your speech models.")]


@app.callback()
def _group() -> None:
    """Speech models: what is here, fetch, carry to another machine."""


@app.command("list")
def list_models(models: Models = None, json: options.Json = False) -> int:
    """Show the speech models that work without a network; exit code 1 when one of them is damaged."""
    from qa_pipeline.transcribe.models.listing import models_here

    entries = models_here(_storage(models))
    if json:
        for entry in entries:
            typer.echo(json_module.dumps(asdict(entry) | {"folder": str(entry.folder)}, ensure_ascii=False))
    else:
        typer.echo(_table(entries))
        typer.echo(f"your own models: {_storage(models)}")
    return 1 if any(entry.problem for entry in entries) else 0


@app.command("fetch")
def fetch(
    name: Annotated[str, typer.Argument(help="Size, short name, hub id, or folder of a checkpoint to convert.")],
    to: Annotated[
        Path | None, typer.Option(help="Also write it into this folder, for a machine without internet.")
    ] = None,
    models: Models = None,
) -> int:
    """Fetch a speech model, and convert it where needed; an interrupted download goes on where it stopped."""
    from qa_pipeline.transcribe.models.carry import export_model
    from qa_pipeline.transcribe.models.find import Means, find

    model = find(name, Means(_storage(models), progress=sys.stderr.isatty()))
    typer.echo(f"{model.name} {model.revision} is in {model.folder}; use it with --model {name}")
    if to is not None:
        folder = export_model(model, to)
        typer.echo(f"for another machine: carry {folder} there and run `qa-pipeline models import {folder.name}`")
    return 0


@app.command("import")
def import_model(
    source: Annotated[Path, typer.Argument(help="Folder, ZIP or TAR archive with one model.")],
    name: Annotated[str | None, typer.Option(help="What --model will call it; else its own name.")] = None,
    models: Models = None,
) -> int:
    """Take in a speech model from a folder or archive: it must be complete, undamaged, and load."""
    from qa_pipeline.transcribe.models.carry import import_model as take_in

    model = take_in(source, _storage(models), name=name)
    typer.echo(f"{model.name} {model.revision} is in {model.folder}; use it with --model {model.name}")
    return 0


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Name as `models list` shows it.")], models: Models = None) -> int:
    """Delete one of your own (converted or imported) speech models."""
    from qa_pipeline.transcribe.models import storage

    typer.echo(f"deleted {storage.remove(_storage(models), name)}")
    return 0


def _storage(given: Path | None) -> Path:
    from qa_pipeline.config import load_settings
    from qa_pipeline.transcribe.models.storage import models_folder

    return models_folder(load_settings({"models": given}).models)


def _table(entries: list[Entry]) -> str:
    lines = [f"{'name':<28}{'kind':<11}{'size':>9}{'params':>9}  {'type':<9}{'languages':>9}  {'revision':<13}folder"]
    for entry in entries:
        parameters = f"{entry.parameters / 1e6:.0f} M" if entry.parameters else "-"
        lines.append(
            f"{entry.name:<28}{entry.kind:<11}{_size(entry.bytes):>9}{parameters:>9}  {entry.quantisation or '-':<9}"
            f"{entry.languages or '-':>9}  {entry.revision or '-':<13}{entry.folder}"
        )
        if entry.problem:
            lines.append(f"    {entry.problem}")
    return "\n".join(lines)


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
