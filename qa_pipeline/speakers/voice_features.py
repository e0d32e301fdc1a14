"""What tells voices apart, frame by frame: the shape of the spectrum and the pitch.

Mel cepstra are left as the line makes them: in a mono recording each party comes over its own telephone, and the colour
of that line parts the voices as much as the throats do. Everything is done in blocks, so that memory grows with the
frames kept (some 100 bytes each) and not with the sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import SAMPLE_RATE_HZ, Samples
from qa_pipeline.acoustics.pitch import pitch_track
from qa_pipeline.core.span import Span
from qa_pipeline.sound import release

Values = npt.NDArray[np.float32]

#: Frames of 40 ms every 16 ms: two periods of the lowest voice.
HOP, WINDOW, FFT_SIZE = 256, 640, 1024
HOP_S = HOP / SAMPLE_RATE_HZ
#: The telephone band in mel bands; cepstra beyond the tenth follow the pitch and not the voice.
LOW_HZ, HIGH_HZ, BANDS, CEPSTRA = 150.0, 3550.0, 24, 10
#: Powers this far under the loud ones count as the floor, so that silence between harmonics has no shape.
FLOOR_DB = 45.0
#: Frames this far under the loudest say little about a voice.
QUIET_DB = 35.0
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frames inside the stretches of speech, in order of time.

    ``times_s``: their middles; ``stretch``: which stretch each lies in; ``cepstra``: shape (frames, 10), each column
    with mean 0 and deviation 1; ``octaves``: pitch as log2 Hz, NaN where unvoiced; ``loud``: frames that say something;
    ``level_db``.
    """

    times_s: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.intp]
    cepstra: Values
    octaves: Values
    loud: npt.NDArray[np.bool_]
    level_db: Values


def frames_of(samples: Samples, speech: Sequence[Span]) -> Frames:
    """The frames of all stretches; each has one at least. ``samples``: float32, shape (samples,), 16 kHz."""
    counts = [max(1, int(span.duration_s / HOP_S)) for span in speech]
    stretch = np.repeat(np.arange(len(speech)), counts)
    middles = [_middles(span, count) for span, count in zip(speech, counts, strict=True)]
    times_s = np.concatenate(middles) if middles else np.zeros(0, np.float64)
    powers = _mel_powers(samples, (times_s * SAMPLE_RATE_HZ).astype(np.int64))
    level_db = (10 * np.log10(powers.sum(axis=1) + np.float32(1e-12))).astype(np.float32)
    loud = level_db > np.percentile(level_db, 95) - QUIET_DB if level_db.size else np.zeros(0, np.bool_)
    octaves = _octaves(samples, speech, times_s)
    octaves[~loud] = np.nan
    return Frames(times_s, stretch, _cepstra(powers, loud), octaves, loud, level_db)


def _middles(span: Span, count: int) -> npt.NDArray[np.float64]:
    if count == 1:
        return np.array([(span.start_s + span.end_s) / 2])
    return np.asarray(span.start_s + (np.arange(count) + 0.5) * HOP_S, np.float64)


def _mel_powers(samples: Samples, middles: npt.NDArray[np.int64]) -> Values:
    """Power in each mel band, shape (frames, BANDS)."""
    from scipy import fft

    bank, window = _mel_bank(), np.hanning(WINDOW).astype(np.float32)
    powers = np.empty((middles.size, BANDS), np.float32)
    for first in range(0, middles.size, _BLOCK):
        at = middles[first : first + _BLOCK, None] - WINDOW // 2 + np.arange(WINDOW)
        spectrum = fft.rfft(np.take(samples, at, mode="clip") * window, FFT_SIZE)[:, : bank.shape[0]]
        powers[first : first + _BLOCK] = (spectrum.real**2 + spectrum.imag**2) @ bank
        release(samples[max(0, int(at[0, 0])) : int(at[-1, -1])])
    return powers


@lru_cache(maxsize=1)
def _mel_bank() -> Values:
    """Triangles, shape (bins, BANDS), each of weight 1."""

    def mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return 1127 * np.log1p(hz / 700)

    bins: npt.NDArray[np.float64] = np.arange(int(HIGH_HZ * FFT_SIZE / SAMPLE_RATE_HZ) + 2) * SAMPLE_RATE_HZ / FFT_SIZE
    low, high = mel(np.array([LOW_HZ, HIGH_HZ]))
    edges = np.linspace(low, high, BANDS + 2)
    rising = (mel(bins)[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel(bins)[:, None]) / (edges[2:] - edges[1:-1])
    raw = np.maximum(0, np.minimum(rising, falling))
    bank: Values = (raw / raw.sum(axis=0)).astype(np.float32)
    return bank


def _cepstra(powers: Values, loud: npt.NDArray[np.bool_]) -> Values:
    from scipy import fft

    if not powers.size:
        return np.zeros((0, CEPSTRA), np.float32)
    floor = np.percentile(powers, 95, axis=0).mean() * 10 ** (-FLOOR_DB / 10)
    cepstra = fft.dct(np.log(powers + np.float32(max(floor, 1e-20))), norm="ortho", axis=1)[:, :CEPSTRA]
    scale = cepstra[loud].std(axis=0) + 1e-6
    shaped: Values = ((cepstra - cepstra[loud].mean(axis=0)) / scale).astype(np.float32)
    return shaped


def _octaves(samples: Samples, speech: Sequence[Span], times_s: npt.NDArray[np.float64]) -> Values:
    """Pitch at the frames as log2 Hz; NaN where none is heard."""
    track = pitch_track(samples, speech)
    if not len(track.times_s):
        return np.full(times_s.size, np.nan, np.float32)
    at = np.clip(np.searchsorted(track.times_s, times_s), 0, len(track.times_s) - 1)
    hz = np.asarray(track.hz, np.float32)[at]
    return np.where(hz > 0, np.log2(np.maximum(hz, 1)), np.nan).astype(np.float32)
