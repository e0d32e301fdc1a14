"""The outline of a call's sound as a page draws it, with what it was made from: a small JSON file beside the copy."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.core.span import Span
from qa_pipeline.report.values import AudioLink

#: Raise it when copies are made in another way: they are made anew where the recording can be decoded.
FORMAT = 2
PEAKS = 400


@dataclass(frozen=True)
class Outline:
    """``peaks``: per channel the loudest sample (0..1) of equal stretches; ``recording``: its SHA-256;
    ``bleeps``: what was replaced by a tone."""

    peaks: Sequence[Sequence[float]]
    recording: str = ""
    bleeps: tuple[Span, ...] = ()
    format: int = FORMAT

    def write(self, path: Path) -> None:
        """Write beside the target, then rename; the folder is made where it is missing."""
        spans = [[span.start_s, span.end_s] for span in self.bleeps]
        content = {"format": self.format, "recording": self.recording, "bleeps": spans, "peaks": self.peaks}
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".outline-")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(content, file)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def outline_path(sound: Path) -> Path:
    """``x.webm`` → ``x.webm.peaks.json``."""
    return sound.with_name(sound.name + ".peaks.json")


def load_outline(path: Path) -> Outline | None:
    """None where there is none or it is damaged."""
    try:
        return _parsed(json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None


def load_peaks(audio: Path | AudioLink | None) -> tuple[tuple[float, ...], ...]:
    """The waveform of what a page plays; nothing where there is none or it is damaged."""
    if audio is None:
        return ()
    found = load_outline(audio.outline if isinstance(audio, AudioLink) else outline_path(audio))
    return tuple(tuple(row) for row in found.peaks) if found else ()


def _parsed(content: Any) -> Outline:
    if isinstance(content, list):
        return Outline(_rows(content), format=1)  # the first format: nothing was bleeped then
    spans = tuple(Span(float(start), float(end)) for start, end in content["bleeps"])
    return Outline(_rows(content["peaks"]), str(content["recording"]), spans, int(content["format"]))


def _rows(peaks: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(min(1.0, max(0.0, float(value))) for value in row) for row in peaks)
