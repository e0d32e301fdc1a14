"""Facts about the sound of a channel: level, peak, clipping, silence, and whether two channels are one.

Plain numpy on purpose: a frame's RMS is one line, and importing librosa for it costs a batch worker seconds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.clipping import clipped_share as measure_clipping
from qa_pipeline.core.call import ChannelQuality

Samples = npt.NDArray[np.float32]

FRAME = 320  # 20 ms at 16 kHz: the usual frame of speech codecs (G.729 uses 10, AMR and GSM 20 ms)
# Speech on a telephone line is nominally at -26 dBov (ITU-T P.56, G.191); a caller 20 dB below that is at
# -46. Line noise lies at -75..-55. -50 dBFS separates the two.
SILENCE_DB = -50.0
# An idle G.711 line toggles the smallest step: ±8 / 32768 = -72 dBFS; with hum it may reach -65. A channel
# whose loudest 20 ms stay below -60 dBFS never carried a voice.
DEAD_DB = -60.0
FLOOR_DB = -120.0
# Noise 30 dB below a copied channel leaves a correlation of 1 / sqrt(1 + 0.001) = 0.9995.
SAME_CORRELATION = 0.999
# A voice that only one channel holds shows frame by frame even when it is too quiet to move the total:
# in 95 % of the sounding frames the channels must agree (0.9: noise up to 6 dB below the frame).
SAME_FRAME_CORRELATION = 0.9
SAME_FRAME_SHARE = 0.95
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
    sounding = power >= _power(SILENCE_DB)
    level = power[sounding].mean() if sounding.any() else power.mean()
    peak = max(float(samples.max()), -float(samples.min()))
    return ChannelQuality(
        channel=index,
        level_db=_db(float(level)),
        peak_db=_db(peak**2),
        clipped_share=measure_clipping(samples) if clipped_share is None else clipped_share,
        silence_share=float(1.0 - sounding.mean()),
        dead=bool(power.max() < _power(DEAD_DB)),
    )


def identical_channels(channels: Sequence[Samples]) -> bool:
    """Whether all channels hold the same sound: one mono recording in a file with several channels.

    A different level, inverted polarity and a little noise do not matter; delay does. Silent channels are
    identical to nothing: that nobody spoke on either does not make them one.
    """
    if len(channels) < 2:
        return False
    return all(_same(first, second) for first, second in itertools.pairwise(channels))


def frame_power(samples: Samples) -> npt.NDArray[np.float64]:
    """Mean square per 20 ms frame, shape (frames,), after removing the constant offset of the channel.

    A rest shorter than a frame counts only if there is no whole frame.
    """
    if samples.size == 0:
        return np.zeros(0)
    offset = np.float32(samples.mean(dtype=np.float64))
    if samples.size < FRAME:
        return np.array([np.mean(np.square(samples - offset, dtype=np.float64))])
    parts = []
    for part in _chunks(samples):
        frames = part - offset
        parts.append(np.einsum("ij,ij->i", frames, frames) / FRAME)
    return np.concatenate(parts).astype(np.float64)


def _same(first: Samples, second: Samples) -> bool:
    """Correlation at no delay over the frames in which either channel sounds, in total and per frame."""
    length = min(len(first), len(second))
    ab, aa, bb = _products(first[:length], second[:length])
    sounding = np.maximum(aa, bb) >= FRAME * _power(SILENCE_DB)
    ab, aa, bb = ab[sounding], aa[sounding], bb[sounding]
    energy = math.sqrt(aa.sum() * bb.sum())
    if energy == 0.0 or abs(ab.sum()) < SAME_CORRELATION * energy:
        return False
    agree = ab * np.sign(ab.sum()) >= SAME_FRAME_CORRELATION * np.sqrt(aa * bb)
    return bool((agree & (np.minimum(aa, bb) > 0)).mean() >= SAME_FRAME_SHARE)


def _products(first: Samples, second: Samples) -> tuple[npt.NDArray[np.float64], ...]:
    """Per frame: first x second, first x first, second x second, each shape (frames,)."""
    means = [np.float32(x.mean(dtype=np.float64)) if x.size else np.float32(0) for x in (first, second)]
    rows: list[tuple[npt.NDArray[np.float32], ...]] = []
    for a, b in zip(_chunks(first), _chunks(second), strict=True):
        x, y = a - means[0], b - means[1]
        rows.append(tuple(np.einsum("ij,ij->i", p, q) for p, q in ((x, y), (x, x), (y, y))))
    return tuple(
        np.concatenate([row[i] for row in rows] or [np.zeros(0, np.float32)]).astype(np.float64) for i in range(3)
    )


def _chunks(samples: Samples) -> Iterator[Samples]:
    """Whole frames, shape (frames, 320), a minute at a time; views, no copies."""
    whole = len(samples) // FRAME * FRAME
    for start in range(0, whole, _CHUNK):
        yield samples[start : min(start + _CHUNK, whole)].reshape(-1, FRAME)


def _power(db: float) -> float:
    return float(10.0 ** (db / 10.0))


def _db(power: float) -> float:
    return max(FLOOR_DB, 10.0 * math.log10(power)) if power > 0 else FLOOR_DB
