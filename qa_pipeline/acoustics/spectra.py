"""Power spectra of a channel at telephone band width, a minute at a time, for sounds that are not speech."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import SAMPLE_RATE_HZ, Samples
from qa_pipeline.sound import release

Powers = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

#: Telephone speech ends at 3400 Hz: half of the samples hold all of it.
RATE_HZ = SAMPLE_RATE_HZ // 2
#: 128 ms resolve the two tones of a ringing tone (40 Hz apart) and the harmonics of a low voice; a step is 64 ms.
WINDOW = 1024
HOP = 512
STEP_S, WINDOW_S = HOP / RATE_HZ, WINDOW / RATE_HZ
BIN_HZ = RATE_HZ / WINDOW
#: Windows worked on at once: a minute of sound, 4 MB of it, 2 MB per thousand windows of spectrum.
BLOCK = 938
#: Softer windows (RMS, dB full scale) hold nothing that matters: line noise lies at -75 to -55.
MIN_LEVEL_DB = -60.0

_SHAPE = np.hanning(WINDOW).astype(np.float32)
#: Sum of |spectrum|² over the bins from 0 to half the rate = this x mean square of the sound (Parseval).
_GAIN = float(WINDOW * np.sum(_SHAPE.astype(np.float64) ** 2) / 2)


@dataclass(frozen=True, slots=True)
class Spectra:
    """The sounding windows of a block: which ones (shape (windows,)) and their power, shape (windows, 513).

    The first ``lead`` of them belong to the block before, for what looks back.
    """

    windows: Indices
    power: Powers
    lead: int


def count_windows(samples: Samples) -> int:
    """Windows of a channel of 16 kHz; window i is the sound from i x 64 ms to i x 64 + 128 ms."""
    return max(0, (samples.size // 2 - WINDOW) // HOP + 1)


def spectra(samples: Samples, look_back: int) -> Iterator[Spectra]:
    """The spectra of all windows that are not silent, with up to ``look_back`` windows of the block before."""
    total = count_windows(samples)
    for first in range(0, total, BLOCK):
        start, end = max(0, first - look_back), min(total, first + BLOCK)
        sound = halved(samples, start * HOP, (end - 1) * HOP + WINDOW)
        frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
        loud = np.flatnonzero(np.einsum("ij,ij->i", frames, frames) > WINDOW * 10 ** (MIN_LEVEL_DB / 10))
        if not loud.size:
            continue
        bins = np.fft.rfft(frames[loud] * _SHAPE, axis=1)
        power = (np.square(bins.real) + np.square(bins.imag)) * np.float32(1 / _GAIN)
        yield Spectra(loud + start, power, int(np.searchsorted(loud, first - start)))


def halved(samples: Samples, first: int, last: int) -> Samples:
    """Samples ``first`` to ``last`` at 8 kHz, each the middle of four at 16 kHz (half-way cubic interpolation).

    What folds back from above 4.6 kHz is at least 8 dB softer: enough here, as only the telephone band is looked at.
    """
    part = samples[max(0, 2 * first - 1) : 2 * last + 2]
    padded = np.pad(part, (int(first == 0), 2 * (last - first) + 3 - part.size - int(first == 0)))
    release(part)
    count = last - first
    outer, inner = np.float32(-1 / 16), np.float32(9 / 16)
    found: Samples = inner * (padded[1 : 2 * count : 2] + padded[2 : 2 * count + 1 : 2])
    found += outer * (padded[0 : 2 * count - 1 : 2] + padded[3 : 2 * count + 2 : 2])
    return found
