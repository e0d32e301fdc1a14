"""Whose passages a team may learn from."""

from __future__ import annotations

import pytest

from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.insight.overview import overview
from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.role_models import model_clips
from tests.summary_samples import criterion_summary, summary

NOVEMBER = parse_period("2026-11")
MET, MISSED = Verdict.MET, Verdict.MISSED


def _calls(agent: str, greet: int, other: int, team: str = "一组", red: int = 0, of: int = 10) -> list[CallSummary]:
    """So many of ten calls meet ``greet`` and so many ``other``; some cross a red line."""
    made = []
    for n in range(of):
        verdicts = [criterion_summary("greet", MET if n < greet else MISSED)]
        verdicts.append(criterion_summary("other", MET if n < other else MISSED))
        fatal = MISSED if n >= of - red else MET
        verdicts.append(criterion_summary("promise", fatal, fatal=Fatal.CALL))
        made.append(summary(f"{agent}-{n}", verdicts, agent=agent, team=team))
    return made


def _agents(summaries: list[CallSummary], team: str = "") -> list[str]:
    found = overview(summaries, NOVEMBER)
    group = found.teams[team] if team else found.everybody
    return list(dict.fromkeys(clip.agent for clip in model_clips("greet", group, found)))


def test_an_agent_who_is_no_worse_in_anything_is_a_model() -> None:
    assert _agents([*_calls("A01", 9, 9), *_calls("A02", 5, 5)]) == ["A01"]


@pytest.mark.parametrize(
    "poor",
    [_calls("A02", 9, 9, red=1), _calls("A02", 9, 0), _calls("A02", 5, 10)],
    ids=["a red line", "a mean below the team's", "misses it more often"],
)
def test_who_is_worse_in_something_shows_nobody_how_it_is_done(poor: list[CallSummary]) -> None:
    assert _agents([*_calls("A01", 9, 9), *poor]) == ["A01"]


def test_without_any_model_nothing_is_shown() -> None:
    assert _agents(_calls("A01", 9, 9, red=1)) == []


def test_the_teams_own_come_before_those_of_others() -> None:
    made = [*_calls("A01", 9, 9), *_calls("A02", 5, 5), *_calls("B01", 10, 10, "二组")]
    assert _agents(made, "一组") == ["A01", "B01"]


def test_models_are_found_where_the_book_of_the_team_is_full_of_others() -> None:
    """Six agents with a better call each and a red line push the model out of the team's book."""
    loud = [one for n in range(6) for one in _calls(f"X{n}", 9, 9, red=1)]
    steady = _calls("A01", 9, 9)
    clips = overview([*loud, *steady], NOVEMBER).everybody.clips
    assert len(list(clips.good("greet"))) == 5
    assert _agents([*loud, *steady]) == ["A01"]


def test_calls_of_unknown_agents_may_be_shown() -> None:
    assert _agents(_calls("", 9, 9)) == [""]
