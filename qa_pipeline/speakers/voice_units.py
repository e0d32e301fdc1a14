"""Where speech may change hands: units between pauses, word borders and dips of loudness; chunks of some seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.core.call import Word
from qa_pipeline.speakers.voice_features import HOP_S, Frames

Indices = npt.NDArray[np.intp]

#: No unit is longer: two syllables.
MAX_UNIT_FRAMES = int(0.5 / HOP_S)
#: A chunk ends at a pause once it holds 1 s, and anywhere after 3.5 s.
MIN_CHUNK_FRAMES, MAX_CHUNK_FRAMES = 60, 220
CHUNK_PAUSE_S = 0.25
#: Loudness is smoothed over 0.14 s before its dips are looked for: syllables, not pitch periods.
_SMOOTH_FRAMES = 9


def unit_starts(frames: Frames, words: Sequence[Word]) -> Indices:
    """The first frame of each unit. Dips count outside words alone: what is recognised as one word is one."""
    count = len(frames.times_s)
    cut = np.zeros(count, np.bool_)
    cut[0] = True
    cut[1:] |= frames.stretch[1:] != frames.stretch[:-1]
    edges = np.searchsorted(frames.times_s, sorted({t for w in words for t in (w.span.start_s, w.span.end_s)}))
    cut[edges[edges < count]] = True
    cut |= _dips(frames.level_db) & ~_inside_words(frames, words)
    starts = np.flatnonzero(cut)
    lengths = np.diff(np.append(starts, count))
    long = lengths > MAX_UNIT_FRAMES
    more = [
        start + MAX_UNIT_FRAMES * np.arange(1, (length - 1) // MAX_UNIT_FRAMES + 1)
        for start, length in zip(starts[long], lengths[long], strict=True)
    ]
    return np.unique(np.concatenate([starts, *more]))


def _dips(level_db: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    shape = np.hanning(_SMOOTH_FRAMES)
    smooth = np.convolve(level_db, shape / shape.sum(), "same")[: len(level_db)]
    dips = np.zeros(len(level_db), np.bool_)
    dips[1:-1] = (smooth[1:-1] < smooth[:-2]) & (smooth[1:-1] <= smooth[2:])
    return dips


def _inside_words(frames: Frames, words: Sequence[Word]) -> npt.NDArray[np.bool_]:
    begun = np.zeros(len(frames.times_s) + 1, np.intp)
    np.add.at(begun, np.searchsorted(frames.times_s, [word.span.start_s for word in words]), 1)
    np.add.at(begun, np.searchsorted(frames.times_s, [word.span.end_s for word in words]), -1)
    inside: npt.NDArray[np.bool_] = np.cumsum(begun)[:-1] > 0
    return inside


def gaps_before(frames: Frames, units: Indices) -> npt.NDArray[np.float64]:
    """Seconds of pause before each unit but the first; 0 inside a stretch."""
    before, after = units[1:] - 1, units[1:]
    gaps = frames.times_s[after] - frames.times_s[before]
    found: npt.NDArray[np.float64] = np.where(frames.stretch[after] != frames.stretch[before], gaps, 0.0)
    return found


def chunk_starts(frames: Frames, units: Indices, gaps: npt.NDArray[np.float64]) -> Indices:
    """The first unit of each chunk."""
    lengths = np.diff(np.append(units, len(frames.times_s))).tolist()
    starts, held = [0], lengths[0]
    for unit, (length, gap) in enumerate(zip(lengths[1:], gaps.tolist(), strict=True), start=1):
        if (gap > CHUNK_PAUSE_S and held > MIN_CHUNK_FRAMES) or held + length > MAX_CHUNK_FRAMES:
            starts.append(unit)
            held = 0
        held += length
    return np.array(starts)
