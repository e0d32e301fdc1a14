"""A folder with a speech model: what lies in it, and what tells it from others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qa_pipeline.core.errors import UserError

WEIGHTS = "model.bin"
NEEDED = (WEIGHTS, "config.json", "tokenizer.json")
#: Where a model came from, beside the model.
SOURCE = "source.json"
#: How the model wants to be used, beside the model: ``{"packed": false}`` for one that loses speech in packed windows,
#: ``{"prompted": false}`` for one that understands less when it is shown a word list.
HINTS = "qa-pipeline.json"
#: What belongs to a CTranslate2 model; nothing else is copied.
OWN_FILES = (
    *NEEDED,
    "vocabulary.json",
    "vocabulary.txt",
    "preprocessor_config.json",
    "README.md",
    "LICENSE",
    SOURCE,
    HINTS,
)
#: What belongs to a checkpoint of transformers beside its weights.
CHECKPOINT_FILES = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "normalizer.json",
    "vocab.json",
    "merges.txt",
    "README.md",
    "LICENSE",
)

#: Enough of a weights file to tell two models apart without reading gigabytes: its ends, and blocks spread evenly over
#: it. Training that changes some layers alone (LoRA, a frozen encoder) leaves the ends as they are.
_FINGERPRINT_BYTES = 1 << 20
_BLOCKS, _BLOCK_BYTES = 256, 4096

Kind = Literal["ctranslate2", "checkpoint"]


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model on this machine."""

    name: str
    folder: Path
    revision: str
    packed: bool = True
    """Whether it was made for windows filled with unrelated stretches of speech, as Whisper itself takes them."""
    prompted: bool = True
    """Whether it was made to be shown words before a window, as Whisper was."""

    @property
    def is_demo(self) -> bool:
        """True for the bundled model that understands the demo's world and little else."""
        return self.name.startswith("demo-")


def local_model(name: str, folder: Path) -> SpeechModel:
    """The CTranslate2 model in a folder; UserError names the part that is missing."""
    for needed in NEEDED:
        if not (folder / needed).is_file():
            raise UserError(f"model folder {folder}: {needed} is missing; it must be a CTranslate2 Whisper model")
    hints = read_json(folder / HINTS) if (folder / HINTS).is_file() else {}
    packed, prompted = (hints.get(name) is not False for name in ("packed", "prompted"))
    return SpeechModel(name, folder, fingerprint(folder), packed, prompted)


def kind_of(folder: Path) -> Kind:
    """What a folder holds; UserError where it is no Whisper model, or an incomplete one."""
    if (folder / WEIGHTS).is_file():
        return "ctranslate2"
    if (folder / "adapter_config.json").is_file():
        raise UserError(f"model folder {folder}: a LoRA adapter alone; merge it into its Whisper model first")
    if not (folder / "config.json").is_file():
        raise UserError(f"model folder {folder}: config.json is missing; it holds no Whisper model")
    config = read_json(folder / "config.json")
    if "model_type" not in config:
        raise UserError(f"model folder {folder}: {WEIGHTS} is missing; it must be a CTranslate2 Whisper model")
    refuse_other_kinds(f"model folder {folder}", config)
    if not weight_files(path.name for path in folder.iterdir()):
        raise UserError(f"model folder {folder}: the weights are missing (model.safetensors or pytorch_model.bin)")
    if missing := missing_parts(folder):
        raise UserError(f"model folder {folder}: {missing[0]} is missing; the copy is not complete")
    return "checkpoint"


def missing_parts(folder: Path) -> list[str]:
    """Parts of the weights that the index names and the folder lacks."""
    index = next((name for name in weight_files(path.name for path in folder.iterdir()) if name.endswith(".json")), "")
    if not index:
        return []
    parts = read_json(folder / index).get("weight_map")
    names = set(parts.values()) if isinstance(parts, dict) else set()
    return sorted(str(name) for name in names if not (folder / Path(str(name)).name).is_file())


def refuse_other_kinds(where: str, config: dict[str, Any]) -> None:
    """UserError for a checkpoint that is not Whisper: nothing else can be converted."""
    found = config.get("model_type")
    if found != "whisper":
        raise UserError(f"{where}: a {found} model; only Whisper models can be used by this engine")


def weight_files(names: Iterable[str]) -> list[str]:
    """The weights of a checkpoint among its files: safetensors before pickled ones, with the index of parts."""
    present = set(names)
    for single, parts in (("model.safetensors", "model-"), ("pytorch_model.bin", "pytorch_model-")):
        if single in present:
            return [single]
        index = f"{single}.index.json"
        ending = single.rsplit(".", 1)[1]
        found = sorted(name for name in present if name.startswith(parts) and name.endswith(ending))
        if index in present and found:
            return [index, *found]
    return []


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; UserError where the file is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise UserError(f"{path}: cannot be read as JSON; the file is damaged, fetch the model again")
    return content


def fingerprint(folder: Path) -> str:
    """Names a model by its small files, and by size, ends and samples of its weights."""
    digest = hashlib.sha256((folder / "config.json").read_bytes() + (folder / "tokenizer.json").read_bytes())
    _add_samples(digest, folder / WEIGHTS)
    return digest.hexdigest()[:12]


def checkpoint_fingerprint(folder: Path) -> str:
    """The same for a checkpoint, so that one changed by further training is converted anew."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for name in weight_files(path.name for path in folder.iterdir()):
        _add_samples(digest, folder / name)
    return digest.hexdigest()[:12]


def _add_samples(digest: Any, weights: Path) -> None:
    size = weights.stat().st_size
    digest.update(str(size).encode())
    with weights.open("rb") as file:
        digest.update(file.read(_FINGERPRINT_BYTES))
        for block in range(1, _BLOCKS):
            file.seek(size * block // _BLOCKS)
            digest.update(file.read(_BLOCK_BYTES))
        file.seek(max(0, size - _FINGERPRINT_BYTES))
        digest.update(file.read())
