"""Slots in English calls, by examples."""

from __future__ import annotations

import pytest

from qa_pipeline.language.slots import slots_in
from tests.factories import A, C, Line, call


def found(name: str, *lines: Line) -> list[str]:
    turns = call(*lines).turns
    return [turns[f.turn].text[f.start : f.end] for f in slots_in(turns, "en") if f.name == name]


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("contact", [(A, "Good morning, am I speaking with Mrs Landry?")], ["Mrs Landry"]),
        ("provider", [(C, "We're with Zenith Broadband, have been for years.")], ["Zenith Broadband"]),
        ("decision_maker", [(C, "I'd have to talk to my husband first.")], ["husband"]),
        ("decision_maker", [(C, "That's up to the boss really.")], ["boss"]),
        (
            "headcount",
            [(A, "How many people in the office?"), (C, "Eleven people, four part time.")],
            ["Eleven people"],
        ),
        ("monthly_spend", [(C, "We pay about eighty dollars.")], ["eighty dollars"]),
        ("quoted_price", [(A, "It's thirty-nine a month for the Basic.")], ["thirty-nine"]),
        ("quoted_term", [(A, "It's a twelve-month contract.")], ["twelve-month"]),
        ("quoted_discount", [(A, "New accounts get thirty percent off.")], ["thirty percent off"]),
        ("address", [(A, "What's the street address?"), (C, "Sixty-one Mallee Road.")], ["Sixty-one Mallee Road"]),
        ("budget", [(C, "No more than two hundred pounds.")], ["two hundred pounds"]),
        ("appointment_time", [(A, "Hi."), (C, "Hello."), (A, "I'll ring you Thursday."), (C, "Fine.")], ["Thursday"]),
    ],
)
def test_hit(name: str, lines: list[Line], words: list[str]) -> None:
    assert found(name, *lines) == words


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("provider", [(C, "I'm with a customer right now.")]),
        ("decision_maker", [(A, "Talk to your husband about it.")]),
        ("decision_maker", [(C, "My husband is asleep.")]),
        ("quoted_price", [(C, "I paid forty dollars.")]),
        ("quoted_price", [(A, "You'd save forty dollars.")]),
        ("quoted_term", [(A, "It takes ten minutes.")]),
        ("headcount", [(A, "How many people in the office?"), (C, "Why do you ask?")]),
    ],
)
def test_miss(name: str, lines: list[Line]) -> None:
    assert found(name, *lines) == []
