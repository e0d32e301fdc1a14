"""The melody of speech: fundamental frequency every 20 ms, safe against octave jumps.

The method of Boersma (1993, "Accurate short-term analysis of the fundamental frequency ...", IFA Proceedings 17): the
autocorrelation of a windowed frame, divided by that of the window, peaks at the period even where the line has taken
the fundamental away; a path through the candidates of neighbouring frames forbids jumps by octaves.

On vowels from 70 to 400 Hz through a telephone line (nothing under 300 Hz, A-law, noise at 15 dB) the median is right
within 2 %, and less than 1 % of the frames are off by more than 20 %.

librosa resamples here, but does not track: ``librosa.pyin`` costs more than 100 times as much, ``librosa.yin`` knows
neither voiced frames nor a path (both measured by ``python -m benchmarks.voice_facts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import SAMPLE_RATE_HZ, Mask, Samples, runs
from qa_pipeline.core.span import Span, merge
from qa_pipeline.sound import release

Floats = npt.NDArray[np.float32]
Hops = npt.NDArray[np.int64]

#: Voices lie between 60 Hz (a low man's voice) and 500 Hz (an excited woman's); Praat looks at 75 to 600.
MIN_HZ, MAX_HZ = 60.0, 500.0
HOP_S = 0.02
#: Three periods of the lowest voice, as Boersma asks for.
WINDOW_S = 3 / MIN_HZ
#: Harmonics up to 2 kHz carry the pitch; what lies above costs time and brings noise.
RATE_HZ = 4000
_WINDOW = round(WINDOW_S * RATE_HZ)
#: Lags are read at twice that rate: interpolated by a longer inverse transform.
_LAG_RATE_HZ = 2 * RATE_HZ
_FIRST_LAG, _LAST_LAG = int(_LAG_RATE_HZ / MAX_HZ), int(_LAG_RATE_HZ / MIN_HZ) + 1
#: Room for the longest lag, so that it does not wrap around; 270 = 2 · 3³ · 5 is quick to transform.
_TRANSFORM = 270

#: Formants are half taken off: the power is divided by the root of its mean over this width. Over the telephone one
#: harmonic of i or u near 300 Hz drowns the others, and a lone harmonic fits many pitches.
SMOOTHED_HZ = 400.0

#: Voiced frames are at least this periodic; of line noise less than 3 % of the frames are (Praat: 0.45).
MIN_STRENGTH = 0.5
#: Frames this far below the loud ones of their span are hum or echo; a path must not lead through them.
MAX_BELOW_LOUD_DB = 30.0
#: What an octave down costs in strength: a multiple of the period fits as well as the period (Praat: 0.01) ...
OCTAVE_COST = 0.02
#: ... and what a jump by an octave costs from one frame to the next (Praat: 0.35 per 10 ms).
JUMP_COST = 1.0
CANDIDATES = 6
#: Voiced sound lasts at least this many frames: 60 ms, the shortest vowels.
MIN_RUN = 3
#: Over a gap without voice the first 0.7 octaves are free: after a falling tone the next syllable may start high.
FREE_OVER_GAP = 0.7
#: A path is at most 10 s long ...
_PIECE = 500
#: ... and many are worked on at once: a minute of frames, 30 MB.
_BLOCK = 3000


@dataclass(frozen=True, slots=True, eq=False)
class PitchTrack:
    """Pitch over time: ``times_s`` float64 and ``hz`` float32, both shape (frames,); 0 Hz where there is no voice.

    Times are multiples of 20 ms within the spans that were asked for.
    """

    times_s: npt.NDArray[np.float64]
    hz: Floats

    def voiced_hz(self, spans: Sequence[Span]) -> Floats:
        """The pitch of the voiced frames whose middle lies in one of the spans, in order."""
        parts = []
        for span in spans:
            first, last = np.searchsorted(self.times_s, (span.start_s, span.end_s))
            part = self.hz[first:last]
            parts.append(part[part > 0])
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def pitch_track(samples: Samples, spans: Sequence[Span]) -> PitchTrack:
    """The pitch inside the spans: best the exact stretches of speech.

    Args:
        samples: float32, shape (samples,), 16 kHz, one channel.
    """
    hops = [piece for span in merge(spans) for piece in _hops(span, samples.size)]
    found = [_analysed([_frames(samples, each) for each in block]) for block in _blocks(hops)]
    if not found:
        return PitchTrack(np.zeros(0), np.zeros(0, np.float32))
    return PitchTrack(np.concatenate(hops).astype(np.float64) * HOP_S, np.concatenate(found))


def _hops(span: Span, size: int) -> list[Hops]:
    """The middles of the frames of a span, in hops from the start; long spans in pieces."""
    end_s = min(span.end_s, size / SAMPLE_RATE_HZ)
    hops = np.arange(np.ceil(span.start_s / HOP_S), np.ceil(end_s / HOP_S), dtype=np.int64)
    return [hops[first : first + _PIECE] for first in range(0, hops.size, _PIECE)]


def _blocks(hops: Iterable[Hops]) -> Iterator[list[Hops]]:
    """The pieces in groups of about a minute."""
    held: list[Hops] = []
    for piece in hops:
        held.append(piece)
        if sum(each.size for each in held) >= _BLOCK:
            yield held
            held = []
    if held:
        yield held


def _frames(samples: Samples, hops: Hops) -> Floats:
    """Frames of 50 ms at 4 kHz around consecutive hops, without their offset, shape (hops, window)."""
    import librosa

    hop, half = round(HOP_S * SAMPLE_RATE_HZ), round(WINDOW_S * SAMPLE_RATE_HZ) // 2
    start, end = int(hops[0]) * hop - half, int(hops[-1]) * hop + half
    sound = samples[max(0, start) : end]
    # An offset would ring at the ends of the piece.
    piece = np.pad(sound - sound.mean(), (max(0, -start), max(0, end - samples.size)))
    release(sound)
    low = librosa.resample(piece, orig_sr=SAMPLE_RATE_HZ, target_sr=RATE_HZ)
    frames = np.lib.stride_tricks.sliding_window_view(low, _WINDOW)[:: round(HOP_S * RATE_HZ)]
    level: Floats = frames - frames.mean(axis=1, keepdims=True)
    return level


def _analysed(pieces: Sequence[Floats]) -> Floats:
    """Pitch in Hz of every frame of a block (0: no voice), shape (frames,)."""
    strength, energy = _autocorrelation(np.concatenate(pieces))
    hz, score, surest = _candidates(strength)
    ends = np.cumsum([len(each) for each in pieces])[:-1]
    loud = np.concatenate([_loud(part) for part in np.split(energy, ends)])
    voiced = np.flatnonzero(_long_enough(loud & (surest >= MIN_STRENGTH)))
    found = np.zeros(len(hz), np.float32)
    if voiced.size:
        piece = np.searchsorted(ends, voiced, side="right")
        found[voiced] = hz[voiced, _paths(hz[voiced], score[voiced], piece, np.diff(voiced, prepend=0) > 1)]
    return found


def _long_enough(voiced: Mask) -> Mask:
    """Without runs shorter than MIN_RUN frames."""
    kept = voiced.copy()
    for first, last in runs(voiced):
        kept[first:last] = last - first >= MIN_RUN
    return kept


def _loud(energy: Floats) -> Mask:
    """Which frames of one piece are not far below its loud ones."""
    loud: Mask = energy >= np.percentile(energy, 90) * 10 ** (-MAX_BELOW_LOUD_DB / 10)
    return loud


def _autocorrelation(frames: Floats) -> tuple[Floats, Floats]:
    """Normalised autocorrelation at the lags 0 … _LAST_LAG + 1, shape (frames, lags), and the energy of each frame."""
    from scipy import fft, ndimage

    window = np.hanning(_WINDOW + 2)[1:-1].astype(np.float32)
    spectrum = fft.rfft(np.concatenate([frames * window, window[None]]), _TRANSFORM, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    energy = power[:-1].sum(axis=1)
    width = round(SMOOTHED_HZ * _TRANSFORM / RATE_HZ)
    power[:-1] /= np.sqrt(ndimage.uniform_filter1d(power[:-1], width, mode="nearest") + np.float32(1e-20))
    lagged = fft.irfft(power, 2 * _TRANSFORM, axis=1)[:, : _LAST_LAG + 2]
    relative = lagged / np.maximum(lagged[:, :1], np.float32(1e-12))
    return relative[:-1] / relative[-1], energy


def _candidates(strength: Floats) -> tuple[Floats, Floats, Floats]:
    """The best peaks of each frame: pitch in Hz and score, each shape (frames, CANDIDATES), and the best strength.

    Peaks are placed between the lags by a parabola; where there are fewer, the score is -1.
    """
    left, middle, right = strength[:, _FIRST_LAG - 1 : -2], strength[:, _FIRST_LAG:-1], strength[:, _FIRST_LAG + 1 :]
    peak = (middle > left) & (middle >= right)
    costs = OCTAVE_COST * np.log2(MIN_HZ / _LAG_RATE_HZ * np.arange(_FIRST_LAG, _LAST_LAG + 1))
    score = np.where(peak, middle - costs.astype(np.float32), np.float32(-1))
    best = np.argpartition(-score, CANDIDATES, axis=1)[:, :CANDIDATES]
    a, b, c = (np.take_along_axis(part, best, axis=1) for part in (left, middle, right))
    bend = np.where(2 * b - a - c > 0, 2 * b - a - c, np.inf)
    shift = np.where(np.take_along_axis(peak, best, axis=1), 0.5 * (c - a) / bend, 0)
    height = b + 0.25 * (c - a) * shift
    score = np.take_along_axis(score, best, axis=1)
    valid = score > -1
    hz = (_LAG_RATE_HZ / (best + _FIRST_LAG + shift)).astype(np.float32)
    return hz, np.where(valid, score + height - b, -1), np.where(valid, height, -1).max(axis=1)


def _paths(hz: Floats, score: Floats, piece: Hops, after_gap: Mask) -> Hops:
    """Which candidate of every voiced frame lies on the best path: high scores, no wide jumps (Viterbi).

    Every piece has its path. All go forward together, so that few array operations do the work.

    Args:
        hz, score: shape (frames, CANDIDATES).
        piece: to which piece each frame belongs, in order.
        after_gap: before which frames there is one without voice.
    """
    starts = np.flatnonzero(np.diff(piece, prepend=-1))
    lengths = np.diff(starts, append=len(hz))
    by_length = starts[np.argsort(-lengths, kind="stable")]
    octave, free = np.log2(hz), np.where(after_gap, np.float32(FREE_OVER_GAP), np.float32(0))
    back, total = np.zeros(hz.shape, np.int8), score.copy()
    for step in range(1, int(lengths.max())):
        here = by_length[: np.count_nonzero(lengths > step)] + step
        jump = np.abs(octave[here][:, :, None] - octave[here - 1][:, None, :]) - free[here][:, None, None]
        reached = total[here - 1][:, None, :] - np.float32(JUMP_COST) * np.maximum(jump, 0)
        back[here] = reached.argmax(axis=2)
        total[here] += reached.max(axis=2)
    path: Hops = total.argmax(axis=1)
    for index in range(len(hz) - 2, -1, -1):
        if piece[index] == piece[index + 1]:
            path[index] = back[index + 1, path[index + 1]]
    return path
