"""The sound beside a call's page: a small copy with masked numbers bleeped, a link to the recording, or nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.elsewhere import Downloads
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.places import is_address
from qa_pipeline.core.span import Span
from qa_pipeline.report import page_name
from qa_pipeline.report.sound.audio_copy import SUFFIX, write_audio_copy, write_outline
from qa_pipeline.report.sound.bleeps import bleep_spans, covered
from qa_pipeline.report.sound.outline import FORMAT, Outline, load_outline, outline_path
from qa_pipeline.report.values import AudioLink

AudioMode = Literal["copy", "link", "none"]

#: What copies were called in their first format; nothing was bleeped in them.
_OLD_SUFFIX = ".m4a"


class Sound(Protocol):
    """Sound that is decoded only when it is asked for."""

    @property
    def channels(self) -> Sequence[NDArray[np.float32]]: ...


@dataclass(frozen=True, slots=True)
class StoredSound:
    """The sound of a recording that was processed before; StepFailure when the file is gone."""

    place: str
    sha256: str

    @property
    def channels(self) -> Sequence[NDArray[np.float32]]:
        options = IngestOptions(settle_s=0.0)
        with Downloads() as downloads:
            there = is_address(self.place)
            path = downloads.get(self.place, options.decode.max_bytes) if there else Path(self.place)
            recording, channels = ingest(path, options)
        if recording.sha256 != self.sha256:
            raise StepFailure("ingest", "changed", "another recording lies under the path now")
        return channels


class PageSounds:
    """What each call's page plays, kept in ``out/audio``."""

    def __init__(self, out: Path, mode: AudioMode = "copy") -> None:
        self._folder = out / "audio"
        self._mode = mode

    def of(self, call: Call, place: str | None, sound: Sound | None) -> Path | AudioLink | None:
        """``place``: of the recording; ``sound``: what it holds, asked only if something has to be made."""
        if self._mode == "copy":
            return self._copy(call, sound)
        for suffix in (SUFFIX, _OLD_SUFFIX):
            self._keep_safe(self._place(call, suffix), call)
        # Unlike Path.is_file this bears a folder that cannot be entered.
        if self._mode == "link" and place and not is_address(place) and os.path.isfile(place):  # noqa: PTH113
            return self._link(call, Path(place), sound)
        return None

    def _copy(self, call: Call, sound: Sound | None) -> Path | None:
        """The copy; one made from another recording, or with less bleeped than must be, is replaced or deleted."""
        made, old = (self._place(call, suffix) for suffix in (SUFFIX, _OLD_SUFFIX))
        bleeps, source = bleep_spans(call), _hash(call)
        known = load_outline(outline_path(made))
        if made.is_file() and known and (known.recording, known.bleeps, known.format) == (source, bleeps, FORMAT):
            return made
        channels = _decoded(sound)
        if channels is not None:
            write_audio_copy(channels, made, bleeps, source)
            _delete(old)
            return made
        return next((copy for copy in (made, old) if self._keep_safe(copy, call)), None)

    def _keep_safe(self, copy: Path, call: Call) -> bool:
        """Whether a copy is there and may be played; one that plays what is masked now goes."""
        if copy.is_file() and _is_safe(load_outline(outline_path(copy)), _hash(call), bleep_spans(call)):
            return True
        _delete(copy)
        return False

    def _link(self, call: Call, recording: Path, sound: Sound | None) -> AudioLink | None:
        """None where the recording cannot be decoded: a page that plays something else would mislead."""
        outline, source = outline_path(self._place(call, ".link")), _hash(call)
        known = load_outline(outline)
        if known is None or (known.recording, known.format) != (source, FORMAT):
            channels = _decoded(sound)
            if channels is None:
                return None
            write_outline(channels, outline, source)
        return AudioLink(recording, outline)

    def _place(self, call: Call, suffix: str) -> Path:
        return self._folder / f"{page_name(call.call_id)}{suffix}"


def _hash(call: Call) -> str:
    return call.recording.sha256 if call.recording else ""


def _decoded(sound: Sound | None) -> Sequence[NDArray[np.float32]] | None:
    """None where the recording is gone, changed or cannot be decoded any more."""
    try:
        return sound.channels if sound else None
    except StepFailure:
        return None


def _is_safe(known: Outline | None, source: str, bleeps: Sequence[Span]) -> bool:
    """Whether a copy that cannot be made anew may be played: the same recording, and all is bleeped that must be.

    Of copies without an outline, and of the first format, nothing is known and nothing was bleeped.
    """
    known = known or Outline(())
    return known.recording in ("", source) and covered(bleeps, known.bleeps)


def _delete(copy: Path) -> None:
    copy.unlink(missing_ok=True)
    outline_path(copy).unlink(missing_ok=True)
