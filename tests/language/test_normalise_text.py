"""The normal form, and the way back to the characters as they were written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.normalise import comparable, normalise, simplify_character

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
