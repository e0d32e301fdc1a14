"""Which channel is the agent's, told by metadata or by the shipped text models."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import CallMetadata, Role, RoleDecision, Segment
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.roles import MIN_CONFIDENCE, MIN_PAIRS, MIN_PROBABILITY, decide_roles, load_role_model
from tests.factories import A, C, U

AGENT = "您好，我是汇江通信的客服，工号三零七二，给您来电是想跟您说一下宽带续约的优惠活动。"
CUSTOMER = "哦，我现在没空啊，多少钱一个月？太贵了吧，我再考虑考虑，回头跟我老婆商量一下。"
NOTHING = CallMetadata()


def said(*texts: str) -> list[Segment]:
    return [Segment(channel, Span(channel, channel + 1), text) for channel, text in enumerate(texts)]


def roles(*texts: str, metadata: CallMetadata = NOTHING, language: str = "zh") -> list[Role]:
    decisions = decide_roles(len(texts), said(*texts), metadata, load_role_model(language))
    assert [decision.channel for decision in decisions] == list(range(len(texts)))
    return [decision.role for decision in decisions]


def test_the_text_tells_who_is_the_agent() -> None:
    assert roles(AGENT, CUSTOMER) == [A, C]


def test_swapped_channels_swap_the_roles_and_nothing_else() -> None:
    model = load_role_model("zh")
    plain = decide_roles(2, said(AGENT, CUSTOMER), NOTHING, model)
    swapped = decide_roles(2, said(CUSTOMER, AGENT), NOTHING, model)
    assert [d.role for d in swapped] == [d.role for d in plain[::-1]]
    assert [d.probability for d in swapped] == pytest.approx([d.probability for d in plain[::-1]])


def test_metadata_goes_before_the_text() -> None:
    metadata = CallMetadata(agent_channel=1)
    assert roles(AGENT, CUSTOMER, metadata=metadata) == [C, A]
    assert decide_roles(2, [], metadata, None)[1] == RoleDecision(1, A, "metadata", 1.0)


def test_with_three_channels_metadata_names_the_agent_alone() -> None:
    assert roles(AGENT, CUSTOMER, "喂", metadata=CallMetadata(agent_channel=0)) == [A, U, U]


def test_three_channels_are_not_told_by_text() -> None:
    assert roles(AGENT, CUSTOMER, "喂") == [U, U, U]


def test_a_channel_that_the_recording_lacks_says_nothing() -> None:
    assert roles("喂", "您", metadata=CallMetadata(agent_channel=5)) == [U, U]


@pytest.mark.parametrize("texts", [("", ""), ("喂", "您好"), ("一" * MIN_PAIRS, "")])
def test_too_little_text_leaves_the_roles_unknown(texts: tuple[str, str]) -> None:
    assert roles(*texts) == [U, U]


def test_the_same_words_on_both_channels_leave_the_roles_unknown() -> None:
    decisions = decide_roles(2, said(AGENT, AGENT), NOTHING, load_role_model("zh"))
    assert [(d.role, d.probability) for d in decisions] == [(U, 0.5), (U, 0.5)]


def test_words_on_one_channel_alone_name_nobody() -> None:
    """They may be both parties, mixed into one channel of a stereo file."""
    assert roles(AGENT * 2, "") == [U, U]
    assert roles("", AGENT * 2) == [U, U]


def test_a_role_is_given_only_with_its_probability() -> None:
    for decision in decide_roles(2, said(AGENT, CUSTOMER), NOTHING, load_role_model("zh")):
        assert decision.probability is not None
        assert decision.probability >= MIN_PROBABILITY


def test_a_language_without_a_model_leaves_roles_to_the_metadata() -> None:
    assert load_role_model("xx") is None
    assert roles(AGENT, CUSTOMER, language="xx") == [U, U]


def test_a_model_names_its_content() -> None:
    models = [load_role_model("zh"), load_role_model("en")]
    assert len({model.revision for model in models if model}) == 2


def test_words_that_were_not_understood_are_no_evidence() -> None:
    unsure = [Segment(s.channel, s.span, s.text, (), MIN_CONFIDENCE - 0.1) for s in said(AGENT, CUSTOMER)]
    sure = [Segment(s.channel, s.span, s.text, (), MIN_CONFIDENCE) for s in said(AGENT, CUSTOMER)]
    model = load_role_model("zh")
    assert [d.role for d in decide_roles(2, unsure, NOTHING, model)] == [U, U]
    assert [d.role for d in decide_roles(2, sure, NOTHING, model)] == [A, C]
