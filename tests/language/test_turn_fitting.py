"""Which grams are looked at, the matrix of turns, and one fit per decision."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.core.call import Turn
from qa_pipeline.language.turn_features import ORDER_FACTS, PLACE_FACTS, FeatureSpace
from qa_pipeline.language.turn_fitting import fit_turns, matrix, space_of
from tests.factories import A, C, turns

TALKS = [
    turns([(A, "您好"), (C, "太贵了"), (A, "您好"), (C, "贵")]),
    turns([(A, "您好"), (C, "不要")]),
]


def test_grams_of_enough_turns_are_numbered_in_their_order() -> None:
    space = space_of(TALKS, 3, 2)
    # Three turns say 您好; 贵 is said twice only, and marks of the ends are in all six turns.
    assert list(space.own) == ["$", "^", "^您", "^您好", "^您好$", "好", "好$", "您", "您好", "您好$"]
    assert list(space.own.values()) == list(range(len(space.own)))
    # A neighbour's gram is one that the turn's own are too.
    assert list(space.near) == ["好", "您", "您好"]
    assert set(space_of(TALKS, 2, 2).near) == {"好", "您", "您好", "贵"}


def test_a_gram_counts_once_per_turn() -> None:
    assert "贵" not in space_of([turns([(C, "贵贵贵")])], 2, 2).own
    assert "贵" in space_of([turns([(C, "贵"), (C, "贵")])], 2, 2).own


def test_script_and_marks_do_not_make_other_grams() -> None:
    assert space_of([turns([(C, "太貴了！"), (C, "太 贵 了")])], 2, 2).own.keys() >= {"太贵了"}


def test_words_stand_for_characters_where_there_are_spaces() -> None:
    space = space_of([turns([(A, "Good morning!"), (A, "good  Morning")])], 2, 2, by_words=True)
    assert set(space.own) == {"^", "$", "good", "morning", "^ good", "good morning", "morning $", "^ good morning",
                              "good morning $"}  # fmt: skip
    assert set(space.near) == {"good", "morning", "good morning"}


def test_no_turns_have_no_grams() -> None:
    assert (space_of([], 1, 1).own, space_of([()], 1, 1).near) == ({}, {})


def test_the_matrix_holds_the_features_of_every_turn() -> None:
    space = space_of(TALKS, 2, 2)
    found = matrix(space, TALKS).toarray()
    assert found.shape == (6, space.size)
    features = [one for talk in TALKS for one in space.features(talk)]
    for row, (columns, values) in zip(found, features, strict=True):
        expected = np.zeros(space.size)
        expected[columns] += values
        assert row == pytest.approx(expected)


def test_a_passage_tells_no_place() -> None:
    space = space_of(TALKS, 2, 2)
    whole, cut = matrix(space, TALKS).toarray(), matrix(space, TALKS, [True, False]).toarray()
    place = slice(space.size - PLACE_FACTS, space.size - PLACE_FACTS + ORDER_FACTS)
    assert (cut[:4] == whole[:4]).all()
    assert whole[4:, place].any() and not cut[4:, place].any()
    assert np.delete(cut, np.r_[place], axis=1) == pytest.approx(np.delete(whole, np.r_[place], axis=1))


def answers(*said: bool) -> np.ndarray:
    return np.array(said, dtype=bool)[:, None]


def fitted(said: list[str], truth: np.ndarray, use: np.ndarray | None = None) -> tuple[FeatureSpace, np.ndarray, float]:
    """Space, weights and bias of one decision on talks of one turn each."""
    talks: list[tuple[Turn, ...]] = [turns([(C, text)]) for text in said]
    space = space_of(talks, 1, 1)
    weights, bias = fit_turns(matrix(space, talks), truth, np.ones_like(truth) if use is None else use, 1)
    return space, weights, float(bias[0])


def test_a_decision_learns_the_gram_that_tells() -> None:
    space, weights, _ = fitted(["太贵", "好", "太贵", "行"], answers(True, False, True, False))
    assert weights.shape == (space.size, 1)
    assert weights[space.own["贵"], 0] > 0 > weights[space.own["好"], 0]


def test_only_turns_that_teach_are_learnt_from() -> None:
    truth = answers(True, False, True, False, False)
    said = ["太贵", "好", "太贵", "行", "太贵"]
    use = answers(True, True, True, True, False)
    space, with_four, _ = fitted(said, truth, use)
    _, with_all, _ = fitted(said, truth)
    assert with_four[space.own["贵"], 0] > with_all[space.own["贵"], 0]


@pytest.mark.parametrize(
    ("truth", "use", "bias"),
    [
        (answers(False, False), answers(True, True), -10),
        (answers(True, True), answers(True, True), 10),
        (answers(True, True), answers(False, False), -10),
        (answers(True, False), answers(True, False), 10),
    ],
    ids=["never", "always", "never asked", "always where asked"],
)
def test_what_cannot_be_told_apart_is_the_same_for_every_turn(truth: np.ndarray, use: np.ndarray, bias: float) -> None:
    _, weights, found = fitted(["好", "贵"], truth, use)
    assert not weights.any()
    assert found == bias


def test_the_same_turns_give_the_same_weights() -> None:
    said, truth = ["太贵", "好", "贵了", "行"], answers(True, False, True, False)
    np.testing.assert_array_equal(fitted(said, truth)[1], fitted(said, truth)[1])
