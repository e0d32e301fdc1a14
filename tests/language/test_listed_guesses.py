"""Listed words where the engine was guessing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.listed_guesses import find_guesses, resembles
from qa_pipeline.language.listed_words import find_corrections
from qa_pipeline.language.word_list import word_list

LIST = word_list(("尊享套餐", "畅享套餐", "瑞禾保险", "恒岸财险", "宋雅琴", "安心保", "云桥通信", "张伟"))


def guessed(text: str, probability: float | None = 0.4) -> str:
    """The text with the words that are guessed, each in place of its passage."""
    for each in sorted(find_guesses(text, LIST, [probability] * len(text)), key=lambda c: -c.start):
        text = text[: each.start] + each.word + text[each.end :]
    return text


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("介绍一下存想套餐，", "介绍一下尊享套餐，"),
        ("记一下，瑞保险，", "记一下，瑞禾保险，"),
        ("现在用的是案财险，", "现在用的是恒岸财险，"),
        ("介绍一下送养亲，", "介绍一下宋雅琴，"),
    ],
)
def test_a_syllable_that_only_resembles_or_is_lost_is_forgiven(heard: str, meant: str) -> None:
    assert guessed(heard) == meant


@pytest.mark.parametrize("probability", [0.9, None])
def test_what_the_engine_is_sure_of_or_says_nothing_about_is_left_alone(probability: float | None) -> None:
    assert guessed("介绍一下存想套餐，", probability) == "介绍一下存想套餐，"


@pytest.mark.parametrize(
    "text",
    [
        "我们的套餐很便宜",  # two syllables apart
        "想套餐",  # fits two words
        "这是云桥通信",  # listed itself
        "我叫章为",  # too short a word
        "一三八零零一三八零零零",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert guessed(text) == text


def test_a_passage_that_is_another_listed_word_is_left_alone() -> None:
    listed = word_list(("安心保", "安心保障"))
    assert list(find_guesses("您的安心保", listed, [0.3] * 5)) == []


@pytest.mark.parametrize(
    ("heard", "wanted", "alike"),
    [
        ("cun", "zun", True),
        ("gao", "ge", True),
        ("an", "ang", True),
        ("ai", "wo", False),
        ("ou", "a", False),
        ("lan", "lai", True),
    ],
)
def test_syllables_resemble_by_their_beginning_or_their_end(heard: str, wanted: str, alike: bool) -> None:
    assert resembles(heard, wanted) is alike


@given(st.text(alphabet="尊享套餐畅瑞禾保险想存您好我们的，。0a", max_size=20), st.floats(0.0, 1.0))
def test_guesses_lie_in_the_text_and_never_overlap_in_what_is_corrected(text: str, probability: float) -> None:
    found = find_corrections(text, LIST, "zh", [probability] * len(text))
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
