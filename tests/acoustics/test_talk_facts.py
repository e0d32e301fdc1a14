"""Seconds of speech, overlap and silence, kept as parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.acoustics.talk import talk_facts
from qa_pipeline.core.call import Conversation, Role, RoleDecision
from qa_pipeline.core.span import Span
from tests.factories import A, C, U, recording

DURATION_S = 100.0


def heard(*roles: Role) -> Conversation:
    return Conversation("zh", (), tuple(RoleDecision(i, role, "metadata") for i, role in enumerate(roles)))


spans = st.lists(
    st.tuples(st.floats(0, DURATION_S), st.floats(0, DURATION_S)).map(lambda pair: Span(min(pair), max(pair))),
    max_size=8,
)


@given(spans, spans)
def test_speech_less_overlap_and_silence_make_up_the_recording(agent: list[Span], customer: list[Span]) -> None:
    facts = talk_facts(recording(DURATION_S), heard(A, C), [agent, customer])
    assert facts.agent_speech_s is not None
    assert facts.customer_speech_s is not None
    assert facts.overlap_s is not None
    total_s = facts.agent_speech_s + facts.customer_speech_s - facts.overlap_s + facts.silence_s
    assert total_s == pytest.approx(DURATION_S)
    assert 0 <= facts.overlap_s <= min(facts.agent_speech_s, facts.customer_speech_s) + 1e-9


def test_known_seconds() -> None:
    facts = talk_facts(recording(20), heard(A, C), [[Span(0, 8)], [Span(6, 10), Span(15, 16)]])
    assert (facts.agent_speech_s, facts.customer_speech_s, facts.overlap_s) == (8, 5, 2)
    assert (facts.silence_s, facts.duration_s) == (9, 20)


def test_swapped_channels_swap_the_parties() -> None:
    left, right = [Span(0, 8)], [Span(6, 10)]
    plain = talk_facts(recording(20), heard(A, C), [left, right])
    swapped = talk_facts(recording(20), heard(C, A), [right, left])
    assert plain == swapped


@pytest.mark.parametrize(("channels", "roles"), [(2, (U, U)), (2, (A, U)), (1, (U,)), (3, (A, C, U)), (3, (A, U, U))])
def test_what_cannot_be_told_is_none_and_silence_is_still_known(channels: int, roles: tuple[Role, ...]) -> None:
    facts = talk_facts(recording(20, channels=channels), heard(*roles), [[Span(0, 8)]] * channels)
    assert (facts.agent_speech_s, facts.customer_speech_s, facts.overlap_s) == (None, None, None)
    assert facts.silence_s == 12


def test_identical_channels_say_nothing_about_the_parties() -> None:
    facts = talk_facts(recording(20, identical_channels=True), heard(U), [[Span(0, 8)]])
    assert facts.overlap_s is None


def test_a_transcript_without_speech_stretches_is_no_error() -> None:
    assert talk_facts(recording(20), heard(A, C), []).agent_speech_s is None


def test_voice_found_beyond_the_end_makes_no_negative_silence() -> None:
    assert talk_facts(recording(5), heard(A, C), [[Span(0, 6)], []]).silence_s == 0
