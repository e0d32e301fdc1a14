"""Where exactly somebody speaks: the padded spans of the voice detector, cut down to the sound itself.

The detector knows that there is voice, not exactly when: its spans carry 200 ms on both sides and run over pauses of
0.6 s. Inside them the level of frames of 10 ms decides, against the noise around and the loudness of the speech, so
that nothing depends on the gain of the line. Edges are right within 30 ms from 15 dB above line noise on, at gains from
-30 to +10 dB, in A-law, with an offset; sound that fades ends where it can no longer be told from the noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.acoustics.frames import (
    FRAME_S,
    SILENT_DB,
    Levels,
    Mask,
    Samples,
    decibels,
    frame_mask,
    frame_power,
    frame_range,
    frames_in,
    runs,
    time_of,
)
from qa_pipeline.core.span import DECIMALS, Span, merge


@dataclass(frozen=True, slots=True)
class ActivityOptions:
    min_pause_s: float = 0.25
    """A shorter gap is articulation, not a pause: the closure of a stop lasts up to 0.15 s. 250 ms is the line that
    Goldman-Eisler (Psycholinguistics, 1968) drew and that most studies of fluency keep (de Jong and Bosker, 2013)."""
    min_stretch_s: float = 0.08
    """Shorter sounds are clicks: the shortest syllables last about 0.1 s."""
    over_noise_db: float = 4.0
    """Speech lasts while its level, over 30 ms, is this far above the noise, whose own frames stay within 3 dB."""
    surely_over_db: float = 4.0
    """A sound counts as speech only where it rises this far above that line for ``sure_frames`` frames."""
    sure_frames: int = 3
    below_speech_db: float = 30.0
    """On quiet lines, what is this far below the loud parts of the speech is breath and room. The Praat script of
    de Jong and Wempe (2009) takes 25 dB below the 99th percentile, which is 3 to 5 dB above the one used here."""
    around_s: float = 10.0
    """Noise is measured in the span and in spans this far around it, and ..."""
    beside_s: float = 1.0
    """... on both sides of the span: lines change their noise."""
    reach_s: float = 0.6
    """The detector comes late to drawn-out hesitations (嗯, uh: up to 0.6 s). Sound that runs on over an edge of a span
    with no pause belongs to it, this far ..."""
    outside_below_db: float = 15.0
    """... where it is nearly as loud as the speech inside: breath is 20 dB and more below."""


#: The loud parts of speech: the level that a tenth of the frames exceeds.
_LOUD_PERCENTILE = 90
#: The lowest fiftieth inside is pause or padding (0.4 s of at most 28 s); of noise it lies 1 dB under the median.
_LOW_PERCENTILE, _LOW_TO_MEDIAN_DB = 2, 1.0
#: Fewer frames than these (10 ms each) tell no noise level.
_MIN_NOISE_FRAMES = 30
#: Speech that can be understood at all rises this far above the noise.
_MIN_OVER_NOISE_DB = 15.0


def exact_stretches(
    samples: Samples, spans: Sequence[Span], options: ActivityOptions = ActivityOptions()
) -> tuple[Span, ...]:
    """The stretches of speech inside the detector's spans, in order; between them lie ``min_pause_s`` or more.

    A span whose sound does not stand out from the noise is given back as it is: the detector, which hears more than
    levels, found voice in it. Only digital silence is left out.

    Args:
        samples: float32, shape (samples,), 16 kHz, one channel.
        spans: of the voice detector, in order, with padding.
    """
    spans = merge(spans)
    power = frame_power(samples)
    levels, smooth = decibels(power), decibels(_smoothed(power))
    inside = frame_mask(spans, levels.size)
    found = [stretch for span in spans for stretch in _sounding(span, levels, smooth, inside, options)]
    stretches = [
        s for s in merge(found, options.min_pause_s - FRAME_S / 2) if s.duration_s > options.min_stretch_s - FRAME_S / 2
    ]
    exact = [_within_frames(stretch, power) for stretch in stretches]
    return merge([*exact, *_left_over(spans, stretches, levels)])


def _smoothed(power: Levels) -> Levels:
    """Power over 30 ms: the noise varies less, and the pulses of a low voice (60 Hz: every 17 ms) run together."""
    padded = np.pad(power, 1, mode="edge") if power.size else power
    smooth: Levels = np.convolve(padded, np.full(3, 1 / 3, np.float32), mode="valid") if power.size else power
    return smooth


def _sounding(span: Span, levels: Levels, smooth: Levels, inside: Mask, options: ActivityOptions) -> list[Span]:
    """What stands out from the noise in the span, and what runs on over its edges."""
    first, last = frame_range(span, levels.size)
    loud_db = float(np.percentile(levels[first:last], _LOUD_PERCENTILE)) if last > first else SILENT_DB
    if loud_db <= SILENT_DB:
        return []
    noise_db = _noise_db(first, last, smooth, inside, options, loud_db)
    low_db = max(noise_db + options.over_noise_db, loud_db - options.below_speech_db)
    begin = max(0, first - frames_in(options.reach_s))
    found = []
    for run in runs(smooth[begin : last + frames_in(options.reach_s)] >= low_db):
        start, end = _unsmoothed(*run, levels[begin:], low_db)
        sound = Span(time_of(begin + start), time_of(begin + max(start, end)))
        line_db = low_db + options.surely_over_db if sound.overlap_s(span) else loud_db - options.outside_below_db
        if np.count_nonzero(levels[begin + start : begin + end] >= line_db) >= options.sure_frames:
            found.append(sound)
    return [stretch for stretch in merge(found, options.min_pause_s - FRAME_S / 2) if stretch.overlap_s(span) > 0]


def _within_frames(stretch: Span, power: Levels) -> Span:
    """Edges inside the first and the last frame: as much of each is speech as its power is of that of the next one."""
    first, last = frame_range(stretch, power.size)
    if last - first < 3:
        return stretch
    starts, ends = (min(1.0, float(power[at] / power[by])) for at, by in ((first, first + 1), (last - 1, last - 2)))
    return Span(
        round(time_of(first) + (1 - starts) * FRAME_S, DECIMALS), round(time_of(last) - (1 - ends) * FRAME_S, DECIMALS)
    )


def _unsmoothed(start: int, end: int, levels: Levels, low_db: float) -> tuple[int, int]:
    """A run without the frame on each side that only smoothing brought over the line."""
    return start + int(levels[start] < low_db), end - int(levels[end - 1] < low_db)


def _noise_db(first: int, last: int, smooth: Levels, inside: Mask, options: ActivityOptions, loud_db: float) -> float:
    """The lower of two: the lowest sound in this and the near spans, and the usual sound right outside the span.

    Inside there may be speech without any pause, outside there may be music. Digital zeros tell nothing; where nothing
    else lies outside, sound that never pauses is not taken for its own noise.
    """
    within = _sound(smooth, inside, first, last, frames_in(options.around_s))
    outside = _sound(smooth, ~inside, first, last, frames_in(options.beside_s))
    lowest = float(np.percentile(within, _LOW_PERCENTILE)) + _LOW_TO_MEDIAN_DB if within.size else SILENT_DB
    usual = float(np.median(outside)) if outside.size >= _MIN_NOISE_FRAMES else loud_db - _MIN_OVER_NOISE_DB
    return min(lowest, usual)


def _sound(smooth: Levels, wanted: Mask, first: int, last: int, around: int) -> Levels:
    """The wanted levels from ``around`` frames before to ``around`` frames behind first..last; no digital zeros."""
    near = slice(max(0, first - around), last + around)
    return smooth[near][wanted[near] & (smooth[near] > SILENT_DB)]


def _left_over(spans: Sequence[Span], stretches: Sequence[Span], levels: Levels) -> list[Span]:
    """Spans in which no stretch was found, except digital silence."""
    covered = frame_mask(stretches, levels.size)
    rest = []
    for span in spans:
        frames = slice(*frame_range(span, levels.size))
        if not covered[frames].any() and (levels[frames] > SILENT_DB).any():
            rest.append(span)
    return rest
