"""Models out of archives that somebody else made: only known files, flat, and never more than a model can be."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.folder import CHECKPOINT_FILES, OWN_FILES, weight_files

#: Whisper large in float32 is 6.2 GB; its checkpoint beside it as much again.
MAX_BYTES = 16 << 30
#: The largest small file is a tokenizer of 2.5 MB.
MAX_SMALL_BYTES = 64 << 20
MAX_MEMBERS = 10_000
#: Weights hardly shrink; what grows to more than so many times the archive, beside a small file, is no model.
MAX_SWELLING = 20
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
#: How compressed TAR files begin.
_PACKINGS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x5d\x00\x00": lzma.LZMAFile,
}
_KNOWN = frozenset({*OWN_FILES, *CHECKPOINT_FILES})


@dataclass(frozen=True, slots=True)
class _Member:
    path: PurePosixPath
    size: int
    is_plain: bool
    open: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """True for a ZIP or TAR file, compressed or not."""
    if zipfile.is_zipfile(path):
        return True
    try:
        with _opened_tar(path):
            return True
    except _Swelling:  # told when it is unpacked
        return True
    except (*_DAMAGED, OSError):
        return False


class _Swelling(Exception):
    """More comes out of an archive than a model can be."""


class _Bounded:
    """What comes out of a packed file, never read nor skipped further than a model can reach.

    tarfile unpacks what it skips, and reads a long name at one go, however long its header says that it is.
    """

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit = file, limit
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        self._allow(size, MAX_SMALL_BYTES)
        self._allow(self.tell() + size, self._limit)
        return self._file.read(size)

    def seek(self, place: int) -> int:
        self._allow(place, self._limit)
        return self._file.seek(place)

    @staticmethod
    def _allow(wanted: int, limit: int) -> None:
        if not 0 <= wanted <= limit:
            raise _Swelling


@contextmanager
def _opened_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """A TAR file, compressed or not; ``_DAMAGED`` where it is none."""
    limit = min(2 * MAX_BYTES, MAX_SMALL_BYTES + MAX_SWELLING * path.stat().st_size)
    with path.open("rb") as packed:
        head = packed.read(6)
        packed.seek(0)
        opener = next((opener for mark, opener in _PACKINGS.items() if head.startswith(mark)), nullcontext)
        with opener(packed) as file, tarfile.TarFile(fileobj=_Bounded(file, limit)) as tarred:  # type: ignore[arg-type]
            yield tarred


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
        with _opened_tar(archive) as tarred:
            return _write(archive, list(_of_tar(archive, tarred)), target)
    except _Swelling:
        raise UserError(f"{archive}: refused: far more comes out of it than a Whisper model can be") from None
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
