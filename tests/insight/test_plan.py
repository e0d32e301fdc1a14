"""Coverage of the sampling plan: extra calls of one agent do not make up for another's."""

from __future__ import annotations

import pytest

from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.plan import Plan, coverage


@pytest.mark.parametrize(
    ("period", "wanted"), [("2026-W45", 3), ("2026-11", 12), ("2026-11-01..2026-11-03", None), ("all", None)]
)
def test_a_plan_says_what_a_week_or_a_month_needs(period: str, wanted: int | None) -> None:
    assert Plan(3, 12).per_agent(parse_period(period)) == wanted


def test_nothing_planned_is_no_plan_for_nothing() -> None:
    assert Plan().per_agent(parse_period("2026-11")) is None
    found = coverage([4, 0], None)
    assert (found.planned, found.share, found.inspected, found.covered) == (None, None, 4, 0)


def test_extra_calls_do_not_make_up_for_missing_ones() -> None:
    found = coverage([10, 2, 0], 5)
    assert (found.agents, found.covered, found.inspected, found.counted, found.planned) == (3, 1, 12, 7, 15)
    assert found.share == pytest.approx(7 / 15)


def test_nobody_to_inspect() -> None:
    assert coverage([], 5).share is None
