"""The small copy of the sound (Opus in WebM) that a page plays, with masked numbers bleeped.

Why Opus in WebM: half the size of AAC at the same cost, and a click on a word plays the right place. Measured in
Chromium, positions lie within 4 ms of what was asked for (MP3: up to 75 ms off). Ogg and MP4 are as exact, but Safari
learnt to play Opus in them years after WebM (sound in WebM: Safari 15 and later).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from qa_pipeline.core.span import Span
from qa_pipeline.report.sound.bleeps import RATE_HZ as RATE_HZ
from qa_pipeline.report.sound.bleeps import Samples as Samples
from qa_pipeline.report.sound.bleeps import bleep
from qa_pipeline.report.sound.outline import PEAKS, Outline, outline_path
from qa_pipeline.sound import release

SUFFIX = ".webm"

#: By channels; speech stays clear. Two channels take 14.5 MB an hour, and each is heard on the other at -30 dB.
BIT_RATES = {1: 24_000, 2: 32_000}
#: ``audio`` and the lowest complexity cost half of what ``voip`` does and come closer to the original's spectrum at
#: this rate; frames of 40 ms instead of 20 save a sixth of the size.
_OPTIONS = {"application": "audio", "compression_level": "0", "frame_duration": "40"}
_FRAME = RATE_HZ * 40 // 1000
_CHUNK = 300 * _FRAME  # 12 s at a time keep memory flat


class PageSound:
    """One or two channels of one length, read a piece at a time: short ones filled up, more than two mixed to one."""

    def __init__(self, channels: Sequence[Samples], bleeps: Sequence[Span] = ()) -> None:
        if not channels:
            raise ValueError("a copy needs at least one channel")
        self._channels = channels
        self._bleeps = bleeps
        self.length = max(1, *(len(channel) for channel in channels))
        self.count = len(channels) if len(channels) <= 2 else 1

    def read(self, start: int, end: int) -> Samples:
        """Samples ``start..end`` (cut at the end of the sound), shape (channels, samples), -1..1."""
        end = min(end, self.length)
        piece = np.zeros((len(self._channels), end - start), dtype=np.float32)
        for row, channel in zip(piece, self._channels, strict=True):
            part = channel[start:end]
            row[: len(part)] = part
            release(part)
        if len(piece) > self.count:
            piece = piece.mean(axis=0, keepdims=True, dtype=np.float32)
        return bleep(np.clip(piece, -1.0, 1.0), self._bleeps, start)

    def peaks(self, n: int) -> list[list[float]]:
        """Per channel the loudest sample of ``n`` equal stretches, 0..1, two decimals."""
        if n < 1:
            raise ValueError(f"peaks need n >= 1, got {n}")
        edges = [int(edge) for edge in np.linspace(0, self.length, n + 1)]
        rows = [np.abs(self.read(a, max(b, a + 1))).max(axis=1, initial=0.0) for a, b in pairwise(edges)]
        return [[round(float(value), 2) for value in channel] for channel in zip(*rows, strict=True)]


def write_audio_copy(channels: Sequence[Samples], out: Path, bleeps: Sequence[Span] = (), recording: str = "") -> Path:
    """Write ``out`` (.webm) and its outline beside it. Channels: 16 kHz, shape (n,), -1..1, full scale 1.

    ``bleeps``: stretches that must not be heard; ``recording``: SHA-256 of what the sound was decoded from.
    """
    sound = PageSound(channels, bleeps)
    outline = Outline(sound.peaks(PEAKS), recording, tuple(bleeps))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".copy-") as folder:
        made = Path(folder) / f"sound{SUFFIX}"
        _encode(sound, made)
        # An outline never stands beside another sound than its own: what it says about bleeps is relied on.
        outline_path(out).unlink(missing_ok=True)
        made.replace(out)
        outline.write(outline_path(out))
    return out


def write_outline(channels: Sequence[Samples], path: Path, recording: str) -> None:
    """The outline alone, for a page that plays the recording itself: nothing in it is bleeped."""
    Outline(PageSound(channels).peaks(PEAKS), recording).write(path)


def _encode(sound: PageSound, out: Path) -> None:
    import av  # heavy: loaded only where sound is written
    from av.audio.frame import AudioFrame

    layout = "stereo" if sound.count == 2 else "mono"
    # bitexact: no program version and no random ids in the file, so that the same sound gives the same bytes
    with av.open(os.fspath(out), "w", format="webm", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE_HZ, options=_OPTIONS)
        stream.layout = layout
        stream.bit_rate = BIT_RATES[sound.count]
        for start in range(0, sound.length, _CHUNK):
            piece = sound.read(start, start + _CHUNK)
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece.T.reshape(1, -1)), format="flt", layout=layout)
            frame.sample_rate = RATE_HZ
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
