"""``repetition``: own words said again, words of the other party taken up, and what does not count."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.score import How
from tests.factories import A, C, U, ask, call, check, quoted

OFFER = "这个套餐每月三十九元"


def repeated(*lines: Any, **params: Any) -> Any:
    return ask(call(*lines), repetition=params)


def test_own_words_said_again() -> None:
    asked = call((A, OFFER + "。"), (C, "嗯"), (A, "我再说一遍，这个套餐，每月39块钱。"))
    finding = ask(asked, repetition={"of": "self"})
    assert (finding.state, finding.reason.code) == (State.HOLDS, "measure_held")
    assert quoted(asked, finding.hits) == ["这个套餐，每月39块钱"]
    (hit,) = finding.hits
    assert (hit.turn, hit.matched, hit.how, hit.similarity) == (2, OFFER, How.EXACT, 1.0)


def test_words_of_the_other_party_taken_up() -> None:
    asked = call((C, "我家老大晚上上网课老是卡"), (A, "您是说晚上上网课老是卡，对吧"))
    finding = ask(asked, repetition={"of": "other", "role": "agent"})
    assert quoted(asked, finding.hits) == ["晚上上网课老是卡"]
    assert ask(asked, repetition={"of": "self", "role": "agent"}).state is State.FAILS


def test_only_earlier_turns_count() -> None:
    assert repeated((A, OFFER), (C, OFFER), of="other", role="agent").state is State.FAILS
    assert repeated((A, OFFER), (C, OFFER), of="other", role="customer").state is State.HOLDS


@pytest.mark.parametrize(("least", "state"), [(5, State.HOLDS), (6, State.HOLDS), (7, State.FAILS)])
def test_so_many_characters_in_a_row_are_needed(least: int, state: State) -> None:
    finding = repeated((A, "甲乙丙丁戊己庚"), (A, "子甲，乙丙丁戊己丑"), of="self", min_characters=least)
    assert finding.state is state


def test_only_the_last_turns_of_that_party_are_compared() -> None:
    lines = [(A, OFFER), (C, "嗯"), (A, "您考虑一下"), (C, "嗯"), (A, OFFER)]
    assert repeated(*lines, of="self", role="agent", turns=2).state is State.HOLDS
    assert repeated(*lines, of="self", role="agent", turns=1).state is State.FAILS


@pytest.mark.parametrize(
    ("count", "state"),
    [({"min": 1}, State.HOLDS), ({"min": 2}, State.HOLDS), ({"min": 3}, State.FAILS), ({"max": 1}, State.FAILS)],
)
def test_turns_that_repeat_are_counted(count: dict[str, Any], state: State) -> None:
    finding = repeated((A, OFFER), (A, OFFER), (A, OFFER + OFFER), of="self", count=count)
    assert finding.state is state
    assert finding.reason.values["value"] == 2
    assert [hit.turn for hit in finding.hits] == [1, 2]


def test_no_repetition_at_all_may_be_asked_for() -> None:
    clean = repeated((A, OFFER), (A, "好的，再见"), of="self", count={"max": 0})
    assert (clean.state, clean.hits, clean.evidence.searched) == (State.HOLDS, (), (0, 1))


def test_every_turn_must_repeat() -> None:
    lines = [(C, OFFER), (A, OFFER), (C, "我家用的是一百兆的"), (A, "嗯，好的")]
    failed = repeated(*lines, of="other", role="agent", every_turn=True)
    assert (failed.state, failed.reason.code, failed.evidence.searched) == (State.FAILS, "repetitions_missing", (3,))
    held = repeated(*lines, of="other", role="agent", first_turns=1, every_turn=True)
    assert (held.state, held.reason.values) == (State.HOLDS, {"count": 1})


def test_longest_and_then_latest_source_is_shown() -> None:
    asked = call((A, "每月三十九元"), (A, OFFER), (A, "套餐每月三十九元"), (A, OFFER + "哦"))
    hits = ask(asked, repetition={"of": "self", "last_turns": 1, "min_characters": 4}).hits
    assert quoted(asked, hits) == [OFFER]
    assert hits[0].matched == OFFER


def test_who_spoke_must_be_known() -> None:
    assert repeated((U, OFFER), (U, OFFER), of="self").reason.code == "roles_unknown"
    # A turn of unknown role is nobody's repetition, and nobody's earlier words.
    assert repeated((U, OFFER), (A, OFFER), (U, OFFER), of="self").state is State.FAILS
    assert repeated((U, OFFER), (A, OFFER), of="other").state is State.FAILS


@pytest.mark.parametrize("text", ["", "嗯", "，。！"])
def test_turns_with_nothing_to_compare(text: str) -> None:
    assert repeated((A, text), (A, text), of="self").state is State.FAILS


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Field required"),
        ({"of": "both"}, "self"),
        ({"of": "self", "min_characters": 1}, "greater than or equal to 2"),
        ({"of": "self", "turns": 0}, "greater than or equal to 1"),
        ({"of": "self", "count": {}}, "give min, max or both"),
        ({"of": "self", "count": {"min": 2, "max": 1}}, "nothing can satisfy"),
    ],
)
def test_impossible_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(repetition=params)


texts = st.lists(st.text("甲乙丙", max_size=9), min_size=1, max_size=5)


@given(texts, st.integers(2, 5))
def test_hits_are_the_turns_that_share_a_stretch_with_an_earlier_one(said: list[str], least: int) -> None:
    asked = call(*[(A, text) for text in said])
    hits = ask(asked, repetition={"of": "self", "min_characters": least}).hits

    def shares(text: str, earlier: list[str], size: int) -> bool:
        return any(text[at : at + size] in other for other in earlier for at in range(len(text) - size + 1))

    assert [hit.turn for hit in hits] == [i for i, text in enumerate(said) if shares(text, said[:i], least)]
    for hit in hits:
        assert hit.matched == said[hit.turn][hit.start : hit.end]
        assert not shares(said[hit.turn], said[: hit.turn], hit.end - hit.start + 1)


def test_numbers_have_the_length_in_which_they_are_said() -> None:
    asked = call((C, "我想存十万"), (A, "十万正好"))
    assert ask(asked, repetition={"of": "other", "role": "agent"}).state is State.FAILS
