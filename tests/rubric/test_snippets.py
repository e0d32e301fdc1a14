"""Examples as they are written: what they say, and which line cannot be read."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import CallMetadata, CallOutcome, Direction, Role, Stage
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.rubric.snippets import SnippetError, SnippetLine, parse_snippet


def test_one_utterance_is_the_agents() -> None:
    assert parse_snippet("您好").lines == (SnippetLine(Role.AGENT, "您好"),)


@pytest.mark.parametrize(
    ("written", "role", "text"),
    [
        ("坐席：您好", Role.AGENT, "您好"),
        ("座席: 您好", Role.AGENT, "您好"),
        ("客户：喂", Role.CUSTOMER, "喂"),
        ("Agent: hello", Role.AGENT, "hello"),
        ("customer : hi", Role.CUSTOMER, "hi"),
        ("价格：三十九块", Role.AGENT, "价格：三十九块"),
    ],
)
def test_who_speaks(written: str, role: Role, text: str) -> None:
    assert parse_snippet(written).lines == (SnippetLine(role, text),)


def test_brackets_say_stage_times_acts_and_voice() -> None:
    (line,) = parse_snippet("[close 12.5-14 +thank +farewell rate_cpm=310 level_db=-3.5] 坐席：谢谢").lines
    assert line == SnippetLine(
        Role.AGENT, "谢谢", Stage.CLOSE, Span(12.5, 14), ("thank", "farewell"), TurnVoice(rate_cpm=310, level_db=-3.5)
    )


def test_metadata_as_in_calls_csv() -> None:
    lines = ["outcome: deal", "amount：3600", "direction = 呼出", "connected: yes", "deposit: 600"]
    lines.append("started_at: 2026-11-03 10:15")
    said = parse_snippet("".join(f"@ {line}\n" for line in lines) + "您好").metadata
    assert said == CallMetadata(
        outcome=CallOutcome.DEAL,
        amount=3600,
        direction=Direction.OUTBOUND,
        connected=True,
        started_at=datetime(2026, 11, 3, 10, 15),
        extra={"deposit": "600"},
    )


@pytest.mark.parametrize(
    ("written", "role"), [("customer", Role.CUSTOMER), ("坐席", Role.AGENT), ("Agent", Role.AGENT)]
)
def test_who_hung_up(written: str, role: Role) -> None:
    snippet = parse_snippet(f"@ ended_by: {written}\n您好")
    assert (snippet.ended_by, snippet.metadata.extra) == (role, {})


def test_blank_lines_are_passed_over() -> None:
    assert [line.text for line in parse_snippet("\n坐席：您好\n\n  客户：喂  \n").lines] == ["您好", "喂"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line of dialogue"),
        ("@ outcome: deal", "holds no line of dialogue"),
        ("坐席：您好\n客户：", "line 2: nothing is said"),
        ("[close]", "line 1: nothing is said"),
        ("坐席：您好\n\n[clsoe] 客户：喂", "line 3: [clsoe] is no stage"),
        ("[clsoe] 客户：喂", "did you mean close?"),
        ("[rate_cmp=3] 客户：喂", "did you mean rate_cpm=?"),
        ("[+Thank] 客户：喂", "[+Thank] is no stage"),
        ("[5-3] 客户：喂", "line 1: ends before it begins"),
        ("[5-6] 客户：喂\n[1-2] 坐席：您好", "line 2: begins before the line above it"),
        ("[rate_cpm=fast] 客户：喂", "line 1: fast is no number"),
        ("[rate_cpm=nan] 客户：喂", "line 1: nan is no number"),
        ("@ outcome", "line 1: @ sets metadata, such as @ outcome: deal"),
        ("@ outcome: great\n您好", "metadata: outcome: "),
        ("@ amount: much\n您好", "metadata: amount: "),
        ("@ ended_by: nobody\n您好", "metadata: ended_by: nobody is neither agent nor customer"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(SnippetError) as caught:
        parse_snippet(text)
    assert message in str(caught.value)


@given(st.text(st.sampled_from("坐席客户：:@[]+-=.0159 \n\tclose agent_rp您好"), max_size=60))
def test_any_text_is_a_dialogue_or_a_mistake(text: str) -> None:
    try:
        snippet = parse_snippet(text)
    except SnippetError as error:
        assert str(error)
    else:
        assert all(line.text for line in snippet.lines)


@pytest.mark.parametrize("name", ["客服", "业务员", "顾客", "用户", "Agent"])
def test_parties_may_be_named_as_in_imported_transcripts(name: str) -> None:
    (line,) = parse_snippet(f"【close】{name}：您好").lines
    expected = Role.CUSTOMER if name in ("顾客", "用户") else Role.AGENT
    assert (line.role, line.text, line.stage) == (expected, "您好", Stage.CLOSE)
