"""How many voices, and which chunk is whose: several starts, the best of each number, and the number that pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.speakers.voice_chain import Array
from qa_pipeline.speakers.voice_model import PITCH_BINS, ModelOptions, Sums, find_voices


@dataclass(frozen=True, slots=True)
class Grouping:
    """Another voice must explain each second of speech better by so much (log likelihood): one person varies too.

    Measured (docs/talk-metrics.md): a second voice that is there gains 0.5 to 4, the moods of one person up to 1; a
    third that is there 0.5 to 2, one that is not up to 0.8. Calls have two parties, so that two are taken rather.
    """

    second_per_s: float = 0.5
    third_per_s: float = 1.0
    switch_at_pause: float = 0.3
    switch_inside: float = 0.1
    """Inside a stretch, from one chunk to the next."""
    rounds: int = 30
    directions: int = 3


def group(sums: Sums, pauses: npt.NDArray[np.bool_], speech_s: float, model: ModelOptions, options: Grouping) -> Array:
    """Responsibilities of one, two or three voices for the chunks, shape (chunks, voices).

    ``pauses``: whether a pause lies before each chunk but the first.
    """
    switching = np.where(pauses, options.switch_at_pause, options.switch_inside)
    places = _places(sums, model)
    found, fit = find_voices(np.ones((len(sums.mass), 1)), sums, switching, model, 2, heat=False)
    for gain_per_s in (options.second_per_s, options.third_per_s):
        starts = [] if len(places) <= found.shape[1] else list(_starts(found, sums, places, options.directions))
        tried = [find_voices(start, sums, switching, model, options.rounds, heat=True) for start in starts]
        if not tried:
            break
        better, better_fit = max(tried, key=lambda each: each[1])
        if better_fit - fit < gain_per_s * speech_s:
            break
        found, fit = better, better_fit
    return found


def _places(sums: Sums, model: ModelOptions) -> Array:
    """Each chunk as a point: how far it moves each Gaussian, little speech only a little."""
    count = sums.mass.shape[1]
    offset = sums.offset.reshape(len(sums.mass), count, -1)
    moved = model.weight * offset / (2.0 + model.weight * sums.mass)[:, :, None]
    places: Array = moved.reshape(len(sums.mass), -1)
    return places


def _starts(found: Array, sums: Sums, places: Array, directions: int) -> Iterator[Array]:
    """Starts with one more voice: the largest voices cut in two where their chunks differ most."""
    size = sums.mass.sum(axis=1)
    voices = found.shape[1]
    for voice in np.argsort(-(found * size[:, None]).sum(axis=0), kind="stable")[:2]:
        own = found[:, voice] > 0.5
        if own.sum() < 2:
            continue
        for line in _lines(places[own], size[own], sums.pitch[own], directions if voices == 1 else 1):
            high = line > _threshold(line, size[own])
            split = np.concatenate([found, np.zeros((len(found), 1))], axis=1)
            split[np.flatnonzero(own)[high], voice] = 0
            split[np.flatnonzero(own)[high], voices] = 1
            yield 0.8 * split + 0.2 / (voices + 1)


def _lines(places: Array, size: Array, pitch: Array, directions: int) -> Iterator[Array]:
    """Where the chunks lie along the directions in which they differ most, and by pitch."""
    weight = size / max(size.sum(), 1e-9)
    centred = places - weight @ places
    _, _, axes = np.linalg.svd(centred * np.sqrt(weight)[:, None], full_matrices=False)
    yield from (centred @ axis for axis in axes[:directions])
    voiced = pitch.sum(axis=1)
    mean = (pitch @ np.arange(PITCH_BINS)) / (voiced + 1e-6)
    known = voiced > 3
    if known.any():
        yield np.where(known, mean, np.median(mean[known]))


def _threshold(line: Array, size: Array) -> float:
    """The cut that leaves the least variance on both sides (Otsu 1979)."""
    order = np.argsort(line, kind="stable")
    value, weight = line[order], size[order] / max(size.sum(), 1e-9)
    below = np.cumsum(weight)
    mean = np.cumsum(weight * value)
    between = (mean[-1] * below - mean) ** 2 / np.maximum(below * (1 - below), 1e-9)
    at = int(between[:-1].argmax())
    return float(value[at] + value[at + 1]) / 2
