"""Which speech model a name stands for, and whether it can be had without a network."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir

_WEIGHTS = "model.bin"

#: Enough of a weights file to tell two models apart without reading gigabytes.
_FINGERPRINT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model on this machine."""

    name: str
    folder: Path
    revision: str

    @property
    def is_demo(self) -> bool:
        """True for the bundled model that understands the demo's world and little else."""
        return self.name.startswith("demo-")


def find_model(name: str, *, may_download: bool = True) -> SpeechModel:
    """The model of a folder, a shipped name, a Whisper size or a Hugging Face id; UserError when there is none."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _local(folder.resolve().name, folder)
    shipped = models_dir() / name
    if folder.name == name and shipped.is_dir():
        return _local(name, shipped)
    if name.startswith((".", "/", "~")) or "\\" in name:
        raise UserError(f"model {name}: no such folder; name a folder that holds {_WEIGHTS} and tokenizer.json")
    return _from_hub(name, may_download)


def _local(name: str, folder: Path) -> SpeechModel:
    for needed in (_WEIGHTS, "config.json", "tokenizer.json"):
        if not (folder / needed).is_file():
            raise UserError(f"model folder {folder}: {needed} is missing; it must be a CTranslate2 Whisper model")
    return SpeechModel(name, folder, _fingerprint(folder))


def _fingerprint(folder: Path) -> str:
    """Names a model by its small files, and by size, beginning and end of its weights."""
    digest = hashlib.sha256((folder / "config.json").read_bytes() + (folder / "tokenizer.json").read_bytes())
    weights = folder / _WEIGHTS
    size = weights.stat().st_size
    digest.update(str(size).encode())
    with weights.open("rb") as file:
        digest.update(file.read(_FINGERPRINT_BYTES))
        file.seek(max(0, size - _FINGERPRINT_BYTES))
        digest.update(file.read())
    return digest.hexdigest()[:12]


def _from_hub(name: str, may_download: bool) -> SpeechModel:
    from faster_whisper.utils import available_models, download_model

    sizes = available_models()
    if "/" not in name and name not in sizes:
        close = difflib.get_close_matches(name, [*sizes, "demo-zh"], n=1)
        hint = f"did you mean {close[0]}?" if close else f"sizes: {', '.join(sizes)}; or demo-zh, a hub id, a folder"
        raise UserError(f"model {name}: not known; {hint}")
    try:
        folder = Path(download_model(name, local_files_only=True))
    except Exception as not_cached:  # noqa: BLE001 - the hub client raises many kinds, all mean "not here"
        folder = _download(name, may_download, not_cached)
    return _local(name, folder)


def _download(name: str, may_download: bool, not_cached: Exception) -> Path:
    from faster_whisper.utils import download_model

    problem: Exception = not_cached
    if may_download:
        try:
            return Path(download_model(name))
        except Exception as error:  # noqa: BLE001 - network, name and disk errors alike end in one line of advice
            problem = error
    raise UserError(
        f"model {name}: not on this machine and not to be had from the hub ({type(problem).__name__}); copy its "
        f"CTranslate2 folder here and give --model FOLDER, or try --model demo-zh"
    ) from None
