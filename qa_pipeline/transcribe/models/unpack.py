"""Models out of archives that somebody else made: only known files, flat, and never more than a model can be."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.folder import CHECKPOINT_FILES, OWN_FILES, weight_files

#: Whisper large in float32 is 6.2 GB; its checkpoint beside it as much again.
MAX_BYTES = 16 << 30
#: The largest small file is a tokenizer of 2.5 MB.
MAX_SMALL_BYTES = 64 << 20
MAX_MEMBERS = 10_000
_BLOCK = 1 << 20
#: What the standard library raises where an archive is damaged, encrypted, or packed in a way that it does not know.
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_KNOWN = frozenset({*OWN_FILES, *CHECKPOINT_FILES})


@dataclass(frozen=True, slots=True)
class _Member:
    path: PurePosixPath
    size: int
    is_plain: bool
    open: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """True for a ZIP or TAR file, compressed or not."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(archive: Path, target: Path) -> int:
    """Write the files of the one model in an archive into a folder; the bytes written.

    Raises:
        UserError: no archive, damaged, hostile (paths out of the archive, links, more than a model can be), or not
            exactly one model in it.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                return _write(archive, list(_of_zip(archive, zipped)), target)
        with tarfile.open(archive, "r:*") as tarred:
            return _write(archive, list(_of_tar(archive, tarred)), target)
    except _DAMAGED:
        raise UserError(f"{archive}: damaged, or no ZIP or TAR archive; copy it again") from None


def _of_zip(archive: Path, zipped: zipfile.ZipFile) -> Iterator[_Member]:
    entries = zipped.infolist()
    _limit(archive, len(entries))
    for entry in entries:
        mode = entry.external_attr >> 16
        plain = not entry.is_dir() and (mode & 0o170000) in (0, 0o100000)
        if plain or not entry.is_dir():
            yield _Member(PurePosixPath(entry.filename), entry.file_size, plain, lambda e=entry: zipped.open(e))  # type: ignore[misc]


def _of_tar(archive: Path, tarred: tarfile.TarFile) -> Iterator[_Member]:
    for number, entry in enumerate(tarred):
        _limit(archive, number)
        if not entry.isdir():
            opener = lambda e=entry: tarred.extractfile(e)  # noqa: E731
            yield _Member(PurePosixPath(entry.name), entry.size, entry.isreg(), opener)


def _limit(archive: Path, members: int) -> None:
    if members > MAX_MEMBERS:
        raise UserError(f"{archive}: more than {MAX_MEMBERS} files; a model has about ten")


def _write(archive: Path, members: list[_Member], target: Path) -> int:
    for member in members:
        if member.path.is_absolute() or ".." in member.path.parts or "\\" in str(member.path):
            raise UserError(f"{archive}: refused: it names a path outside itself ({str(member.path)[:80]!r})")
        if not member.is_plain:
            raise UserError(f"{archive}: refused: {str(member.path)[:80]!r} is a link or device, not a file")
    wanted = _of_one_model(archive, members)
    if sum(member.size for member in wanted) > MAX_BYTES:
        raise UserError(f"{archive}: refused: larger unpacked than any Whisper model ({MAX_BYTES >> 30} GB)")
    return sum(_copy(archive, member, target) for member in wanted)


def _of_one_model(archive: Path, members: list[_Member]) -> list[_Member]:
    folders = {member.path.parent for member in members if member.path.name == "config.json"}
    if len(folders) != 1:
        what = "no model (config.json is missing)" if not folders else f"{len(folders)} models"
        raise UserError(f"{archive}: holds {what}; one model is expected")
    (folder,) = folders
    own = [member for member in members if member.path.parent == folder]
    known = _KNOWN.union(weight_files(member.path.name for member in own))
    return [member for member in own if member.path.name in known]


def _copy(archive: Path, member: _Member, target: Path) -> int:
    """Copy one file and count: what an archive says of its sizes may be a lie."""
    name = member.path.name
    limit = MAX_BYTES if name.endswith((".bin", ".safetensors")) else MAX_SMALL_BYTES
    source = member.open()
    if source is None:
        raise UserError(f"{archive}: {name} cannot be read; copy the archive again")
    written = 0
    with source, (target / name).open("wb") as file:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > min(limit, max(member.size, 1)):
                raise UserError(f"{archive}: refused: {name} is larger than it says, or than such a file can be")
            file.write(block)
    return written
