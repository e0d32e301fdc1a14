"""``act``: what turns do, from the acts that come with the call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import Call
from qa_pipeline.core.facts import Act
from qa_pipeline.core.score import How
from tests.factories import A, C, U, ask, call, check, timed


def acted(*acts: tuple[Act, ...]) -> Call:
    """A call of as many turns, agent and customer in turn."""
    lines = timed(*(((A, C)[i % 2], f"第{i}句") for i in range(len(acts))))
    return replace(call(*lines), turn_acts=acts)


GREET, QUOTE, THANK = Act("greet", 0.9), Act("quote_price", 0.8), Act("thank")
TALK = acted((GREET,), (), (QUOTE, Act("thank", 0.3)), (Act("object_price", 0.7),), (THANK,))


@pytest.mark.parametrize(
    ("params", "state", "code"),
    [
        ({"any": ["greet"]}, State.HOLDS, "act_found"),
        ({"any": ["refuse", "thank"]}, State.HOLDS, "act_found"),
        ({"any": ["refuse"]}, State.FAILS, "act_missing"),
        ({"any": ["greet", "thank"], "min_hits": 2}, State.HOLDS, "act_found"),
        ({"any": ["greet", "thank"], "min_hits": 3}, State.HOLDS, "act_found"),
        ({"any": ["greet", "thank"], "min_hits": 3, "min_probability": 0.5}, State.FAILS, "act_missing"),
        ({"any": ["greet"], "role": "customer"}, State.FAILS, "act_missing"),
        ({"all": ["greet", "quote_price", "thank"]}, State.HOLDS, "act_found"),
        ({"all": ["greet", "refuse"]}, State.FAILS, "act_missing"),
        ({"none": ["refuse"]}, State.HOLDS, "acts_none"),
        ({"none": ["object_price"]}, State.FAILS, "forbidden_found"),
        ({"none": ["object_price"], "role": "agent"}, State.HOLDS, "acts_none"),
    ],
)
def test_acts(params: dict[str, Any], state: State, code: str) -> None:
    finding = ask(TALK, act=params)
    assert (finding.state, finding.reason.code) == (state, code)
    assert finding.evidence.searched


def test_hit_is_the_whole_turn_with_act_and_probability() -> None:
    (hit,) = ask(TALK, act={"any": ["quote_price"]}).hits
    assert (hit.turn, hit.start, hit.end) == (2, 0, 3)
    assert (hit.matched, hit.how, hit.similarity) == ("quote_price", How.ACT, 0.8)
    assert hit.span == TALK.turns[2].span


def test_claimed_acts_count_and_with_a_bound_the_less_sure_are_the_nearest_of_a_miss() -> None:
    assert ask(TALK, act={"any": ["thank"], "first_turns": 3}).state is State.HOLDS
    finding = ask(TALK, act={"any": ["thank"], "first_turns": 3, "min_probability": 0.5})
    assert finding.state is State.FAILS
    assert finding.evidence.nearest is not None
    assert (finding.evidence.nearest.turn, finding.evidence.nearest.similarity) == (2, 0.3)
    assert ask(TALK, act={"any": ["thank"], "first_turns": 3, "min_probability": 0.3}).state is State.HOLDS


def test_probability_zero_is_not_certainty() -> None:
    both = acted((Act("greet", 0.0), Act("thank", 0.6)))
    bound = {"min_probability": 0.5}
    assert [hit.matched for hit in ask(both, act={"any": ["greet", "thank"], **bound}).hits] == ["thank"]
    assert ask(acted((Act("greet", 0.0),)), act={"any": ["greet"], **bound}).state is State.FAILS


def test_an_act_of_a_rule_has_no_probability_and_counts() -> None:
    assert ask(TALK, act={"any": ["thank"], "min_probability": 1.0}).state is State.HOLDS


def test_miss_of_all_names_what_is_absent() -> None:
    assert ask(TALK, act={"all": ["greet", "refuse", "press"]}).reason.values == {"wanted": "refuse, press"}


def test_every_turn() -> None:
    finding = ask(TALK, act={"any": ["greet", "quote_price"], "role": "agent", "every_turn": True})
    assert (finding.state, finding.evidence.searched) == (State.FAILS, (4,))
    assert ask(acted((GREET,)), act={"any": ["greet"], "every_turn": True}).state is State.HOLDS


@pytest.mark.parametrize(
    ("asked", "params", "code"),
    [
        (call(), {"any": ["greet"]}, "no_speech"),
        (call((A, "您好")), {"any": ["greet"]}, "acts_unknown"),
        (call((A, "您好")), {"none": ["greet"]}, "acts_unknown"),
        (call((U, "您好")), {"any": ["greet"], "role": "agent"}, "roles_unknown"),
    ],
)
def test_unknown_stays_unknown(asked: Call, params: dict[str, Any], code: str) -> None:
    finding = ask(asked, act=params)
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"any": []},
        {"any": ["greet"], "none": ["refuse"]},
        {"any": ["Greet"]},
        {"any": ["greet"], "min_hits": 0},
        {"all": ["greet"], "min_hits": 2},
        {"none": ["greet"], "every_turn": True},
        {"any": ["greet"], "min_probability": 1.5},
        {"any": ["greet"], "min_probability": float("nan")},
    ],
)
def test_impossible_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(act=params)
