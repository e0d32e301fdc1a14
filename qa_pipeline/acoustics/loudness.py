"""How loud somebody speaks, from the frames in which they do: the active speech level.

Mean power over the time of speech, pauses left out, as ITU-T P.56 measures speech levels (its method B; here the frames
come from the exact stretches). The line noise is taken off, so that a voice that drops by 10 dB drops by 10 dB also
15 dB above the noise. Changes come out within 0.5 dB. Only differences between turns of one channel are used: the gain
of a line says nothing about a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_pipeline.acoustics.frames import Levels, frame_mask, frame_range
from qa_pipeline.core.span import Span

#: The noise is what the quieter frames outside speech hold: beside it there may be music or the other party's echo.
_NOISE_PERCENTILE = 25
#: However loud the noise, at least this part of the power counts as speech (6 dB): guesses below are worth nothing.
_MIN_PART = 0.25


def noise_power(power: Levels, speech: Sequence[Span]) -> float:
    """Mean power of the line noise of a channel; 0 where nothing but speech is there.

    Args:
        power: of every frame, shape (frames,).
        speech: all stretches of speech on the channel.
    """
    outside = power[~frame_mask(speech, power.size)]
    return float(np.percentile(outside, _NOISE_PERCENTILE)) if outside.size else 0.0


def speech_level_db(power: Levels, spans: Sequence[Span], noise: float = 0.0) -> float | None:
    """Level of the speech in the spans in dB relative to full scale; None where there is no sound at all."""
    frames = [power[slice(*frame_range(span, power.size))] for span in spans]
    sounding = np.concatenate(frames) if frames else np.zeros(0, np.float32)
    mean = float(np.mean(sounding, dtype=np.float64)) if sounding.size else 0.0
    speech = max(mean - noise, _MIN_PART * mean)
    return 10 * float(np.log10(speech)) if speech > 0 else None
