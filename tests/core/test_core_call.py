"""Every value of a call refuses what cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    ChannelQuality,
    Conversation,
    MadeBy,
    Role,
    Segment,
    Stage,
    StageSpan,
    Transcript,
    Turn,
    Word,
)
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.facts import Act, Fact, TurnVoice
from qa_pipeline.core.span import Span
from tests.factories import A, C, U, call, recording, timed, turn, turns

SPAN = Span(0, 1)


@pytest.mark.parametrize(
    ("role", "other"), [(Role.AGENT, Role.CUSTOMER), (Role.CUSTOMER, Role.AGENT), (Role.UNKNOWN, Role.UNKNOWN)]
)
def test_the_other_of_unknown_stays_unknown(role: Role, other: Role) -> None:
    assert role.other() is other


REFUSED: dict[str, Callable[[], Any]] = {
    "MadeBy needs": lambda: MadeBy("", "1"),
    "a step and a version": lambda: MadeBy("scoring", ""),
    "agent_channel must": lambda: CallMetadata(agent_channel=-1),
    "wrap_up_s must": lambda: CallMetadata(wrap_up_s=-0.5),
    "clipped_share must": lambda: ChannelQuality(0, -20.0, -1.0, 1.5, 0.2, False),
    "silence_share must": lambda: ChannelQuality(0, -20.0, -1.0, 0.5, -0.2, False),
    "a recording has channels": lambda: recording(channels=0),
    "a sample rate": lambda: recording(sample_rate_hz=0),
    "a size": lambda: recording(size_bytes=-1),
    "and a duration": lambda: recording(-1.0),
    "word probability must": lambda: Word("好", SPAN, 1.01),
    "confidence must": lambda: Segment(0, SPAN, "好", confidence=-0.1),
    "language_probability must": lambda: Transcript("zh", 2.0, ()),
    "segments must be ordered": lambda: Transcript("zh", None, (Segment(0, Span(1, 2), "b"), Segment(0, SPAN, "a"))),
    "turn index must": lambda: turn(A, "好", index=-1),
    "timed words has a span": lambda: Turn(0, A, "好", None, None, (Word("好", SPAN),)),
    "confidence must lie": lambda: turn(A, "好", confidence=math.nan),
    "indices must run": lambda: Conversation("zh", (turn(A, "好", index=1),)),
    "timed turns must be ordered": lambda: Conversation("zh", turns([(A, "一", 5, 6), (C, "二", 1, 2)])),
    "0 <= first <= last, got 2": lambda: StageSpan(Stage.CLOSE, 2, 1),
    "0 <= first <= last, got -1": lambda: StageSpan(Stage.CLOSE, -1, 1),
    "a call needs an id": lambda: call((A, "好"), call_id="  "),
    "turn_stages must hold one entry per turn": lambda: call((A, "好"), (C, "好"), stages="o"),
    "turn_acts must hold one entry per turn": lambda: replace(call((A, "好")), turn_acts=((), ())),
    "turn_voices must hold one entry per turn": lambda: replace(call((A, "好")), turn_voices=(TurnVoice(),) * 2),
    "a fact belongs to a turn": lambda: replace(call((A, "好")), facts=(Fact("price", "1", 1, 0, 1),)),
    "confidence must lie in": lambda: call((A, "好"), confidence=1.2),
}


@pytest.mark.parametrize("message", REFUSED)
def test_self_check_refuses(message: str) -> None:
    with pytest.raises(ValueError, match=message):
        REFUSED[message]()


@pytest.mark.parametrize("duration_s", [math.nan, math.inf])
def test_recording_refuses_a_duration_that_is_no_number(duration_s: float) -> None:
    with pytest.raises(ValueError, match="duration"):
        recording(duration_s)


def test_the_borders_of_probability_are_allowed() -> None:
    assert Word("好", SPAN, 0.0).probability == 0.0
    assert call((A, "好"), confidence=1.0).confidence == 1.0


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        turn(A, "好").text = "坏"  # type: ignore[misc]


@pytest.mark.parametrize(("channels", "identical", "mono"), [(1, False, True), (2, True, True), (2, False, False)])
def test_mono_is_where_channels_cannot_tell_the_parties_apart(channels: int, identical: bool, mono: bool) -> None:
    assert recording(channels=channels, identical_channels=identical).is_mono is mono


def test_transcript_text_is_the_segments_in_order() -> None:
    segments = (Segment(0, Span(0, 1), "您好"), Segment(1, Span(0, 2), "你好"), Segment(0, Span(3, 4), "再见"))
    assert Transcript("zh", 0.9, segments).text == "您好你好再见"


def test_times_are_known_only_when_every_turn_has_them() -> None:
    assert call(*timed((A, "一"), (C, "二"))).conversation.has_times
    assert not call((A, "一", 0, 1), (C, "二")).conversation.has_times
    assert not call().conversation.has_times


def test_roles_are_known_when_any_turn_has_one() -> None:
    assert call((U, "一"), (A, "二")).conversation.roles_known
    assert not call((U, "一")).conversation.roles_known
    assert not call().conversation.roles_known


def test_call_without_stages_and_with_one_per_turn_are_both_allowed() -> None:
    assert call((A, "好")).turn_stages == ()
    staged = call((A, "好"), (C, "好"), (A, "再见"), stages="ooc")
    assert [(s.stage, s.first_turn, s.last_turn) for s in staged.stages] == [
        (Stage.OPENING, 0, 1),
        (Stage.CLOSE, 2, 2),
    ]
    assert isinstance(staged, Call)
    assert staged.turns == staged.conversation.turns


def test_what_later_steps_find_is_known_or_not_and_one_per_turn() -> None:
    bare = call((A, "好"), (C, "好"))
    assert (bare.turn_acts, bare.turn_voices, bare.facts, bare.overlaps, bare.ended_by) == ((), (), None, None, None)
    found = replace(
        bare, turn_acts=((Act("greet"),), ()), turn_voices=(TurnVoice(), TurnVoice()), facts=(), overlaps=()
    )
    assert (found.facts, found.overlaps) == ((), ())
    assert found.turn_acts[0][0].name == "greet"


@pytest.mark.parametrize("message", ["", " \n"])
def test_user_error_is_never_empty(message: str) -> None:
    with pytest.raises(ValueError, match="needs a message"):
        UserError(message)


@pytest.mark.parametrize("parts", [("", "c", "r"), ("s", "", "r"), ("s", "c", " ")])
def test_step_failure_names_step_code_and_reason(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="names its step"):
        StepFailure(*parts)


def test_step_failure_says_step_and_reason() -> None:
    failure = StepFailure("ingest", "empty_file", "the file is empty")
    assert (str(failure), failure.code) == ("ingest: the file is empty", "empty_file")
