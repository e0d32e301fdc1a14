"""Names, sizes and times of change of the recordings below some paths, as they are right now: no file is opened."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from qa_pipeline.audio.manifest import AUDIO_SUFFIXES, match_pattern
from qa_pipeline.core.errors import UserError

#: What browsers, WinSCP and copying programs call a file until it is complete.
TEMPORARY_SUFFIXES = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", "~")


class Found(NamedTuple):
    """A file as one pass saw it; times are those of the file system that holds it, in nanoseconds."""

    path: str
    size: int
    mtime_ns: int
    """When its content was changed, or what a copying program set this to."""
    ctime_ns: int
    """When its name, its times or its content were changed; nobody can set this (Windows: when it was created)."""


def is_temporary(name: str) -> bool:
    """Whether a file is called as programs call what is not complete: ``.a.wav``, ``~a.wav``, ``a.wav.part``."""
    return name.startswith((".", "~")) or name.lower().endswith(TEMPORARY_SUFFIXES)


class FolderScan:
    """Lists what files, folders and patterns name, again and again.

    A folder that cannot be read is reported once and tried again in the next pass; so is its return.
    """

    def __init__(self, arguments: Sequence[str], report: Callable[[str], None], exclude: Iterable[Path] = ()) -> None:
        """``exclude``: folders that are never looked into. UserError for arguments that name nothing now, all at once.

        What an argument is, is seen here: a folder that is away later is still a folder.
        """
        problems = [problem for argument in arguments if (problem := _problem(argument))]
        if problems or not arguments:
            raise UserError("\n".join(problems) or "nothing to watch: name a folder")
        self._patterns = {argument for argument in arguments if _is_pattern(argument)}
        self._singles = {argument for argument in arguments if Path(argument).is_file()}
        self._arguments = arguments
        self._report = report
        self._excluded = frozenset(os.path.realpath(folder) for folder in exclude)
        self._unreadable: set[str] = set()

    def once(self) -> dict[str, Found]:
        """One pass: every recording once, by its real path, in the order of ``find_recordings``."""
        found: dict[str, Found] = {}
        seen = set(self._excluded)
        for argument in self._arguments:
            for key, each in self._argument(argument, seen):
                found.setdefault(key, each)
        return found

    def _argument(self, argument: str, seen: set[str]) -> Iterator[tuple[str, Found]]:
        if argument in self._singles:
            yield from self._files([Path(argument)])
        elif argument in self._patterns:
            self._entries(_fixed_folder(argument), top=True)  # Path.glob does not tell that a folder is away
            files, folders = _matches(argument)
            yield from self._files(files)
            for folder in folders:
                yield from self._walk(str(folder), seen)
        else:
            yield from self._walk(argument, seen, top=True)

    def _files(self, paths: Sequence[Path]) -> Iterator[tuple[str, Found]]:
        for path in paths:
            found = None if is_temporary(path.name) else _look(str(path), path)
            key = os.path.realpath(path)
            if found and not any(Path(key).is_relative_to(folder) for folder in self._excluded):
                yield key, found

    def _walk(self, folder: str, seen: set[str], *, top: bool = False) -> Iterator[tuple[str, Found]]:
        """Depth first; linked folders are followed once, so that a loop of links ends."""
        real = os.path.realpath(folder)
        if real in seen:
            return
        seen.add(real)
        folders = []
        for entry in self._entries(folder, top=top):
            if _is_folder(entry):
                folders += [] if entry.name.startswith(".") else [entry.path]
            elif not is_temporary(entry.name) and os.path.splitext(entry.name)[1].lower() in AUDIO_SUFFIXES:  # noqa: PTH122
                found = _look(entry.path, entry)
                if found:
                    yield _key(entry, real), found
        for each in folders:
            yield from self._walk(each, seen)

    def _entries(self, folder: str, *, top: bool) -> list[os.DirEntry[str]]:
        """In order of name; none while the folder cannot be read. One below the top may simply be gone."""
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if (top or not isinstance(error, FileNotFoundError)) and folder not in self._unreadable:
                self._unreadable.add(folder)
                self._report(f"{folder!r}: the folder cannot be read ({error.strerror}); it is tried again")
            return []
        if folder in self._unreadable:
            self._unreadable.remove(folder)
            self._report(f"{folder!r}: the folder can be read again")
        return listed


def _problem(argument: str) -> str:
    if not argument or "\0" in argument:
        return f"{argument!r} is not a path: name a folder to watch"
    if _is_pattern(argument):
        return _pattern_problem(argument)
    if not _exists(argument):
        return f"{argument!r}: no such file or folder; check the spelling"
    if Path(argument).is_file() and is_temporary(Path(argument).name):
        return f"{argument!r}: files with such a name are not complete yet and are never picked up; name its folder"
    return ""


def _pattern_problem(pattern: str) -> str:
    top = _fixed_folder(pattern)
    if not _exists(top):
        return f"{top!r}: no such folder; check the spelling"
    try:
        match_pattern(pattern)
    except UserError as error:
        return str(error)
    return ""


def _matches(pattern: str) -> tuple[list[Path], list[Path]]:
    """None while a folder on the way is away."""
    try:
        return match_pattern(pattern)
    except UserError:
        return [], []


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a name too long, or a folder that may not be looked into
        return False


def _is_pattern(argument: str) -> bool:
    """A file or folder whose own name holds brackets or stars goes before the pattern that it could be."""
    return glob.has_magic(argument) and not _exists(argument)


def _fixed_folder(pattern: str) -> str:
    """The part of a pattern that holds no star: ``calls`` of ``calls/*/*.wav``."""
    path = Path(pattern)
    return str(next(parent for parent in path.parents if not glob.has_magic(str(parent))))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _key(entry: os.DirEntry[str], real_folder: str) -> str:
    """The real path; asked of the file system for links alone, because it costs as much as all the rest."""
    return os.path.realpath(entry.path) if entry.is_symlink() else f"{real_folder.rstrip(os.sep)}{os.sep}{entry.name}"


def _look(path: str, entry: os.DirEntry[str] | Path) -> Found | None:
    """None for a file that went away in between. A link to nowhere is seen as it is: it is to become a failure."""
    try:
        facts = entry.stat()
    except OSError:
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError:
            return None
    return Found(path, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
