"""How one channel is heard on the other: the delay and the filter of an echo, learnt where only its source speaks.

The other party comes back softly and late: from a hybrid, from a loudspeaker near an open microphone, from the far end
of a packet network (ITU-T G.131 speaks of one-way delays of some hundred milliseconds). Such an echo is, but for the
codec's errors, its source passed through a filter. Both channels are compared below 2 kHz, where a voice has its power
and codecs keep the wave's shape. Every few minutes are learnt anew, as delays of packet networks change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

Complex = npt.NDArray[np.complexfloating]
Doubles = npt.NDArray[np.float64]

DECIMATE = 4
RATE_HZ = SAMPLE_RATE_HZ // DECIMATE
#: A part of a call with one echo path, and the blocks of it that are compared (the others are not needed).
PART = 300 * RATE_HZ
BLOCK, MAX_BLOCKS, MIN_BLOCKS = 2 * RATE_HZ, 16, 3
#: A block shows an echo where its source speaks (RMS), and something 6 dB softer, but no digital silence, is heard.
MIN_SOURCE, MIN_HEARD, MAX_RATIO = 10 ** (-45 / 20), 10 ** (-75 / 20), 0.5
#: Echo comes back within 0.65 s; 20 ms the other way allow for recorders that do not start both channels together.
EARLIEST, LATEST = round(-0.02 * RATE_HZ), round(0.65 * RATE_HZ)
#: The room answers for 180 ms (later sound is faint), and the loudest path need not be the first.
BEFORE, TAPS = round(0.016 * RATE_HZ), round(0.192 * RATE_HZ)
#: Only this band counts: below is hum, above the channels have been thinned out.
BAND_HZ = (200.0, 1900.0)
#: The delay stands out: so many standard deviations above the correlation at delays that no echo has.
MIN_PEAK = 7.0
#: The filter explains this share of what is heard in the blocks.
MIN_EXPLAINED = 0.05
#: Keeps the filter calm where the source has no power, as if it held noise 20 dB below.
REGULARISATION = 1e-2

#: A block and the echo's delay fit in without wrapping round (8192 + 2600 samples of lag at most).
_SIZE = 16_384
#: Filtered at once, with what the filter looks back to: 32768 samples, small enough for the processor's cache.
_CHUNK = 32_769 - TAPS
_FREQUENCIES_HZ = np.fft.rfftfreq(_SIZE, 1 / RATE_HZ)
_IN_BAND = np.abs(_FREQUENCIES_HZ - np.mean(BAND_HZ)) <= np.ptp(BAND_HZ) / 2


@dataclass(frozen=True, slots=True)
class Path:
    """An echo: its strongest arrival in samples of 4 kHz after the source, and the filter from ``start`` on."""

    delay: int
    start: int
    filter: Doubles

    @property
    def delay_s(self) -> float:
        return self.delay / RATE_HZ

    def heard(self, source: Samples, first: int, last: int) -> Samples:
        """What the path makes of the source in samples ``first`` to ``last``."""
        before, after = max(0, self.start + TAPS), max(0, -self.start)
        part = np.pad(source[max(0, first - before) : last + after], (max(0, before - first), after))
        part = part[before - self.start - TAPS + 1 :][: last - first + TAPS - 1]
        response = np.fft.rfft(self.filter.astype(np.float32), _CHUNK + TAPS - 1)
        found = np.empty(last - first, np.float32)
        for at in range(0, last - first, _CHUNK):
            sound = np.fft.rfft(part[at : at + _CHUNK + TAPS - 1], _CHUNK + TAPS - 1)
            found[at : at + _CHUNK] = np.fft.irfft(sound * response)[TAPS - 1 :][: last - first - at]
        return found


def thinned(samples: Samples) -> Samples:
    """The channel at 4 kHz: means of four samples, each with the next (a low pass for what would fold back)."""
    means = samples[: samples.size // DECIMATE * DECIMATE].reshape(-1, DECIMATE) @ np.full(
        DECIMATE, 0.5 / DECIMATE, np.float32
    )
    means[:-1] += means[1:]
    return means


def find_path(source: Samples, heard: Samples) -> Path | None:
    """The echo of ``source`` in ``heard`` (both at 4 kHz, a part of a call); None where there is none."""
    blocks = _telling_blocks(source, heard)
    if len(blocks) < MIN_BLOCKS:
        return None
    sources = [_in_band(source[at : at + BLOCK]) for at in blocks]
    delay = _delay(sources, [_in_band(heard[at : at + BLOCK + LATEST]) for at in blocks])
    if delay is None:
        return None
    start = delay - BEFORE
    # Once more with blocks that begin with the echo of the source's block, so that no other speech is in them.
    echoes = [_in_band(heard[max(0, at + start) : at + start + BLOCK + TAPS]) for at in blocks if at + start >= 0]
    sources = [x for x, at in zip(sources, blocks, strict=True) if at + start >= 0]
    taps, explained = _filter(sources, echoes)
    return Path(delay, start, taps) if explained >= MIN_EXPLAINED else None


def _telling_blocks(source: Samples, heard: Samples) -> list[int]:
    """Starts of the blocks in which the source is loudest, of those in which little else is heard."""
    count = min(source.size, heard.size) // BLOCK
    rms = [np.sqrt(np.mean(np.square(c[: count * BLOCK].reshape(-1, BLOCK)), axis=1)) for c in (source, heard)]
    ratio = rms[1] / np.maximum(rms[0], np.float32(1e-9))
    telling = np.flatnonzero((rms[0] > MIN_SOURCE) & (rms[1] > MIN_HEARD) & (ratio < MAX_RATIO))
    clear = telling[np.argsort(ratio[telling])][: max(MAX_BLOCKS, telling.size // 2)]
    return [int(at) * BLOCK for at in clear[np.argsort(-rms[0][clear])][:MAX_BLOCKS]]


def _in_band(sound: Samples) -> Complex:
    spectrum: Complex = np.fft.rfft(sound, _SIZE) * _IN_BAND.astype(np.float32)
    return spectrum


def _delay(sources: Sequence[Complex], heard: Sequence[Complex]) -> int | None:
    """Where the phases agree best (generalised cross-correlation, Knapp and Carter 1976), in samples."""
    cross = np.stack([np.conj(x) * y for x, y in zip(sources, heard, strict=True)])
    phases = (cross / (np.abs(cross) + np.float32(1e-12))).sum(axis=0)
    likeness = np.fft.irfft(phases, _SIZE)
    near = np.roll(likeness, -EARLIEST)[: LATEST - EARLIEST]
    spread = float(likeness[2 * LATEST : _SIZE - 2 * LATEST].std())
    best = int(np.argmax(np.abs(near)))
    return best + EARLIEST if abs(near[best]) > MIN_PEAK * spread else None


def _filter(sources: Sequence[Complex], heard: Sequence[Complex]) -> tuple[Doubles, float]:
    """The filter that fits best (normal equations), and the share of what is heard that it explains."""
    from scipy.linalg import solve_toeplitz  # here: few calls hold an echo

    power = np.sum([np.square(np.abs(x)) for x in sources], axis=0)
    cross = np.sum([np.conj(x) * y for x, y in zip(sources, heard, strict=True)], axis=0)
    own, shared = (np.fft.irfft(spectrum, _SIZE)[:TAPS].astype(np.float64) for spectrum in (power, cross))
    own[0] *= 1 + REGULARISATION
    taps: Doubles = solve_toeplitz(own, shared)
    total = sum(float(np.square(np.abs(y)).sum()) for y in heard) * 2 / _SIZE
    return taps, float(taps @ shared) / max(total, 1e-12)
