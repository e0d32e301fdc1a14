"""Recordings that lie elsewhere (``s3://``, ``oss://``, ``https://`` …), read through fsspec: local files for a while.

``file://`` is a path written in another way and needs nothing of this.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import unquote, urlsplit

from qa_pipeline.audio.containers import fail, shown_name
from qa_pipeline.audio.manifest import AUDIO_SUFFIXES
from qa_pipeline.core.errors import StepFailure, UserError

_BLOCK_BYTES = 1024 * 1024
_INSTALL = "install fsspec and what reads it (s3fs for s3://, ossfs for oss://, aiohttp for https://)"


def as_path(argument: str) -> str:
    """The path of a ``file://`` address; anything else as it is."""
    parts = urlsplit(argument) if argument.lower().startswith("file://") else None
    if parts is None:
        return argument
    if parts.netloc not in ("", "localhost"):
        raise UserError(f"{argument!r}: a file on another machine; name the path where it is mounted")
    return unquote(parts.path)


def find_there(address: str) -> list[str]:
    """Addresses of the recordings that an address of a file, folder or pattern names, in order of name.

    Hidden files and those without a known audio extension are passed over, as in local folders. UserError where there
    are none, or nobody answers.
    """
    files, inside = _file_system(address)
    try:
        found = _named(files, inside)
    except Exception as error:
        raise UserError(f"{address}: cannot be listed ({_why(error)}); check address and access") from error
    wanted = [path for path in found if _is_recording(path, inside)] if found != [inside] else found
    if not wanted:
        raise UserError(f"{address}: no audio files there; check the address")
    return sorted(files.unstrip_protocol(path) for path in wanted)


def _named(files: Any, inside: str) -> list[str]:
    if _is_pattern(inside):
        return list(files.glob(inside))
    return [inside] if files.isfile(inside) else list(files.find(inside))


def as_named(address: str) -> Path:
    """An address as a path that nothing lies under: its name and folders fit call sheets and name patterns."""
    return Path(unquote(address))


class Downloads:
    """Local copies, in a private folder that goes when this is closed or no longer used."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._copies: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()
        self._folder, self._copies = None, {}

    def get(self, address: str, max_bytes: int) -> Path:
        """The copy, made when it is first asked for; StepFailure (step ``ingest``) where it cannot be had."""
        if address not in self._copies:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="qa-pipeline-")
            place = Path(tempfile.mkdtemp(dir=self._folder.name), _file_name(address))
            _download(address, place, max_bytes)
            self._copies[address] = place
        return self._copies[address]

    def drop(self, address: str) -> None:
        """The copy is no longer needed."""
        copy = self._copies.pop(address, None)
        if copy is not None:
            shutil.rmtree(copy.parent, ignore_errors=True)


def _download(address: str, place: Path, max_bytes: int) -> None:
    named = Path(place.name)
    try:
        files, inside = _file_system(address)
    except UserError as error:
        raise StepFailure("ingest", "unreadable", str(error)) from error
    try:
        with files.open(inside, "rb") as there, place.open("wb") as here:
            _copy(there, here, named, max_bytes)
        # As complete as it will be: without this, ingest would watch the new file for a while.
        os.utime(place, (0, 0))
    except StepFailure:
        shutil.rmtree(place.parent, ignore_errors=True)
        raise
    except FileNotFoundError:
        fail(named, "missing_file", "no such file")
    except Exception as error:  # noqa: BLE001 - every file system has exceptions of its own
        shutil.rmtree(place.parent, ignore_errors=True)
        fail(named, "unreadable", f"cannot be read ({_why(error)})")


def _copy(there: IO[bytes], here: IO[bytes], named: Path, max_bytes: int) -> None:
    """No more than the limit, whatever length the other side tells."""
    copied = 0
    while block := there.read(_BLOCK_BYTES):
        copied += len(block)
        if copied > max_bytes:
            fail(named, "too_large", f"more bytes than the limit of {max_bytes:,}")
        here.write(block)


def _file_system(address: str) -> tuple[Any, str]:
    """What reads the address, and the address in its words."""
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query:
        # It would be stored with every call, and shown.
        raise UserError("an address may not hold a password or signature (…?…); give them as environment or key file")
    if "::" in address:
        raise UserError("addresses within addresses (…::…) are not read")
    try:
        import fsspec
    except ImportError as error:
        raise UserError(f"{_scheme(address)}: {_INSTALL}") from error
    try:
        files, inside = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UserError(f"{_scheme(address)}: nothing that is installed reads this; {_INSTALL}") from error
    return files, str(inside)


def _scheme(address: str) -> str:
    return f"{address.split('://', 1)[0]}://"


def _is_pattern(inside: str) -> bool:
    return any(letter in inside for letter in "*[")


def _is_recording(path: str, folder: str) -> bool:
    below = PurePosixPath(path.removeprefix(folder))
    return below.suffix.lower() in AUDIO_SUFFIXES and not any(part.startswith(".") for part in below.parts)


def _file_name(address: str) -> str:
    """A name for the copy that shows the recording's own; of an address it could be anything."""
    name = shown_name(as_named(address)).replace("/", "_").replace("\\", "_").replace("\0", "_")
    return name if name.strip(". ") else "recording"


def _why(error: Exception) -> str:
    """The kind of error and the system's word for it: what file systems say may hold addresses and whole answers."""
    said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
