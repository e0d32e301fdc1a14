"""Sounds on the line that are not speech: music, and the tones of the telephone network (ringing, busy, keys, beeps).

A tone of the network is one sine or two, exact in frequency, and nothing else; no voice is. ITU-T E.180 and its
supplement 2 list the tones of the countries: China rings with 450 Hz (1 s, 4 s pause; busy: 0.35 s, 0.35 s), North
America with 440 + 480 Hz (2 s, 4 s), Britain with 400 + 450 Hz (0.4, 0.2, 0.4, 2 s), most of Europe with 425 Hz (1 s,
4 s). As frequencies differ by country, and beeps by machine, any such tone counts; ITU-T Q.23 defines the keys' pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import FRAME_S, FRAME_SAMPLES, Mask, Samples, frame_power
from qa_pipeline.acoustics.music import LOOK_BACK, Tracker, music_spans
from qa_pipeline.acoustics.spectra import BIN_HZ, STEP_S, WINDOW_S, Powers, Spectra, spectra
from qa_pipeline.core.span import Span, merge
from qa_pipeline.core.talk import SoundEvent, SoundKind

Values = npt.NDArray[np.float32]

#: Tones lie between the lowest of Britain's (350) and a fax machine's answer (2100 Hz).
LOWEST, HIGHEST = round(330 / BIN_HZ), round(2200 / BIN_HZ)
#: The band that must hold nothing but the tone.
BAND = slice(round(100 / BIN_HZ), round(3400 / BIN_HZ))
#: A sine seen through the window fills its bin and two on either side.
SIDE = 2
#: One or two sines hold this share of the power (noise 13 dB softer is let pass), a key's, shorter than a window, less;
#: the louder of two holds nearly half.
PURE, PURE_KEY, HALF = 0.95, 0.85, 0.4
#: The softer of two is within 12 dB of the louder; below that there is one.
SECOND = 10**-1.2
#: A tone's frequency stands still: a voice held as steadily as people can still wavers by a percent.
MAX_DRIFT_HZ = 2.0
#: The two of a tone differ by this or less from ring to ring.
SAME_HZ = 6.0
#: Rows and columns of the keys, which are exact to 1.8 % (ITU-T Q.23).
KEY_ROWS_HZ, KEY_COLUMNS_HZ, KEY_TOLERANCE = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0), 0.018
#: A tone lasts through three windows (0.26 s), a key is shorter; alone both must last longer to be known as one.
MIN_WINDOWS, ALONE_S, KEY_ALONE_WINDOWS = 3, 0.45, 2
#: The longest pause of a ringing tone is 5 s (E.180: 4.65 s in Albania); in it nothing is within 15 dB of the tone ...
MAX_PAUSE_S, PAUSE_DB = 5.2, 15.0
#: ... for longer than this.
MAX_NOISE_S = 0.3


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone without a pause: its frequencies in Hz (0: no second one), and its power (mean square)."""

    span: Span
    hz: tuple[float, float]
    power: float
    windows: int

    @property
    def key(self) -> bool:
        return bool(_are_keys(np.array(self.hz)))

    @property
    def stands_alone(self) -> bool:
        return self.windows >= KEY_ALONE_WINDOWS if self.key else self.span.duration_s >= ALONE_S

    def resembles(self, other: Tone) -> bool:
        return (self.key and other.key) or all(abs(a - b) <= SAME_HZ for a, b in zip(self.hz, other.hz, strict=True))


def sound_events(channels: Sequence[Samples]) -> tuple[SoundEvent, ...]:
    """Music and tones per channel, ordered by channel and time; a tone within music is part of it.

    Args:
        channels: float32, shape (samples,), 16 kHz, one per channel.
    """
    found: list[SoundEvent] = []
    for channel, samples in enumerate(channels):
        music, tones = _sounds(samples)
        own = [SoundEvent(SoundKind.MUSIC, span, channel) for span in music]
        own += [SoundEvent(SoundKind.RINGBACK, span, channel) for span in _outside(tones, music)]
        found += sorted(own, key=lambda event: event.span)
    return tuple(found)


