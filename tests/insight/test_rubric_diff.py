"""What an edit of a rubric changes: calls, agents, criteria, and by how much."""

from __future__ import annotations

import json

import pytest

from qa_pipeline.core.call import Call, CallMetadata
from qa_pipeline.insight.rubric_diff import Standing, VerdictChange, rubric_diff
from qa_pipeline.rubric.model import LoadedRubric
from tests.factories import A, U, call, criterion, rubric

GREET = criterion("greet")
THANK = criterion("thank", check={"phrases": {"any": ["谢谢"]}})
BEFORE = rubric(GREET, THANK, pass_percent=50)


def said(call_id: str, text: str, agent: str | None = None, name: str | None = None) -> Call:
    return call((A, text), call_id=call_id, metadata=CallMetadata(agent_id=agent, agent_name=name))


CALLS = [
    said("both", "您好谢谢", "A1"),
    said("greeted", "您好", "A1"),
    said("thanked", "谢谢", "A2"),
    said("neither", "喂", None),
]


def stricter() -> LoadedRubric:
    """Greets now asks for 早上好 too; a new line asks for 再见."""
    greet = criterion("greet", check={"phrases": {"all": ["您好", "早上好"]}})
    return rubric(greet, THANK, criterion("bye", check={"phrases": {"any": ["再见"]}}), pass_percent=50)


def test_the_same_rubric_changes_nothing() -> None:
    found = rubric_diff(CALLS, BEFORE, BEFORE)
    assert (found.calls, found.changed, dict(found.criteria)) == (4, [], {})
    assert all(agent.mean_percent_change == 0 for agent in found.agents.values())


def test_every_figure_of_a_stricter_version() -> None:
    """Percent before: 100, 50, 50, 0; after (three lines): 33⅓, 0, 33⅓, 0. All but the last passed; none does now."""
    found = rubric_diff(CALLS, BEFORE, stricter())
    assert found.calls == 4
    before_after = [(c.call_id, c.before, c.after) for c in found.changed]
    third = pytest.approx(100 / 3)
    assert before_after == [
        ("both", Standing(100.0, True), Standing(third, False)),
        ("greeted", Standing(50.0, True), Standing(0.0, False)),
        ("thanked", Standing(50.0, True), Standing(third, False)),
        ("neither", Standing(0.0, False), Standing(0.0, False)),
    ]
    assert found.changed[0].verdicts == (VerdictChange("greet", "met", "missed"), VerdictChange("bye", "", "missed"))
    assert {name: dict(moves) for name, moves in found.criteria.items()} == {
        "greet": {("met", "missed"): 2},
        "bye": {("", "missed"): 4},
    }
    agents = found.as_dict()["agents"]
    assert isinstance(agents, dict)
    # A1: (33⅓ − 100 + 0 − 50) / 2
    assert agents["A1"] == {
        "calls": 2,
        "mean_percent_change": pytest.approx((100 / 3 - 150) / 2),
        "n": 2,
        "newly_passed": 0,
        "newly_failed": 2,
    }
    assert (agents["A2"]["newly_failed"], agents[""]["newly_failed"]) == (1, 0)


def test_the_way_back_turns_every_figure_round() -> None:
    there, back = rubric_diff(CALLS, BEFORE, stricter()), rubric_diff(CALLS, stricter(), BEFORE)
    assert [c.percent_change for c in back.changed] == [-(c.percent_change or 0) for c in there.changed]
    assert sum(agent.newly_passed for agent in back.agents.values()) == 3


def test_a_line_that_goes_is_a_change() -> None:
    (change,) = rubric_diff([said("a", "您好谢谢")], BEFORE, rubric(GREET, pass_percent=50)).changed
    assert (change.verdicts, change.percent_change) == ((VerdictChange("thank", "met", ""),), 0.0)


def test_another_pass_line_alone_is_a_change() -> None:
    found = rubric_diff(CALLS, BEFORE, rubric(GREET, THANK, pass_percent=60))
    assert [(c.call_id, c.verdicts, c.newly_failed) for c in found.changed] == [
        ("greeted", (), True),
        ("thanked", (), True),
    ]
    none_before = rubric_diff(CALLS, rubric(GREET, THANK), BEFORE)
    assert sum(agent.newly_passed for agent in none_before.agents.values()) == 3


def test_a_call_that_cannot_be_scored_has_no_change_in_points() -> None:
    unknown = call((U, "您好"), call_id="u", metadata=CallMetadata(agent_id="A1"))
    by_role = rubric(criterion("greet", check={"phrases": {"role": "agent", "any": ["您好"]}}), pass_percent=50)
    found = rubric_diff([unknown], rubric(GREET, pass_percent=50), by_role)
    (change,) = found.changed
    assert (change.percent_change, change.after) == (None, Standing(None, None))
    assert (found.agents["A1"].comparable, found.agents["A1"].mean_percent_change) == (0, None)
    assert change.verdicts == (VerdictChange("greet", "met", "not_scorable"),)


def test_two_agents_of_one_name_are_two() -> None:
    calls = [said("a", "您好", "A1", "王芳"), said("b", "您好", "A2", "王芳"), said("c", "您好", None, "李雷")]
    assert set(rubric_diff(calls, BEFORE, BEFORE).agents) == {"王芳 (A1)", "王芳 (A2)", "李雷"}


def test_the_figures_are_plain_json() -> None:
    found = rubric_diff(CALLS, BEFORE, stricter()).as_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["changed"][0] == {  # type: ignore[index]
        "call_id": "both",
        "agent": "A1",
        "percent_before": 100.0,
        "percent_after": pytest.approx(100 / 3),
        "passed_before": True,
        "passed_after": False,
        "verdicts": [
            {"criterion": "greet", "before": "met", "after": "missed"},
            {"criterion": "bye", "before": "", "after": "missed"},
        ],
    }
