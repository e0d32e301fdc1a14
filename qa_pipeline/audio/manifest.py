"""What to read: the recordings that the command line names, and what calls.csv says about them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa_pipeline.audio.calls_csv import CallSheet, SheetRow, read_calls_csv
from qa_pipeline.audio.match import SheetMatch, match_sheet
from qa_pipeline.audio.name_pattern import parse_name
from qa_pipeline.core.errors import UserError

__all__ = [
    "AUDIO_SUFFIXES",
    "CallSheet",
    "SheetMatch",
    "SheetRow",
    "find_recordings",
    "match_pattern",
    "match_sheet",
    "parse_name",
    "read_calls_csv",
]

# What is taken from a folder. A file named on the command line is taken whatever it is called.
_SUFFIXES = """
    .3g2 .3gp .aac .ac3 .aif .aifc .aiff .al .alaw .amr .ape .asf .au .avi .awb .caf .flac .flv
    .g722 .gsm .m4a .m4b .mka .mkv .mov .mp2 .mp3 .mp4 .mpeg .mpg .mpga .mulaw .oga .ogg .opus .rm
    .sln .snd .ts .tta .ul .ulaw .voc .w64 .wav .webm .wma .wv
"""
AUDIO_SUFFIXES = frozenset(_SUFFIXES.split())
_AUDIO_HINT = "name a file, a folder or a pattern such as 'calls/**/*.wav'"


def find_recordings(arguments: Sequence[str]) -> list[Path]:
    """The recordings that files, folders and glob patterns name, each once, in the order of the arguments.

    Folders are searched to any depth, in order of name; hidden entries and files without a known audio
    extension are passed over. Raises UserError for arguments that give nothing, all at once.
    """
    found: dict[str, Path] = {}
    problems = []
    for argument in arguments:
        try:
            paths = _expand(argument)
        except UserError as error:
            problems.append(str(error))
            continue
        for path in paths:
            found.setdefault(os.path.realpath(path), path)
    if problems:
        raise UserError("\n".join(problems))
    if not found:
        raise UserError(f"no recordings given: {_AUDIO_HINT}")
    return list(found.values())


def _expand(argument: str) -> list[Path]:
    if not argument or "\0" in argument:
        raise UserError(f"{argument!r} is not a path: {_AUDIO_HINT}")
    path = Path(argument)
    # A file whose own name holds brackets or stars goes before the pattern that it could be.
    if _exists(path):
        return _in_folder(path) if path.is_dir() else [path]
    if not glob.has_magic(argument):
        raise UserError(f"{argument!r}: no such file or folder; check the spelling, or {_AUDIO_HINT}")
    recordings, folders = match_pattern(argument)
    recordings += [path for folder in folders for path in _walk(folder)]
    if not recordings:
        raise UserError(f"{argument!r}: the pattern matches no audio file; check it, or name the folder")
    return recordings


def match_pattern(pattern: str) -> tuple[list[Path], list[Path]]:
    """A pattern takes files as they match, and folders by their contents: both lists; UserError for no pattern."""
    matches = _glob(pattern)
    recordings = [path for path in matches if path.is_file() and _wanted(path, pattern)]
    return recordings, [] if "**" in pattern else [path for path in matches if path.is_dir()]


def _glob(pattern: str) -> list[Path]:
    """Matches in order of name, without hidden entries that the pattern does not spell out.

    Path.glob, not glob.glob: its ``**`` does not follow links, so two links back to the top stay harmless.
    """
    path = Path(pattern)
    parts = path.parts[1:] if path.anchor else path.parts
    if parts[-1] == "**":
        parts = (*parts, "*")
    try:
        matches = Path(path.anchor).glob("/".join(parts))
        return sorted(m for m in matches if all(p in parts or not p.startswith(".") for p in m.parts))
    except (ValueError, NotImplementedError, OSError) as error:
        raise UserError(f"{pattern!r}: not a pattern that can be searched: {_AUDIO_HINT}") from error


def _wanted(path: Path, pattern: str) -> bool:
    """A pattern that spells out an extension means it; ``calls/*`` means the audio in there."""
    suffix = Path(pattern).suffix
    return bool(suffix and not glob.has_magic(suffix)) or path.suffix.lower() in AUDIO_SUFFIXES


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # a name too long for the file system
        return False


def _in_folder(folder: Path) -> list[Path]:
    paths = list(_walk(folder))
    if not paths:
        kinds = "wav, mp3, m4a, amr, opus …"
        raise UserError(f"{str(folder)!r}: no audio files in this folder ({kinds}); name the files themselves")
    return paths


def _walk(folder: Path) -> Iterator[Path]:
    """Audio files below ``folder``; linked folders are followed once, so that a loop of links ends."""
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=_unreadable):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(_visible(folders))
        for name in sorted(_visible(files)):
            path = Path(root, name)
            if path.suffix.lower() in AUDIO_SUFFIXES:
                yield path


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]


def _unreadable(error: OSError) -> None:
    raise UserError(f"{str(error.filename)!r}: the folder cannot be read ({error.strerror}); change its permissions")
