"""Intervals against published and hand-made values, and what too few observations say: nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.insight.intervals import (
    MIN_CALLS,
    mean_difference,
    mean_estimate,
    share_difference,
    share_estimate,
)

VALUES = st.lists(st.floats(0, 100), min_size=2, max_size=30)


def test_a_mean_with_students_interval() -> None:
    found = mean_estimate([1, 2, 3, 4, 5])
    # s = 1.5811, t(4; 97.5 %) = 2.7764: 2.7764 * 1.5811 / sqrt(5) = 1.9632
    assert found is not None and found.low is not None and found.high is not None
    assert (found.value, found.n) == (3.0, 5)
    assert found.low == pytest.approx(3 - 1.9632, abs=1e-4) and found.high == pytest.approx(3 + 1.9632, abs=1e-4)


def test_no_values_no_mean_and_one_value_no_interval() -> None:
    assert mean_estimate([]) is None
    one = mean_estimate([80.0])
    assert one is not None and (one.value, one.low, one.known) == (80.0, None, False)


def test_equal_values_do_not_make_a_mean_certain() -> None:
    found = mean_estimate([100.0] * 10)
    assert found is not None and found.low is None and not found.known


def test_what_is_impossible_is_cut_off() -> None:
    found = mean_estimate([0.0, 0.0, 100.0], 0.0, 100.0)
    assert found is not None and (found.low, found.high) == (0.0, 100.0)


def test_a_share_with_wilsons_interval() -> None:
    found = share_estimate(8, 10)
    assert found is not None and found.low is not None and found.high is not None
    assert found.low == pytest.approx(0.4902, abs=1e-4) and found.high == pytest.approx(0.9433, abs=1e-4)


@pytest.mark.parametrize("hits", [0, 10])
def test_never_and_always_are_not_certain_either(hits: int) -> None:
    found = share_estimate(hits, 10)
    assert found is not None and found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(0.2775, abs=1e-4)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_estimate(0, 0) is None and share_difference(0, 0, 3, 5) is None


def test_the_difference_of_two_shares_as_newcombe_gives_it() -> None:
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80 gives 0.0524 .. 0.3339.
    found = share_difference(48, 80, 56, 70)
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(0.2) and found.n == 70
    assert found.low == pytest.approx(0.0524, abs=1e-4) and found.high == pytest.approx(0.3339, abs=1e-4)


def test_the_difference_of_two_means_with_welchs_interval() -> None:
    found = mean_difference([1, 2, 3, 4, 5], [4, 6, 8])
    # variances 2.5/5 and 4/3: se = 1.3540, df = 1.8333^2 / (0.25/4 + 1.7778/2) = 3.533, t = 2.926 (interpolated)
    assert found is not None and found.low is not None and found.high is not None
    assert (found.value, found.n) == (3.0, 3)
    assert found.high - found.value == pytest.approx(1.3540 * 2.926, abs=0.02)


def test_a_difference_from_nothing_is_unknown() -> None:
    assert mean_difference([], [1.0]) is None
    lone = mean_difference([1.0], [2.0, 3.0])
    assert lone is not None and (lone.value, lone.low) == (1.5, None)


def test_constant_groups_give_no_bounds() -> None:
    found = mean_difference([50.0] * 6, [60.0] * 6)
    assert found is not None and found.value == 10.0 and found.low is None


@given(VALUES, VALUES)
def test_swapping_the_groups_turns_the_difference_round(before: list[float], after: list[float]) -> None:
    there, back = mean_difference(before, after), mean_difference(after, before)
    assert there is not None and back is not None and there.value == pytest.approx(-back.value)
    if there.low is not None and back.high is not None:
        assert there.low == pytest.approx(-back.high)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counted: tuple[int, int]) -> None:
    found = share_estimate(*counted)
    assert found is not None and found.low is not None and found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.known == (counted[1] >= MIN_CALLS)
