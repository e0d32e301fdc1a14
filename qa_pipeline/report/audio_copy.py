"""The small copy of the sound (AAC in M4A) that a page plays, and the outline of its waveform beside it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE_HZ = 16_000
BITS_PER_CHANNEL = 32_000  # speech stays clear, one hour of two channels is 29 MB
_CHUNK = 1024 * 200  # an AAC frame holds 1024 samples; about 13 s at a time keep memory flat
PEAKS = 400


def write_audio_copy(channels: Sequence[Samples], out: Path) -> Path:
    """Write ``out`` (AAC in M4A) and ``<out>.peaks.json``. Channels: 16 kHz, shape (n,), -1..1.

    Two channels stay two; more are mixed to one. M4A holds a table of times, so that a clicked word plays the
    right place, and its fast coder costs a quarter of MP3's.
    """
    if not channels:
        raise ValueError("a copy needs at least one channel")
    kept = _at_most_two(channels)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".copy-") as folder:
        sound, outline = Path(folder) / "sound.m4a", Path(folder) / "peaks.json"
        _encode(kept, sound)
        outline.write_text(json.dumps(peaks(kept, PEAKS)), encoding="ascii")
        outline.replace(peaks_path(out))
        sound.replace(out)
    return out


def peaks(channels: Sequence[Samples], n: int) -> list[list[float]]:
    """Per channel the loudest sample of ``n`` equal stretches, 0..1, two decimals."""
    return [_channel_peaks(channel, n) for channel in channels]


def peaks_path(audio: Path) -> Path:
    return audio.with_name(audio.name + ".peaks.json")


def load_peaks(audio: Path | None) -> tuple[tuple[float, ...], ...]:
    """The outline written beside a copy; nothing where there is none or it is damaged."""
    if audio is None:
        return ()
    try:
        rows = json.loads(peaks_path(audio).read_text(encoding="ascii"))
        return tuple(tuple(min(1.0, max(0.0, float(value))) for value in row) for row in rows)
    except (OSError, ValueError, TypeError):
        return ()


def _channel_peaks(channel: Samples, n: int) -> list[float]:
    if n < 1:
        raise ValueError(f"peaks need n >= 1, got {n}")
    edges = np.linspace(0, len(channel), n + 1).astype(int)
    loudest = (np.abs(channel[a : max(b, a + 1)]).max(initial=0.0) for a, b in pairwise(edges))
    return [round(min(1.0, float(value)), 2) for value in loudest]


def _at_most_two(channels: Sequence[Samples]) -> list[Samples]:
    """One or two channels of the same length; a shorter one is filled up with silence."""
    length = max(1, *(len(channel) for channel in channels)) if channels else 1
    padded = [np.pad(np.asarray(c, dtype=np.float32), (0, length - len(c))) for c in channels]
    return padded if len(padded) <= 2 else [np.mean(padded, axis=0, dtype=np.float32)]


def _chunks(channels: Sequence[Samples]) -> Iterator[Samples]:
    """Pieces of shape (channels, samples)."""
    for start in range(0, len(channels[0]), _CHUNK):
        yield np.ascontiguousarray(np.stack([channel[start : start + _CHUNK] for channel in channels]))


def _encode(channels: Sequence[Samples], out: Path) -> None:
    import av  # heavy: loaded only where sound is written
    from av.audio.frame import AudioFrame

    layout = "stereo" if len(channels) == 2 else "mono"
    # bitexact: no program version or date in the file, so that the same sound gives the same bytes
    flags = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(os.fspath(out), "w", format="mp4", container_options=flags) as container:
        stream = container.add_stream("aac", rate=RATE_HZ, options={"aac_coder": "fast"})
        stream.layout = layout
        stream.bit_rate = BITS_PER_CHANNEL * len(channels)
        done = 0
        for piece in _chunks(channels):
            frame = AudioFrame.from_ndarray(np.clip(piece, -1.0, 1.0), format="fltp", layout=layout)
            frame.sample_rate = RATE_HZ
            frame.pts = done
            done += piece.shape[1]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
