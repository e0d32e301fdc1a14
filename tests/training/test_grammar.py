"""Templates expand fully, the same way every time, into what the model can learn."""

import random
import re

import pytest

from training.demo_asr import grammar

NAMES = ("broadband", "telesales")


def everything(name: str, seed: int) -> list[str]:
    return grammar.expansions(grammar.load(name), 5, random.Random(seed))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_sentences(name: str) -> None:
    assert everything(name, 1) == everything(name, 1)
    assert everything(name, 1) != everything(name, 2)


@pytest.mark.parametrize("name", NAMES)
def test_no_slot_or_choice_is_left(name: str) -> None:
    assert not [text for text in everything(name, 3) if re.search(r"[\[\]{}|]", text)]


@pytest.mark.parametrize("name", NAMES)
def test_every_slot_has_a_filler(name: str) -> None:
    loaded = grammar.load(name)
    used = {slot for template in loaded.templates for slot in grammar.SLOT.findall(template)}
    assert used <= {*loaded.slots, *grammar.COMPUTED}


def test_broadband_sentences_are_hanzi_and_plain_punctuation() -> None:
    strange = [t for t in everything("broadband", 4) if not re.fullmatch(r"[\u4e00-\u9fff，。？]+", t)]
    assert strange == []


def test_expansions_are_different_and_not_more_than_asked() -> None:
    small = grammar.Grammar(("[好|行]，{who}。",), {"who": ["您", "你", "您们"]})
    found = grammar.expansions(small, 4, random.Random(5))
    assert len(found) == len(set(found)) <= 4
    assert set(found) <= {f"{a}，{b}。" for a in ("好", "行") for b in ("您", "你", "您们")}


def test_a_filler_may_hold_a_slot() -> None:
    assert grammar.expand("{a}。", {"a": ["{b}好"], "b": ["您"]}, random.Random(0)) == "您好。"


@pytest.mark.parametrize(
    ("raw", "tidied"),
    [("，您好，，再见。", "您好，再见。"), ("可以吗？。", "可以吗？"), ("手机、电视，", "手机，电视，")],
)
def test_punctuation_is_never_doubled(raw: str, tidied: str) -> None:
    assert grammar.tidy(raw) == tidied


def test_a_phone_number_has_eleven_digits() -> None:
    for seed in range(20):
        number = grammar.phone(random.Random(seed)).replace("，", "")
        assert len(number) == 11
        assert number[0] == "一"


def test_joined_sentences_stay_short_enough_for_one_turn() -> None:
    texts = list(grammar.joined(grammar.load("broadband"), 200, random.Random(6)))
    assert texts
    assert max(map(len, texts)) <= grammar.LONGEST


def test_salad_is_made_of_fillers() -> None:
    words = grammar.Grammar((), {"a": ["套餐"], "b": ["宽带"]})
    assert re.fullmatch(r"[\u4e00-\u9fff，]+[。？]", grammar.salad(words, random.Random(7)))
