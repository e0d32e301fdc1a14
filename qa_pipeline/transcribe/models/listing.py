"""Which speech models are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models.folder import NEEDED, SOURCE, WEIGHTS, fingerprint, read_json
from qa_pipeline.transcribe.models.hub import cache_folder, known_as
from qa_pipeline.transcribe.models.storage import stored
from qa_pipeline.transcribe.models.weights import read_weights


@dataclass(frozen=True, slots=True)
class Entry:
    """One model. ``problem`` is empty for one that can be used."""

    name: str
    kind: str
    """bundled, converted, imported or hub."""
    folder: Path
    bytes: int
    revision: str = ""
    parameters: int | None = None
    quantisation: str = ""
    languages: int | None = None
    """How many languages it knows; 1: a model of one language."""
    source: str = ""
    problem: str = ""


def models_here(storage: Path, cache: Path | None = None) -> list[Entry]:
    """Bundled models, the user's own, and those in the hub's cache, by kind and name."""
    return [*_bundled(), *_own(storage), *_fetched(cache or cache_folder())]


def _bundled() -> Iterator[Entry]:
    for folder in sorted(models_dir().iterdir()):
        if (folder / WEIGHTS).is_file():
            yield entry_of(folder.name, "bundled", folder)


def _own(storage: Path) -> Iterator[Entry]:
    for folder in sorted(storage.iterdir()) if storage.is_dir() else []:
        if stored(storage, folder.name):
            yield entry_of(folder.name, "imported", folder)


def _fetched(cache: Path) -> Iterator[Entry]:
    for folder in sorted(cache.glob("models--*")):
        repository = folder.name.removeprefix("models--").replace("--", "/", 1)
        for snapshot in sorted((folder / "snapshots").glob("*")):
            if all((snapshot / needed).is_file() for needed in NEEDED):
                yield entry_of(known_as(repository), "hub", snapshot, repository)


def entry_of(name: str, kind: str, folder: Path, source: str = "") -> Entry:
    """What a model's files tell; what is wrong with them stands in ``problem``."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    try:
        note = read_json(folder / SOURCE) if (folder / SOURCE).is_file() else {}
        weights = read_weights(folder / WEIGHTS)
        return Entry(
            name,
            str(note.get("kind", kind)) if kind == "imported" else kind,
            folder,
            size,
            fingerprint(folder),
            weights.parameters,
            weights.quantisation,
            _languages(read_json(folder / "config.json")),
            str(note.get("source", source)),
        )
    except (UserError, OSError) as error:
        return Entry(name, kind, folder, size, source=source, problem=str(error))


def _languages(config: dict[str, Any]) -> int | None:
    told = config.get("lang_ids")
    return max(1, len(told)) if isinstance(told, list) else None
