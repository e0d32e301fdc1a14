"""Which turns a check looks at, for every key of the scope, and what makes a scope unanswerable."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.checks.scope import Scope, call_end_s, missing_facts, window_of
from qa_pipeline.core.span import Span
from tests.factories import A, C, U, ask, call, check, timed

SCOPED_CHECKS: list[dict[str, Any]] = [
    {"phrases": {"any": ["好"]}},
    {"regex": {"pattern": "好"}},
    {"question": {}},
]

#: agent 0-2, customer 2-4, agent 4-6, customer 6-8, agent 8-10
TALK = call(*timed((A, "一"), (C, "二"), (A, "三"), (C, "四"), (A, "五")), stages="onnrc")


@pytest.mark.parametrize(
    ("scope", "turns"),
    [
        ({}, (0, 1, 2, 3, 4)),
        ({"role": "agent"}, (0, 2, 4)),
        ({"role": "customer"}, (1, 3)),
        ({"stage": ["needs"]}, (1, 2)),
        ({"stage": ["needs", "close"]}, (1, 2, 4)),
        ({"stage": ["objection"]}, ()),
        ({"first_turns": 2}, (0, 1)),
        ({"last_turns": 2}, (3, 4)),
        ({"first_turns": 99}, (0, 1, 2, 3, 4)),
        ({"last_turns": 99}, (0, 1, 2, 3, 4)),
        ({"role": "agent", "first_turns": 2}, (0, 2)),
        ({"role": "customer", "last_turns": 1}, (3,)),
        ({"first_seconds": 4}, (0, 1, 2)),
        ({"first_seconds": 3.9}, (0, 1)),
        ({"last_seconds": 4}, (2, 3, 4)),
        ({"last_seconds": 3.9}, (3, 4)),
        ({"first_seconds": 6, "last_seconds": 6}, ()),
        ({"role": "agent", "first_turns": 2, "stage": ["needs"]}, (2,)),
        ({"role": "agent", "last_seconds": 5}, (2, 4)),
    ],
)
def test_window_of_every_key(scope: dict[str, Any], turns: tuple[int, ...]) -> None:
    if {"first_seconds", "last_seconds"} <= scope.keys():
        with pytest.raises(ValidationError, match="first_seconds or last_seconds, not both"):
            Scope.model_validate(scope)
        return
    assert window_of(Scope.model_validate(scope), TALK).turns == turns


def test_window_names_its_time() -> None:
    assert window_of(Scope(stage=("needs",)), TALK).span == Span(2, 6)
    assert window_of(Scope(), call((A, "一"))).span is None


def test_last_seconds_count_from_the_end_of_the_recording() -> None:
    # Ten seconds of silence follow the last word: its last 5 s hold no speech.
    quiet_end = call(*timed((A, "一"), (C, "二")), recording_s=14.0)
    assert call_end_s(quiet_end) == 14.0
    assert window_of(Scope(last_seconds=5), quiet_end).turns == ()
    assert window_of(Scope(last_seconds=10), quiet_end).turns == (1,)


def test_end_is_the_last_word_where_the_recording_claims_less() -> None:
    assert call_end_s(call(*timed((A, "一"), (C, "二")), recording_s=1.0)) == 4.0
    assert call_end_s(call()) == 0.0


@pytest.mark.parametrize(
    ("scope", "lines", "code"),
    [
        ({}, [], "no_speech"),
        ({"role": "agent", "stage": ["close"], "first_seconds": 1}, [], "no_speech"),
        ({"role": "agent"}, [(U, "好"), (U, "好")], "roles_unknown"),
        ({"role": "agent"}, [(U, "好"), (C, "好")], "party_silent"),
        ({"role": "customer"}, [(A, "好")], "party_silent"),
        ({"first_seconds": 9}, [(A, "好", 0, 1), (C, "好")], "times_unknown"),
        ({"last_seconds": 9}, [(A, "好")], "times_unknown"),
        ({"stage": ["opening"]}, [(A, "好")], "stages_unknown"),
    ],
)
@pytest.mark.parametrize("asked", SCOPED_CHECKS, ids=lambda asked: next(iter(asked)))
def test_what_is_not_known_makes_the_check_unknown(
    asked: dict[str, Any], scope: dict[str, Any], lines: list[Any], code: str
) -> None:
    name, params = next(iter(asked.items()))
    finding = ask(call(*lines), **{name: {**params, **scope}})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)
    assert not finding.hits


def test_turn_of_unknown_role_is_searched_only_without_a_role() -> None:
    mixed = call((U, "您好"), (A, "嗯"))
    assert ask(mixed, phrases={"any": ["您好"]}).state is State.HOLDS
    assert ask(mixed, phrases={"role": "agent", "any": ["您好"]}).state is State.FAILS


def test_scope_that_can_be_answered_misses_nothing() -> None:
    assert missing_facts(Scope(role="agent", stage=("needs",), first_seconds=1), TALK) is None


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"role": "unknown"}, "role is agent or customer"),
        ({"role": "boss"}, "agent"),
        ({"stage": "opening"}, "tuple"),
        ({"stage": ["begin"]}, "opening"),
        ({"first_turns": 1, "last_turns": 1}, "not both"),
        ({"first_turns": 0}, "greater than or equal to 1"),
        ({"first_turns": 1.5}, "integer"),
        ({"first_turns": True}, "integer"),
        ({"last_turns": -1}, "greater than or equal to 1"),
        ({"first_seconds": 0}, "greater than 0"),
        ({"last_seconds": -3}, "greater than 0"),
        ({"first_seconds": "10"}, "number"),
        ({"first_seconds": True}, "number"),
        ({"firstturns": 1}, "Extra inputs"),
    ],
)
def test_impossible_scope_is_refused(scope: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(phrases={"any": ["好"], **scope})


roles = st.lists(st.sampled_from([A, C, U]), min_size=1, max_size=8)


@given(roles, st.integers(1, 9), st.sampled_from([None, "agent", "customer"]))
def test_first_and_last_turns_are_the_ends_of_the_whole_window(spoken: list[Any], n: int, role: str | None) -> None:
    talk = call(*timed(*[(who, "好") for who in spoken]))
    whole = window_of(Scope.model_validate({"role": role}), talk).turns
    assert window_of(Scope.model_validate({"role": role, "first_turns": n}), talk).turns == whole[:n]
    assert window_of(Scope.model_validate({"role": role, "last_turns": n}), talk).turns == whole[-n:]


@given(roles, st.integers(1, 40))
def test_more_seconds_never_search_less(spoken: list[Any], n: int) -> None:
    talk = call(*timed(*[(who, "好") for who in spoken]))
    for key in ("first_seconds", "last_seconds"):
        fewer, more = (set(window_of(Scope.model_validate({key: s / 2}), talk).turns) for s in (n, n + 1))
        assert fewer <= more
