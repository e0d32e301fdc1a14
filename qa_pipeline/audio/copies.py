"""Whether channels are copies of one another: one mono recording in a file with several channels.

A copy may be louder, turned over, a little noisy, or late by up to a tenth of a second. Two parties are never copies,
however strongly they leak into each other: where the second speaks, the level of one channel against the other is not
what it is where the first speaks, or the channels differ altogether.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.facts import FRAME, SILENCE_DB, Samples, chunks, power_of_db
from qa_pipeline.sound import BLOCK as SOUND_BLOCK
from qa_pipeline.sound import Growing, blocks, mean, release

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Noise 17 dB below a copied channel leaves a correlation of 1 / sqrt(1 + 0.02) = 0.99; so may a delay that is no whole
# number of samples.
SAME_CORRELATION = 0.98
# A voice that only one channel holds shows frame by frame even when it is too quiet to move the total: in 95 % of
# the sounding frames the channels must agree (0.9: noise up to 6 dB below the frame; levels within 3 dB of what they
# are on the whole), and never may they disagree for 0.2 s, the length of a syllable.
SAME_FRAME_CORRELATION = 0.9
SAME_GAIN_DB = 3.0
SAME_FRAME_SHARE = 0.95
OTHER_VOICE_FRAMES = 10
# Frames sound that rise 10 dB above the pauses (their power is what a tenth of the frames stay under), above -50 dBFS
# at least; but everything within 20 dB of the loud frames, or above -40 dBFS, is taken for sound.
NOISE_PERCENTILE, LOUD_PERCENTILE = 10.0, 95.0
ABOVE_NOISE_DB, LOUDEST_NOISE_DB, BELOW_LOUD_DB = 10.0, -40.0, 20.0
# A second recorder, or the network, delays one channel by less than this; it shows in a few loud blocks.
MAX_DELAY = 1600
BLOCK, BLOCKS = 65_536, 5
MIN_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class _Frames:
    """Per frame of 20 ms: first x second, first x first, second x second."""

    ab: Floats
    aa: Floats
    bb: Floats


def identical_channels(channels: Sequence[Samples]) -> bool:
    """Whether all channels hold the same sound.

    A different level, inverted polarity, a little noise and a delay of up to 0.1 s do not matter. Silent channels are
    identical to nothing: that nobody spoke on either does not make them one.
    """
    if len(channels) < 2:
        return False
    return all(_same(first, second) for first, second in itertools.pairwise(channels))


def _same(first: Samples, second: Samples) -> bool:
    length = min(first.size, second.size)
    first, second = first[:length], second[:length]
    if _agree(_products(first, second)):
        return True
    late = _delay(first, second)
    if late is None or late == 0:
        return False
    whole = math.floor(late)
    first, second = (first[: length - whole], second[whole:]) if whole >= 0 else (first[-whole:], second[:whole])
    if late != whole:  # half a sample earlier: the mean of each sample with the next one
        first, second = first[:-1], _earlier(second)
    return _agree(_products(first, second))


def _agree(frames: _Frames) -> bool:
    """Correlation and gain over the frames in which either channel sounds, in total and per frame."""
    sounding = _sounding(frames)
    ab, aa, bb = frames.ab[sounding], frames.aa[sounding], frames.bb[sounding]
    energy = math.sqrt(aa.sum() * bb.sum())
    if energy == 0.0 or abs(ab.sum()) < SAME_CORRELATION * energy:
        return False
    gain, reach = bb.sum() / aa.sum(), power_of_db(SAME_GAIN_DB)
    agree = ab * np.sign(ab.sum()) >= SAME_FRAME_CORRELATION * np.sqrt(aa * bb)
    agree &= (np.minimum(aa, bb) > 0) & (bb < reach * gain * aa) & (bb * reach > gain * aa)
    return bool(agree.mean() >= SAME_FRAME_SHARE) and _longest(~agree) < OTHER_VOICE_FRAMES


def _sounding(frames: _Frames) -> Mask:
    if not frames.aa.size:
        return np.zeros(0, np.bool_)
    powers = (frames.aa / FRAME, frames.bb / FRAME)
    loud = max(float(np.percentile(power, LOUD_PERCENTILE)) for power in powers)
    # Noise is what both channels hold in pauses: what only one holds may be another voice.
    noise = loud * min(_pauses(power) for power in powers)
    limit = min(noise * power_of_db(ABOVE_NOISE_DB), loud / power_of_db(BELOW_LOUD_DB), power_of_db(LOUDEST_NOISE_DB))
    found: Mask = np.maximum(*powers) >= max(limit, power_of_db(SILENCE_DB))
    return found


def _pauses(power: Floats) -> float:
    """How a channel's pauses compare with its loud frames."""
    pause, loud = np.percentile(power, (NOISE_PERCENTILE, LOUD_PERCENTILE))
    return float(pause / loud) if loud > 0 else 0.0


