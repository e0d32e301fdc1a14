"""Whether a call can be scored at all: every reason why its recording or its transcript is not good enough."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

from qa_pipeline.core.call import Call, ChannelQuality, Recording, Role, Turn
from qa_pipeline.core.score import Reason
from qa_pipeline.core.span import total_s
from qa_pipeline.rubric.model import Rubric
from qa_pipeline.rubric.recording_limits import RecordingLimits

#: Every code that concerns the call as a whole, in the order in which reasons are given.
CODES = (
    "no_speech",
    "other_language",
    "recording_too_short",
    "recording_truncated",
    "party_missing",
    "recording_too_quiet",
    "recording_clipped",
    "too_little_speech",
    "low_confidence",
)

#: Headers round: a recording is said to lack seconds only where it lacks more than one (as in audio/decode.py).
_MISSING_S = 1.0


def why_unscorable(call: Call, rubric: Rubric) -> tuple[Reason, ...]:
    """Every reason why nothing of the call can be judged, causes before what follows from them; empty where it can.

    Limits of recordings concern calls that have one; what is not known about a recording is never held against it.
    """
    found = chain(
        _unspoken(call),
        _foreign(call, rubric.language),
        _recorded_badly(call, rubric.recording),
        _unsure(call, rubric.min_confidence),
    )
    return tuple(found)


def _unspoken(call: Call) -> Iterator[Reason]:
    if not call.turns:
        yield Reason("no_speech")


def _foreign(call: Call, language: str) -> Iterator[Reason]:
    # The language of silence is a guess.
    if call.turns and call.conversation.language.split("-")[0] != language:
        yield Reason("other_language", {"language": call.conversation.language})


def _unsure(call: Call, least: float) -> Iterator[Reason]:
    if call.confidence is not None and call.confidence < least:
        percents = {"percent": math.floor(round(100 * call.confidence, 6)), "min_percent": round(100 * least, 1)}
        yield Reason("low_confidence", percents)


def _recorded_badly(call: Call, limits: RecordingLimits) -> Iterator[Reason]:
    recording = call.recording
    if recording is None:
        return
    yield from _short(recording, limits.min_duration_s)
    if recording.truncated and not limits.allow_truncated:
        yield Reason("recording_truncated", _lengths(recording))
    if limits.both_parties and call.turns:
        yield from _one_sided(call, recording)
    spoken = _spoken_channels(call, recording)
    yield from _quiet(spoken, recording, limits.min_level_db)
    yield from _clipped(spoken, recording, limits.max_clipped_percent)
    yield from _silent(call, limits.min_speech_s)


def _short(recording: Recording, least_s: float) -> Iterator[Reason]:
    if recording.duration_s < least_s:
        yield Reason("recording_too_short", {"duration_s": _below(recording.duration_s), "limit_s": least_s})


def _lengths(recording: Recording) -> dict[str, float]:
    """What was read, in whole seconds, and what the file claims to hold, where that is more."""
    header_s = recording.header_duration_s
    claimed = {"header_s": round(header_s)} if header_s and header_s - recording.duration_s > _MISSING_S else {}
    return {"duration_s": round(recording.duration_s), **claimed}


def _one_sided(call: Call, recording: Recording) -> Iterator[Reason]:
    """Only one voice where two parties should be: on the channels, or in one channel that was separated by voices."""
    voices = {_voice(turn) for turn in call.turns}
    roles = {turn.role for turn in call.turns} - {Role.UNKNOWN}
    if len(voices) != 1 or None in voices or len(roles) > 1:
        return
    if not recording.is_mono:
        yield _channel_missing(call, recording)
    elif any(decision.voice is not None for decision in call.conversation.roles):
        yield Reason("party_missing", {"voices": 1})


def _voice(turn: Turn) -> int | None:
    return turn.channel if turn.voice is None else turn.voice


def _channel_missing(call: Call, recording: Recording) -> Reason:
    """Which channel nobody speaks on; of more than two only how many there are."""
    silent = set(range(recording.channels)) - {turn.channel for turn in call.turns}
    if len(silent) != 1:
        return Reason("party_missing", {"channels": recording.channels})
    (channel,) = silent
    quality = next((q for q in recording.quality if q.channel == channel), None)
    if quality is not None and quality.dead:
        return Reason("party_missing", {"dead_channel": channel + 1})
    return Reason("party_missing", {"silent_channel": channel + 1})


def _spoken_channels(call: Call, recording: Recording) -> tuple[ChannelQuality, ...]:
    """The channels that carry somebody's words; where nobody knows, all that carry sound."""
    used = {turn.channel for turn in call.turns if turn.channel is not None}
    return tuple(q for q in recording.quality if q.channel in used or (not used and not q.dead))


def _quiet(spoken: tuple[ChannelQuality, ...], recording: Recording, least_db: float) -> Iterator[Reason]:
    worst = min(spoken, key=lambda quality: quality.level_db, default=None)
    if worst is not None and worst.level_db < least_db:
        figures = {"level_db": _below(worst.level_db), "limit_db": least_db}
        yield Reason("recording_too_quiet", figures | _named(worst, recording))


def _clipped(spoken: tuple[ChannelQuality, ...], recording: Recording, most_percent: float) -> Iterator[Reason]:
    worst = max(spoken, key=lambda quality: quality.clipped_share, default=None)
    if worst is not None and 100 * worst.clipped_share > most_percent:
        figures = {"percent": -_below(-100 * worst.clipped_share), "limit_percent": most_percent}
        yield Reason("recording_clipped", figures | _named(worst, recording))


def _named(quality: ChannelQuality, recording: Recording) -> dict[str, float]:
    """The number of the channel, where there are several."""
    return {} if recording.is_mono else {"channel": quality.channel + 1}


def _silent(call: Call, least_s: float) -> Iterator[Reason]:
    speech_s = _speech_s(call)
    if call.turns and speech_s is not None and speech_s < least_s:
        yield Reason("too_little_speech", {"speech_s": _below(speech_s), "limit_s": least_s})


def _speech_s(call: Call) -> float | None:
    """Seconds in which anybody speaks; None where times are unknown."""
    if call.talk is not None:
        return max(0.0, call.talk.duration_s - call.talk.silence_s)
    return total_s(turn.span for turn in call.turns if turn.span) if call.conversation.has_times else None


def _below(value: float) -> float:
    """Rounded down to tenths, so that a figure that misses its limit never reads as if it met it."""
    return math.floor(round(10 * value, 6)) / 10
