"""The parts of a call's talk, from turns, stretches and roles whose answer is known."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.acoustics.talk import find_overlaps, speech_by_role, talk_facts
from qa_pipeline.core.call import Conversation, Role, RoleDecision, Separation, Turn
from qa_pipeline.core.facts import OverlapKind, TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import SoundEvent, SoundKind, TalkFacts
from tests.factories import A, C, U

DURATION_S = 40.0
AGENT = [Span(0, 4), Span(10, 16)]
CUSTOMER = [Span(5, 9), Span(15, 18), Span(25, 26)]
ROLES = (RoleDecision(0, A, "metadata"), RoleDecision(1, C, "metadata"))


def turn(index: int, role: Role, text: str, start_s: float, end_s: float, *, sign: bool = False) -> Turn:
    return Turn(
        index, role, text, Span(start_s, end_s), 0 if role is A else 1, voice=0 if role is A else 1, backchannel=sign
    )


TURNS = (
    turn(0, A, "您好，您现在用什么套餐？", 0, 4),
    turn(1, C, "我也不清楚，嗯，怎么了", 5, 9),
    turn(2, A, "那我给您介绍一下", 10, 16),
    turn(3, C, "等一下等一下", 15, 18),
    turn(4, C, "嗯", 25, 26, sign=True),
)
VOICES = (
    TurnVoice(pause_s=0.5, pauses=1, pitch_hz=200, pitch_range_st=6),
    TurnVoice(pause_s=0.4, pauses=1, pitch_hz=120, pitch_range_st=3),
    TurnVoice(pause_s=1.5, pauses=2, pitch_hz=220, pitch_range_st=8),
    TurnVoice(pitch_hz=None),
    TurnVoice(pitch_hz=90),
)


def facts(
    turns: tuple[Turn, ...] = TURNS,
    roles: tuple[RoleDecision, ...] = ROLES,
    separation: Separation = Separation.CHANNELS,
    speech: tuple[list[Span], ...] = (AGENT, CUSTOMER),
    events: tuple[SoundEvent, ...] = (),
) -> TalkFacts:
    conversation = Conversation("zh", turns, roles)
    by_role = speech_by_role(conversation, speech)
    crossing = find_overlaps(conversation, by_role, separation)
    return talk_facts(DURATION_S, conversation, VOICES[: len(turns)], by_role, separation, crossing, events)


def test_seconds_of_a_call_with_known_times() -> None:
    found = facts()
    assert (found.agent_speech_s, found.customer_speech_s, found.overlap_s, found.silence_s) == (10, 8, 1, 23)
    assert not found.estimated
    assert [(s.span, s.after, s.before) for s in found.silences] == [
        (Span(4, 5), A, C),
        (Span(9, 10), C, A),
        (Span(18, 25), C, C),
    ]


def test_what_each_party_did() -> None:
    agent, customer = facts().agent, facts().customer
    assert agent is not None and customer is not None
    assert (agent.turns, agent.backchannels, agent.questions, agent.interruptions) == (2, 0, 1, 0)
    assert (customer.turns, customer.backchannels, customer.interruptions) == (2, 1, 1)
    assert (agent.units, agent.units_s) == (18, 10.0)
    assert agent.rate_cpm == pytest.approx(108)
    assert (agent.pauses, agent.pauses_s) == (3, 2.0)
    assert (agent.responses_s, customer.responses_s) == ((1.0,), (1.0, -1.0))
    assert (agent.pitch_hz, agent.pitch_range_st) == (210, 7)
    assert (customer.pitch_hz, customer.pitch_range_st) == (120, 3)
    assert customer.fillers >= 1
    assert agent.longest_monologue_s == 6


def test_the_floor_changes_hands() -> None:
    assert facts().switches == 3


def test_hold_music_is_kept_beside_the_silence_that_it_fills() -> None:
    music = SoundEvent(SoundKind.MUSIC, Span(18.5, 24.5), 0)
    found = facts(events=(music,))
    assert [s.filled for s in found.silences] == [None, None, SoundKind.MUSIC]
    assert found.events == (music,)


def test_one_channel_gives_estimates_and_no_overlap() -> None:
    mixed = (RoleDecision(0, A, "text", voice=0), RoleDecision(0, C, "text", voice=1))
    found = facts(roles=mixed, separation=Separation.VOICES)
    assert (found.agent_speech_s, found.customer_speech_s) == (10, 8)
    assert found.estimated and found.overlap_s is None
    assert found.agent is not None and found.agent.interruptions is None


@pytest.mark.parametrize("roles", [(), (RoleDecision(0, A, "text"), RoleDecision(1, U, "text"))])
def test_where_a_party_is_unknown_nothing_is_said_about_either(roles: tuple[RoleDecision, ...]) -> None:
    found = facts(roles=roles)
    assert (found.agent_speech_s, found.customer_speech_s, found.overlap_s, found.agent) == (None,) * 4
    assert found.silence_s == 23
    assert len(found.silences) == 3


def test_a_third_voice_is_heard_and_belongs_to_nobody() -> None:
    third = (*ROLES, RoleDecision(2, U, "text"))
    found = facts(roles=third, speech=(AGENT, CUSTOMER, [Span(19, 24)]))
    assert (found.agent_speech_s, found.customer_speech_s, found.silence_s) == (10, 8, 18)


def test_overlaps_are_looked_for_on_two_channels_alone() -> None:
    conversation = Conversation("zh", TURNS, ROLES)
    by_role = speech_by_role(conversation, (AGENT, CUSTOMER))
    (found,) = find_overlaps(conversation, by_role, Separation.CHANNELS) or ()
    assert (found.span, found.by_agent, found.kind) == (Span(15, 16), False, OverlapKind.INTERRUPTION)
    assert find_overlaps(conversation, by_role, Separation.VOICES) is None
    assert find_overlaps(conversation, {A: AGENT}, Separation.CHANNELS) is None  # type: ignore[dict-item]


def test_a_silent_recording_is_all_silence() -> None:
    found = facts(turns=(), speech=([], []))
    assert (found.agent_speech_s, found.customer_speech_s, found.silence_s, found.silences) == (0, 0, DURATION_S, ())


spans = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 20)), max_size=8)


@given(spans, spans)
def test_talk_and_silence_minus_overlap_is_the_duration(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    agent, customer = ([Span(s / 5, (s + n) / 5) for s, n in sorted(part)] for part in (a, b))
    found = facts(speech=(agent, customer))
    assert found.agent_speech_s is not None and found.customer_speech_s is not None and found.overlap_s is not None
    total = found.agent_speech_s + found.customer_speech_s - found.overlap_s + found.silence_s
    assert total == pytest.approx(DURATION_S)


@given(spans, spans)
def test_swapping_the_channels_swaps_the_parties_and_nothing_else(
    a: list[tuple[int, int]], b: list[tuple[int, int]]
) -> None:
    agent, customer = ([Span(s / 5, (s + n) / 5) for s, n in sorted(part)] for part in (a, b))
    plain = facts(speech=(agent, customer))
    other = tuple(dataclasses.replace(d, role=d.role.other()) for d in ROLES)
    swapped = facts(turns=(), roles=other, speech=(customer, agent))
    bare = facts(turns=(), speech=(agent, customer))
    assert (swapped.agent_speech_s, swapped.customer_speech_s) == (plain.agent_speech_s, plain.customer_speech_s)
    assert swapped == bare
