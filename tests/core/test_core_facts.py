"""What later steps find in a call: acts, facts, voices and overlaps refuse what cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from qa_pipeline.core.facts import Act, Fact, Overlap, TurnVoice
from qa_pipeline.core.span import Span

REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("an act needs a name", lambda: Act("")),
    ("probability must lie", lambda: Act("greet", 1.01)),
    ("probability must lie", lambda: Act("greet", -0.01)),
    ("probability must lie", lambda: Act("greet", math.nan)),
    ("a fact needs", lambda: Fact("", "39", 0, 0, 2)),
    ("a fact needs", lambda: Fact("price", "39", -1, 0, 2)),
    ("a fact needs", lambda: Fact("price", "39", 0, 3, 2)),
    ("a fact needs", lambda: Fact("price", "39", 0, -1, 2)),
    *[("voice facts are numbers", lambda n=name: TurnVoice(**{n: math.nan})) for name in ("rate_cpm", "level_db")],
    *[
        ("voice facts are numbers", lambda n=name: TurnVoice(**{n: math.inf}))
        for name in ("pitch_hz", "pitch_range_st")
    ],
    ("voice facts are numbers", lambda: TurnVoice(level_jump_db=-math.inf)),
]


@pytest.mark.parametrize(("message", "make"), REFUSED)
def test_impossible_values_are_refused(message: str, make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_borders_are_allowed() -> None:
    assert (Act("greet", 0.0).probability, Act("greet", 1.0).probability, Act("greet").probability) == (0.0, 1.0, None)
    assert Fact("price", "", 0, 0, 0).number is None
    assert TurnVoice(rate_cpm=0.0, level_db=-60.0).level_db == -60.0


def test_what_is_not_known_is_none() -> None:
    assert TurnVoice() == TurnVoice(None, None, None, None, None)
    assert Overlap(Span(1, 2)).by_agent is None
    assert Overlap(Span(1, 2), False) != Overlap(Span(1, 2), None)


def test_values_are_frozen_and_compare_by_content() -> None:
    assert len({Act("greet", 0.5), Act("greet", 0.5), Act("greet", 0.6)}) == 2
    with pytest.raises(FrozenInstanceError):
        Act("greet").name = "thank"  # type: ignore[misc]
