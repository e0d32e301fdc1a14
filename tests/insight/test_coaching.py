"""What is concluded from figures, and that too few calls conclude nothing."""

from __future__ import annotations

from datetime import date

import pytest

from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.coaching import (
    Praise,
    ProblemKind,
    Trend,
    changed_criteria,
    levers,
    progress_change,
    ranking,
    score_change,
    strengths,
)
from qa_pipeline.insight.overview import Overview, overview
from qa_pipeline.insight.period import parse_period
from tests.summary_samples import criterion_summary, met_and_missed, summary

NOVEMBER = parse_period("2026-11")


def scored(percents: list[float], day: str = "2026-11-04", agent: str = "A01") -> list:
    return [summary(f"{agent}{day}{i}", percent=value, day=day, agent=agent) for i, value in enumerate(percents)]


@pytest.mark.parametrize(
    ("before", "now", "trend"),
    [
        ([50, 52, 48, 51, 49], [80, 82, 78, 81, 79], Trend.BETTER),
        ([80, 82, 78, 81, 79], [50, 52, 48, 51, 49], Trend.WORSE),
        ([50, 90, 40, 80, 60], [55, 85, 70, 45, 75], Trend.UNCLEAR),
        ([50, 52, 48, 51], [80, 82, 78, 81, 79], Trend.TOO_FEW),
        ([], [80, 82, 78, 81, 79], Trend.TOO_FEW),
        ([50] * 5, [80] * 5, Trend.UNCLEAR),
    ],
)
def test_better_or_worse_than_last_month(before: list[float], now: list[float], trend: Trend) -> None:
    agent = overview(scored(before, "2026-10-07") + scored(now), NOVEMBER).agents["A01"]
    change = score_change(agent.before, agent.now)
    assert (change.trend, change.n_before, change.n_now) == (trend, len(before), len(now))


def team_of(own: tuple[int, int], others: tuple[int, int]) -> Overview:
    calls = met_and_missed("A01", *own) + met_and_missed("A02", *others) + met_and_missed("A03", *others)
    return overview(calls, NOVEMBER)


@pytest.mark.parametrize(
    ("own", "others", "kind"),
    [
        ((2, 8), (1, 9), ProblemKind.COMMON),  # everybody misses it
        ((2, 8), (10, 0), ProblemKind.INDIVIDUAL),  # only this agent does
        ((0, 20), (12, 8), ProblemKind.BOTH),  # the others often, this agent more often still
        ((2, 2), (1, 9), ProblemKind.FEW),
    ],
)
def test_common_and_individual_problems(own: tuple[int, int], others: tuple[int, int], kind: ProblemKind) -> None:
    found = team_of(own, others)
    agent = found.agents["A01"]
    (lever,) = levers(agent, found.team_of(agent))
    assert (lever.criterion_id, lever.kind) == ("greet", kind)
    assert lever.rest is not None and lever.rest.n == 2 * sum(others), "the rest is the team without the agent"


def test_levers_are_ordered_by_points_times_frequency() -> None:
    calls = []
    for number in range(10):
        often = criterion_summary("often", Verdict.MISSED if number < 8 else Verdict.MET, limit=3.0)
        dear = criterion_summary("dear", Verdict.MISSED if number < 2 else Verdict.MET, limit=20.0)
        calls.append(summary(f"c{number}", [often, dear, criterion_summary("fine")]))
    found = overview(calls, NOVEMBER)
    costs = [(lever.criterion_id, lever.lost_per_call) for lever in levers(found.agents["A01"], found.everybody)]
    assert costs == [("dear", pytest.approx(4.0)), ("often", pytest.approx(2.4))]


def test_strengths_above_the_team_come_first_and_need_a_passage() -> None:
    found = team_of((10, 0), (4, 6))
    agent = found.agents["A01"]
    names = [(s.criterion_id, s.praise) for s in strengths(agent, found.team_of(agent))]
    assert names == [("greet", Praise.ABOVE)], "what everybody has right is no praise"
    silent = [summary(f"s{i}", [criterion_summary("polite", clip=None)]) for i in range(8)]
    found = overview(silent, NOVEMBER)
    assert strengths(found.agents["A01"], found.everybody) == []


