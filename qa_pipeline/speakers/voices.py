"""Several voices in one channel told apart, word by word, without any trained model (docs/talk-metrics.md).

Speech is cut into units at pauses, word borders and dips of loudness. Chunks of some seconds are clustered first: from
several starts, into one, two or three voices. The units, and with them the words, are then given out one by one; what
is said joins in where a text model is at hand. No voice is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.frames import Samples
from qa_pipeline.core.call import Word
from qa_pipeline.core.span import Span, merge
from qa_pipeline.speakers.voice_chain import Array
from qa_pipeline.speakers.voice_features import HOP_S, Frames, frames_of
from qa_pipeline.speakers.voice_model import ModelOptions, find_voices, sums_of
from qa_pipeline.speakers.voice_starts import Grouping, group
from qa_pipeline.speakers.voice_units import chunk_starts, gaps_before, unit_starts

#: Less than a second of speech is one voice for all that can be told.
MIN_LOUD_FRAMES = 60

Evidence = Callable[[Sequence[Word]], float]


@dataclass(frozen=True, slots=True)
class VoiceMap:
    """Per voice the stretches of speech given to it, which together are all speech; per word the voice.

    Voices are numbered in the order in which they are first heard.
    """

    spans: tuple[tuple[Span, ...], ...]
    word_voices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    model: ModelOptions = field(default_factory=ModelOptions)
    grouping: Grouping = field(default_factory=Grouping)
    switch_at_pause: float = 0.3
    """Probability that another voice goes on after a pause of ``pause_s`` ..."""
    switch_inside: float = 0.01
    """... and inside a stretch, from one unit to the next."""
    pause_s: float = 0.2
    rounds: int = 6
    text_weight: float = 0.5
    """What is said counts half of what the text model makes of it ..."""
    text_limit: float = 2.0
    """... and never more than this (log odds): a chunk's words are few."""


def separate_voices(
    samples: Samples,
    speech: Sequence[Span],
    words: Sequence[Word],
    evidence: Evidence | None = None,
    options: VoiceOptions = VoiceOptions(),
) -> VoiceMap:
    """The voices of one channel; one where only one is heard.

    Args:
        samples: float32, shape (samples,), 16 kHz.
        speech: stretches of speech, in order.
        words: with their times; may be empty.
        evidence: log odds that words were said by the agent.
    """
    if not speech:
        return VoiceMap((), (0,) * len(words))
    frames = frames_of(samples, speech)
    if np.count_nonzero(frames.loud) < MIN_LOUD_FRAMES:
        return _one(speech, words)
    units = unit_starts(frames, words)
    voice_of_unit = _voices(frames, units, words, evidence, options)
    if voice_of_unit.max() == 0:
        return _one(speech, words)
    lengths = np.diff(np.append(units, len(frames.times_s)))
    return _mapped(np.repeat(voice_of_unit, lengths), frames, speech, words)


def _one(speech: Sequence[Span], words: Sequence[Word]) -> VoiceMap:
    return VoiceMap((merge(speech),), (0,) * len(words))


def _voices(
    frames: Frames,
    units: npt.NDArray[np.intp],
    words: Sequence[Word],
    evidence: Evidence | None,
    options: VoiceOptions,
) -> npt.NDArray[np.intp]:
    """The voice of each unit, from 0."""
    gaps = gaps_before(frames, units)
    sums = sums_of(frames, units)
    chunks = chunk_starts(frames, units, gaps)
    pauses = gaps[chunks[1:] - 1] >= options.pause_s
    found = group(sums.grouped(chunks), pauses, float(frames.loud.sum()) * HOP_S, options.model, options.grouping)
    if found.shape[1] == 1:
        return np.zeros(len(units), np.intp)
    chunk_of = np.repeat(np.arange(len(chunks)), np.diff(np.append(chunks, len(units))))
    text = None if evidence is None else _text(found, chunk_of, frames, units, words, evidence, options)
    switching = np.where(gaps >= options.pause_s, options.switch_at_pause, options.switch_inside)
    fine, _ = find_voices(found[chunk_of], sums, switching, options.model, options.rounds, heat=False, text=text)
    voice_of_unit: npt.NDArray[np.intp] = fine.argmax(axis=1)
    return voice_of_unit


