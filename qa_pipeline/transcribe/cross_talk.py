"""The other party heard faintly on a channel is not speech of that channel.

It gets there by joint-stereo coding (at once, a copy), or as an echo: late, filtered by a line, a loudspeaker or a
room, and coded again. What is heard is compared with what the other channel, so filtered, would sound like: leaked
sound is like it, and a person who speaks at the same time, however softly, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.sound import blocks, release, silenced
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.leak import PART, Path, find_path, thinned
from qa_pipeline.transcribe.leak import RATE_HZ as THIN_RATE_HZ
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

Mask = npt.NDArray[np.bool_]

#: A frame of 100 ms: long against a pitch period, short against a syllable.
FRAME_SAMPLES = SAMPLE_RATE_HZ // 10
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
THIN_FRAME = THIN_RATE_HZ // 10
#: Compared at once: a minute.
BLOCK = 600 * FRAME_SAMPLES
#: An echo at the start of a part comes from up to 0.84 s before it.
LEAD_FRAMES = 10

#: Leaked sound is a copy: in one frame it correlates with its source this strongly, which two people never do.
MIN_CORRELATION = 0.7

#: ... and it is fainter than its source by at least 6 dB (half the amplitude).
MAX_AMPLITUDE_RATIO = 0.5

#: An echo correlates this strongly with its source behind the same filter; own speech as loud as the echo leaves 0.7.
MIN_ECHO_CORRELATION = 0.8

#: Between two frames of echo up to this many that correlate less strongly are echo too (its weak moments).
MAX_GAP, MIN_GAP_CORRELATION = 2, 0.6

#: Softer frames (RMS -70 dB full scale) hold nothing that could be taken for speech.
MIN_HEARD = 10 ** (-70 / 20)


@dataclass(frozen=True, slots=True)
class CrossTalk:
    """Channels with leaked sound silenced; per channel the seconds silenced, and the delay of an echo (None: none)."""

    channels: tuple[Samples, ...]
    seconds: tuple[float, ...]
    delay_s: tuple[float | None, ...]


def cross_talk(channels: Sequence[Samples]) -> CrossTalk:
    """Find and silence what leaked from one channel into the other; seconds are exact to some tenths.

    Args:
        channels: float32, shape (samples,), 16 kHz. Only two channels are compared; others are given back as they are.
    """
    if len(channels) != 2:
        return CrossTalk(tuple(channels), (0.0,) * len(channels), (None,) * len(channels))
    frames = _copied(*channels)
    delays: list[float | None] = [None, None]
    for first, last in _parts(frames[0].size):
        lead = min(first, LEAD_FRAMES)
        thin = [_thinned(channel[(first - lead) * FRAME_SAMPLES : last * FRAME_SAMPLES]) for channel in channels]
        for own, other in ((0, 1), (1, 0)):
            path = find_path(thin[other][lead * THIN_FRAME :], thin[own][lead * THIN_FRAME :])
            if path is not None:
                echo = _echo(path, thin[other], thin[own], lead * THIN_FRAME)
                frames[own][first:last] |= echo
                delays[own] = path.delay_s if delays[own] is None and echo.any() else delays[own]
    kept = (_silenced(channel, own) for channel, own in zip(channels, frames, strict=True))
    return CrossTalk(tuple(kept), tuple(round(int(own.sum()) * FRAME_S, 1) for own in frames), tuple(delays))


def _parts(frames: int) -> Iterator[tuple[int, int]]:
    """The call in equal parts of about five minutes, as frames."""
    count = max(1, round(frames * THIN_FRAME / PART))
    return pairwise(frames * i // count for i in range(count + 1))


def _thinned(part: Samples) -> Samples:
    found = thinned(part)
    release(part)
    return found


def _copied(left: Samples, right: Samples) -> tuple[Mask, Mask]:
    """Frames of each channel that hold the other's sound at the same moment, unfiltered."""
    length = min(left.size, right.size) // FRAME_SAMPLES * FRAME_SAMPLES
    found = [
        _copied_in(one.reshape(-1, FRAME_SAMPLES), two.reshape(-1, FRAME_SAMPLES))
        for one, two in zip(*(blocks(channel[:length], BLOCK) for channel in (left, right)), strict=True)
    ]
    masks = [np.concatenate([mask[own] for mask in found] or [np.zeros(0, np.bool_)]) for own in (0, 1)]
    return masks[0], masks[1]


def _copied_in(one: Samples, two: Samples) -> tuple[Mask, Mask]:
    """The same of some frames, shape (frames, samples)."""
    # Without each frame's offset, which two channels may share.
    sums = one.sum(axis=1), two.sum(axis=1)
    power_one = np.einsum("ij,ij->i", one, one) - sums[0] ** 2 / FRAME_SAMPLES
    power_two = np.einsum("ij,ij->i", two, two) - sums[1] ** 2 / FRAME_SAMPLES
    shared = np.abs(np.einsum("ij,ij->i", one, two) - sums[0] * sums[1] / FRAME_SAMPLES)
    copied = shared > MIN_CORRELATION * np.sqrt(np.maximum(power_one, 0) * np.maximum(power_two, 0))
    ratio = MAX_AMPLITUDE_RATIO**2
    return copied & (power_one < ratio * power_two), copied & (power_two < ratio * power_one)


def _echo(path: Path, source: Samples, heard: Samples, lead: int) -> Mask:
    """Frames after ``lead`` samples that hold echo and hardly anything else, at less than half the source's level."""
    sounds = source[lead:], heard[lead:], path.heard(source, lead, source.size)
    loud, own, likely = (sound.reshape(-1, THIN_FRAME) for sound in sounds)
    power_own, power_likely = np.einsum("ij,ij->i", own, own), np.einsum("ij,ij->i", likely, likely)
    alike = np.einsum("ij,ij->i", own, likely) / np.sqrt(power_own * power_likely + np.float32(1e-20))
    soft = power_own < MAX_AMPLITUDE_RATIO**2 * _recently(np.einsum("ij,ij->i", loud, loud), path)
    soft &= power_own > THIN_FRAME * MIN_HEARD**2
    return _closed((alike > MIN_ECHO_CORRELATION) & soft, (alike > MIN_GAP_CORRELATION) & soft)


def _recently(power: npt.NDArray[np.float32], path: Path) -> npt.NDArray[np.float32]:
    """The greatest power of the source in the frames that an echo in each frame may come from."""
    late = max(0, path.delay // THIN_FRAME)
    found = power.copy()
    for by in range(late, late + 3):
        if 0 < by < power.size:
            np.maximum(found[by:], power[:-by], out=found[by:])
    return found


def _closed(sure: Mask, likely: Mask) -> Mask:
    """The sure frames, and likely ones between two sure ones that are close."""
    found = sure.copy()
    places = np.flatnonzero(sure)
    for left, right in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        if 1 < right - left <= MAX_GAP + 1:
            found[left:right] |= likely[left:right]
    return found


def _silenced(channel: Samples, frames: Mask) -> Samples:
    if not frames.any():
        return channel
    edges = np.flatnonzero(np.diff(np.concatenate(([False], frames, [False])).astype(np.int8))) * FRAME_SAMPLES
    return silenced(channel, list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)))
