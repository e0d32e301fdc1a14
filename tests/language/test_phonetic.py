"""Characters by their sound: readings, near sounds, and where a phrase is heard."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.language.phonetic import (
    PAIRS_FILE,
    Near,
    common_pairs,
    find_by_sound,
    makes_sense,
    readings_in_context,
    sound_of,
    usual_sound,
)
from qa_pipeline.transcribe.labelled import read_labelled
from training.matching.common_pairs import CALLS, as_text, pairs_in

ALL = frozenset(Near)


def alike(a: str, b: str, *near: Near) -> bool:
    return sound_of(a, frozenset(near)) == sound_of(b, frozenset(near))


@pytest.mark.parametrize(
    ("character", "sound"),
    [("好", "hao"), ("号", "hao"), ("了", "le"), ("行", "xing"), ("女", "nv"), ("5", "5"), ("g", "g"), ("，", "，")],
)
def test_usual_sound_has_no_tone_and_signs_read_as_themselves(character: str, sound: str) -> None:
    assert usual_sound(character) == sound


def test_words_decide_how_a_character_is_read() -> None:
    assert readings_in_context("银行") == ("yin", "hang")
    assert readings_in_context("行吗") == ("xing", "ma")
    assert readings_in_context("用5g，好") == ("yong", "5", "g", "，", "hao")


@pytest.mark.parametrize("text", ["", "用5g好", "abc", "5", "\U00020000好", "您hi好99"])
def test_every_character_has_one_reading_and_one_code(text: str) -> None:
    assert len(readings_in_context(text)) == len(sound_of(text)) == len(text)


@pytest.mark.parametrize(("a", "b"), [("到期", "到七"), ("妈", "马"), ("公司", "公私"), ("是", "事")])
def test_tones_do_not_matter(a: str, b: str) -> None:
    assert alike(a, b)


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("南", "兰", Near.N_L),
        ("女", "绿", Near.N_L),
        ("你", "里", Near.N_L),
        ("是", "四", Near.ZH_Z),
        ("中", "宗", Near.ZH_Z),
        ("吃", "词", Near.ZH_Z),
        ("福", "湖", Near.F_H),
        ("飞", "灰", Near.F_H),
        ("发", "花", Near.F_H),
        ("饭", "换", Near.F_H),
        ("方", "荒", Near.F_H),
        ("分", "婚", Near.F_H),
        ("风", "红", Near.F_H),
        ("新", "星", Near.IN_ING),
        ("真", "争", Near.IN_ING),
        ("担", "当", Near.IN_ING),
        ("先", "香", Near.IN_ING),
        ("关", "光", Near.IN_ING),
    ],
)
def test_near_sounds(a: str, b: str, near: Near) -> None:
    assert not alike(a, b)
    assert alike(a, b, near)
    assert alike(a, b, *ALL)
    assert not alike(a, b, *(ALL - {near}))


@pytest.mark.parametrize(("a", "b"), [("日", "力"), ("哈", "发"), ("好", "佛"), ("东", "当"), ("您", "零")])
def test_other_sounds_stay_apart(a: str, b: str) -> None:
    # 您 nin and 零 ling come together only where both differences are allowed.
    assert not alike(a, b, *(ALL - {Near.IN_ING}))


def test_several_near_sounds_add_up() -> None:
    assert alike("您", "零", Near.N_L, Near.IN_ING)
    assert alike("方", "欢", Near.F_H, Near.IN_ING)
    assert alike("风", "婚", Near.F_H, Near.IN_ING)


@pytest.mark.parametrize(
    ("phrase", "text", "places"),
    [
        ("套餐", "套参和套餐", [(0, 2), (3, 5)]),
        ("银行", "银航和银行", [(0, 2), (3, 5)]),
        ("感谢接听", "甘谢接厅", [(0, 4)]),
        ("好好好", "号好好好好", [(0, 3)]),
        ("工号", "公号公号", [(0, 2), (2, 4)]),
        ("套餐", "", []),
        ("套餐", "套", []),
        ("5g套餐", "5g套参", [(0, 4)]),
        ("优惠", "有会", []),  # half must be written the same
        ("优惠活动", "幽会活动", [(0, 4)]),
        ("优惠活动", "有会活洞", []),
        ("试听", "是听", []),  # 是听 is a common pair
        ("到期", "到七万", []),  # and 七 part of a number
        ("不买", "不卖", []),  # so is 不卖
        ("不买", "部买", [(0, 2)]),
        ("没问题", "煤问题", [(0, 3)]),
    ],
)
def test_places_that_sound_like_a_phrase(phrase: str, text: str, places: list[tuple[int, int]]) -> None:
    assert find_by_sound(phrase, text) == places


def test_names_are_heard_however_they_are_written() -> None:
    assert find_by_sound("林晓雨", "我是林小雨") == []  # 小雨 is a common pair
    assert find_by_sound("林晓雨", "我是林小雨", sensible_too=True) == [(2, 5)]
    assert find_by_sound("林晓", "临小", sensible_too=True) == []  # half is written the same even so


@pytest.mark.parametrize(
    ("pair", "common"), [("就是", True), ("您好", True), ("宽带", True), ("宽待", False), ("参和", False)]
)
def test_common_pairs(pair: str, common: bool) -> None:
    assert (pair in common_pairs()) is common


def test_a_character_makes_sense_with_a_neighbour_on_either_side() -> None:
    assert makes_sense("套您好", 1) and makes_sense("您好", 1) and makes_sense("您好", 0)
    assert not makes_sense("套参", 1) and not makes_sense("参", 0)


def test_pairs_are_those_of_the_training_calls() -> None:
    pairs = pairs_in([["甲乙，丙", "甲乙"], ["甲乙丙"], ["說話"], ["说话"]])
    assert pairs == {"甲乙", "说话"}  # in two calls; not across a mark; in one script
    assert as_text(pairs) == "甲乙\n说话\n"
    calls = [[turn.text for turn in call.conversation.turns] for call in read_labelled(CALLS)]
    assert as_text(pairs_in(calls)) == PAIRS_FILE.read_text(encoding="utf-8")


chinese = st.text("套参餐是事听厅试工公号好您林零南兰到期七万", max_size=10)


@settings(deadline=None)
@given(chinese.filter(bool), chinese, chinese, st.sets(st.sampled_from(list(Near))))
def test_what_is_written_is_always_heard_and_places_sound_alike(
    phrase: str, before: str, behind: str, near: set[Near]
) -> None:
    text = before + phrase + behind
    places = find_by_sound(phrase, text, near)
    assert places
    assert all(end - start == len(phrase) for start, end in places)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(places))
    folds = frozenset(near)
    assert all(sound_of(text[a:b], folds) == sound_of(phrase, folds) for a, b in places)


@settings(deadline=None)
@given(chinese, chinese, st.sets(st.sampled_from(list(Near))), st.sampled_from(list(Near)))
def test_one_more_near_sound_never_sets_sounds_apart(a: str, b: str, near: set[Near], more: Near) -> None:
    if alike(a, b, *near):
        assert alike(a, b, *near, more)
