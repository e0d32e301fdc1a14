"""The other party heard faintly on a channel (joint-stereo coding, open microphone) is not speech of that channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

#: A frame of 100 ms: long against a pitch period, short against a syllable.
FRAME_SAMPLES = SAMPLE_RATE_HZ // 10

#: Leaked sound is a copy: in one frame it correlates with its source this strongly, which two people never do.
MIN_CORRELATION = 0.7

#: ... and it is fainter than its source by at least 6 dB (half the amplitude).
MAX_AMPLITUDE_RATIO = 0.5


def without_cross_talk(channels: Sequence[Samples]) -> tuple[Samples, ...]:
    """The channels with leaked stretches silenced, for finding speech (not for recognising it).

    Only two channels are compared; others are given back as they are.
    """
    if len(channels) != 2:
        return tuple(channels)
    length = min(len(channel) for channel in channels) // FRAME_SAMPLES * FRAME_SAMPLES
    if not length:
        return tuple(channels)
    left, right = (channel[:length].reshape(-1, FRAME_SAMPLES) for channel in channels)
    power_left, power_right = np.einsum("ij,ij->i", left, left), np.einsum("ij,ij->i", right, right)
    shared = np.abs(np.einsum("ij,ij->i", left, right))
    copied = shared > MIN_CORRELATION * np.sqrt(power_left * power_right)
    ratio = MAX_AMPLITUDE_RATIO**2
    return (
        _silenced(channels[0], copied & (power_left < ratio * power_right)),
        _silenced(channels[1], copied & (power_right < ratio * power_left)),
    )


def _silenced(channel: Samples, frames: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Samples:
    if not frames.any():
        return channel
    kept = channel.copy()
    kept[: len(frames) * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)[frames] = 0.0
    return kept
