"""Features of turns: the same text in another script, width or punctuation gives the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.turn_features import (
    BEFORE_WEIGHT,
    OWN_WEIGHT,
    PLACE_FACTS,
    Features,
    FeatureSpace,
    neighbour_grams,
    own_grams,
    place_facts,
)
from tests.factories import A, C, turns

SPACE = FeatureSpace({"您好": 0, "^您": 1, "贵": 2, "太贵": 3, "谢谢": 4}, {"贵": 0, "太贵": 1, "谢谢": 2})


def as_dict(text_rows: np.ndarray, values: np.ndarray) -> dict[int, float]:
    return {int(row): round(float(value), 4) for row, value in zip(text_rows, values, strict=True)}


def test_grams_mark_the_ends_and_have_at_most_four_characters() -> None:
    assert own_grams("您好") == {"$", "^", "^您", "^您好", "^您好$", "好", "好$", "您", "您好", "您好$"}
    assert max(map(len, own_grams("今天下午三点"))) == 4
    assert neighbour_grams("太贵了") == {"了", "太", "太贵", "太贵了", "贵", "贵了"}
    assert neighbour_grams("") == set()


def test_blocks_have_the_length_of_their_weight_and_neighbours_their_own_rows() -> None:
    said = turns([(C, "太贵"), (A, "您好"), (C, "谢谢")])
    features = [as_dict(*found) for found in SPACE.features(said)]
    own = round(OWN_WEIGHT / np.sqrt(2), 4)
    near = round(BEFORE_WEIGHT / np.sqrt(2), 4)
    assert {row: features[1][row] for row in (0, 1, 5, 6)} == {0: own, 1: own, 5: near, 6: near}
    assert features[0][2] == features[0][3] == own
    assert features[2][4] == OWN_WEIGHT
    # The grams of the turn before have the rows 5, 6, 7, those of the turn after 8, 9, 10.
    assert set(features[0]) & set(range(5, 11)) == set()
    assert set(features[1]) & set(range(5, 11)) == {5, 6, 10}
    assert set(features[2]) & set(range(5, 11)) == set()


def test_turns_of_another_call_are_no_neighbours() -> None:
    (alone,) = SPACE.features(turns([(A, "您好")]))
    assert set(as_dict(*alone)) == {0, 1, *range(SPACE.size - PLACE_FACTS, SPACE.size)}


def test_script_width_case_and_marks_change_nothing() -> None:
    plain, dressed = (SPACE.features(turns([(A, text)]))[0] for text in ("您好贵", "您好，貴！"))
    assert as_dict(*plain) == as_dict(*dressed)


@pytest.mark.parametrize(
    ("index", "count", "text", "expected"),
    [
        (0, 10, "您好", (1, 1, 1, 0, 0, 0, 0.0, 0, 0, 0, 0)),
        (9, 10, "再" * 50, (0, 0, 0, 1, 1, 1, 0.9, 1, 1, 0, 0)),
        (4, 10, "一百39", (0, 0, 1, 0, 0, 1, 0.4, 0, 0, 0, 1)),
    ],
)
def test_place_and_length(index: int, count: int, text: str, expected: tuple[float, ...]) -> None:
    assert place_facts(index, count, text) == expected
    assert len(expected) == PLACE_FACTS


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_every_row_lies_in_the_space_and_every_value_is_a_number(texts: list[str]) -> None:
    for rows, values in SPACE.features(turns([(A, text) for text in texts])):
        assert len(rows) == len(values) and np.isfinite(values).all()
        assert ((rows >= 0) & (rows < SPACE.size)).all()


@given(st.lists(st.sampled_from(["您好", "宽带到期", "太贵了", ""]), max_size=6), st.sets(st.integers(0, 5)))
def test_what_is_known_of_a_call_changes_no_figure(texts: list[str], changed: set[int]) -> None:
    space = FeatureSpace({"您好": 0, "宽带": 1, "贵": 2, "ꞏ": 3}, {"您好": 0, "贵": 1})
    weights = np.random.default_rng(1).normal(size=(space.size, 3)).astype(np.float32)
    bias = np.array([0.5, -0.5, 0.0], dtype=np.float32)
    before = turns((A, text) for text in texts)
    after = turns((A, "ꞏꞏ" if index in changed else text) for index, text in enumerate(texts))
    known = before, space.logits(before, weights, bias)
    assert np.array_equal(space.logits(after, weights, bias, known), space.logits(after, weights, bias))
    longer = turns((A, text) for text in (*texts, "您好"))
    assert np.array_equal(space.logits(longer, weights, bias, known), space.logits(longer, weights, bias))


def test_only_what_changed_turns_touch_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = FeatureSpace._of

    def counted(space: FeatureSpace, texts: Sequence[str], index: int, whole: bool) -> Features:
        asked.append(index)
        return original(space, texts, index, whole)

    space, weights, bias = FeatureSpace({"好": 0}, {}), np.ones((12, 1), np.float32), np.zeros(1, np.float32)
    before = turns((A, "好") for _ in range(9))
    known = before, space.logits(before, weights, bias)
    monkeypatch.setattr(FeatureSpace, "_of", counted)
    space.logits((*before[:4], replace(before[4], text="ꞏ"), *before[5:]), weights, bias, known)
    assert asked == [3, 4, 5]