def _sounds(samples: Samples) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Music and tones of one channel."""
    tracker, pure = Tracker(samples), PureTones()
    for block in spectra(samples, LOOK_BACK):
        tracker.add(block)
        pure.add(block)
    tones = [_fitted(tone, samples) for tone in pure.tones()]
    return music_spans(tracker.tracks), merge(_cadences(tones, samples))


def _outside(tones: Sequence[Span], music: Sequence[Span]) -> Iterator[Span]:
    for tone in tones:
        if 2 * sum(tone.overlap_s(span) for span in music) < tone.duration_s:
            yield tone


class PureTones:
    """Collects the windows of a channel that hold a tone and nothing else."""

    def __init__(self) -> None:
        self._rows: list[npt.NDArray[np.float64]] = []

    def add(self, block: Spectra) -> None:
        """Keeps window, both frequencies and power of the pure ones."""
        power = block.power[block.lead :]
        total = power[:, BAND].sum(axis=1)
        first = _strongest(power[:, LOWEST:HIGHEST]) + LOWEST
        likely = np.flatnonzero(_around(power, first) > HALF * total)
        power, total, first = power[likely], total[likely], first[likely]
        rest = power[:, LOWEST:HIGHEST].copy()
        _blank(rest, first - LOWEST)
        second = _strongest(rest) + LOWEST
        loudest, other = _around(power, first), _around(power, second)
        two = (other > SECOND * loudest) & (np.abs(second - first) > 2 * SIDE)
        hz = np.sort([_exact_hz(power, first), np.where(two, _exact_hz(power, second), 0.0)], axis=0)
        pure = loudest + two * other > np.where(_are_keys(hz), PURE_KEY, PURE) * total
        windows = block.windows[block.lead :][likely]
        self._rows.append(np.stack([windows, *hz, total])[:, pure])

    def tones(self) -> Iterator[Tone]:
        """Runs of neighbouring windows with the same frequencies."""
        window, low, high, power = np.concatenate(self._rows, axis=1) if self._rows else np.zeros((4, 0))
        steady = (np.diff(window) == 1) & (abs(np.diff(low)) < MAX_DRIFT_HZ) & (abs(np.diff(high)) < MAX_DRIFT_HZ)
        edges = [0, *(np.flatnonzero(~steady) + 1).tolist(), window.size] if window.size else []
        for first, last in pairwise(edges):
            hz = float(np.median(low[first:last])), float(np.median(high[first:last]))
            span = Span(float(window[first]) * STEP_S, float(window[last - 1]) * STEP_S + WINDOW_S)
            tone = Tone(span, hz, float(np.median(power[first:last])), last - first)
            if tone.key or tone.windows >= MIN_WINDOWS:
                yield tone


def _strongest(power: Powers) -> npt.NDArray[np.intp]:
    found: npt.NDArray[np.intp] = power.argmax(axis=1)
    return found


def _around(power: Powers, bins: npt.NDArray[np.intp]) -> Values:
    """The power of each row in its bin and ``SIDE`` bins on either side."""
    rows = np.arange(power.shape[0])
    found: Values = sum((power[rows, bins + i] for i in range(-SIDE, SIDE + 1)), np.zeros(rows.size, np.float32))
    return found


def _blank(power: Powers, bins: npt.NDArray[np.intp]) -> None:
    """Remove a sine from each row, in place."""
    rows = np.arange(power.shape[0])
    for i in range(-SIDE, SIDE + 1):
        power[rows, np.clip(bins + i, 0, power.shape[1] - 1)] = 0.0


def _exact_hz(power: Powers, bins: npt.NDArray[np.intp]) -> Values:
    """The frequency of a sine between its bins: the peak of a parabola through three logarithms."""
    rows = np.arange(power.shape[0])
    left, here, right = (np.log(power[rows, bins + i] + np.float32(1e-20)) for i in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, 1), 0)
    found: Values = ((bins + np.clip(shift, -0.5, 0.5)) * BIN_HZ).astype(np.float32)
    return found


def _are_keys(hz: npt.NDArray[np.floating]) -> Mask:
    """Which pairs (lower and higher frequency in Hz, shape (2, …)) belong to a key."""
    near = [
        np.any([abs(value / exact - 1) <= KEY_TOLERANCE for exact in known], axis=0)
        for value, known in zip(hz, (KEY_ROWS_HZ, KEY_COLUMNS_HZ), strict=True)
    ]
    found: Mask = near[0] & near[1]
    return found


def _fitted(tone: Tone, samples: Samples) -> Tone:
    """The tone with its ends where the level rises and falls: windows of 128 ms reach beyond them."""
    first = max(0, round((tone.span.start_s - WINDOW_S / 2) / FRAME_S))
    last = round((tone.span.end_s + WINDOW_S / 2) / FRAME_S)
    loud = np.flatnonzero(frame_power(samples[first * FRAME_SAMPLES : last * FRAME_SAMPLES]) > tone.power / 4)
    if not loud.size:
        return tone
    span = Span(round((first + int(loud[0])) * FRAME_S, 3), round((first + int(loud[-1]) + 1) * FRAME_S, 3))
    return Tone(span, tone.hz, tone.power, tone.windows)


def _cadences(tones: Sequence[Tone], samples: Samples) -> Iterator[Span]:
    """Tones that repeat, each as one stretch with its pauses, and single ones that are long or keys."""
    group: list[Tone] = []
    for tone in tones:
        if group and not (group[-1].resembles(tone) and _paused(group[-1], tone, samples)):
            yield from _stretch(group)
            group = []
        group.append(tone)
    yield from _stretch(group)


def _paused(before: Tone, after: Tone, samples: Samples) -> bool:
    """Between the two nobody speaks, and it is no longer than a pause of a tone."""
    start_s, end_s = before.span.end_s, after.span.start_s
    if end_s - start_s > MAX_PAUSE_S:
        return False
    power = frame_power(samples[round(start_s / FRAME_S) * FRAME_SAMPLES : round(end_s / FRAME_S) * FRAME_SAMPLES])
    return float((power > before.power * 10 ** (-PAUSE_DB / 10)).sum()) * FRAME_S <= MAX_NOISE_S


def _stretch(group: Sequence[Tone]) -> Iterator[Span]:
    if len(group) > 1 or any(tone.stands_alone for tone in group):
        yield Span(group[0].span.start_s, group[-1].span.end_s)
