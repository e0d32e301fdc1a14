"""Where on a channel somebody speaks (Silero VAD, the model that faster-whisper carries)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.engine import Samples

SAMPLE_RATE_HZ = 16_000


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
    if samples.size == 0 or float(np.abs(samples).max()) < options.min_peak:
        return ()
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(
        samples * min(1.0, options.model_level / _loud_level(samples)),
        VadOptions(
            threshold=options.threshold,
            min_silence_duration_ms=options.min_silence_ms,
            speech_pad_ms=options.pad_ms,
            max_speech_duration_s=options.max_stretch_s,
            min_speech_duration_ms=options.min_speech_ms,
        ),
    )
    end_s = samples.size / SAMPLE_RATE_HZ
    spans = (Span(part["start"] / SAMPLE_RATE_HZ, min(end_s, part["end"] / SAMPLE_RATE_HZ)) for part in found)
    return tuple(span for span in spans if span.duration_s > 0)


def _loud_level(samples: Samples) -> float:
    """RMS that the loudest tenth of the frames (20 ms) exceeds; shorter recordings count as one frame."""
    size = SAMPLE_RATE_HZ // 50
    frames = samples[: samples.size // size * size].reshape(-1, size) if samples.size >= size else samples[None]
    power = np.einsum("ij,ij->i", frames, frames) / frames.shape[1]
    return max(float(np.sqrt(np.percentile(power, 90))), 1e-9)
