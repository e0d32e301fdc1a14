"""Intervals over recordings, with known answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcribe.evaluate.intervals import interval, paired_difference, rate

COUNTS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 100)), min_size=2, max_size=12)


def test_errors_are_added_before_they_are_divided() -> None:
    assert rate([(1, 10), (9, 90)]) == pytest.approx(0.1)
    assert rate([(3, 0)]) is None
    assert rate([]) is None


def test_recordings_that_are_alike_leave_no_doubt() -> None:
    assert interval([(1, 10)] * 5) == pytest.approx((0.1, 0.1))


def test_one_recording_has_no_interval() -> None:
    assert interval([(1, 10)]) is None
    assert interval([(1, 0), (0, 0)]) is None
    assert interval([(1, 10), (0, 0)]) is None


def test_recordings_that_differ_give_a_wide_interval_around_the_rate() -> None:
    low, high = interval([(0, 10), (10, 10)] * 3) or (0.5, 0.5)
    assert low < 0.3 and high > 0.7


@given(COUNTS)
def test_an_interval_is_the_same_every_time_and_lies_within_the_rates_of_single_recordings(
    counts: list[tuple[int, int]],
) -> None:
    found = interval(counts)
    assert found is not None and found == interval(counts)
    singles = [errors / units for errors, units in counts]
    assert min(singles) - 1e-9 <= found[0] <= found[1] <= max(singles) + 1e-9


def test_a_system_that_is_better_everywhere_by_the_same_is_surely_better() -> None:
    first = [(5, 10), (1, 10), (9, 10)]
    found = paired_difference(first, [(errors - 1, units) for errors, units in first])
    assert (found.value, found.low, found.high, found.n) == pytest.approx((-0.1, -0.1, -0.1, 3))


def test_a_difference_that_depends_on_the_recording_is_not_sure() -> None:
    found = paired_difference([(5, 10), (5, 10)], [(2, 10), (8, 10)])
    assert found.value == pytest.approx(0.0)
    assert found.low is not None and found.high is not None and found.low < 0 < found.high


def test_one_recording_gives_a_difference_without_interval_and_none_gives_nothing() -> None:
    assert paired_difference([(5, 10)], [(4, 10)]).low is None
    assert paired_difference([(5, 10)], [(4, 10)]).value == pytest.approx(-0.1)
    assert paired_difference([], []).value is None


@given(COUNTS)
def test_a_system_does_not_differ_from_itself(counts: list[tuple[int, int]]) -> None:
    found = paired_difference(counts, counts)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
