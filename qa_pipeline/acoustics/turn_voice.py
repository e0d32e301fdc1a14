"""How each turn sounds: rate, pauses, loudness, pitch. What too little speech cannot tell is None.

Measured on the turn's own voice only, in the exact stretches of that voice inside the turn. Behind each value: what
another gain (20 dB up or down), sampling rate (8 to 44.1 kHz) or A-law may move; tests hold it.

- ``speech_s``, ``pause_s``, ``pauses``: seconds of speech; the pauses of 0.25 s and more between them. 30 ms an edge.
- ``rate_cpm``: characters (English: words) per minute of the turn, pauses inside included: a speech rate, not an
  articulation rate.
- ``level_db``: active speech level against the median of the voice's turns. 0.5 dB.
- ``level_jump_db``: the same against the turn before of that voice. 0.5 dB.
- ``pitch_hz``: median of the voiced frames. 2 %.
- ``pitch_range_st``: semitones between their 10th and 90th percentile: the melody without stray frames. 0.5 semitones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np

from qa_pipeline.acoustics.activity import ActivityOptions
from qa_pipeline.acoustics.frames import Levels, Samples, frame_power, within
from qa_pipeline.acoustics.loudness import noise_power, speech_level_db
from qa_pipeline.acoustics.pitch import PitchTrack, pitch_track
from qa_pipeline.acoustics.talk import turn_rate_cpm
from qa_pipeline.core.call import Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import DECIMALS, Span, merge, total_s

#: Less speech (two or three syllables) has no loudness of its own: one stressed syllable would decide.
MIN_LEVEL_SPEECH_S = 0.6
#: A voice is as loud as usual only where there is something usual: two turns.
MIN_LEVEL_TURNS = 2
#: Voiced frames of 20 ms: 0.3 s of voice for a median, 0.5 s (two or three syllables) for a range.
MIN_PITCH_FRAMES, MIN_RANGE_FRAMES = 15, 25
RANGE_PERCENTILES = (10, 90)
#: What a turn cuts off from the stretch of its neighbour is no speech of its own.
_MIN_PART_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class _Sound:
    """What is measured once per channel."""

    power: Levels
    noise: float
    pitch: PitchTrack


def turn_voices(
    channels: Sequence[Samples],
    turns: Sequence[Turn],
    speech: Sequence[Sequence[Span]],
    language: str,
    pitch: Sequence[PitchTrack] | None = None,
) -> tuple[TurnVoice, ...]:
    """One entry per turn. Of backchannels only the seconds are given; of turns without times, voice or sound, nothing
    that needs them.

    Args:
        channels: float32, shape (samples,), 16 kHz, indexed by ``turn.channel`` (mono: 0 for all voices).
        speech: exact stretches per voice, indexed by ``turn.voice``.
        pitch: one track per channel, where it has been measured already.
    """
    sounds = {channel: _sound(channel, channels, turns, speech, pitch) for channel in _used(channels, turns)}
    parts = [_parts(turn, speech) for turn in turns]
    voices = [_voice(*each, sounds, language) for each in zip(turns, parts, strict=True)]
    levels = [_level_db(*each, sounds) for each in zip(turns, parts, strict=True)]
    return tuple(_with_levels(voices, turns, levels))


def _used(channels: Sequence[Samples], turns: Sequence[Turn]) -> set[int]:
    return {turn.channel for turn in turns if turn.channel is not None and 0 <= turn.channel < len(channels)}


def _sound(
    channel: int,
    channels: Sequence[Samples],
    turns: Sequence[Turn],
    speech: Sequence[Sequence[Span]],
    pitch: Sequence[PitchTrack] | None,
) -> _Sound:
    voices = {turn.voice for turn in turns if turn.channel == channel}
    heard = merge(span for voice, spans in enumerate(speech) if voice in voices for span in spans)
    power = frame_power(channels[channel])
    track = pitch[channel] if pitch is not None else pitch_track(channels[channel], heard)
    return _Sound(power, noise_power(power, heard), track)


def _parts(turn: Turn, speech: Sequence[Sequence[Span]]) -> tuple[Span, ...] | None:
    """The turn's own stretches of speech; None where its times or its voice are unknown."""
    if turn.span is None or turn.voice is None or not 0 <= turn.voice < len(speech):
        return None
    inside = within(speech[turn.voice], turn.span)
    return tuple(part for part in inside if part.duration_s >= min(_MIN_PART_S, turn.span.duration_s))


def _voice(turn: Turn, parts: Sequence[Span] | None, sounds: dict[int, _Sound], language: str) -> TurnVoice:
    """Everything but the levels, which need the other turns."""
    if parts is None:
        return TurnVoice() if turn.backchannel else TurnVoice(rate_cpm=turn_rate_cpm(turn, language))
    if turn.backchannel:
        return TurnVoice(speech_s=total_s(parts))
    pauses = list(_pauses(parts))
    hz, range_st = _pitch(turn, parts, sounds)
    return TurnVoice(
        rate_cpm=turn_rate_cpm(turn, language),
        pitch_hz=hz,
        pitch_range_st=range_st,
        speech_s=total_s(parts),
        pause_s=sum(pauses, start=0.0),
        pauses=float(len(pauses)),
    )


def _pauses(parts: Sequence[Span]) -> Iterator[float]:
    gaps = (round(after.start_s - before.end_s, DECIMALS) for before, after in pairwise(parts))
    return (gap for gap in gaps if gap >= ActivityOptions().min_pause_s)


def _pitch(turn: Turn, parts: Sequence[Span], sounds: dict[int, _Sound]) -> tuple[float | None, float | None]:
    if turn.channel not in sounds or total_s(parts) < MIN_LEVEL_SPEECH_S:
        return None, None
    hz = sounds[turn.channel].pitch.voiced_hz(parts)
    if hz.size < MIN_PITCH_FRAMES:
        return None, None
    low, high = np.percentile(hz, RANGE_PERCENTILES)
    range_st = 12 * float(np.log2(high / low)) if hz.size >= MIN_RANGE_FRAMES else None
    return float(np.median(hz)), range_st


def _level_db(turn: Turn, parts: Sequence[Span] | None, sounds: dict[int, _Sound]) -> float | None:
    """The level of the turn in dB relative to full scale."""
    if turn.backchannel or turn.channel not in sounds or total_s(parts or ()) < MIN_LEVEL_SPEECH_S:
        return None
    sound = sounds[turn.channel]
    return speech_level_db(sound.power, parts or (), sound.noise)


def _with_levels(
    voices: Sequence[TurnVoice], turns: Sequence[Turn], levels: Sequence[float | None]
) -> Iterator[TurnVoice]:
    """The voices with their levels against the median of their voice, and against its last turn that has a level."""
    of_voice: dict[int | None, list[float]] = {}
    for turn, level in zip(turns, levels, strict=True):
        if level is not None:
            of_voice.setdefault(turn.voice, []).append(level)
    usual = {voice: median(known) for voice, known in of_voice.items() if len(known) >= MIN_LEVEL_TURNS}
    before: dict[int | None, float] = {}
    for each, turn, level in zip(voices, turns, levels, strict=True):
        if level is None or turn.voice not in usual:
            yield each
            continue
        jump = level - before[turn.voice] if turn.voice in before else None
        before[turn.voice] = level
        yield replace(each, level_db=level - usual[turn.voice], level_jump_db=jump)
