"""Which voice is the agent's, told by metadata, by the shipped text models, or by both."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import CallMetadata, Role, RoleDecision, Separation, Turn
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.roles import (
    MIN_CONFIDENCE,
    MIN_PAIRS,
    MIN_PROBABILITY,
    VoiceText,
    decide_roles,
    load_role_model,
    voice_texts,
)
from tests.factories import A, C, U

AGENT = "您好，我是汇江通信的客服，工号三零七二，给您来电是想跟您说一下宽带续约的优惠活动。"
CUSTOMER = "哦，我现在没空啊，多少钱一个月？太贵了吧，我再考虑考虑，回头跟我老婆商量一下。"
NOTHING = CallMetadata()
MODEL = load_role_model("zh")


def channels(*texts: str) -> tuple[VoiceText, ...]:
    return tuple(VoiceText(channel, None, text) for channel, text in enumerate(texts))


def mixed(*texts: str) -> tuple[VoiceText, ...]:
    """Voices of one channel."""
    return tuple(VoiceText(0, voice, text) for voice, text in enumerate(texts))


def decided(*texts: str, metadata: CallMetadata = NOTHING) -> tuple[RoleDecision, ...]:
    return decide_roles(channels(*texts), metadata, MODEL)


def roles(*texts: str, metadata: CallMetadata = NOTHING) -> list[Role]:
    decisions = decided(*texts, metadata=metadata)
    assert [decision.channel for decision in decisions] == list(range(len(texts)))
    return [decision.role for decision in decisions]


def test_the_text_tells_who_is_the_agent() -> None:
    assert roles(AGENT, CUSTOMER) == [A, C]


def test_swapped_channels_swap_the_roles_and_nothing_else() -> None:
    plain, swapped = decided(AGENT, CUSTOMER), decided(CUSTOMER, AGENT)
    assert [d.role for d in swapped] == [d.role for d in plain[::-1]]
    assert [d.probability for d in swapped] == pytest.approx([d.probability for d in plain[::-1]])


def test_a_decision_says_what_spoke_for_it() -> None:
    agent, customer = decided(AGENT, CUSTOMER)
    assert agent.source == customer.source == "text"
    assert agent.evidence and all(pair in AGENT for pair in agent.evidence)
    assert customer.evidence and all(pair in CUSTOMER.replace("，", "").replace("？", "") for pair in customer.evidence)


def test_metadata_and_text_that_agree_are_surer_than_one_of_them() -> None:
    both = decided(AGENT, CUSTOMER, metadata=CallMetadata(agent_channel=0))
    assert [(d.role, d.source) for d in both] == [(A, "both"), (C, "both")]
    assert both[0].probability is not None and both[0].probability >= 0.999


def test_channels_that_metadata_have_the_wrong_way_round_are_found() -> None:
    swapped = decided(AGENT * 2, CUSTOMER * 2, metadata=CallMetadata(agent_channel=1))
    assert [(d.role, d.source) for d in swapped] == [(A, "conflict"), (C, "conflict")]


def test_little_text_against_the_metadata_does_not_swap_the_channels() -> None:
    assert roles("麻烦您稍等一下我看看", "好的谢谢你等一下啊", metadata=CallMetadata(agent_channel=1)) == [C, A]
    silent = decided("", CUSTOMER, metadata=CallMetadata(agent_channel=1))
    assert [(d.role, d.source) for d in silent] == [(C, "metadata"), (A, "metadata")]


def test_with_three_channels_metadata_names_the_agent_alone() -> None:
    assert roles(AGENT, CUSTOMER, "喂", metadata=CallMetadata(agent_channel=0)) == [A, U, U]


def test_of_three_parties_the_text_names_the_agent_alone() -> None:
    assert roles(CUSTOMER, AGENT, "你等一下我跟他说两句，这个多少钱啊，我老公说太贵了") == [U, A, U]


def test_channels_without_words_do_not_hide_the_two_parties() -> None:
    assert roles("", AGENT, "", CUSTOMER, "", "", "", "") == [U, A, U, C, U, U, U, U]


def test_voices_of_one_channel_are_told_by_what_they_say() -> None:
    decisions = decide_roles(mixed(CUSTOMER, AGENT), NOTHING, MODEL)
    assert [(d.channel, d.voice, d.role) for d in decisions] == [(0, 0, C), (0, 1, A)]


def test_two_voices_that_both_speak_like_agents_are_not_named() -> None:
    """One person's voice in two moods, or two colleagues: nobody of them is the customer."""
    other = "您好女士，给您介绍一下我们的套餐，您看您现在方便吗？那我帮您办理，您稍等。"
    assert [d.role for d in decide_roles(mixed(AGENT, other), NOTHING, MODEL)] == [U, U]


