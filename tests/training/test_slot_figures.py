"""How found slots are counted against marks, and that the marks fit the calls."""

from __future__ import annotations

import json

import pytest

from qa_pipeline.core.facts import Fact
from qa_pipeline.language.slots import SLOT_NAMES
from training.slots.evaluate import DATA, Counts, Mark, lines_of, pairs

MARK = Mark("quoted_price", 3, 5, "一百二", "120")


def price(turn: int, start: int, end: int, value: str = "120") -> Fact:
    return Fact("quoted_price", value, turn, start, end)


@pytest.mark.parametrize(
    ("fact", "meets"),
    [
        (price(3, 5, 8), True),
        (price(3, 7, 12), True),
        (price(3, 8, 12), False),
        (price(2, 0, 3), True),
        (price(4, 0, 3), True),
        (price(4, 0, 3, "90"), False),
        (price(5, 0, 3), False),
        (Fact("budget", "120", 3, 5, 8), False),
    ],
)
def test_a_fact_meets_a_mark(fact: Fact, meets: bool) -> None:
    assert list(pairs([MARK], [fact])) == ([(fact, MARK)] if meets else [])


def test_a_mark_is_met_once_and_best_in_its_own_turn() -> None:
    beside, own = price(2, 0, 3), price(3, 5, 8)
    assert list(pairs([MARK], [beside, own])) == [(own, MARK)]
    assert list(pairs([MARK, MARK], [beside, own])) == [(own, MARK), (beside, MARK)]


def test_figures() -> None:
    assert Counts(3, 4, 6).figures() == {"precision": 0.75, "recall": 0.5, "f1": 0.6, "n": 6, "found": 4}
    assert Counts().figures() == {"precision": None, "recall": None, "f1": None, "n": 0, "found": 0}


def test_marks_stand_in_their_calls() -> None:
    calls = {call["id"]: call["turns"] for call in lines_of(DATA / "train.jsonl")}
    marked = lines_of(DATA / "dealings.jsonl")
    assert [line["id"] for line in marked] == list(calls)
    for line in marked:
        turns = calls[line["id"]]
        assert json.dumps(line["facts"])
        assert {fact["name"] for fact in line["facts"]} <= set(SLOT_NAMES)
        assert all(fact["text"] in turns[fact["turn"]]["text"] for fact in line["facts"])
        customer = [item["turn"] for key in ("objections", "buying_signals") for item in line[key]] + line["refusals"]
        assert all(turns[turn]["role"] == "customer" for turn in customer)
