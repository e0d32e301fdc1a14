"""The chain over turns: the likeliest sequence and the marginals, against trying every sequence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa_pipeline.stages.chain import Array, likeliest, marginals

#: Scores of a doubtful and of a very sure model alike.
LARGE = 50.0


@st.composite
def chains(draw: st.DrawFn) -> tuple[Array, Array]:
    """Emissions and transitions of up to five turns and five states."""
    turns, states = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    scores = st.one_of(st.floats(-3, 3), st.floats(-LARGE, LARGE), st.sampled_from([-LARGE, 0.0, LARGE]))
    drawn = draw(st.lists(scores, min_size=(turns + states) * states, max_size=(turns + states) * states))
    numbers = np.array(drawn)
    return numbers[: turns * states].reshape(turns, states), numbers[turns * states :].reshape(states, states)


def total(path: tuple[int, ...], emissions: Array, transitions: Array) -> float:
    moves = sum(transitions[a, b] for a, b in itertools.pairwise(path))
    return float(moves + sum(row[state] for row, state in zip(emissions, path, strict=True)))


def paths(emissions: Array) -> list[tuple[int, ...]]:
    turns, states = emissions.shape
    return list(itertools.product(range(states), repeat=turns))


def marginals_of_all(emissions: Array, transitions: Array) -> NDArray[np.float64]:
    """The probability of each state at each turn, by adding up all sequences."""
    every = paths(emissions)
    totals = np.array([total(path, emissions, transitions) for path in every])
    weights = np.exp(totals - totals.max())
    added = np.zeros_like(emissions)
    for path, weight in zip(every, weights, strict=True):
        for turn, state in enumerate(path):
            added[turn, state] += weight
    return np.asarray(added / weights.sum())


@given(chains())
def test_the_likeliest_path_is_that_of_trying_them_all(chain: tuple[Array, Array]) -> None:
    best = max(total(path, *chain) for path in paths(chain[0]))
    found = tuple(likeliest(*chain))
    assert len(found) == len(chain[0])
    assert total(found, *chain) == pytest.approx(best)


@given(chains())
def test_marginals_are_those_of_adding_up_all_paths(chain: tuple[Array, Array]) -> None:
    found = marginals(*chain)
    np.testing.assert_allclose(found, marginals_of_all(*chain), atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


@given(chains(), st.floats(-LARGE, LARGE))
def test_a_constant_added_to_all_scores_of_a_turn_changes_no_probability(
    chain: tuple[Array, Array], constant: float
) -> None:
    emissions, transitions = chain
    moved = emissions.copy()
    moved[-1] += constant
    np.testing.assert_allclose(marginals(moved, transitions), marginals(emissions, transitions), atol=1e-9)


def test_one_turn_alone_is_decided_by_its_own_scores() -> None:
    emissions, transitions = np.log([[0.2, 0.5, 0.3]]), np.full((3, 3), 7.0)
    assert likeliest(emissions, transitions) == [1]
    np.testing.assert_allclose(marginals(emissions, transitions), [[0.2, 0.5, 0.3]])


def test_transitions_hold_a_state_through_a_doubtful_turn() -> None:
    # 0 1 0 by the turns alone; staying is worth e^2 times as much as moving.
    emissions = np.array([[3.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    stay = np.array([[0.0, -2.0], [-2.0, 0.0]])
    assert likeliest(emissions, np.zeros((2, 2))) == [0, 1, 0]
    assert likeliest(emissions, stay) == [0, 0, 0]
    assert marginals(emissions, stay)[1, 0] > 0.9


def test_transitions_go_from_row_to_column() -> None:
    emissions = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert likeliest(emissions, np.array([[0.0, 5.0], [0.0, 0.0]])) == [0, 1]
    assert marginals(emissions, np.array([[0.0, 5.0], [0.0, 0.0]]))[1, 1] > 0.9


def test_a_thousand_turns_lose_no_probability() -> None:
    emissions = np.random.default_rng(0).normal(0, 20, (1000, 5))
    found = marginals(emissions, np.eye(5) * 10)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
