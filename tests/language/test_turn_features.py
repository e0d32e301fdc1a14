"""Features of turns: the same text in another script, width or punctuation gives the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.turn_features import (
    BEFORE_WEIGHT,
    OWN_WEIGHT,
    PLACE_FACTS,
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