def _longest(mask: Mask) -> int:
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _delay(first: Samples, second: Samples) -> float | None:
    """Samples (whole or half) by which the second channel is late; None where no delay makes the channels alike."""
    blocks = list(_loud_blocks(first))
    if not blocks:
        return None
    shared, own, other = np.zeros(2 * BLOCK), np.zeros(2 * BLOCK), 0.0
    for start in blocks:
        a, b = (x[start : start + BLOCK] - x[start : start + BLOCK].mean() for x in (first, second))
        x, y = np.fft.rfft(a, 2 * BLOCK), np.fft.rfft(b, 2 * BLOCK)
        shared += np.fft.irfft(np.conj(x) * y, 2 * BLOCK)
        own += np.fft.irfft(np.square(np.abs(x)), 2 * BLOCK)
        other += float(np.square(b, dtype=np.float64).sum())
    near = np.abs(np.roll(shared, MAX_DELAY)[: 2 * MAX_DELAY + 1])
    best = int(np.argmax(near[1:-1])) + 1
    # The ends of a block lack what the delay moved out of it: up to MAX_DELAY of BLOCK samples.
    if near[best] < MIN_ALIKE * (1 - MAX_DELAY / BLOCK) * math.sqrt(own[0] * other):
        return None
    left, here, right = near[best - 1 : best + 2]
    shift = (left - right) / (2 * (left - 2 * here + right)) if left - 2 * here + right else 0.0
    return best - MAX_DELAY + round(2 * float(shift)) / 2


def _earlier(samples: Samples) -> Samples:
    """The mean of each sample with the next one."""
    found = Growing.beside(samples)
    for start in range(0, samples.size - 1, SOUND_BLOCK):
        part = samples[start : start + SOUND_BLOCK + 1]
        found.add((part[:-1] + part[1:]) / np.float32(2))
        release(part)
    return found.array()


def _loud_blocks(samples: Samples) -> Iterator[int]:
    """Starts of the loudest blocks; a shorter recording is one."""
    whole = samples[: max(1, samples.size // BLOCK) * BLOCK]
    energy = [float(np.square(block[::4]).sum()) for block in blocks(whole, BLOCK)] or [0.0]
    for i in np.argsort(energy)[::-1][:BLOCKS]:
        if energy[i] > 0:
            yield int(i) * BLOCK


def _products(first: Samples, second: Samples) -> _Frames:
    means = [np.float32(mean(x)) for x in (first, second)]
    rows: list[tuple[npt.NDArray[np.float32], ...]] = []
    for a, b in zip(chunks(first), chunks(second), strict=True):
        x, y = a - means[0], b - means[1]
        rows.append(tuple(np.einsum("ij,ij->i", p, q) for p, q in ((x, y), (x, x), (y, y))))
    return _Frames(
        *(np.concatenate([row[i] for row in rows] or [np.zeros(0, np.float32)]).astype(np.float64) for i in range(3))
    )
