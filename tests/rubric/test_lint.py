"""Mistakes of a form as a whole, each with the form that has it and one that has not."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.rubric.lint import lint
from tests.factories import criterion, form, line, rubric

SAID = {"phrases": {"any": ["您好"]}}
NOT_SAID = {"phrases": {"none": ["您好"]}}
OTHER = {"phrases": {"any": ["再见"]}}
STAGE = {"stage_present": {"any": ["objection"]}}


def found(*criteria: Any, **more: Any) -> list[str]:
    """The mistakes of a form with one section, each as ``last key: message``."""
    return [f"{path[-1]}: {message}" for path, message in lint(rubric(*criteria, **more).rubric)]


def of_form(*sections: dict[str, Any], **more: Any) -> list[tuple[tuple[str | int, ...], str]]:
    return lint(form(*sections, **more).rubric)


def test_a_form_without_mistakes() -> None:
    assert found() == []
    assert found(criterion(), criterion("other", check=OTHER, when=SAID)) == []


# -- references ---------------------------------------------------------------


def test_a_reference_to_nothing_names_what_may_be_meant() -> None:
    conditions = {"objection": STAGE}
    wrong = criterion(when={"all": [{"use": "objektion"}, OTHER]})
    assert found(wrong, conditions=conditions) == ["use: there is no condition objektion; did you mean objection?"]
    assert found(criterion(when={"use": "zzz"})) == ["use: there is no condition zzz; name it under conditions"]
    assert found(criterion(when={"use": "objection"}), conditions=conditions) == []


def test_conditions_that_no_criterion_leads_to_are_named() -> None:
    conditions = {"used": {"not": {"use": "inner"}}, "inner": STAGE, "idle": {"use": "below"}, "below": OTHER}
    mistakes = found(criterion(when={"use": "used"}), conditions=conditions)
    assert [mistake.split(":")[0] for mistake in mistakes] == ["idle", "below"]


def test_a_reference_inside_an_anchor_counts() -> None:
    anchored = {"phrases": {"any": ["a"], "after": {"check": {"use": "objection"}}}}
    assert found(criterion(check=anchored), conditions={"objection": STAGE}) == []


@pytest.mark.parametrize(
    ("conditions", "circle"),
    [
        ({"a": {"not": {"use": "a"}}}, "a → a"),
        ({"a": {"use": "b"}, "b": {"all": [{"use": "c"}, OTHER]}, "c": {"use": "a"}}, "a → b → c → a"),
        ({"a": {"use": "b"}, "b": {"any": [{"use": "b"}, OTHER]}}, "b → b"),
    ],
)
def test_conditions_in_a_circle_are_named_once(conditions: dict[str, Any], circle: str) -> None:
    mistakes = found(criterion(when={"use": "a"}), conditions=conditions)
    assert mistakes == [f"{circle.split()[0]}: leads back to itself: {circle}"]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            {"criterion_model": {"criterion": "greets"}},
            "criterion: the model behaviours does not know greets; did you mean greet?",
        ),
        (
            {"model": {"shows": "agent_greeet"}},
            "shows: the model behaviours does not know agent_greeet; did you mean agent_greet?",
        ),
        ({"criterion_model": {"criterion": "qqqq"}}, "it knows "),
    ],
)
def test_a_model_is_asked_only_what_it_was_trained_on(check: dict[str, Any], message: str) -> None:
    (mistake,) = found(criterion(check=check))
    assert message in mistake


def test_a_model_that_is_not_installed_here_is_not_judged() -> None:
    assert found(criterion(check={"criterion_model": {"criterion": "anything", "model": "no/such/folder"}})) == []
    assert found(criterion(check={"criterion_model": {"criterion": "greet"}})) == []


# -- points -------------------------------------------------------------------


def test_points_of_a_section_add_up() -> None:
    lines = [line("a", points=5), line("b", points=3, weight=2, check=OTHER), line("c", bonus=9, check=STAGE)]
    assert of_form({"id": "s", "points": 11, "criteria": lines}) == []
    assert of_form({"id": "s", "points": 12, "criteria": lines}) == [
        (("sections", 0, "points"), "the criteria add up to 11, not 12")
    ]
    assert of_form({"id": "s", "points": 22, "weight": 2, "criteria": lines}) == []
    assert of_form({"id": "s", "points": 21, "start": 10, "criteria": lines}) == []


def test_points_of_the_form_add_up() -> None:
    first, second = (
        {"id": name, "criteria": [line(f"{name}1", points=5, check=c)]} for name, c in (("a", SAID), ("b", OTHER))
    )
    assert of_form(first, second, start=90, total_points=100) == []
    assert of_form(first, second, total_points=100) == [(("total_points",), "start and points add up to 10, not 100")]


def test_a_section_that_does_not_add_up_is_named_alone() -> None:
    """The form counts what its sections say, so that one slip is one mistake."""
    sections = (
        {"id": "a", "points": 6, "criteria": [line("a1", points=5)]},
        {"id": "b", "points": 4, "criteria": [line("b1", points=4, check=OTHER)]},
    )
    assert [path for path, _ in of_form(*sections, total_points=10)] == [("sections", 0, "points")]


def test_tenths_add_up() -> None:
    lines = [line(f"c{i}", points=0.1, check={"phrases": {"any": [f"词{i}"]}}) for i in range(10)]
    assert of_form({"id": "s", "points": 1, "criteria": lines}, total_points=1) == []


def test_a_form_without_anything_to_earn() -> None:
    assert found(line("a", deduct={"points": 1})) == [
        "sections: no points can be earned: give a start, or criteria with points"
    ]
    assert found(line("a", deduct={"points": 1}), start=10) == []


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"floor": 5, "ceiling": 4}, "floor: the floor 5 lies above the ceiling 4"),
        ({"ceiling": 4}, "ceiling: 10 points can be earned: the ceiling 4 would cut them off"),
        ({"floor": 10}, "floor: no call could have less than all 10 points"),
    ],
)
def test_floor_and_ceiling_leave_room(frame: dict[str, float], message: str) -> None:
    assert found(**frame) == [message]
    (mistake,) = of_form({"id": "s", "criteria": [line("a", points=10)], **frame})
    assert mistake == (("sections", 0, message.split(":")[0]), message.split(": ", 1)[1])


def test_a_frame_that_fits() -> None:
    assert found(floor=-5, ceiling=10) == []


@pytest.mark.parametrize(
    ("more", "mistakes"),
    [
        ({"pass_points": 9, "start": 10}, []),
        ({"pass_points": 11, "start": 10}, ["pass_points: no call can reach 11: 10 is the most without a bonus"]),
        (
            {"pass_points": 0, "start": 10},
            ["pass_points: every call passes that crosses no red line: none has less than 0"],
        ),
        ({"pass_points": 0, "start": 10, "floor": -5}, []),
    ],
)
def test_pass_points_of_a_deduction_form(more: dict[str, float], mistakes: list[str]) -> None:
    assert found(line("a", deduct={"points": 1}), **more) == mistakes


def test_pass_points_do_not_go_with_earned_points() -> None:
    assert found(pass_points=8) == [
        "pass_points: criteria that do not apply lower what can be earned: use pass_percent, or start with all points"
    ]


def test_a_pass_line_in_percent_decides_something() -> None:
    assert found(pass_percent=60) == []
    assert found(pass_percent=0) == ["pass_percent: every call passes that crosses no red line"]


def test_a_red_line_of_a_section_needs_points_to_take() -> None:
    rude = line("rude", deduct={"points": 2}, fatal="section")
    assert of_form({"id": "s", "start": 10, "criteria": [rude]}) == []
    assert of_form({"id": "s", "criteria": [rude]}, start=10) == [
        (
            ("sections", 0, "criteria", 0, "fatal"),
            "the section has no points to lose: give it a start, or use fatal: call",
        )
    ]


# -- settings without effect --------------------------------------------------


def test_settings_need_what_they_go_with() -> None:
    assert found(criterion(partly_share=0.3)) == ["partly_share: has no effect without partly"]
    assert found(criterion(partly_share=0.3, partly=OTHER)) == []
    assert found(criterion(examples={"partly": ["喂"], "na": ["喂呀"]})) == [
        "partly: nothing is ever partly met here: there is no partly",
        "na: this criterion always applies: there is no when",
    ]
    assert found(criterion(examples={"partly": ["喂"], "na": ["喂呀"]}, when=OTHER, partly=STAGE)) == []


def test_an_example_gets_one_verdict() -> None:
    assert found(criterion(examples={"met": ["您好", "喂"], "missed": ["喂"]})) == [
        "0: stands under met too: it can get one verdict only"
    ]


def test_an_example_that_cannot_be_read_is_a_mistake() -> None:
    (mistake,) = found(criterion(examples={"met": ["您好", "[closing] 坐席：您好"]}))
    assert mistake.startswith("1: line 1: [closing] is no stage") and mistake.endswith("did you mean close?")


def test_a_cost_per_hit_needs_hits() -> None:
    per_hit = {"points": 1, "per": "hit", "cap": 3}
    (mistake,) = found(line("a", deduct=per_hit), start=10)
    assert mistake == "per: what is missing has no hits and costs once: use per: call, or forbid words"
    assert found(line("a", deduct=per_hit, check=NOT_SAID), start=10) == []
    assert found(line("a", deduct=per_hit, check={"silence": {"longer_than_s": 8}}), start=10) == []


# -- criteria that nothing can reach --------------------------------------------


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        ({"when": {"all": [STAGE, {"not": STAGE}]}}, ["all: can never hold: its parts contradict each other"]),
        ({"when": {"any": [STAGE, {"not": STAGE}]}}, ["any: always holds: one of its parts is true whatever is said"]),
        ({"check": {"all": [SAID, NOT_SAID]}}, ["all: can never hold: its parts contradict each other"]),
        (
            {"check": {"any": [OTHER, {"all": [{"duration": {"min": 9}}, {"duration": {"max": 5}}]}]}},
            ["all: can never hold: its parts contradict each other"],
        ),
        ({"when": SAID}, ["check: is always met: when already decides it"]),
        ({"when": {"all": [OTHER, NOT_SAID]}}, ["check: is always missed: when already decides it"]),
        ({"when": {"any": [OTHER, NOT_SAID]}}, []),
        ({"when": {"phrases": {"any": ["您好"], "role": "agent"}}}, []),
        (
            {"when": {"duration": {"min": 60}}, "check": {"duration": {"min": 30}}},
            ["check: is always met: when already decides it"],
        ),
        ({"when": {"duration": {"min": 60}}, "check": {"duration": {"min": 90}}}, []),
        ({"partly": SAID}, ["partly: can never hold: it is asked where check fails, and needs what check asks"]),
        (
            {"partly": {"all": [SAID, OTHER]}},
            ["partly: can never hold: it is asked where check fails, and needs what check asks"],
        ),
        ({"partly": NOT_SAID}, ["partly: always holds where check fails: nothing could be missed"]),
        ({"partly": OTHER, "when": OTHER}, ["partly: always holds where check fails: nothing could be missed"]),
        ({"partly": {"any": [SAID, OTHER]}}, []),
    ],
)
def test_what_is_decided_before_any_call(fields: dict[str, Any], mistakes: list[str]) -> None:
    assert found(criterion(**fields)) == mistakes


def test_a_condition_that_can_never_hold_is_named_where_it_stands() -> None:
    conditions = {"never": {"all": [STAGE, {"not": STAGE}]}}
    assert of_form(
        {
            "id": "s",
            "criteria": [
                line("a", points=1, when={"use": "never"}),
                line("b", points=1, when={"not": {"use": "never"}}),
            ],
        },
        conditions=conditions,
    ) == [(("conditions", "never", "all"), "can never hold: its parts contradict each other")]


def test_the_same_question_is_asked_once() -> None:
    same = {"any": [{"not": {"not": SAID}}]}
    assert found(criterion(), criterion("again", check=same)) == [
        "check: asks exactly what greet asks: points would count twice"
    ]
    assert found(criterion(), criterion("elsewhere", when=OTHER)) == []
    assert found(criterion(when=OTHER), criterion("again", check=same, when={"all": [OTHER]})) == [
        "check: asks exactly what greet asks: points would count twice"
    ]


NOWHERE = "has no place in the call: it holds when something is absent, or for the whole call"


@pytest.mark.parametrize(
    "absent",
    [
        NOT_SAID,
        {"not": SAID},
        {"regex": {"pattern": "a", "forbid": True}},
        {"act": {"none": ["greet"]}},
        {"duration": {"min": 5}},
        {"metadata": {"expression": "amount > 1"}},
        {"all": [NOT_SAID, {"use": "quiet"}]},
    ],
    ids=str,
)
def test_what_has_no_place_cannot_come_before_or_after(absent: dict[str, Any]) -> None:
    conditions = {"quiet": NOT_SAID}
    used = criterion("used", when={"use": "quiet"}, check=STAGE)
    for place, check in (
        ("first", {"order": {"first": absent, "then": OTHER}}),
        ("after", {"within": {"check": OTHER, "after": absent, "turns": 1}}),
        (1, {"flow": {"steps": [OTHER, absent]}}),
        ("check", {"phrases": {"any": ["再见"], "before": {"check": absent}}}),
    ):
        assert found(criterion(check=check), used, conditions=conditions) == [f"{place}: {NOWHERE}"]


@pytest.mark.parametrize(
    "placed",
    [
        SAID,
        {"not": NOT_SAID},
        {"any": [SAID, {"duration": {"min": 5}}]},
        {"not": {"phrases": {"any": ["a"], "min_hits": 2}}},
        {"not": {"duration": {"max": 5}}},
        {"ended_by": {"role": "agent"}},
    ],
    ids=str,
)
def test_what_may_have_a_place_is_let_pass(placed: dict[str, Any]) -> None:
    assert found(criterion(check={"order": {"first": placed, "then": STAGE}})) == []


def test_nothing_comes_before_itself() -> None:
    assert found(criterion(check={"order": {"first": SAID, "then": {"all": [SAID]}}})) == [
        "then: asks the same as first: nothing comes before itself"
    ]
    assert found(criterion(check={"within": {"check": SAID, "around": SAID, "turns": 2}})) == [
        "check: asks the same as around: everything is near itself"
    ]


@pytest.mark.parametrize(("leaf", "mistakes"), [(NOT_SAID, 1), (SAID, 0)])
def test_conditions_that_name_each_other_many_times_are_followed_once(leaf: dict[str, Any], mistakes: int) -> None:
    """Forty levels of two references each would be a trillion ways down."""
    conditions: dict[str, Any] = {"c0": leaf}
    for level in range(1, 41):
        conditions[f"c{level}"] = {"any": [{"use": f"c{level - 1}"}, {"use": f"c{level - 1}"}]}
    asked = criterion(check={"order": {"first": {"use": "c40"}, "then": OTHER}})
    assert sum("has no place" in mistake for mistake in found(asked, conditions=conditions)) == mistakes
