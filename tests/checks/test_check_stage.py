"""``stage_present``, ``stage_order`` and ``stage_share``."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.score import How
from qa_pipeline.core.span import Span
from tests.factories import A, C, ask, call, check, timed

#: opening 2 s, needs 4 s, recommendation 2 s, needs 2 s.
TALK = call(*timed((A, "一"), (C, "二"), (A, "三"), (A, "四"), (C, "五")), stages="onnrn")


def test_all_stages_are_shown_by_their_first_turns() -> None:
    finding = ask(TALK, stage_present={"all": ["recommendation", "opening"]})
    assert (finding.state, [hit.turn for hit in finding.hits]) == (State.HOLDS, [0, 3])
    assert [hit.matched for hit in finding.hits] == ["opening", "recommendation"]
    assert all(hit.how is How.STAGE and hit.span for hit in finding.hits)


def test_too_few_turns_of_a_stage_are_the_nearest() -> None:
    finding = ask(TALK, stage_present={"any": ["recommendation"], "min_turns": 2})
    assert (finding.state, finding.reason.values) == (State.FAILS, {"stage": "recommendation"})
    assert finding.evidence.nearest is not None
    assert finding.evidence.nearest.turn == 3
    assert ask(TALK, stage_present={"any": ["close"]}).evidence.nearest is None


@pytest.mark.parametrize(
    ("params", "state", "code"),
    [
        ({"order": ["opening", "needs", "recommendation"]}, State.HOLDS, "stages_in_order"),
        ({"order": ["recommendation", "needs"]}, State.FAILS, "stages_out_of_order"),
        ({"order": ["opening", "close", "needs"]}, State.HOLDS, "stages_in_order"),
        ({"order": ["opening", "close"], "require_all": True}, State.FAILS, "stage_absent"),
        ({"order": ["opening", "close"]}, State.UNKNOWN, "nothing_to_locate"),
        ({"order": ["objection", "close"]}, State.UNKNOWN, "nothing_to_locate"),
    ],
)
def test_stage_order(params: dict[str, Any], state: State, code: str) -> None:
    finding = ask(TALK, stage_order=params)
    assert (finding.state, finding.reason.code) == (state, code)
    assert (state is State.UNKNOWN) == (not finding.evidence.searched)


def test_stages_out_of_order_are_named_and_shown() -> None:
    finding = ask(TALK, stage_order={"order": ["opening", "recommendation", "needs"]})
    assert finding.reason.values == {"first": "recommendation", "then": "needs"}
    assert [hit.turn for hit in finding.hits] == [3, 1]


@pytest.mark.parametrize(
    ("params", "state", "value"),
    [
        ({"stage": "needs", "max": 60}, State.HOLDS, 60.0),
        ({"stage": "needs", "max": 59}, State.FAILS, 60.0),
        ({"stage": "opening", "min": 21}, State.FAILS, 20.0),
        ({"stage": "close", "max": 5}, State.HOLDS, 0.0),
        ({"stage": "close", "min": 5}, State.FAILS, 0.0),
    ],
)
def test_share_of_turns(params: dict[str, Any], state: State, value: float) -> None:
    finding = ask(TALK, stage_share=params)
    assert (finding.state, finding.reason.values["value"]) == (state, value)
    assert finding.evidence.searched == (0, 1, 2, 3, 4)


def test_share_of_time_counts_seconds_spoken() -> None:
    asked = call((A, "一", 0, 6), (C, "二", 10, 12), stages="on")
    assert ask(asked, stage_share={"stage": "opening", "max": 75, "of": "time"}).state is State.HOLDS
    finding = ask(asked, stage_share={"stage": "opening", "max": 74, "of": "time"})
    assert (finding.state, finding.reason.values["value"]) == (State.FAILS, 75.0)
    assert finding.hits[0].span == Span(0, 6)


@pytest.mark.parametrize(
    "named",
    [
        {"stage_present": {"any": ["close"]}},
        {"stage_order": {"order": ["opening", "close"]}},
        {"stage_share": {"stage": "close", "max": 1}},
    ],
)
def test_without_stages_nothing_is_answered(named: dict[str, Any]) -> None:
    assert ask(call((A, "一")), **named).reason.code == "stages_unknown"
    assert ask(call(), **named).reason.code == "no_speech"


def test_without_times_only_the_share_of_time_is_unknown() -> None:
    asked = call((A, "一"), (C, "二"), stages="on")
    assert ask(asked, stage_share={"stage": "opening", "max": 50}).state is State.HOLDS
    finding = ask(asked, stage_share={"stage": "opening", "max": 50, "of": "time"})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "times_unknown")


@pytest.mark.parametrize(
    "named",
    [
        {"stage_present": {"any": ["close", "close"]}},
        {"stage_present": {"any": ["close"], "min_turns": 0}},
        {"stage_order": {"order": ["opening"]}},
        {"stage_order": {"order": ["opening", "opening"]}},
        {"stage_order": {"order": ["opening", "end"]}},
        {"stage_share": {"stage": "needs"}},
        {"stage_share": {"stage": "needs", "max": 120}},
        {"stage_share": {"stage": "needs", "min": -1}},
        {"stage_share": {"max": 50}},
    ],
)
def test_impossible_parameters_are_refused(named: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**named)
