"""An agent beside the rest of the team: nobody is compared with themselves."""

from __future__ import annotations

import pytest

from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.coaching import ProblemKind, Trend, against_others, levers, rest_misses
from qa_pipeline.insight.overview import Overview, overview
from qa_pipeline.insight.period import parse_period
from tests.summary_samples import met_and_missed, summary

NOVEMBER = parse_period("2026-11")


def team_of(own: list[float], others: list[float]) -> Overview:
    calls = [summary(f"a{i}", percent=value, agent="A01") for i, value in enumerate(own)]
    return overview([*calls, *(summary(f"b{i}", percent=v, agent="A02") for i, v in enumerate(others))], NOVEMBER)


@pytest.mark.parametrize(
    ("own", "others", "trend"),
    [
        ([90, 91, 92, 93, 94], [60, 61, 62, 63, 64], Trend.BETTER),
        ([60, 61, 62, 63, 64], [90, 91, 92, 93, 94], Trend.WORSE),
        ([60, 90, 70, 80, 75], [60, 90, 70, 80, 75], Trend.UNCLEAR),
        ([90, 91, 92, 93], [60, 61, 62, 63, 64], Trend.TOO_FEW),
    ],
)
def test_the_agents_own_scores_are_taken_out(own: list[float], others: list[float], trend: Trend) -> None:
    found = team_of(own, others)
    change, rest = against_others(found.agents["A01"], found.teams["一组"])
    assert rest is not None and rest.n == len(others)
    assert rest.value == pytest.approx(sum(others) / len(others))
    assert (change.trend, change.n_now, change.n_before) == (trend, len(own), len(others))


def test_alone_in_a_team_there_is_nobody_to_compare_with() -> None:
    found = team_of([80, 81, 82, 83, 84], [])
    change, rest = against_others(found.agents["A01"], found.teams["一组"])
    assert rest is None and change.difference is None
    assert change.trend is Trend.TOO_FEW


@pytest.mark.parametrize(
    ("own", "others", "kind"),
    [
        ((9, 3), (15, 5), ProblemKind.UNCLEAR),  # a quarter of the calls, here and there
        ((3, 9), (18, 2), ProblemKind.INDIVIDUAL),
        ((6, 6), (10, 10), ProblemKind.COMMON),
    ],
)
def test_whose_problem_it_is(own: tuple[int, int], others: tuple[int, int], kind: ProblemKind) -> None:
    found = overview(met_and_missed("A01", *own) + met_and_missed("A02", *others), NOVEMBER)
    (lever,) = levers(found.agents["A01"], found.teams["一组"])
    assert lever.kind is kind


def test_misses_of_the_rest_leave_the_agent_out() -> None:
    found = overview(met_and_missed("A01", 0, 8) + met_and_missed("A02", 6, 2), NOVEMBER)
    agent, team = found.agents["A01"], found.teams["一组"]
    rest = rest_misses("greet", agent, team)
    assert rest is not None and (rest.value, rest.n) == (0.25, 8)
    assert rest_misses("unheard", agent, team) is None
    assert team.now.criteria["greet"].verdicts[Verdict.MISSED] == 10
