"""What goes over the wire to a language model, and what never does."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.checks import llm as llm_module
from qa_pipeline.checks.finding import State
from qa_pipeline.checks.llm_hiding import HIDDEN, names_of, sent_texts
from qa_pipeline.checks.llm_judge import make_judge
from qa_pipeline.checks.registry import run_check
from qa_pipeline.config import Settings
from qa_pipeline.core.call import Call, CallMetadata, CallOutcome
from qa_pipeline.core.score import Verdict
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from tests.checks.llm_server import LlmServer, saying
from tests.factories import A, C, U, call, check, quoted, recording

METADATA = CallMetadata(
    agent_id="GH-3052",
    agent_name="林晓雨",
    team="华东一组",
    started_at=datetime(2026, 11, 3, 10, 15, tzinfo=UTC),
    customer_id="CUST-778",
    outcome=CallOutcome.DEAL,
    amount=4711.0,
    extra={"supervisor": "赵主管"},
)


def sent(text: str, metadata: CallMetadata = METADATA, call_id: str = "call-1") -> str:
    return sent_texts(call((A, text), metadata=metadata, call_id=call_id))[0].text


def named(name: str) -> CallMetadata:
    return CallMetadata(agent_name=name)


def test_nothing_of_the_metadata_is_sent() -> None:
    talk = call(
        (A, "您好，我是云桥的林晓雨，工号GH-3052。"),
        (C, "我的电话是13912345678"),
        metadata=METADATA,
        call_id="CALL-0815",
    )
    talk = dataclasses.replace(talk, recording=recording(path="/data/林晓雨/20261103_GH-3052.wav"))
    with LlmServer(saying("yes", 0, "我是云桥的○○")) as server:
        finding = run_check(check(llm={"question": "坐席有没有自我介绍？"}), talk, judge=server.judge())
    (request,) = server.requests
    everything = request.text + request.path + repr(request.headers)
    private = (
        "林晓雨",
        "GH-3052",
        "3052",
        "华东",
        "CUST-778",
        "CALL-0815",
        "wav",
        "2026",
        "4711",
        "deal",
        "赵主管",
        "supervisor",
        "13912345678",
        "12345678",
    )
    assert [word for word in private if word in everything] == []
    assert request.question.splitlines()[3:-1] == [
        f"[0] agent: 您好，我是云桥的{HIDDEN}，工号{HIDDEN}。",
        "[1] customer: 我的电话是139****5678",
    ]
    # The quote of what was sent leads back to what was said.
    assert finding.state is State.HOLDS
    assert quoted(talk, finding.hits) == ["我是云桥的林晓雨"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("林晓雨", "我是林晓雨", "我是○○"),
        ("林晓雨", "林晓雨，对，林晓雨", "○○，对，○○"),
        ("林晓雨", "我叫林 晓，雨", "我叫○○"),
        ("林晓雨", "叫我晓雨就行", "叫我○○就行"),
        ("林晓雨", "我是小林", "我是○○"),
        ("林晓雨", "我是林经理", "我是○○"),
        ("林晓雨", "我是林小雨", "我是○○"),  # as a recogniser writes it
        ("林晓雨", "下雨了，树林里", "下雨了，树林里"),
        ("林晓", "我是林晓", "我是○○"),
        ("欧阳晓雨", "我是欧阳晓雨，叫我小欧阳", "我是○○，叫我○○"),
        ("刘洋", "我是劉洋", "我是○○"),  # in the traditional script
        ("小林", "我是小林，小小意思", "我是○○，小小意思"),
        ("林", "我姓林", "我姓○○"),
        ("John Smith", "this is john smith, just call me John", "this is ○○, just call me ○○"),
        ("Li", "I like it, says Li", "I like it, says ○○"),
        ("", "我是林晓雨", "我是林晓雨"),
        ("—", "我是—林", "我是—林"),
    ],
)
def test_the_agents_name_is_left_out(name: str, text: str, expected: str) -> None:
    assert sent(text, named(name)) == expected


@pytest.mark.parametrize(
    ("metadata", "text", "expected"),
    [
        (CallMetadata(agent_id="3052"), "工号是三零五二", "工号是○○"),
        (CallMetadata(agent_id="3052"), "我的号是3052", "我的号是○○"),
        (CallMetadata(agent_id="3052"), "一共13052元", "一共13052元"),
        (CallMetadata(agent_id="100"), "一百兆100元", "一百兆100元"),  # too short to be told from a price
        (CallMetadata(agent_id="A7"), "我是A7，a7，CA71", "我是○○，○○，CA71"),
        (CallMetadata(customer_id="KH-9"), "您的编号KH9", "您的编号○○"),
        (CallMetadata(), "工号一零二四为您服务", "工号○○为您服务"),
        (CallMetadata(), "工号：A-305，请记下", "工号：○○，请记下"),
        (CallMetadata(), "工号我忘了", "工号我忘了"),
    ],
)
def test_ids_are_left_out(metadata: CallMetadata, text: str, expected: str) -> None:
    assert sent(text, metadata) == expected


def test_the_team_is_left_out_wherever_it_is_said() -> None:
    talk = call((A, "华东一组为您服务"), (C, "你们是华东一组的？"), (A, "华东地区都行"), metadata=METADATA)
    assert [text.text for text in sent_texts(talk)] == ["○○为您服务", "你们是○○的？", "华东地区都行"]
    assert sent("本月业绩看A组", CallMetadata(team="A组")) == "本月业绩看○○"
    assert sent("华东一组", CallMetadata()) == "华东一组"


def test_a_name_that_the_agent_gives_is_left_out_of_the_whole_call() -> None:
    talk = call(
        (A, "您好，我是云桥通信的陈雨桐。"),
        (C, "哪位？陈雨桐？我叫王建国"),
        (A, "叫我小陈就行，雨桐也行"),
        (C, "好的陈经理，我们陈列室见"),
    )
    assert [text.text for text in sent_texts(talk)] == [
        "您好，我是云桥通信的○○。",
        "哪位？○○？我叫王建国",
        "叫我○○就行，○○也行",
        "好的○○，我们陈列室见",
    ]


def test_the_names_given_and_of_the_metadata_are_both_left_out() -> None:
    texts = sent_texts(
        call((A, "我叫李明，林晓雨的同事"), (U, "我姓金"), (C, "小金，金额多少，李明"), metadata=METADATA)
    )
    assert [text.text for text in texts] == ["我叫○○，○○的同事", "我姓○○", "○○，金额多少，○○"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话13912345678。", "电话139****5678。"),
        ("幺三九幺二三四五六七八", "139****5678"),
        ("139-1234-5678", "139****5678"),
        ("139\u200b1234\u200d5678", "139****5678"),  # invisible marks between the groups
        ("139\n1234\n5678", "139****5678"),
        ("身份证110101199003074518", "身份证****4518"),
        ("卡号6222021234567890123", "卡号****0123"),
        ("每月39元，一年468", "每月39元，一年468"),
    ],
)
def test_numbers_of_people_are_masked(text: str, expected: str) -> None:
    assert sent(text) == expected


def test_a_number_in_groups_over_several_turns_is_masked() -> None:
    texts = sent_texts(call((C, "一三九"), (A, "嗯"), (C, "1234"), (A, "嗯"), (C, "5678")))
    assert [text.text for text in texts] == ["****", "嗯", "****", "嗯", "****"]


def test_a_quote_that_touches_a_mask_leads_back_to_all_of_the_number() -> None:
    (text,) = sent_texts(call((C, "打13912345678给我")))
    assert text.text == "打139****5678给我"
    assert text.find("5678给") == (1, 13)
    assert text.find("打139") == (0, 12)
    assert text.find("13912345678") is None


def test_line_ends_and_halves_of_characters_are_made_harmless() -> None:
    (text,) = sent_texts(call((A, "一\n二\r三\u2028四\x00五\ud83d六")))
    assert text.text == "一 二 三 四 五\ufffd六"
    assert text.find("四 五") == (6, 9)


NAMES = st.sampled_from(["林晓雨", "欧阳晓雨", "Ann Lee", "林"])
PIECES = st.sampled_from(
    [
        "您好",
        "林",
        "晓雨",
        "林晓雨",
        "小林",
        "Ann",
        " ",
        "\n",
        "\u200b",
        "139",
        "12345678",
        "三零五",
        "，",
        "工号",
        "3052",
    ]
)


def _talk(name: str, pieces: list[str]) -> Call:
    return call((A, "".join(pieces)), metadata=CallMetadata(agent_name=name, agent_id="3052"))


@given(NAMES, st.lists(PIECES, max_size=12))
def test_positions_lead_back_to_the_same_characters(name: str, pieces: list[str]) -> None:
    talk = _talk(name, pieces)
    (text,) = sent_texts(talk)
    assert len(text.text) == len(text.starts) == len(text.ends)
    for character, start, end in zip(text.text, text.starts, text.ends, strict=True):
        said = talk.turns[0].text[start:end]
        assert said == character or character in "○* " or (character.isdigit() and len(said) >= 7)
    assert list(text.starts) == sorted(text.starts)
    assert list(text.ends) == sorted(text.ends)


@given(NAMES, st.lists(PIECES, max_size=12))
def test_the_name_never_stands_in_what_is_sent(name: str, pieces: list[str]) -> None:
    (text,) = sent_texts(_talk(name, pieces))
    assert name not in text.text
    assert "13912345678" not in text.text


def test_names_are_sorted_so_that_the_same_call_is_sent_the_same_way() -> None:
    assert list(names_of(METADATA)) == sorted(names_of(METADATA))
    assert "林晓雨" in names_of(METADATA)


# -- the page about it ----------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "llm.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return str(found)


def test_the_settings_of_the_page_make_a_judge() -> None:
    given = tomllib.loads(block("toml"))
    assert set(given) == {name for name in Settings.model_fields if name.startswith("llm_")}
    judge = make_judge(Settings(**given), environment={"LLM_KEY": "sk-1"})
    assert judge is not None
    assert judge.model == given["llm_model"]


def test_the_rubric_of_the_page_loads_and_asks(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(block("yaml"), encoding="utf-8")
    loaded = load_rubric(str(file))
    talk = call((C, "太贵了"), (A, "我理解您的顾虑，不过"), (C, "嗯"), stages="bbc")
    with LlmServer(saying("yes", 1, "我理解您的顾虑")) as server:
        (outcome,) = score(talk, loaded, server.judge()).outcomes
    assert (outcome.verdict, outcome.points) == (Verdict.MET, 10)
    assert loaded.rubric.criteria[0].check.params.question in server.requests[0].question


def test_the_page_names_every_reason_and_every_limit() -> None:
    sources = [p.read_text(encoding="utf-8") for p in Path(llm_module.__file__).parent.glob("llm*.py")]
    codes = {code for source in sources for code in re.findall(r'(?:Reason|unknown)\("(llm_\w+)"', source)}
    assert {code for code in codes - {"llm_off", "llm_yes", "llm_no"} if f"`{code}`" not in PAGE} == set()
    assert f"{llm_module.MAX_PROMPT_CHARS:,} characters" in PAGE
