"""Hold music and melodies played instead of a ringing tone, told from speech by how notes are held.

A note holds its frequency for a while; a voice glides and pauses. So frequencies that stand still are followed through
the spectrum (Seyerlehner et al. 2007, "Automatic music detection in television productions", look for the same bars in
the spectrogram; Hawley 1993 counts long peaks), and windows of six seconds are judged by how many there are, how much
of the sound they hold, whether they give way to others (a hum does not), and how much the level varies (a voice's does,
by syllables and pauses: Scheirer and Slaney 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import Mask, Samples, runs
from qa_pipeline.acoustics.spectra import BIN_HZ, STEP_S, Powers, Spectra, count_windows
from qa_pipeline.core.span import Span

Series = npt.NDArray[np.float32]

#: Where notes are looked for: below lies hum, above little but hiss.
LOWEST, HIGHEST = round(125 / BIN_HZ), round(2500 / BIN_HZ)
#: A peak rises this much above the mean of its surroundings (±62 Hz), and is no more than 35 dB below the loudest.
PROMINENCE, AROUND, RANGE = 3.0, 8, 10**-3.5
#: From one window to the next a note changes by at most 6 dB; it stays within 8 Hz (one bin).
MAX_CHANGE = 4.0
#: A note held through so many windows counts (0.32 and 0.45 s of sound) ...
SHORT, LONG = 4, 6
#: ... and is new if nothing was held there a second before.
NEW_AFTER = 16
LOOK_BACK = NEW_AFTER + LONG

#: What is judged at once: long against words and pauses, short against a wait.
JUDGED = round(6.0 / STEP_S)
#: Only windows within 35 dB of the channel's loud ones count; softer ones than -70 dB are alike.
LOUD_PERCENTILE, SOUNDING_DB, QUIETEST_DB = 95.0, 35.0, -70.0
#: More held notes at once than this say no more.
MANY = 8.0

#: Log odds of music: weights of held notes (share of ``MANY``), their share of the sound, turnover, and spread of level
#: (dB). Fitted once by logistic regression, a window of speech (people, synthetic voices, two at once, drawn vowels,
#: coded, noise, hum) weighing 30 times as much as one of music (of telephone exchanges, of games, made of tones).
WEIGHTS, BIAS = (6.5, 9.5, 10.5, -0.97), -9.05
#: No speech measured reaches 0.5; a stretch of music somewhere exceeds 1 and stays above -1.5.
LIKELY, CLEAR = -1.5, 1.0
MIN_LENGTH_S = 4.0

#: Speech over music: 20 % of the windows of 2 s are 6 dB above the softer ones around, and not because of held notes.
VOICE_RISE_DB, VOICE_SHARE, VOICE_WINDOWS, VOICE_WITHIN = 6.0, 0.2, 0.2, round(2.0 / STEP_S)
#: The music's own level: what three quarters of the windows of 8 s exceed, taken once a second.
UNDER_PERCENT, UNDER_WITHIN, SECOND = 25, round(8.0 / STEP_S), round(1.0 / STEP_S)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Per window of a channel, each shape (windows,): held notes of two lengths, new ones, their share, the level."""

    short: Series
    long: Series
    new: Series
    share: Series
    level_db: Series


class Tracker:
    """Collects the held notes of a channel block by block."""

    def __init__(self, samples: Samples) -> None:
        self._found = np.zeros((4, count_windows(samples)), np.float32)
        self._level_db = np.full(count_windows(samples), -100.0, np.float32)

    def add(self, block: Spectra) -> None:
        at, own = block.windows[block.lead :], slice(block.lead, None)
        total = block.power[:, round(80 / BIN_HZ) : round(3400 / BIN_HZ)].sum(axis=1) + np.float32(1e-12)
        self._level_db[at] = 10 * np.log10(total[own])
        peaks = peak_powers(block.power)
        short, long = held(peaks, block.windows)
        new = short & ~_before(spread(short), block.windows, NEW_AFTER)
        share = np.where(short, peaks, np.float32(0)).sum(axis=1) / total
        self._found[:, at] = np.stack([short.sum(axis=1), long.sum(axis=1), new.sum(axis=1), share])[:, own]

    @property
    def tracks(self) -> Tracks:
        short, long, new, share = self._found
        return Tracks(short, long, new, share, self._level_db)


def peak_powers(power: Powers) -> Powers:
    """The power of every spectral peak with its two neighbours, 0 elsewhere; shape (windows, bins of notes)."""
    wide = power[:, LOWEST - AROUND - 1 : HIGHEST + AROUND]
    sums = np.cumsum(wide, axis=1)
    around = (sums[:, 2 * AROUND + 1 :] - sums[:, : -2 * AROUND - 1]) * np.float32(1 / (2 * AROUND + 1))
    here, left, right = (power[:, LOWEST + i : HIGHEST + i] for i in (0, -1, 1))
    floor = RANGE * here.max(axis=1, keepdims=True)
    peak = (here > left) & (here >= right) & (here > PROMINENCE * around) & (here > floor)
    found: Powers = np.where(peak, here + left + right, np.float32(0))
    return found


def held(peaks: Powers, windows: npt.NDArray[np.intp]) -> tuple[Mask, Mask]:
    """Where notes have been held for ``SHORT`` and for ``LONG`` windows, each shape (windows, bins)."""
    near = peaks.copy()
    np.maximum(near[:, 1:], peaks[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], peaks[:, 1:], out=near[:, :-1])
    follows = np.diff(windows, prepend=-2) == 1
    before = np.zeros_like(near)
    before[1:] = near[:-1]
    linked = (peaks > 0) & (before > 0) & (peaks < MAX_CHANGE * before) & (peaks * MAX_CHANGE > before)
    linked &= follows[:, None]
    track, short = linked, linked
    for length in range(3, LONG + 1):
        earlier = spread(track)
        track = linked.copy()
        track[1:] &= earlier[:-1]
        track[:1] = False
        short = track if length == SHORT else short
    there = spread(peaks > 0)
    return short & _before(there, windows, SHORT - 1), track & _before(there, windows, LONG - 1)


