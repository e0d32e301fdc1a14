"""Where on a channel somebody speaks (Silero VAD, the model that faster-whisper carries)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.span import Span
from qa_pipeline.sound import blocks, peak, release
from qa_pipeline.transcribe.engine import Samples

Powers = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
#: 20 ms.
FRAME = SAMPLE_RATE_HZ // 50
#: A frame stands out of the channel's noise (the power that a tenth of its frames stay under) by 4 dB ...
NOISE_RATIO = 10 ** (4 / 10)
#: ... and above -70 dB full scale, under which G.711 has no steps left.
MIN_POWER = 10 ** (-70 / 10)
#: Sound kept around frames that stand out: the pause that ends a stretch (0.6 s) lies within it.
MARGIN_S = 0.9
MAX_BLOCK_S = 300
#: Frames measured at once: a minute.
BLOCK_FRAMES = 3000


@dataclass(frozen=True, slots=True)
class VoiceActivityOptions:
    min_silence_ms: int = 600
    """A pause this long ends a stretch: long enough to keep a sentence whole, short enough to part turns."""
    pad_ms: int = 200
    """Sound kept on both sides, so that soft first and last syllables are not cut."""
    max_stretch_s: float = 28.0
    """Longer speech is cut at a pause: a decoding window holds 30 s."""
    min_speech_ms: int = 120
    """Shorter sounds are clicks; the shortest spoken syllable lasts about this long."""
    min_peak: float = 10 ** (-60 / 20)
    """A channel that never exceeds -60 dB full scale carries no speech and is not listened to."""
    threshold: float = 0.35
    """Speech begins above this probability and ends 0.15 below it; unusual voices stay under the usual 0.5."""
    model_level: float = 10 ** (-40 / 20)
    """Loud channels are lowered to this level (RMS of their loudest tenth) before they are judged: the model is
    surer of unusual voices when they are soft. Quiet channels are not raised."""


def speech_spans(samples: Samples, options: VoiceActivityOptions) -> tuple[Span, ...]:
    """Stretches with voice, in order, not overlapping, each at most ``max_stretch_s`` long.

    Args:
        samples: float32, shape (samples,), 16 kHz.
    """
    if samples.size == 0 or peak(samples) < options.min_peak:
        return ()
    power = _frame_power(samples)
    scale = min(1.0, options.model_level / _loud_level(power))
    regions = _sounding(power, samples.size)
    spans = (span for region in regions for span in _in_region(samples, region, scale, options))
    return tuple(span for span in spans if span.duration_s > 0)


def _in_region(
    samples: Samples, region: tuple[int, int], scale: float, options: VoiceActivityOptions
) -> Iterator[Span]:
    """Stretches with voice in ``samples[start:end]``; the model starts anew in each region."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    start, end = region
    sound = samples[start:end] * np.float32(scale)
    release(samples[start:end])
    found = get_speech_timestamps(
        sound,
        VadOptions(
            threshold=options.threshold,
            min_silence_duration_ms=options.min_silence_ms,
            speech_pad_ms=options.pad_ms,
            max_speech_duration_s=options.max_stretch_s,
            min_speech_duration_ms=options.min_speech_ms,
        ),
    )
    for part in found:
        yield Span((start + part["start"]) / SAMPLE_RATE_HZ, min(end, start + part["end"]) / SAMPLE_RATE_HZ)


def _sounding(power: Powers, size: int) -> list[tuple[int, int]]:
    """Ranges of the ``size`` samples worth listening to: the idle channel of a two-channel call costs nothing.

    A frame sounds when it stands out of the channel's own noise; ``MARGIN_S`` of sound around it are kept, and long
    ranges are cut into blocks, so that memory does not grow with the recording.
    """
    floor = max(float(np.percentile(power, 10)) * NOISE_RATIO, MIN_POWER)
    loud = np.flatnonzero(power >= floor)
    if not loud.size:
        return []
    margin = int(MARGIN_S * SAMPLE_RATE_HZ) // FRAME
    breaks = np.flatnonzero(np.diff(loud) > 2 * margin)
    firsts, lasts = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, loud.size - 1]]
    ranges = zip(np.maximum(firsts - margin, 0) * FRAME, (lasts + 1 + margin) * FRAME, strict=True)
    return [block for first, last in ranges for block in _blocks(int(first), min(int(last), size), power)]


def _blocks(first: int, last: int, power: Powers) -> Iterator[tuple[int, int]]:
    """A range in blocks of at most ``MAX_BLOCK_S``, each cut at the quietest frame of its last third."""
    most = MAX_BLOCK_S * SAMPLE_RATE_HZ
    while last - first > most:
        tail = power[(first + 2 * most // 3) // FRAME : (first + most) // FRAME]
        cut = (first + 2 * most // 3) // FRAME * FRAME + int(np.argmin(tail)) * FRAME
        yield first, cut
        first = cut
    yield first, last


def _loud_level(power: Powers) -> float:
    """RMS that the loudest tenth of the frames (20 ms) exceeds; shorter recordings count as one frame."""
    return max(float(np.sqrt(np.percentile(power, 90))), 1e-9)


def _frame_power(samples: Samples) -> Powers:
    """Mean square per frame of 20 ms, shape (frames,); what is shorter than a frame counts as one."""
    size = min(FRAME, samples.size)
    parts = [
        np.einsum("ij,ij->i", frames, frames) / np.float32(size)
        for frames in (
            block.reshape(-1, size) for block in blocks(samples[: samples.size // size * size], BLOCK_FRAMES * size)
        )
    ]
    return np.concatenate(parts)