def _text(
    found: Array,
    chunk_of: npt.NDArray[np.intp],
    frames: Frames,
    units: npt.NDArray[np.intp],
    words: Sequence[Word],
    evidence: Evidence,
    options: VoiceOptions,
) -> Array:
    """What the words of each chunk say about its voice, spread over its units: half for one voice, half against the
    other; nothing for a third."""
    lengths = np.diff(np.append(units, len(frames.times_s))).astype(np.float64)
    by_chunk = _chunk_evidence(chunk_of, frames, units, words, evidence)
    limited = np.clip(options.text_weight * by_chunk, -options.text_limit, options.text_limit)
    size = np.bincount(chunk_of, lengths)
    main = np.argsort(-(found * size[:, None]).sum(axis=0), kind="stable")[:2]
    lean = limited @ (found[:, main[0]] - found[:, main[1]])
    agent, other = (main[0], main[1]) if lean >= 0 else (main[1], main[0])
    text = np.zeros((len(units), found.shape[1]))
    share = limited[chunk_of] * lengths / size[chunk_of]
    text[:, agent], text[:, other] = share / 2, -share / 2
    return text


def _chunk_evidence(
    chunk_of: npt.NDArray[np.intp],
    frames: Frames,
    units: npt.NDArray[np.intp],
    words: Sequence[Word],
    evidence: Evidence,
) -> Array:
    said: list[list[Word]] = [[] for _ in range(int(chunk_of[-1]) + 1)]
    middles = np.array([(word.span.start_s + word.span.end_s) / 2 for word in words])
    at = np.searchsorted(frames.times_s[units], middles, side="right") - 1
    for word, unit in zip(words, np.maximum(at, 0), strict=True):
        said[chunk_of[unit]].append(word)
    return np.array([evidence(part) if part else 0.0 for part in said])


def _mapped(
    voice_of_frame: npt.NDArray[np.intp], frames: Frames, speech: Sequence[Span], words: Sequence[Word]
) -> VoiceMap:
    """Stretches cut between frames of different voices; words by the voice of most of their frames."""
    order = list(dict.fromkeys(voice_of_frame.tolist()))
    renumbered = np.zeros(max(order) + 1, np.intp)
    renumbered[order] = np.arange(len(order))
    voices = renumbered[voice_of_frame]
    spans: list[list[Span]] = [[] for _ in order]
    borders = np.flatnonzero((np.diff(voices) != 0) | (np.diff(frames.stretch) != 0)) + 1
    for first, last in zip([0, *borders.tolist()], [*borders.tolist(), len(voices)], strict=True):
        home = speech[frames.stretch[first]]
        begins = first == 0 or frames.stretch[first - 1] != frames.stretch[first]
        ends = last == len(voices) or frames.stretch[last] != frames.stretch[first]
        start_s = home.start_s if begins else _between(frames, first)
        end_s = home.end_s if ends else _between(frames, last)
        spans[voices[first]].append(Span(start_s, max(start_s, end_s)))
    return VoiceMap(tuple(merge(part) for part in spans), _word_voices(voices, len(order), frames, words))


def _between(frames: Frames, at: int) -> float:
    """The time between a frame and the one before it."""
    return round(float(frames.times_s[at - 1] + frames.times_s[at]) / 2, 6)


def _word_voices(voices: npt.NDArray[np.intp], count: int, frames: Frames, words: Sequence[Word]) -> tuple[int, ...]:
    if not words:
        return ()
    times_s = frames.times_s
    first = np.searchsorted(times_s, [word.span.start_s for word in words])
    last = np.searchsorted(times_s, [word.span.end_s for word in words], side="right")
    seen = np.zeros((len(voices) + 1, count), np.intp)
    np.cumsum(voices[:, None] == np.arange(count), axis=0, out=seen[1:])
    inside = seen[last] - seen[first]
    nearest = np.clip(first, 0, len(voices) - 1)
    earlier = np.maximum(nearest - 1, 0)
    middles = np.array([(word.span.start_s + word.span.end_s) / 2 for word in words])
    closer = np.abs(times_s[earlier] - middles) < np.abs(times_s[nearest] - middles)
    fallback = voices[np.where(closer, earlier, nearest)]
    return tuple(np.where(inside.any(axis=1), inside.argmax(axis=1), fallback).tolist())
