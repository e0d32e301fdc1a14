"""The normal form, and the way back to the characters as they were written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.normalise import Form, comparable, normalise, simplify_character

HOSTILE = [
    "",
    " \t\n\u3000",
    "\x00\u200b\u202e好\ufeff",
    "\U0001f600好\U0001f469\u200d\U0001f4bb",
    "ﬁ①㍿½Ⅷ",
    "İSTANBUL ß ſ",
    "e\u0301é",
    "\ud800好",
    "<b>好</b>&amp;';--",
]

#: Text in which letters, marks, punctuation, both scripts and widths meet.
mixed = st.text(
    st.one_of(st.sampled_from("您好，。 ＡｂＣ１２客戶說話ﬁ㍿İß?！\u200b"), st.characters(exclude_categories=["Cs"])),
    max_size=30,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("您好，我是客服。", "您好我是客服"),
        ("ＡＢＣ１２３", "abc123"),
        ("5G套餐 ￥99", "5g套餐99"),
        ("您們說話請稍後", "您们说话请稍后"),
        ("（好）《的》“是”…—~", "好的是"),
        ("Ｗｉ－Ｆｉ　Plus", "wifiplus"),
        ("STRASSE straße", "strassestrasse"),
        ("", ""),
        ("？！", ""),
    ],
)
def test_known_normal_forms(text: str, normal: str) -> None:
    assert comparable(text) == normal


def test_positions_point_at_the_original_characters() -> None:
    assert normalise("您，好 Ａ！b").origin == (0, 2, 4, 6)


def test_a_character_that_becomes_several_is_the_origin_of_each() -> None:
    normal = normalise("aﬁb")
    assert (normal.text, normal.origin) == ("afib", (0, 1, 1, 2))
    assert normal.original_range(2, 3) == (1, 2)


def test_range_of_a_phrase_holds_the_punctuation_inside_it_but_none_around_it() -> None:
    text = "，您，好。"
    normal = normalise(text)
    start, end = normal.original_range(0, 2)
    assert text[start:end] == "您，好"


@pytest.mark.parametrize(
    ("traditional", "simplified"), [("說", "说"), ("臺", "台"), ("体", "体"), ("a", "a"), ("，", "，")]
)
def test_simplification_goes_character_by_character(traditional: str, simplified: str) -> None:
    assert simplify_character(traditional) == simplified


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_normalised_without_error(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.origin)


@given(mixed)
def test_origin_never_goes_back_and_stays_inside(text: str) -> None:
    normal = normalise(text)
    assert list(normal.origin) == sorted(normal.origin)
    assert len(normal.origin) == len(normal.text)
    assert all(0 <= index < len(text) for index in normal.origin)


@given(mixed, st.data())
def test_original_range_covers_exactly_what_matched(text: str, data: st.DataObject) -> None:
    normal = normalise(text)
    if not normal.text:
        return
    start = data.draw(st.integers(0, len(normal.text) - 1))
    end = data.draw(st.integers(start + 1, len(normal.text)))
    first, last = normal.original_range(start, end)
    assert normal.text[start:end] in comparable(text[first:last])
    # Nothing more than needed: without its first or its last character the passage is not whole.
    assert comparable(text[first]) and comparable(text[last - 1])


@given(mixed)
def test_normal_form_has_no_punctuation_and_is_its_own_normal_form(text: str) -> None:
    normal = comparable(text)
    assert not [c for c in normal if unicodedata.category(c)[0] in "PSZC"]
    assert comparable(normal) == normal


@given(mixed, mixed)
def test_normal_form_of_a_whole_is_that_of_its_parts(a: str, b: str) -> None:
    assert comparable(a + b) == comparable(a) + comparable(b)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20))
def test_full_width_reads_like_half_width(text: str) -> None:
    full = "".join(chr(ord(c) + 0xFEE0) for c in text)
    assert comparable(full) == comparable(text) == comparable(text.upper())


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("一个月三十九块钱，不贵", "1个月39元不贵"),
        ("工 号 三 零 五 二", "工号3052"),
        ("５Ｇ套餐，￥３９", "5g套餐39元"),
        ("額度三萬五", "额度35000"),
        ("利率百分之五点五", "利率5.5%"),
        ("今天五折，明天八五折", "今天5折明天8.5折"),
        ("九点半到十点二十", "9点30到10点20"),
        ("9:30开始", "9点30开始"),
        ("优惠50%！", "优惠50%"),
        ("没有数字", "没有数字"),
        ("", ""),
    ],
)
def test_known_forms_for_numbers(text: str, normal: str) -> None:
    assert comparable(text, Form.NUMBERS) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("一百，二百元", "100|200元"),
        ("一百二百", "100|200"),
        ("三、四个", "3|4个"),
        ("300-500元", "300|500元"),
        ("月费一百二十九，一千兆", "月费129|1000兆"),
        ("138 1234 5678", "13812345678"),
        ("幺三八，幺二三四，五六七八", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("3 0 5 2", "3052"),
        ("1,234,567元", "1234567元"),
        ("1.2.3", "1|2|3"),
        ("3|5", "3|5"),
        ("2000、3000、4000兆", "2000|3000|4000兆"),  # what is counted, not a phone number
    ],
)
def test_numbers_that_follow_each_other_stand_apart_unless_they_are_one(text: str, normal: str) -> None:
    assert comparable(text, Form.NUMBERS) == normal


@pytest.mark.parametrize(
    ("text", "part", "written"),
    [
        ("，三十九块钱。", "39元", "三十九块钱"),
        ("，三十九块钱。", "39", "三十九"),
        ("每月三 十 九 块，好", "39元", "三 十 九 块"),
        ("是百分之五。", "5%", "百分之五"),
        ("卖九块九毛九呢", "9.99元", "九块九毛九"),
        ("￥39。", "39元", "￥39"),
        ("额度三万五吧", "35000", "三万五"),
        ("俩孩子", "2个孩子", "俩孩子"),
        ("1,234元", "1234元", "1,234元"),
        ("一百，二百", "200", "二百"),
    ],
)
def test_number_points_at_the_characters_in_which_it_was_said(text: str, part: str, written: str) -> None:
    normal = normalise(text, Form.NUMBERS)
    start = normal.text.index(part)
    first, last = normal.original_range(start, start + len(part))
    assert text[first:last] == written


#: Talk full of numbers, marks and units, in which everything can stand beside everything.
numeric = st.text(
    st.one_of(
        st.sampled_from("零一二三四五六七八九两幺俩十百千万亿点块毛元%,.:-|，。 09个月天半百分之折￥３"),
        st.sampled_from("您好呃ab"),
    ),
    max_size=16,
)


@given(st.one_of(numeric, mixed), st.data())
def test_ranges_of_the_form_for_numbers_lie_inside_and_never_go_back(text: str, data: st.DataObject) -> None:
    normal = normalise(text, Form.NUMBERS)
    assert len(normal.text) == len(normal.origin) == len(normal.last)
    assert list(normal.origin) == sorted(normal.origin)
    assert list(normal.last) == sorted(normal.last)
    assert all(0 <= first <= last < len(text) for first, last in zip(normal.origin, normal.last, strict=True))
    if normal.text:
        start = data.draw(st.integers(0, len(normal.text) - 1))
        end = data.draw(st.integers(start + 1, len(normal.text)))
        first, last = normal.original_range(start, end)
        assert 0 <= first < last <= len(text)
        wider = normal.original_range(max(0, start - 1), min(len(normal.text), end + 1))
        assert wider[0] <= first and last <= wider[1]


@given(st.one_of(numeric, mixed))
def test_what_holds_no_number_is_the_same_in_both_forms(text: str) -> None:
    words = "".join(
        c
        for c in text
        if not (c.isdigit() or c in "零〇一二三四五六七八九两俩仨幺十百千万亿%％¥￥" or unicodedata.numeric(c, None))
    )
    if any(c.isdigit() for c in comparable(words)):
        return
    assert comparable(words, Form.NUMBERS) == comparable(words)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_has_a_form_for_numbers(text: str) -> None:
    assert comparable(text, Form.NUMBERS).replace("|", "") or not comparable(text)
