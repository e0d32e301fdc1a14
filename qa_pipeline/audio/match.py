"""Which row of calls.csv belongs to which recording: certain or reported, never guessed."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa_pipeline.audio.calls_csv import CallSheet, SheetRow


@dataclass(frozen=True, slots=True)
class SheetMatch:
    """``ambiguous`` rows (also among ``rows_without_recording``) fit several recordings, or share one."""

    matched: dict[Path, SheetRow]
    rows_without_recording: list[SheetRow]
    recordings_without_row: list[Path]
    ambiguous: list[SheetRow]


def match_sheet(recordings: Sequence[Path], sheet: CallSheet) -> SheetMatch:
    """Pair rows and recordings: by full path, by path from the sheet's folder, by end of path, by name.

    The surest way is tried first for all rows. Where a row fits two recordings, or two rows one recording,
    none of them is paired: not even by elimination, which would be a guess. Nothing is opened.
    """
    matched: dict[Path, SheetRow] = {}
    ambiguous: list[SheetRow] = []
    rows = list(sheet.rows)
    folder = os.path.abspath(sheet.path.parent)  # noqa: PTH100 - text only: links stay as the user wrote them
    for way in _ways(folder):
        fits = _fits(recordings, rows, way)
        claims = Counter(path for _, paths in fits for path in paths)
        taken = set(matched)
        for row, paths in fits:
            if len(paths) == 1 and claims[paths[0]] == 1 and paths[0] not in taken:
                matched[paths[0]] = row
            elif len(paths) > 1 or (paths and paths[0] not in taken):
                ambiguous.append(row)
        settled = {row.line for row in matched.values()} | {row.line for row in ambiguous}
        rows = [row for row in sheet.rows if row.line not in settled]
    paired = {row.line for row in matched.values()}
    return SheetMatch(
        matched={path: matched[path] for path in recordings if path in matched},
        rows_without_recording=[row for row in sheet.rows if row.line not in paired],
        recordings_without_row=[path for path in recordings if path not in matched],
        ambiguous=sorted(ambiguous, key=lambda row: row.line),
    )


Way = tuple[Callable[[Path], list[str]], Callable[[SheetRow], str]]


def _ways(folder: str) -> list[Way]:
    """Pairs of functions: the keys under which a recording is found, and the key that a row asks for."""
    return [
        (lambda path: [_full(path)], _absolute),
        (lambda path: [_full(path)], lambda row: _full(Path(folder, _plain(row.recording)))),
        (_endings, lambda row: _plain(row.recording).lstrip("/")),
        (lambda path: [_plain(path.name)], lambda row: PurePosixPath(_plain(row.recording)).name),
    ]


def _fits(paths: Sequence[Path], rows: Sequence[SheetRow], way: Way) -> list[tuple[SheetRow, list[Path]]]:
    keys_of, asked = way
    index: dict[str, list[Path]] = {}
    for path in paths:
        for key in keys_of(path):
            index.setdefault(key, []).append(path)
    return [(row, index.get(key, []) if (key := asked(row)) else []) for row in rows]


def _absolute(row: SheetRow) -> str:
    path = Path(_plain(row.recording))
    return _full(path) if path.is_absolute() else ""


def _plain(text: str) -> str:
    """One spelling per name: Windows paths, and names that macOS stores decomposed."""
    return unicodedata.normalize("NFC", text.replace("\\", "/"))


def _full(path: Path) -> str:
    return _plain(os.path.abspath(path)) if "\0" not in str(path) else ""  # noqa: PTH100


def _endings(path: Path) -> list[str]:
    """``a/b/c.wav``: ``b/c.wav`` and ``a/b/c.wav``; the bare name is the last way of all."""
    parts = _full(path).strip("/").split("/")
    return ["/".join(parts[start:]) for start in range(len(parts) - 1)]
