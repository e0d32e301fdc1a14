"""Suggested goals: half of the misses gone, round, and always better than today."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.insight.intervals import MIN_CALLS, Estimate, share_estimate
from qa_pipeline.insight.targets import target_share


@pytest.mark.parametrize(
    ("missed", "n", "target"),
    [(12, 20, 0.7), (20, 20, 0.5), (32, 36, 0.55), (1, 20, 1.0), (1, 100, 1.0), (0.5, 10, 1.0)],
)
def test_half_of_the_misses_shall_go(missed: float, n: int, target: float) -> None:
    miss = share_estimate(missed, n)
    assert miss is not None
    assert target_share(miss) == pytest.approx(target)


def test_too_few_calls_and_no_misses_suggest_nothing() -> None:
    assert target_share(Estimate(0.5, MIN_CALLS - 1)) is None
    assert target_share(Estimate(0.0, 20)) is None


@given(st.integers(MIN_CALLS, 300), st.data())
def test_a_goal_is_better_than_today_and_possible(n: int, data: st.DataObject) -> None:
    missed = data.draw(st.integers(1, n))
    target = target_share(Estimate(missed / n, n))
    assert target is not None
    assert 1 - missed / n < target <= 1
