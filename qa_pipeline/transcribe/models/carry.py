"""Models to and from machines without internet."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models.convert import Convert, convert_into
from qa_pipeline.transcribe.models.folder import (
    OWN_FILES,
    SOURCE,
    WEIGHTS,
    SpeechModel,
    kind_of,
    local_model,
    read_json,
)
from qa_pipeline.transcribe.models.storage import folder_name, need_space, place, stored
from qa_pipeline.transcribe.models.unpack import is_archive, unpack
from qa_pipeline.transcribe.models.weights import read_weights

Load = Callable[[Path], None]
"""Tries a model; UserError where it cannot be used."""


def export_model(model: SpeechModel, folder: Path) -> Path:
    """A folder with the model below another one, with a checksum of its weights; UserError when it is there."""
    name = folder_name(model.name)
    if (folder / name).exists():
        raise UserError(f"{folder / name}: already there; delete it or name another folder")
    note = _note(model.folder) | {"name": model.name, "sha256": _sha256(model.folder / WEIGHTS)}
    size = sum(path.stat().st_size for path in _own(model.folder))
    return place(folder, name, size, partial(_copy_model, model.folder, note))


def import_model(
    source: Path,
    storage: Path,
    *,
    name: str | None = None,
    convert: Convert | None = None,
    load: Load | None = None,
) -> SpeechModel:
    """Take a folder or archive into the user's models: complete, undamaged, and it loads; UserError where not.

    Args:
        name: what ``--model`` will call it; None: the name that it was exported with, else that of the folder.
    """
    if source.is_dir():
        return _import_folder(source.resolve(), storage, name, convert, load)
    if not source.is_file():
        raise UserError(f"{source}: no such folder or archive")
    if not is_archive(source):
        raise UserError(f"{source}: neither a folder nor a ZIP or TAR archive with a model")
    return _import_archive(source, storage, name, convert, load)


def _import_archive(
    source: Path, storage: Path, name: str | None, convert: Convert | None, load: Load | None
) -> SpeechModel:
    try:
        storage.mkdir(parents=True, exist_ok=True)
        need_space(storage, source.stat().st_size)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=storage) as work:
            inside = Path(work) / source.name.split(".")[0]
            inside.mkdir()
            unpack(source, inside)
            return _import_folder(inside, storage, name, convert, load, move=True)
    except OSError as error:
        raise UserError(
            f"{source}: cannot be unpacked into {storage} ({error.strerror or type(error).__name__})"
        ) from None


def _import_folder(
    source: Path, storage: Path, name: str | None, convert: Convert | None, load: Load | None, move: bool = False
) -> SpeechModel:
    kind = kind_of(source)
    note = _note(source)
    wanted = name or str(note.get("name") or source.name)
    _refuse_taken(wanted, storage)
    if kind == "checkpoint":
        return local_model(wanted, convert_into(storage, wanted, source, convert, {"source": source.name}))
    check_model(source, note, load)
    size = 0 if move else sum(path.stat().st_size for path in _own(source))
    make = partial(_copy_model, source, note | {"kind": note.get("kind", "imported")}, move=move)
    return local_model(wanted, place(storage, wanted, size, make))


def check_model(folder: Path, note: dict[str, Any], load: Load | None) -> None:
    """UserError unless a model is complete, as it was when exported, and can be loaded."""
    local_model(folder.name, folder)
    read_weights(folder / WEIGHTS)
    told = note.get("sha256")
    if told is not None and told != _sha256(folder / WEIGHTS):
        raise UserError(f"model folder {folder}: {WEIGHTS} was damaged on the way; copy it again")
    (load or load_model)(folder)


def load_model(folder: Path) -> None:
    """Load a model on the CPU once, as the engine will."""
    import ctranslate2
    from tokenizers import Tokenizer

    try:
        Tokenizer.from_file(str(folder / "tokenizer.json"))
        ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8")
    except Exception as error:  # noqa: BLE001 - both are compiled libraries with errors of their own
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"model folder {folder}: cannot be loaded ({first_line[:200]})") from None


def _refuse_taken(name: str, storage: Path) -> None:
    folder_name(name)
    if stored(storage, name):
        raise UserError(f"model {name}: already there; `qa-pipeline models remove {name}` first, or give --name")
    if (models_dir() / name).is_dir():
        raise UserError(f"model {name}: this is the name of a bundled model; give --name")


def _own(folder: Path) -> list[Path]:
    return [folder / name for name in OWN_FILES if (folder / name).is_file()]


def _copy_model(source: Path, note: dict[str, Any], target: Path, *, move: bool = False) -> None:
    for path in _own(source):
        if move:
            path.rename(target / path.name)
        else:
            shutil.copyfile(path, target / path.name)
    (target / SOURCE).write_text(json.dumps(note, ensure_ascii=False, indent=1), encoding="utf-8")


def _note(folder: Path) -> dict[str, Any]:
    path = folder / SOURCE
    return read_json(path) if path.is_file() else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