def test_a_third_voice_in_one_channel_stays_unknown() -> None:
    decisions = decide_roles(mixed(AGENT, "喂您好", CUSTOMER), NOTHING, MODEL)
    assert [d.role for d in decisions] == [A, U, C]


def test_a_channel_that_the_recording_lacks_says_nothing() -> None:
    assert roles("喂", "您", metadata=CallMetadata(agent_channel=5)) == [U, U]


@pytest.mark.parametrize("texts", [("", ""), ("喂", "您好"), ("一" * MIN_PAIRS, "")])
def test_too_little_text_leaves_the_roles_unknown(texts: tuple[str, str]) -> None:
    assert roles(*texts) == [U, U]


def test_the_same_words_on_both_channels_leave_the_roles_unknown() -> None:
    assert [(d.role, d.probability) for d in decided(AGENT, AGENT)] == [(U, 0.5), (U, 0.5)]


def test_words_on_one_channel_alone_name_nobody() -> None:
    """They may be both parties, mixed into one channel of a stereo file."""
    assert roles(AGENT * 2, "") == [U, U]
    assert roles("", AGENT * 2) == [U, U]


def test_a_role_is_given_only_with_its_probability() -> None:
    for decision in decided(AGENT, CUSTOMER):
        assert decision.probability is not None
        assert decision.probability >= MIN_PROBABILITY


def test_a_language_without_a_model_leaves_roles_to_the_metadata() -> None:
    assert load_role_model("xx") is None
    assert [d.role for d in decide_roles(channels(AGENT, CUSTOMER), NOTHING, None)] == [U, U]
    named = decide_roles(channels(AGENT, CUSTOMER), CallMetadata(agent_channel=1), None)
    assert [(d.role, d.source, d.probability) for d in named] == [(C, "metadata", 1.0), (A, "metadata", 1.0)]


def test_a_model_names_its_content() -> None:
    models = [load_role_model("zh"), load_role_model("en")]
    assert len({model.revision for model in models if model}) == 2


def test_words_that_were_not_understood_are_no_evidence() -> None:
    def texts(confidence: float) -> list[str]:
        said = [Turn(i, U, t, Span(i, i + 1), i, (), confidence, i) for i, t in enumerate((AGENT, CUSTOMER))]
        return [voice.text for voice in voice_texts(said, 2, Separation.CHANNELS)]

    assert texts(MIN_CONFIDENCE - 0.1) == ["", ""]
    assert texts(MIN_CONFIDENCE) == [AGENT, CUSTOMER]


def test_every_channel_has_a_decision_and_of_one_channel_every_voice() -> None:
    said = [Turn(0, U, "您好", Span(0, 1), 0, voice=0), Turn(1, U, "喂", Span(1, 2), 0, voice=1)]
    assert voice_texts(said[:1], 3, Separation.CHANNELS) == channels("您好", "", "")
    assert voice_texts(said, 1, Separation.VOICES) == mixed("您好", "喂")
    assert voice_texts([], 1, Separation.VOICES) == ()
