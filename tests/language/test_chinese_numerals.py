"""Numbers in Mandarin speech: what is said, and the digits that it stands for."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.normalise import Form, comparable
from qa_pipeline.language.numerals import find_numerals
from training.demo_asr.numerals import spoken_number


def read(text: str) -> list[str]:
    return [numeral.text for numeral in find_numerals(text)]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        # whole numbers
        ("零", "0"),
        ("十", "10"),
        ("十五", "15"),
        ("二十", "20"),
        ("三十九", "39"),
        ("一百", "100"),
        ("一百零五", "105"),
        ("一百一十", "110"),
        ("一百十五", "115"),
        ("一千零五", "1005"),
        ("一千零五十", "1050"),
        ("两千零二十", "2020"),
        ("三千五百", "3500"),
        ("一万", "10000"),
        ("十万零五百", "100500"),
        ("三十五万", "350000"),
        ("一千万", "10000000"),
        ("一千二百三十四万五千六百七十八", "12345678"),
        ("两亿", "200000000"),
        # the last unit left out
        ("一百二", "120"),
        ("两百五", "250"),
        ("一千五", "1500"),
        ("三千四百八", "3480"),
        ("一万八", "18000"),
        ("三万五", "35000"),
        ("七十六万八", "768000"),
        ("一亿二", "120000000"),
        ("一万二八", "12800"),
        # digits and units mixed
        ("3万5", "35000"),
        ("3万5000", "35000"),
        ("2百", "200"),
        ("5千", "5000"),
        ("1,234", "1234"),
        # decimals
        ("三点五", "3.5"),
        ("零点零五", "0.05"),
        ("三十九点九", "39.9"),
        ("3.50", "3.5"),
        ("3.5万", "35000"),
        ("三点五万", "35000"),
        ("1.25亿", "125000000"),
        # digits read out
        ("幺三八", "138"),
        ("三零五二", "3052"),
        ("幺九九", "199"),
        ("二零二六", "2026"),
        ("零零七", "007"),
        # percent
        ("百分之五", "5%"),
        ("百分之五十", "50%"),
        ("百分之三点五", "3.5%"),
        ("百分之零点五", "0.5%"),
        ("百分之11点2", "11.2%"),
        ("百分百", "100%"),
        ("百分之百", "100%"),
        ("5%", "5%"),
        # money
        ("三十九块", "39元"),
        ("三十九块钱", "39元"),
        ("三十九元钱", "39元"),
        ("39圆", "39元"),
        ("三块五", "3.5元"),
        ("九块九", "9.9元"),
        ("九块九毛九", "9.99元"),
        ("十六块六", "16.6元"),
        ("两块零四", "2.04元"),
        ("39块9", "39.9元"),
        ("七毛二", "0.72元"),
        ("五毛钱", "0.5元"),
        ("三百多块", "300多元"),
        ("十几块", "10几元"),
        ("¥39", "39元"),
        # clock, discount, pairs
        ("八点半", "8点30"),
        ("9:30", "9点30"),
        ("9:00", "9点"),
        ("俩", "2个"),
        ("俩个", "2个"),
    ],
)
def test_known_numbers(said: str, digits: str) -> None:
    assert read(said) == [digits]
    # Written as digits it reads the same.
    assert comparable(digits, Form.NUMBERS) == comparable(said, Form.NUMBERS)


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("一个月三十九块钱", ["1", "39元"]),
        ("三十九一个月", ["39", "1"]),
        ("一百一个月", ["100", "1"]),
        ("一百九十九一个月", ["199", "1"]),
        ("二十四个月的合约", ["24"]),
        ("一年八百六二十年", ["1", "860", "20"]),
        ("三百五一年", ["350", "1"]),
        ("一百二百都有", ["100", "200"]),
        ("三百五百八百都有", ["300", "500", "800"]),
        ("九块九月租一千八年费", ["9.9元", "1800"]),
        ("十块三个", ["10元", "3"]),
        ("十块三十个", ["10元", "30"]),
        ("三十块一共", ["30元", "1"]),
        ("三块五一百五十个人", ["3.5元", "150"]),
        ("三毛五一张", ["0.35元", "1"]),
        ("四十九块五；木架四十", ["49.5元", "40"]),
        ("五百兆两年", ["500", "2"]),
        ("尾号八八一六", ["8816"]),
        ("工号三零五二", ["3052"]),
        ("打八五折", ["8.5"]),
        ("九折", ["9"]),
        ("下午两点半过来", ["2点30"]),
        ("十点二十", ["10", "20"]),
        ("三点五分", ["3", "5"]),
        ("十一点一刻", ["11", "1"]),
        ("一点一点来", ["1", "1"]),
        ("利率三点六五左右", ["3.65"]),
        ("一点五T的", ["1.5"]),
        ("第一百零一期", ["101"]),
        ("百分之11点2十二期", ["11.2%", "12"]),
        ("九块九包邮", ["9.9元"]),
        ("五五开，三七分", ["55", "37"]),
        ("大家一块儿用", ["1"]),
        ("我们一块去", ["1"]),
        ("每天一块钱", ["1元"]),
        ("从幺三八到幺三九", ["138", "139"]),
        ("二零二六年十一月三号", ["2026", "11", "3"]),
        ("满199减20", ["199", "20"]),
        ("两百来个", ["200"]),
        ("咱俩", ["2个"]),
        ("万一不好用", ["1"]),
        ("两三千一百八", ["两三千一百八"]),
    ],
)
def test_numbers_in_sentences(sentence: str, numbers: list[str]) -> None:
    assert read(sentence) == numbers


@pytest.mark.parametrize(
    "rough", ["七八十", "三五百", "一两万", "十二三", "二十七八", "四百六七", "一百二三十", "两三", "七八块", "三四个"]
)
def test_what_is_meant_roughly_stays_as_it_was_said(rough: str) -> None:
    said = rough.replace("块", "元")
    assert comparable(rough, Form.NUMBERS) == said
    assert comparable(f"{rough}吧", Form.NUMBERS) == said + "吧"


@pytest.mark.parametrize(
    "word", ["千万别转账", "几百块", "好几千", "几十块", "数十年", "成千上万", "您好", "百", "万", "", "%", "."]
)
def test_what_is_no_number_is_left_alone(word: str) -> None:
    assert read(word) == []


@pytest.mark.parametrize(
    "text", ["9" * 5000 + "万", "九" * 5000, "十" * 3000, "1.2" * 2000, "一百" * 2000, "百分之" * 2000]
)
def test_hostile_runs_are_read_without_error(text: str) -> None:
    assert "".join(read(text)) or text.startswith("百分之")


@given(st.integers(1, 99_999_999))
def test_every_number_is_read_back_from_its_words(number: int) -> None:
    assert read(spoken_number(number)) == [str(number)]


@given(st.integers(1, 9_999_999), st.sampled_from(["块", "块钱", "元", "元钱", "圆"]))
def test_every_price_is_read_back_whatever_the_currency_is_called(number: int, currency: str) -> None:
    assert read(f"{spoken_number(number)}{currency}") == read(f"{number}元") == [f"{number}元"]


words = st.lists(
    st.one_of(
        st.integers(0, 99_999).map(str),
        st.integers(1, 99_999).map(spoken_number),
        st.sampled_from(["块", "元", "个月", "您好", "每年", "百分之", "送", "点", "ab"]),
    ),
    max_size=6,
).map("".join)


@given(words)
def test_numbers_lie_apart_and_inside_the_line(line: str) -> None:
    found = list(find_numerals(line))
    assert all(0 <= numeral.start < numeral.end <= len(line) for numeral in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    # No written digit is lost.
    spoken = "".join(line[n.start : n.end] for n in found)
    assert len(re.findall("[0-9]", line)) == len(re.findall("[0-9]", spoken))


@given(words)
def test_normalising_a_second_time_changes_nothing(line: str) -> None:
    once = comparable(line, Form.NUMBERS)
    assert comparable(once, Form.NUMBERS) == once
