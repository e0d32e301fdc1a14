"""Facts about the sound of a channel: level, peak, clipping, silence.

Plain numpy on purpose: a frame's RMS is one line, and importing librosa for it costs a batch worker seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.clipping import clipped_share as measure_clipping
from qa_pipeline.core.call import ChannelQuality
from qa_pipeline.sound import blocks, mean
from qa_pipeline.sound import peak as highest

Samples = npt.NDArray[np.float32]

FRAME = 320  # 20 ms at 16 kHz: the usual frame of speech codecs (G.729 uses 10, AMR and GSM 20 ms)
# Speech on a telephone line is nominally at -26 dBov (ITU-T P.56, G.191); a caller 20 dB below that is at
# -46. Line noise lies at -75..-55. -50 dBFS separates the two.
SILENCE_DB = -50.0
# An idle G.711 line toggles the smallest step: ±8 / 32768 = -72 dBFS; with hum it may reach -65. A channel
# whose loudest 20 ms stay below -60 dBFS never carried a voice.
DEAD_DB = -60.0
FLOOR_DB = -120.0
_CHUNK = 3000 * FRAME  # one minute at a time: small enough to stay in the cache and off the memory peak


def channel_quality(samples: Samples, index: int, clipped_share: float | None = None) -> ChannelQuality:
    """Facts about one channel, shape (samples,) at 16 kHz, full scale = 1.

    ``level_db`` is the RMS of the frames that are not silent (of all frames, if all are), without the
    channel's constant offset; ``silence_share`` the share of 20 ms frames below -50 dBFS; ``dead``: no frame
    reaches -60 dBFS. Pass ``clipped_share`` as measured on the source samples; without it the samples given
    are measured, which misses ceilings below full scale in resampled audio. No samples: dead, silent.
    """
    power = frame_power(samples)
    if power.size == 0:
        return ChannelQuality(index, FLOOR_DB, FLOOR_DB, 0.0, 1.0, dead=True)
    sounding = power >= power_of_db(SILENCE_DB)
    level = power[sounding].mean() if sounding.any() else power.mean()
    peak = highest(samples)
    return ChannelQuality(
        channel=index,
        level_db=_db(float(level)),
        peak_db=_db(peak**2),
        clipped_share=measure_clipping(samples) if clipped_share is None else clipped_share,
        silence_share=float(1.0 - sounding.mean()),
        dead=bool(power.max() < power_of_db(DEAD_DB)),
    )


def frame_power(samples: Samples) -> npt.NDArray[np.float64]:
    """Mean square per 20 ms frame, shape (frames,), after removing the constant offset of the channel.

    A rest shorter than a frame counts only if there is no whole frame.
    """
    if samples.size == 0:
        return np.zeros(0)
    offset = np.float32(mean(samples))
    if samples.size < FRAME:
        return np.array([np.mean(np.square(samples - offset, dtype=np.float64))])
    parts = []
    for part in chunks(samples):
        frames = part - offset
        parts.append(np.einsum("ij,ij->i", frames, frames) / FRAME)
    return np.concatenate(parts).astype(np.float64)


def chunks(samples: Samples) -> Iterator[Samples]:
    """Whole frames, shape (frames, 320), a minute at a time; views, no copies."""
    for block in blocks(samples[: len(samples) // FRAME * FRAME], _CHUNK):
        yield block.reshape(-1, FRAME)


def power_of_db(db: float) -> float:
    return float(10.0 ** (db / 10.0))


def _db(power: float) -> float:
    return max(FLOOR_DB, 10.0 * math.log10(power)) if power > 0 else FLOOR_DB
