"""Which model a name stands for; what is not here yet is fetched and converted, where that is allowed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models.convert import Convert, convert_into, need_converter
from qa_pipeline.transcribe.models.folder import (
    CHECKPOINT_FILES,
    NEEDED,
    OWN_FILES,
    WEIGHTS,
    SpeechModel,
    checkpoint_fingerprint,
    kind_of,
    local_model,
    missing_parts,
    refuse_other_kinds,
    weight_files,
)
from qa_pipeline.transcribe.models.hub import (
    ALIASES,
    Hub,
    HuggingFace,
    advice,
    config_of,
    need_cache_space,
    repository_of,
    short_name,
    sizes,
)
from qa_pipeline.transcribe.models.storage import models_folder, stored


@dataclass(frozen=True, slots=True)
class Means:
    """Where models come from. ``convert`` None: by the extra, where it is installed."""

    storage: Path
    hub: Hub = field(default_factory=HuggingFace)
    convert: Convert | None = None
    may_download: bool = True
    """Also whether a checkpoint may be converted: looking for a model costs nothing without."""
    progress: bool = False


def find_model(name: str, *, may_download: bool = True, models: Path | None = None) -> SpeechModel:
    """The model of a folder, a shipped or stored name, a Whisper size or a Hugging Face id; UserError for none.

    Args:
        may_download: False: only look, fetch and convert nothing.
        models: the user's folder of models; None: that of the environment, or of this system.
    """
    return find(name, Means(models_folder(models), may_download=may_download))


def find(name: str, means: Means) -> SpeechModel:
    """``find_model`` with every means named."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _of_folder(folder.resolve(), means)
    shipped = models_dir() / name
    if folder.name == name and shipped.is_dir():
        return local_model(name, shipped)
    if name.startswith((".", "/", "~")) or "\\" in name:
        raise UserError(f"model {name}: no such folder; name a folder that holds {WEIGHTS} and tokenizer.json")
    if here := _stored_under(name, means.storage):
        return local_model(short_name(name), here)
    return _from_hub(name, means)


def _of_folder(folder: Path, means: Means) -> SpeechModel:
    if kind_of(folder) == "ctranslate2":
        return local_model(folder.name, folder)
    # Another folder of the same name, or the same trained on, is another model.
    name = f"{folder.name}-{checkpoint_fingerprint(folder)}"
    here = stored(means.storage, name)
    if here is None and not means.may_download:
        raise UserError(f"model folder {folder}: not converted yet; `qa-pipeline models fetch {folder}` does it once")
    return local_model(name, here or convert_into(means.storage, name, folder, means.convert, {"source": str(folder)}))


def _stored_under(name: str, storage: Path) -> Path | None:
    """A stored model by its name, its short name or its id: they mean the same."""
    same = (name, short_name(name), ALIASES.get(name, name))
    return next((found for each in same if (found := stored(storage, each))), None)


def _from_hub(name: str, means: Means) -> SpeechModel:
    repository = repository_of(name)
    if repository is None:
        raise UserError(f"model {name}: not known; {_hint(name, means.storage)}")
    if cached := means.hub.cached(repository):
        found = _of_snapshot(name, repository, *cached, means)
        if found:
            return found
    if not means.may_download:
        raise UserError(f"model {name}: not on this machine; `qa-pipeline models fetch {name}` brings it")
    files = means.hub.files(repository)
    wanted = _wanted(name, repository, files, means)
    need_cache_space(sum(files[file] for file in wanted))
    folder, revision = means.hub.fetch(repository, wanted, means.progress)
    found = _of_snapshot(name, repository, folder, revision, means)
    if found is None:
        raise UserError(advice(repository, FileNotFoundError()))
    return found


def _hint(name: str, storage: Path) -> str:
    there = [path.name for path in storage.iterdir() if stored(storage, path.name)] if storage.is_dir() else []
    names = [*sizes(), *ALIASES, "demo-zh", *there]
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"sizes: {', '.join(sizes())}; for Mandarin {', '.join(ALIASES)}; or demo-zh, a hub id, a folder"


def _wanted(name: str, repository: str, files: dict[str, int], means: Means) -> list[str]:
    """The files to fetch: of the ready model, else of the checkpoint that it is to be made from."""
    if WEIGHTS in files:
        if lacking := [needed for needed in NEEDED if needed not in files]:
            raise UserError(f"model {name}: {repository} has no {lacking[0]}; take another conversion of this model")
        return [file for file in OWN_FILES if file in files]
    if "config.json" not in files:
        raise UserError(f"model {name}: {repository} holds no speech model (config.json is missing)")
    refuse_other_kinds(f"model {name}", config_of(means.hub, repository, means.progress))
    weights = weight_files(files)
    if not weights:
        raise UserError(f"model {name}: {repository} has no weights (model.safetensors or pytorch_model.bin)")
    if means.convert is None:
        need_converter(name)
    return [*(file for file in CHECKPOINT_FILES if file in files), *weights]


def _of_snapshot(name: str, repository: str, folder: Path, revision: str, means: Means) -> SpeechModel | None:
    """The model of a repository's fetched files; None where they are not all here."""
    present = {path.name for path in folder.iterdir()}
    if WEIGHTS in present:
        return local_model(short_name(name), folder) if present.issuperset(NEEDED) else None
    if not means.may_download or "config.json" not in present or not weight_files(present) or missing_parts(folder):
        return None
    if kind_of(folder) != "checkpoint":
        return None
    short, origin = short_name(repository), {"source": repository, "source_revision": revision}
    return local_model(short, convert_into(means.storage, short, folder, means.convert, origin))
