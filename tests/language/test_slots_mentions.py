"""Passages that slot rules ask for: sums, times, periods, names and bare figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.mentions import LABELS, mentions_in


def labelled(text: str, language: str = "zh") -> list[tuple[str, str]]:
    return [(m.label, text[m.start : m.end]) for m in mentions_in(text, language)]


@pytest.mark.parametrize(
    ("text", "label", "words"),
    [
        ("下周二上午十点过来", "when", "下周二上午十点"),
        ("周日下午两点到四点", "when", "周日下午两点到四点"),
        ("明年三月到期", "when", "明年三月"),
        ("周四十点半见", "when", "周四十点半"),
        ("三点左右", "when", "三点左右"),
        ("软件六万八", "money", "六万八"),
        ("一千八大哥", "money", "一千八"),
        ("首付二十来万就能上车", "money", "二十来万"),
        ("一个四十九，五十兆", "figure", "四十九"),
        ("168一年，划算", "money", "168"),
        ("合约两年", "period", "两年"),
        ("打八五折", "discount", "打八五折"),
        ("请问是周先生吗", "titled", "周先生"),
        ("轩轩妈妈您好", "titled", "轩轩妈妈"),
        ("曲桂芬，桂花的桂", "name", "曲桂芬"),
        ("我姓曲", "own_name", "曲"),
        ("我们一百二十来号人", "people", "一百二十来号人"),
    ],
)
def test_passage(text: str, label: str, words: str) -> None:
    assert (label, words) in labelled(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("去过一百二十次", "money"),
        ("两千三百多家", "money"),
        ("三八零零", "money"),
        ("第三", "figure"),
        ("三次", "figure"),
        ("一个月", "figure"),
        ("首付二十", "name"),
        ("方便吗", "titled"),
    ],
)
def test_no_passage(text: str, label: str) -> None:
    assert label not in {found for found, _ in labelled(text)}


def test_number_and_unit() -> None:
    (price,) = [m for m in mentions_in("首付二十来万", "zh") if m.label == "money"]
    assert price.number == 200_000
    (term,) = [m for m in mentions_in("签十二个月", "zh") if m.label == "period"]
    assert (term.number, term.unit) == (12, "个月")


def test_english() -> None:
    assert ("money", "forty dollars") in labelled("it's forty dollars", "en")
    assert ("figure", "four") in labelled("there's four of us", "en")
    assert ("when", "Saturday at eleven") in labelled("I'll call you on Saturday at eleven", "en") or (
        "when",
        "Saturday",
    ) in labelled("I'll call you on Saturday at eleven", "en")


@given(st.text(alphabet="一百二十万元月年天点周三上午下到王先生0123 ，。", max_size=30))
def test_passages_lie_in_the_text_and_apart(text: str) -> None:
    end = 0
    for mention in mentions_in(text, "zh"):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.label in LABELS and mention.value
        end = mention.end
