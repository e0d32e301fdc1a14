"""Slots in Mandarin calls: who says them, what answers a question, what voids them, and where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Turn
from qa_pipeline.core.facts import Fact
from qa_pipeline.language.slots import SLOT_LANGUAGES, SLOT_NAMES, slots_in
from tests.factories import A, C, Line, U, call


def slots(*lines: Line) -> tuple[Fact, ...]:
    return slots_in(call(*lines).turns, "zh")


def found(name: str, *lines: Line) -> list[str]:
    """The words of one slot as they stand in the turns."""
    turns = call(*lines).turns
    return [turns[f.turn].text[f.start : f.end] for f in slots_in(turns, "zh") if f.name == name]


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("contact", [(A, "您好，请问是周先生吗？"), (C, "是我。")], ["周先生"]),
        ("contact", [(A, "您怎么称呼？"), (C, "我姓曲。")], ["曲"]),
        ("provider", [(A, "现在用的哪家的宽带？"), (C, "电信。")], ["电信"]),
        ("monthly_spend", [(C, "我现在一个月五十九，你这个贵。")], ["五十九"]),
        ("monthly_spend", [(A, "现在一个月多少钱？"), (C, "呃，八十八吧。")], ["八十八"]),
        ("decision_maker", [(C, "这个我得跟我老公商量一下。")], ["老公"]),
        ("decision_maker", [(C, "我说了不算，得老板批。")], ["我说了不算"]),
        ("headcount", [(A, "公司多少人？"), (C, "一百二十来个吧。")], ["一百二十来个"]),
        ("department", [(C, "我是负责采购的。")], ["采购"]),
        ("it_status", [(A, "现在用什么系统？"), (C, "没有系统，手工记账。")], ["没有系统", "手工记账"]),
        ("phone", [(C, "打我爱人电话，幺三五零零二八四六幺七。")], ["幺三五零零二八四六幺七"]),
        ("wechat", [(C, "手机号就是微信。")], ["手机号就是微信"]),
        ("address", [(A, "地址您说一下。"), (C, "锦和苑六号楼二单元。")], ["锦和苑六号楼二单元"]),
        ("contract_end", [(A, "您那车险这个月十八号到期。"), (C, "是吗。")], ["这个月十八号"]),
        ("contract_end", [(A, "什么时候到期？"), (C, "明年三月。")], ["明年三月"]),
        ("budget", [(C, "我们预算就十二万，不能再多了。")], ["十二万"]),
        ("payer", [(C, "自己先订，公司报销。")], ["公司报销"]),
        ("competitor", [(C, "网上才五十九，你这个贵。")], ["网上"]),
        ("usage", [(A, "房子是？"), (C, "自己住。")], ["自己住"]),
        ("quoted_price", [(A, "五百兆一个月一百零九，调测费一百块。")], ["一百零九", "一百块"]),
        ("quoted_term", [(C, "合约几年？"), (A, "两年。")], ["两年"]),
        ("quoted_term", [(A, "签收七天之内不满意可以退。")], ["七天"]),
        ("quoted_discount", [(A, "老客户打八五折。")], ["打八五折"]),
        ("quoted_discount", [(A, "两样一起减五十。")], ["减五十"]),
    ],
)
def test_hit(name: str, lines: list[Line], words: list[str]) -> None:
    assert found(name, *lines) == words


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("quoted_price", [(C, "五百兆一个月一百零九。")]),  # the customer does not quote
        ("quoted_price", [(A, "比如三百块，您算算。")]),  # a supposition
        ("quoted_price", [(A, "您现在是五十九那档。")]),  # what the customer pays now
        ("quoted_price", [(A, "意外身故最高赔二十万。")]),  # a sum insured
        ("quoted_price", [(A, "网上一百二十六的确实有。")]),  # a competitor's price
        ("quoted_price", [(A, "这样一年省三百六。")]),  # a saving
        ("quoted_price", [(A, "立减两百。")]),  # a reduction
        ("quoted_price", [(A, "给您批了三十万的额度。")]),  # a credit line
        ("quoted_price", [(C, "网上才三千八。"), (A, "三千八的我知道。")]),  # an echo
        ("quoted_term", [(A, "我就占您两分钟。")]),  # a duration, but no term
        ("monthly_spend", [(C, "你们一个月五十九啊？")]),
        ("monthly_spend", [(A, "一个月五十九。")]),
        ("decision_maker", [(A, "您跟您老公商量一下。")]),  # said by the agent
        ("decision_maker", [(C, "昨天我跟我老公去吃饭了。")]),
        ("contact", [(A, "您好，我是陈雨桐。")]),  # the agent's own name
        ("contact", [(C, "你怎么知道我姓鲍？")]),
        ("contact", [(A, "您好，现在方便吗？"), (C, "嗯。")]),  # not Mr Fang
        ("contact", [(A, "请问是周先生吗？"), (C, "打错了。")]),
        ("phone", [(A, "他电话幺三五零零二八四六幺七，您可以问他。")]),
        ("address", [(A, "地址您说一下。"), (C, "没人跟我讲过这个。")]),  # no place in it
        ("headcount", [(A, "公司多少人？"), (C, "不方便说。")]),
        ("appointment_time", [(A, "您好。"), (C, "嗯。"), (A, "那我明天下午三点打给您？"), (C, "不用，别打了。")]),
    ],
)
def test_miss(name: str, lines: list[Line]) -> None:
    assert found(name, *lines) == []


def test_what_is_only_proposed_gives_way_to_what_is_agreed() -> None:
    lines: list[Line] = [
        (A, "您好。"),
        (C, "嗯，你说。"),
        (A, "那我周六上午十点给您打？"),
        (C, "周六有课，周日下午吧。"),
        (A, "好，周日下午两点到四点。"),
        (C, "行。"),
    ]
    assert found("appointment_time", *lines) == ["周日下午两点到四点"]


def test_number_comes_in_digits_with_its_unit() -> None:
    price = next(f for f in slots((A, "软件六万八，一把７５０元。")) if f.name == "quoted_price")
    assert (price.value, price.number, price.turn, price.start, price.end) == ("68000", 68000.0, 0, 2, 5)
    term = next(f for f in slots((A, "合约两年。")) if f.name == "quoted_term")
    assert (term.number, term.unit) == (2.0, "年")


@pytest.mark.parametrize(
    "text", ["我得跟我老公商量一下。", "我得跟我老公商量一下", "我得跟我老公，呃，商量一下。", "我得跟我老公商量壹下"]
)
def test_punctuation_does_not_matter(text: str) -> None:
    assert found("decision_maker", (C, text)) == ["老公"]


def test_traditional_characters_and_full_width_digits() -> None:
    assert found("decision_maker", (C, "我要跟我老婆商量，這個我說了不算。")) == ["老婆"]
    assert found("quoted_price", (A, "一個月１０９元。")) == ["１０９元"]


def test_same_value_is_given_once_and_another_value_again() -> None:
    lines: list[Line] = [(A, "签十二个月。"), (C, "哦。"), (A, "对，合约一年。"), (C, "嗯。"), (A, "也可以签两年。")]
    assert found("quoted_term", *lines) == ["十二个月", "两年"]


def test_of_unknown_parties_nothing_is_told() -> None:
    assert found("decision_maker", (U, "我得跟我老公商量一下。")) == []
    assert found("quoted_price", (U, "五百兆一个月一百零九。")) == []


def test_question_and_answer_need_two_parties() -> None:
    assert found("provider", (A, "现在用的哪家的宽带？"), (A, "电信。")) == []
    assert found("provider", (A, "现在用的哪家的宽带？"), (C, "电信。")) == ["电信"]


def test_an_answer_that_asks_back_is_none() -> None:
    assert found("provider", (A, "现在用的哪家的宽带？"), (C, "你问这个干吗？")) == []


def test_language_without_rules_yields_nothing() -> None:
    assert "fr" not in SLOT_LANGUAGES
    assert slots_in(call((A, "一个月一百零九。")).turns, "fr") == ()
    assert slots_in((), "zh") == ()


_TEXTS = st.lists(
    st.tuples(
        st.sampled_from((A, C, U)), st.text(alphabet="我得跟老公商量一个月百零九块，。您现在用的是0135", max_size=30)
    ),
    max_size=6,
)


@given(_TEXTS)
def test_every_slot_stands_in_its_turn(lines: list[Line]) -> None:
    turns: tuple[Turn, ...] = call(*lines).turns
    for fact in slots_in(turns, "zh"):
        assert fact.name in SLOT_NAMES
        assert 0 <= fact.start < fact.end <= len(turns[fact.turn].text)
        assert fact.value
