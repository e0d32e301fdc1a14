"""Sound in frames of 10 ms: levels, read in blocks so that memory does not grow with the recording."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.core.span import DECIMALS, Span
from qa_pipeline.sound import blocks

#: float32, shape (samples,), 16 kHz, full scale = 1.
Samples = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SAMPLE_RATE_HZ = 16_000
#: A frame of 10 ms: short against a stop closure (50 to 100 ms), long against noise that jumps.
FRAME_SAMPLES = SAMPLE_RATE_HZ // 100
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
#: Frames worked on at once: a minute of sound, 4 MB.
BLOCK_FRAMES = 6000
#: What digital silence counts as, in dB relative to full scale; 16 bits end at -96.
SILENT_DB = -120.0


def frame_power(samples: Samples) -> Levels:
    """Mean power of each whole frame of 10 ms, shape (samples // 160,); a constant offset (DC) has none."""
    count = samples.size // FRAME_SAMPLES
    power = np.empty(count, np.float32)
    for number, part in enumerate(blocks(samples[: count * FRAME_SAMPLES], BLOCK_FRAMES * FRAME_SAMPLES)):
        block = part.reshape(-1, FRAME_SAMPLES)
        block = block - block.mean(axis=1, keepdims=True)
        power[number * BLOCK_FRAMES :][: len(block)] = np.einsum("ij,ij->i", block, block) / FRAME_SAMPLES
    return power


def decibels(power: Levels) -> Levels:
    """Power as dB relative to full scale (a full-scale square wave: 0 dB; a sine: -3 dB)."""
    levels: Levels = np.maximum(10 * np.log10(np.maximum(power, np.float32(1e-20))), np.float32(SILENT_DB))
    return levels


def frame_mask(spans: Sequence[Span], count: int) -> Mask:
    """Which of ``count`` frames have their middle inside one of the spans."""
    inside = np.zeros(count, np.bool_)
    for span in spans:
        inside[slice(*frame_range(span, count))] = True
    return inside


def frame_range(span: Span, count: int) -> tuple[int, int]:
    """The first frame with its middle inside the span, and the one after the last; both within 0..count."""
    first, last = (min(count, round(time_s / FRAME_S)) for time_s in (span.start_s, span.end_s))
    return first, last


def frames_in(time_s: float) -> int:
    return round(time_s / FRAME_S)


def time_of(frame: int) -> float:
    """Where a frame begins, in seconds, without the last bits of a product."""
    return round(frame * FRAME_S, DECIMALS)


def runs(mask: Mask) -> Iterator[tuple[int, int]]:
    """First and one after the last index of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def within(spans: Sequence[Span], limit: Span) -> tuple[Span, ...]:
    """The parts of the spans (in order, apart from each other) that lie inside ``limit``."""
    first = bisect_right(spans, limit.start_s, key=lambda span: span.end_s)
    last = bisect_left(spans, limit.end_s, lo=first, key=lambda span: span.start_s)
    return tuple(Span(max(span.start_s, limit.start_s), min(span.end_s, limit.end_s)) for span in spans[first:last])
