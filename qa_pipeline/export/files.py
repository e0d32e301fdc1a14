"""Files that come into being whole: written under another name, and renamed when all of them are complete."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_ENDING = ".part"

#: What a killed export left is removed by a later one; what is younger may be written by another one right now.
_LEFT_BEHIND_S = 24 * 3600


class PartFiles:
    """New files of a folder. Leaving the block without ``publish`` removes what was written.

    ``with PartFiles(out) as parts: … parts.new("calls.csv") … parts.publish()``
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._parts: dict[Path, Path] = {}

    def __enter__(self) -> PartFiles:
        self._out.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for part in self._parts:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def new(self, name: str) -> Path:
        """Where to write what shall be called ``name``; nothing is there yet."""
        self._sweep(name)
        part = self._out / f".{name}.{secrets.token_hex(4)}{_ENDING}"
        self._parts[part] = self._out / name
        return part

    def publish(self) -> None:
        """Give all files their names, in the place of earlier ones."""
        for part in self._parts:
            _to_disk(part)
        for part, target in self._parts.items():
            part.replace(target)

    def _sweep(self, name: str) -> None:
        for old in self._out.glob(f".{name}.*{_ENDING}"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > _LEFT_BEHIND_S:
                    old.unlink()


def _to_disk(path: Path) -> None:
    """Before the new name counts, so that a power cut leaves no empty file under it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
