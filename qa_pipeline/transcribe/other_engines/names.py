"""How a model of another engine is named: ``MODEL[@REVISION][+COMPANION[@REVISION]]``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.core.errors import UserError

#: Bytes at each end of a weights file that are read to tell two folders apart.
_ENDS_BYTES = 1 << 20
_WEIGHTS = frozenset({".pt", ".bin", ".safetensors", ".onnx", ".pth"})


@dataclass(frozen=True, slots=True)
class Part:
    """A model at a hub, or a folder with one. ``revision``: tag, branch or commit of the hub; empty: its newest."""

    name: str
    revision: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder, where the name is one."""
        path = Path(self.name).expanduser()
        return path.resolve() if self.name and path.is_dir() else None

    @property
    def identity(self) -> str:
        """The revision given; of a folder, a fingerprint of what lies in it: it is read anew each time."""
        folder = self.folder
        return _fingerprint(folder) if folder else self.revision


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model and what works with it: marks of punctuation for Paraformer, word times for Qwen3-ASR."""

    main: Part
    companion: Part | None = None

    @property
    def name(self) -> str:
        """Without the paths of this machine."""
        return "+".join(part.folder.name if part.folder else part.name for part in self.parts)

    @property
    def revision(self) -> str:
        return "+".join(part.identity for part in self.parts) if any(part.identity for part in self.parts) else ""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.main,) if self.companion is None else (self.main, self.companion)


def parse_model(text: str) -> ModelName:
    """The parts of a name; UserError where there are none or too many. A folder may have any name."""
    if Part(text).folder:
        return ModelName(Part(text))
    parts = [_part(each) for each in text.split("+")]
    if not 1 <= len(parts) <= 2 or not all(part.name for part in parts):
        raise UserError(f"model {text}: expected MODEL, MODEL@REVISION or MODEL+COMPANION")
    for part in parts:
        if part.name.startswith((".", "/", "~")) and part.folder is None:
            raise UserError(f"model {part.name}: no such folder")
    return ModelName(*parts)


def _part(text: str) -> Part:
    if Part(text.strip()).folder:
        return Part(text.strip())
    name, _, revision = text.strip().partition("@")
    return Part(name.strip(), revision.strip())


def _fingerprint(folder: Path) -> str:
    """Names and sizes of all files, what small ones hold, and both ends of the weights."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder).as_posix()} {size}\n".encode())
        with file.open("rb") as opened:
            digest.update(opened.read(_ENDS_BYTES))
            if file.suffix in _WEIGHTS and size > _ENDS_BYTES:
                opened.seek(size - _ENDS_BYTES)
                digest.update(opened.read())
    return digest.hexdigest()[:12]
