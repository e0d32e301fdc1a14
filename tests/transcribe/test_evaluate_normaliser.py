"""What each normaliser calls the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.evaluate import NORMALISERS, find_normaliser


def normal(name: str, text: str, language: str = "zh") -> list[str]:
    return [unit.text for unit in NORMALISERS[name].units(text, language)]


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("plain", "這個，電話！", "这个 电话", True),
        ("plain", "ＶＩＰ卡", "vip卡", True),
        ("plain", "一百三十六块", "136元", False),
        ("plain", "嗯，可以", "可以", False),
        ("numbers", "一百三十六块", "136元", True),
        ("numbers", "百分之五", "5%", True),
        ("numbers", "一百，二百", "一百二百", True),
        ("numbers", "嗯，可以", "可以", False),
        ("no-fillers", "嗯，可以啊", "可以", True),
        ("no-fillers", "金额不对", "金不对", False),
        ("no-fillers", "一百", "100", False),
        ("numbers-no-fillers", "呃，一百三十六块", "136元", True),
        ("numbers-no-fillers", "可以吗", "可以", False),
    ],
)
def test_mandarin(name: str, one: str, other: str, same: bool) -> None:
    assert (normal(name, one) == normal(name, other)) is same


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plain", "Hello, I’m Ann - it's Thirty-Nine.", ["hello", "i'm", "ann", "it's", "thirty", "nine"]),
        ("numbers", "It costs thirty-nine dollars", ["it", "costs", "39", "dollars"]),
        ("numbers", "It costs 39 dollars", ["it", "costs", "39", "dollars"]),
        ("no-fillers", "Um, well, uh, yes", ["well", "yes"]),
        ("no-fillers", "The summer umbrella", ["the", "summer", "umbrella"]),
        ("plain", "", []),
    ],
)
def test_languages_with_spaces_are_cut_into_words(name: str, text: str, words: list[str]) -> None:
    assert normal(name, text, "en") == words


@given(st.sampled_from(sorted(NORMALISERS)), st.text(max_size=30), st.sampled_from(["zh", "en", "de"]))
def test_every_unit_points_into_the_text_in_order(name: str, text: str, language: str) -> None:
    starts = [unit.start for unit in NORMALISERS[name].units(text, language)]
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)


def test_the_default_is_plain_and_others_are_found_by_name() -> None:
    assert find_normaliser(None).name == "plain"
    assert find_normaliser("numbers") is NORMALISERS["numbers"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"--normaliser x: .* plain, numbers, no-fillers, numbers-no-fillers"):
        find_normaliser("x")