def test_too_few_calls_are_no_strength() -> None:
    found = team_of((4, 0), (4, 6))
    assert strengths(found.agents["A01"], found.teams["一组"]) == []


def test_no_ranking_from_few_calls_and_ranks_that_intervals_allow() -> None:
    calls = scored([90, 91, 92, 89, 90], agent="A") + scored([50, 52, 51, 49, 50], agent="B")
    calls += scored([85, 95, 80, 99, 88], agent="C") + scored([99, 99], agent="D")
    places = {place.group.key: place for place in ranking(overview(calls, NOVEMBER).agents.values())}
    assert places["D"].rank is None
    assert (places["A"].rank, places["A"].best, places["A"].worst) == (1, 1, 2)
    assert (places["C"].rank, places["C"].best, places["C"].worst) == (2, 1, 2)
    assert (places["B"].rank, places["B"].best, places["B"].worst) == (3, 3, 3)


def test_equal_means_share_a_rank() -> None:
    calls = scored([80, 90, 85, 75, 95], agent="A") + scored([75, 95, 85, 80, 90], agent="B")
    assert [place.rank for place in ranking(overview(calls, NOVEMBER).agents.values())] == [1, 1]


@pytest.mark.parametrize(
    ("since", "trend"), [((9, 1), Trend.BETTER), ((0, 10), Trend.UNCLEAR), ((3, 0), Trend.TOO_FEW)]
)
def test_whether_an_agreed_behaviour_changed(since: tuple[int, int], trend: Trend) -> None:
    action = AgreedAction("A01", "test", "先问候", date(2026, 11, 10), criterion_id="greet")
    calls = met_and_missed("A01", 1, 9, day="2026-11-03") + met_and_missed("A01", *since, day="2026-11-12")
    assert progress_change(overview(calls, NOVEMBER, [action]).progress[0]).trend is trend


def test_less_often_right_than_with_the_others_is_no_praise() -> None:
    calls = []
    for agent, misses in (("A01", 2), ("A02", 0), ("A03", 0)):
        for number in range(10):
            behind = criterion_summary("behind", Verdict.MISSED if number < misses else Verdict.MET)
            calls.append(summary(f"{agent}{number}", [behind, criterion_summary("level")], agent=agent))
    found = overview(calls, NOVEMBER)
    assert strengths(found.agents["A01"], found.everybody) == []


def test_without_others_what_is_nearly_always_right_is_praised() -> None:
    found = overview(met_and_missed("A01", 9, 1), NOVEMBER)
    assert [(s.criterion_id, s.praise) for s in strengths(found.agents["A01"], found.everybody)] == [
        ("always", Praise.STEADY),
        ("greet", Praise.STEADY),
    ]


@pytest.mark.parametrize(("met", "missed", "praised"), [(7, 3, True), (4, 6, False), (9, 1, True)])
def test_progress_is_praised_once_it_is_right_more_often_than_not(met: int, missed: int, praised: bool) -> None:
    calls = met_and_missed("A01", 0, 20, day="2026-10-07") + met_and_missed("A01", met, missed)
    found = overview(calls + met_and_missed("A02", 10, 0), NOVEMBER)
    (*progress,) = (s for s in strengths(found.agents["A01"], found.everybody) if s.criterion_id == "greet")
    assert [s.praise for s in progress] == [Praise.BETTER] * praised
    assert all(s.before is not None and s.before.value == 0 for s in progress)


def test_criteria_that_changed_are_named_by_how_much() -> None:
    def month(day: str, greet: int, offer: int) -> list:
        return [
            summary(
                f"{day}{k}",
                [
                    criterion_summary("greet", Verdict.MISSED if k < greet else Verdict.MET),
                    criterion_summary("offer", Verdict.MISSED if k < offer else Verdict.MET),
                    criterion_summary("same"),
                ],
                day=day,
            )
            for k in range(20)
        ]

    agent = overview(month("2026-10-07", 0, 0) + month("2026-11-04", 10, 16), NOVEMBER).agents["A01"]
    assert changed_criteria(agent, Trend.WORSE) == ["offer", "greet"]
    assert changed_criteria(agent, Trend.BETTER) == []
