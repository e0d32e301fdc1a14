"""``speech_rate``, ``loudness``, ``loudness_jump`` and ``pitch_range``: how turns sound.

The values come with the call (``TurnVoice``); the speech rate also follows from text and times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.acoustics.talk import turn_rate_cpm
from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_turn
from qa_pipeline.checks.finding import Finding, Window, fails, holds, unknown
from qa_pipeline.checks.ranges import Amount, Bounds, measured
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.core.call import Call
from qa_pipeline.core.score import How, Quote, Reason


class VoiceParams(Scope):
    """Bounds, and whether each turn or the median of the turns must keep them."""

    bounds: Bounds = Field(description="bounds of the value")
    measure: Literal["median", "each", "max"] = Field(
        "median", description="median of the turns in scope, each turn, or the largest value"
    )

    @model_validator(mode="after")
    def _each_is_every(self) -> Self:
        if self.every_turn and self.measure != "each" and "measure" in self.model_fields_set:
            raise ValueError(f"every_turn does not go with measure: {self.measure}")
        return self

    @property
    def of_each(self) -> bool:
        return self.every_turn or self.measure == "each"


class NeverNegativeParams(VoiceParams):
    """Bounds of a rate or a range, and whether each turn or the median of the turns must keep them."""

    bounds: Amount = Field(description="bounds of the value")


Value = Callable[[Call, int], float | None]


@register("speech_rate", NeverNegativeParams)
def check_speech_rate(params: NeverNegativeParams, context: Context) -> Finding:
    """Characters (English: words) per minute of speech lie within bounds."""
    call = context.call
    stored = any(voice.rate_cpm is not None for voice in call.turn_voices)
    if call.turns and not stored and not call.conversation.has_times:
        return unknown("times_unknown")
    return _voice("speech_rate", params, context, rate_cpm, "/min")


@register("loudness", VoiceParams)
def check_loudness(params: VoiceParams, context: Context) -> Finding:
    """Loudness against the party's own median, in dB, lies within bounds."""
    return _voice("loudness", params, context, _field("level_db"), "dB")


@register("loudness_jump", VoiceParams)
def check_loudness_jump(params: VoiceParams, context: Context) -> Finding:
    """The jump of loudness from one turn to the next, in dB, lies within bounds."""
    return _voice("loudness_jump", params, context, _field("level_jump_db"), "dB")


@register("pitch_range", NeverNegativeParams)
def check_pitch_range(params: NeverNegativeParams, context: Context) -> Finding:
    """The range of pitch within turns, in semitones, lies within bounds: a small one sounds monotonous."""
    return _voice("pitch_range", params, context, _field("pitch_range_st"), "st")


def _voice(name: str, params: VoiceParams, context: Context, value_of: Value, unit: str) -> Finding:
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    values = {index: v for index in window.turns if (v := value_of(context.call, index)) is not None}
    if not values:
        # The rate follows from text and times, so that only short turns leave it open; the rest comes from the sound.
        return unknown("voice_unknown" if window.turns and name != "speech_rate" else "nothing_to_measure")
    outside = {index: value for index, value in values.items() if not params.bounds.holds_for(value)}
    if params.of_each:
        return _each(name, outside, values, window, context, unit)
    value = max(values.values()) if params.measure == "max" else median(values.values())
    limit = params.bounds.max if params.measure == "max" else None
    too_high = [index for index, each in values.items() if limit is not None and each > limit]
    shown = too_high or {min(values, key=lambda index: abs(values[index] - value)): value}
    return measured(name, value, params.bounds, window, _quotes(shown, values, context, unit), unit, len(too_high))


def _each(
    name: str, outside: dict[int, float], values: dict[int, float], window: Window, context: Context, unit: str
) -> Finding:
    """Holds when no turn lies outside the bounds; turns whose value cannot be known say nothing."""
    reason = Reason("measure_each", {"measure": name, "count": len(outside), "turns": len(values)})
    if outside:
        return fails(reason, window, _quotes(outside, values, context, unit), breaches=len(outside))
    return holds(reason, window, _quotes(list(values)[:1], values, context, unit))


def _quotes(shown: Iterable[int], values: dict[int, float], context: Context, unit: str) -> tuple[Quote, ...]:
    return tuple(quote_turn(context.call.turns[i], How.VOICE, f"{values[i]:.1f} {unit}") for i in shown)


def rate_cpm(call: Call, index: int) -> float | None:
    """The stored speech rate of a turn; where none is stored at all, characters (English: words) by its time.

    None where it cannot be known, as for very short turns.
    """
    if any(voice.rate_cpm is not None for voice in call.turn_voices):
        return call.turn_voices[index].rate_cpm
    return turn_rate_cpm(call.turns[index], call.conversation.language)


def _field(name: str) -> Value:
    def value(call: Call, index: int) -> float | None:
        found: float | None = getattr(call.turn_voices[index], name) if call.turn_voices else None
        return found

    return value