def spread(mask: Mask) -> Mask:
    """The mask and its neighbours in frequency."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide


def _before(mask: Mask, windows: npt.NDArray[np.intp], by: int) -> Mask:
    """The rows of the mask ``by`` windows earlier; False where that window was silent."""
    place = np.searchsorted(windows, windows - by)
    known = windows[place] == windows - by
    found: Mask = mask[place] & known[:, None]
    return found


def music_spans(tracks: Tracks) -> tuple[Span, ...]:
    """Stretches of music of ``MIN_LENGTH_S`` and more, in order; where somebody speaks over it, the speech counts."""
    if not tracks.short.size:
        return ()
    music = np.zeros(tracks.short.size, np.bool_)
    notes = _held_on(tracks)
    for first, last in runs(_judged_music(scores(tracks))):
        first, last = _fitted(notes, first, last)
        music[first:last] = True
    long = runs(music & ~_spoken_over(tracks))
    spans = (Span(round(first * STEP_S, 3), round(last * STEP_S, 3)) for first, last in long)
    return tuple(span for span in spans if span.duration_s >= MIN_LENGTH_S)


def scores(tracks: Tracks) -> Series:
    """How much the ``JUDGED`` windows around each window sound like music: log odds, 0 where both are as likely."""
    sounds = _sounding(tracks)
    short, new = tracks.short * sounds, tracks.new * sounds
    level = np.maximum(tracks.level_db, np.float32(QUIETEST_DB))
    notes = _mean(np.minimum(_ahead(tracks.long * sounds, LONG) / np.float32(MANY), np.float32(1)))
    share = _mean(np.minimum(_ahead(tracks.share * sounds, SHORT), np.float32(1)))
    turnover = _mean(new) / (_mean(short) + np.float32(5 / JUDGED))
    centred = level - level.mean() if level.size else level
    spread_db = np.sqrt(np.maximum(_mean(centred**2) - _mean(centred) ** 2, np.float32(0)))
    odds: Series = np.float32(BIAS) + np.array(WEIGHTS, np.float32) @ np.stack([notes, share, turnover, spread_db])
    return odds


def _judged_music(score: Series) -> Mask:
    """Windows near a clear case, as far as the score stays likely around it (hysteresis)."""
    music = np.zeros(score.size, np.bool_)
    for first, last in runs(score > LIKELY):
        music[first:last] = bool((score[first:last] > CLEAR).any())
    return music


def _fitted(held_on: Mask, first: int, last: int) -> tuple[int, int]:
    """The stretch moved to where notes are held: as judged by six seconds its ends are some seconds off."""
    start = max(0, first - JUDGED // 2)
    inside = np.flatnonzero(held_on[start : last + JUDGED // 2])
    return (start + int(inside[0]), start + int(inside[-1]) + 1) if inside.size else (first, first)


def _held_on(tracks: Tracks) -> Mask:
    """Windows in whose second notes are held most of the time."""
    held_now = _ahead(tracks.short, SHORT) >= 1
    return _mean(held_now.astype(np.float32), SECOND) > 0.5


def _spoken_over(tracks: Tracks) -> Mask:
    """Windows with speech louder than the music under it, and the second before and after."""
    share = _ahead(tracks.share, SHORT)
    risen = tracks.level_db > _under(tracks) + VOICE_RISE_DB
    voice = _mean((risen & (share < VOICE_SHARE)).astype(np.float32), VOICE_WITHIN) > VOICE_WINDOWS
    return _mean(voice.astype(np.float32), 2 * SECOND + 1) > 0


def _under(tracks: Tracks) -> Series:
    """The level that ``UNDER_PERCENT`` of the sounding windows around each window stay under."""
    level = np.where(_sounding(tracks), tracks.level_db, np.float32(np.inf))
    padded = np.pad(level, UNDER_WITHIN // 2, constant_values=np.inf)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, UNDER_WITHIN)[::SECOND], axis=1)
    place = np.isfinite(around).sum(axis=1) * UNDER_PERCENT // 100
    seconds = np.take_along_axis(around, place[:, None], axis=1)[:, 0]
    return np.repeat(seconds, SECOND)[: level.size]


def _sounding(tracks: Tracks) -> Mask:
    """Windows within ``SOUNDING_DB`` of the loud ones of the channel."""
    level = tracks.level_db
    loud = float(np.percentile(level, LOUD_PERCENTILE)) if level.size else 0.0
    return level > loud - SOUNDING_DB


def _ahead(series: Series, windows: int) -> Series:
    """The greatest value in each window and the ``windows`` - 1 after it: that a note is held shows at its end."""
    found = series.copy()
    for i in range(1, windows):
        np.maximum(found[:-i], series[i:], out=found[:-i])
    return found


def _mean(series: Series, over: int = JUDGED) -> Series:
    """Mean over the ``over`` windows around each window; at the ends of the recording, over the nearest ``over``."""
    sums = np.concatenate([[0.0], np.cumsum(series, dtype=np.float64)])
    first = np.clip(np.arange(series.size) - over // 2, 0, max(0, series.size - over))
    last = np.minimum(first + over, series.size)
    means: Series = ((sums[last] - sums[first]) / np.maximum(last - first, 1)).astype(np.float32)
    return means
