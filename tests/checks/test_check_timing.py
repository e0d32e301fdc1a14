"""Silence, response time, overlap, monologue, talk ratio, duration, number of turns, and who hung up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import Call, Role, TalkFacts
from qa_pipeline.core.facts import Overlap
from qa_pipeline.core.score import How
from qa_pipeline.core.span import Span
from tests.factories import A, C, U, ask, call, check, recording

#: Gaps of 4 s (after the agent) and 2 s (after the customer); the customer's 嗯 lies inside the agent's last turn.
TALK = call((A, "您好", 0, 2), (C, "喂", 6, 8), (A, "是这样", 10, 20), (C, "嗯", 14, 14.5), (C, "好", 20.5, 22))
NO_TIMES = call((A, "您好"), (C, "喂"))
NO_ROLES = call((U, "您好", 0, 2), (U, "喂", 6, 8))


def verdict(asked: Call, **named: Any) -> State:
    return ask(asked, **named).state


@pytest.mark.parametrize(
    ("params", "state", "gaps"),
    [
        ({"longer_than_s": 3}, State.FAILS, [(2.0, 6.0)]),
        ({"longer_than_s": 4}, State.HOLDS, []),
        ({"longer_than_s": 1}, State.FAILS, [(2.0, 6.0), (8.0, 10.0)]),
        ({"longer_than_s": 1, "count": {"max": 2}}, State.HOLDS, [(2.0, 6.0), (8.0, 10.0)]),
        ({"longer_than_s": 1, "count": {"min": 3}}, State.FAILS, [(2.0, 6.0), (8.0, 10.0)]),
        ({"longer_than_s": 1, "owner": "customer"}, State.FAILS, [(8.0, 10.0)]),
        ({"longer_than_s": 3, "owner": "customer"}, State.HOLDS, []),
        ({"longer_than_s": 1, "role": "agent"}, State.FAILS, [(8.0, 10.0)]),
        ({"longer_than_s": 1, "first_turns": 1}, State.HOLDS, []),
    ],
)
def test_silence(params: dict[str, Any], state: State, gaps: list[tuple[float, float]]) -> None:
    finding = ask(TALK, silence=params)
    assert finding.state is state
    assert [(hit.span.start_s, hit.span.end_s) for hit in finding.hits if hit.span] == gaps
    assert finding.evidence.searched
    assert all(hit.how is How.TIME and hit.matched for hit in finding.hits)


def test_speech_inside_a_longer_turn_opens_no_gap() -> None:
    # 嗯 ends at 14.5 s, but the agent speaks on until 20 s: 0.5 s of silence remain.
    assert verdict(TALK, silence={"longer_than_s": 0.4, "last_turns": 1}) is State.FAILS
    assert verdict(TALK, silence={"longer_than_s": 0.5, "last_turns": 1}) is State.HOLDS


def test_silence_of_nobody_known_is_unknown_only_where_it_decides() -> None:
    asked = call((U, "您好", 0, 2), (C, "喂", 6, 8), (A, "好", 12, 13))
    finding = ask(asked, silence={"longer_than_s": 3, "owner": "agent"})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "unsure_hits")
    assert verdict(asked, silence={"longer_than_s": 3, "owner": "customer", "count": {"max": 2}}) is State.HOLDS
    assert verdict(asked, silence={"longer_than_s": 3}) is State.FAILS


@pytest.mark.parametrize("name", ["silence", "response_time", "monologue", "overlap"])
def test_without_times_nothing_of_time_is_answered(name: str) -> None:
    params: dict[str, Any] = {
        "silence": {"longer_than_s": 1},
        "response_time": {"seconds": {"max": 1}},
        "monologue": {"seconds": {"max": 1}},
        "overlap": {},
    }[name]
    asked = replace(NO_TIMES, overlaps=())
    finding = ask(asked, **{name: params})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "times_unknown")
    assert ask(call(), **{name: params}).reason.code == "no_speech"


@pytest.mark.parametrize("name", ["response_time", "monologue"])
def test_without_roles_nobody_answers_and_nobody_speaks_on(name: str) -> None:
    finding = ask(NO_ROLES, **{name: {"seconds": {"max": 100}}})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "roles_unknown")


@pytest.mark.parametrize(
    ("params", "state", "turns", "value"),
    [
        ({"seconds": {"max": 3}, "role": "agent"}, State.HOLDS, [2], 2.0),
        ({"seconds": {"max": 3}}, State.FAILS, [1], 4.0),
        ({"seconds": {"max": 1}}, State.FAILS, [1, 2], 4.0),
        ({"seconds": {"max": 3}, "measure": "mean", "first_turns": 3}, State.HOLDS, [1], 3.0),
        ({"seconds": {"max": 2.9}, "measure": "median", "first_turns": 3}, State.FAILS, [1], 3.0),
        # The customer's turn inside the agent's answers nothing.
        ({"seconds": {"min": 0.2}, "role": "customer"}, State.HOLDS, [1], 4.0),
        ({"seconds": {"max": 3}, "role": "agent", "every_turn": True}, State.HOLDS, [2], 2.0),
    ],
)
def test_response_time(params: dict[str, Any], state: State, turns: list[int], value: float) -> None:
    finding = ask(TALK, response_time=params)
    assert (finding.state, finding.reason.values["value"]) == (state, value)
    assert [hit.turn for hit in finding.hits] == turns
    assert all(hit.span is not None for hit in finding.hits)


def test_a_remark_thrown_in_is_not_the_answer() -> None:
    # The customer speaks 0-10 s; the agent's 嗯 at 3 s lies inside, the answer comes at 11 s.
    asked = call((C, "我说", 0, 10), (A, "嗯", 3, 4), (A, "好的", 11, 12))
    assert ask(asked, response_time={"seconds": {"max": 5}, "measure": "mean"}).reason.values["value"] == 1.0
    assert [hit.turn for hit in ask(asked, response_time={"seconds": {"max": 0.9}}).hits] == [2]


def test_one_party_alone_answers_nobody() -> None:
    asked = call((A, "您好", 0, 1), (A, "在吗", 5, 6))
    finding = ask(asked, response_time={"seconds": {"max": 3}})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "nothing_to_measure")


#: The customer speaks 0-10 s; the agent comes in at 1 s and at 8 s; the customer comes in on the agent at 19 s.
CROSSED = replace(
    call((C, "我跟你说", 0, 10), (A, "嗯", 1, 1.5), (A, "不是的", 8, 20), (C, "喂", 19, 21), stages="oobb"),
    overlaps=(Overlap(Span(1, 1.5), True), Overlap(Span(8, 10), True), Overlap(Span(19, 20), False)),
)


@pytest.mark.parametrize(
    ("params", "state", "starts"),
    [
        ({}, State.FAILS, [1, 8, 19]),
        ({"by": "agent"}, State.FAILS, [1, 8]),
        ({"by": "customer"}, State.FAILS, [19]),
        ({"by": "agent", "longer_than_s": 2}, State.HOLDS, []),
        ({"by": "agent", "longer_than_s": 0.5}, State.FAILS, [8]),
        ({"by": "agent", "delay_s": 3}, State.FAILS, [8]),
        ({"by": "agent", "delay_s": 8}, State.FAILS, [8]),
        ({"by": "agent", "delay_s": 8.1}, State.HOLDS, []),
        ({"delay_s": 10}, State.FAILS, [19]),
        ({"stage": ["opening"]}, State.FAILS, [1]),
        ({"stage": ["objection"], "by": "agent", "count": {"max": 1}}, State.HOLDS, [8]),
        ({"count": {"min": 4}}, State.FAILS, [1, 8, 19]),
    ],
)
def test_overlap(params: dict[str, Any], state: State, starts: list[float]) -> None:
    finding = ask(CROSSED, overlap=params)
    assert finding.state is state
    assert [hit.span.start_s for hit in finding.hits if hit.span] == starts
    assert finding.evidence.searched


def test_overlap_belongs_to_the_turn_that_came_in() -> None:
    assert [hit.turn for hit in ask(CROSSED, overlap={}).hits] == [1, 2, 3]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (call(), "no_speech"),
        (replace(CROSSED, recording=recording(30, channels=1)), "mono"),
        (replace(CROSSED, recording=recording(30, identical_channels=True)), "mono"),
        (replace(CROSSED, overlaps=None), "overlaps_unknown"),
    ],
)
def test_overlap_needs_two_channels(asked: Call, code: str) -> None:
    finding = ask(asked, overlap={})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


def test_overlap_of_nobody_known_is_unknown_where_it_decides() -> None:
    asked = replace(CROSSED, overlaps=(Overlap(Span(8, 10), None), Overlap(Span(19, 20), False)))
    assert ask(asked, overlap={"by": "agent"}).reason.code == "unsure_hits"
    assert verdict(asked, overlap={"by": "agent", "count": {"max": 1}}) is State.HOLDS
    assert verdict(asked, overlap={"by": "customer"}) is State.FAILS
    assert verdict(asked, overlap={}) is State.FAILS


def test_delay_is_unknown_where_the_words_of_the_other_party_are() -> None:
    # Voice was heard on both channels at 30 s, but no turn of the customer covers it.
    asked = replace(call((C, "喂", 0, 1), (A, "您好", 29, 40)), overlaps=(Overlap(Span(30, 31), True),))
    assert ask(asked, overlap={"delay_s": 1}).reason.code == "unsure_hits"
    assert verdict(asked, overlap={}) is State.FAILS


#: The agent speaks 10 + 8 s around a short 嗯, then the customer 6 s, then the agent 12 s after a long silence.
SPEECH = call(
    (A, "一", 0, 10), (C, "嗯", 10, 10.5), (A, "二", 11, 19), (C, "三", 20, 26), (A, "四", 26, 27), (A, "五", 35, 47)
)


@pytest.mark.parametrize(
    ("params", "state", "value"),
    [
        ({"seconds": {"max": 18}}, State.HOLDS, 18.0),
        ({"seconds": {"max": 17}}, State.FAILS, 18.0),
        ({"seconds": {"max": 17}, "interruption_s": 0.5}, State.HOLDS, 12.0),
        ({"seconds": {"max": 12}, "interruption_s": 0.5, "pause_s": 8}, State.FAILS, 13.0),
        ({"seconds": {"max": 6}, "role": "customer"}, State.HOLDS, 6.0),
        ({"seconds": {"min": 7}, "role": "customer"}, State.FAILS, 6.0),
        ({"seconds": {"max": 9}, "last_turns": 4}, State.FAILS, 12.0),
    ],
)
def test_monologue(params: dict[str, Any], state: State, value: float) -> None:
    finding = ask(SPEECH, monologue=params)
    assert (finding.state, finding.reason.values["value"]) == (state, value)


def test_monologue_is_played_from_its_first_turn_to_its_last() -> None:
    (hit,) = ask(SPEECH, monologue={"seconds": {"max": 17}}).hits
    assert (hit.turn, hit.span, hit.matched) == (0, Span(0, 19), "18.0 s")


def test_every_monologue_that_is_too_long_is_shown() -> None:
    assert [hit.turn for hit in ask(SPEECH, monologue={"seconds": {"max": 11}}).hits] == [0, 5]


def test_monologue_begins_anew_where_the_scope_begins() -> None:
    asked = call((A, "一", 0, 10), (A, "二", 10, 14), (A, "三", 14, 19), stages="onn")
    finding = ask(asked, monologue={"seconds": {"max": 9}, "stage": ["needs"]})
    assert (finding.state, finding.reason.values["value"]) == (State.HOLDS, 9.0)


def test_no_turns_in_scope_leave_no_monologue() -> None:
    asked = call((A, "一", 0, 10), stages="o")
    assert ask(asked, monologue={"seconds": {"max": 9}, "stage": ["close"]}).reason.code == "nothing_to_measure"


@pytest.mark.parametrize(
    ("bounds", "state"),
    [({"max": 75}, State.HOLDS), ({"max": 74}, State.FAILS), ({"min": 75}, State.HOLDS), ({"min": 76}, State.FAILS)],
)
def test_talk_ratio_from_turns(bounds: dict[str, float], state: State) -> None:
    finding = ask(call((A, "一", 0, 6), (C, "二", 6, 8)), talk_ratio=bounds)
    assert (finding.state, finding.reason.values["value"]) == (state, 75.0)
    assert [hit.turn for hit in finding.hits] == [0]


def test_talk_ratio_of_the_sound_goes_before_turns_but_not_within_a_scope() -> None:
    asked = replace(
        call((A, "一", 0, 6), (C, "二", 6, 8), (A, "三", 8, 10), stages="onn", recording_s=10),
        talk=TalkFacts(6.0, 2.0, 0.0, 2.0, 10.0),
    )
    assert ask(asked, talk_ratio={"max": 50}).reason.values["value"] == 75.0
    assert ask(asked, talk_ratio={"max": 50, "stage": ["needs"]}).reason.values["value"] == 50.0
    assert ask(asked, talk_ratio={"max": 50, "stage": ["opening"]}).reason.values["value"] == 100.0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (call(), "no_speech"),
        (NO_TIMES, "speech_by_party_unknown"),
        (NO_ROLES, "speech_by_party_unknown"),
        (call((A, "一", 0, 6), (U, "二", 6, 8)), "speech_by_party_unknown"),
        (replace(TALK, recording=recording(30, channels=1)), "mono"),
        (replace(TALK, recording=recording(30, channels=1), talk=TalkFacts(None, None, None, 1, 30)), "mono"),
        (call((A, "一", 1, 1)), "nothing_to_measure"),
    ],
)
def test_talk_ratio_is_not_guessed(asked: Call, code: str) -> None:
    finding = ask(asked, talk_ratio={"max": 100})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize(("bounds", "state"), [({"min": 22}, State.HOLDS), ({"min": 22.1}, State.FAILS)])
def test_duration_of_turns(bounds: dict[str, float], state: State) -> None:
    assert verdict(TALK, duration=bounds) is state


def test_duration_of_the_recording() -> None:
    finding = ask(call((A, "您好"), recording_s=61), duration={"max": 60})
    assert (finding.state, finding.reason.values["value"], finding.evidence.searched) == (State.FAILS, 61.0, (0,))
    assert ask(NO_TIMES, duration={"max": 60}).reason.code == "times_unknown"
    assert ask(call(recording_s=61), duration={"max": 60}).reason.code == "no_speech"


@pytest.mark.parametrize(
    ("params", "state", "value"),
    [
        ({"count": {"min": 5}}, State.HOLDS, 5),
        ({"count": {"min": 3}, "role": "agent"}, State.FAILS, 2),
        ({"count": {"max": 3}, "role": "customer"}, State.HOLDS, 3),
        ({"count": {"min": 1}, "role": "customer", "first_seconds": 5}, State.FAILS, 0),
    ],
)
def test_turn_count(params: dict[str, Any], state: State, value: int) -> None:
    finding = ask(TALK, turn_count=params)
    assert (finding.state, finding.reason.values["value"]) == (state, value)
    assert finding.evidence.searched


def test_no_turn_in_scope_is_shown_by_the_whole_call() -> None:
    finding = ask(TALK, turn_count={"count": {"min": 1}, "role": "customer", "first_seconds": 5})
    assert finding.evidence.searched == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("ended_by", "state"),
    [(Role.CUSTOMER, State.HOLDS), (Role.AGENT, State.FAILS), (Role.UNKNOWN, State.UNKNOWN), (None, State.UNKNOWN)],
)
def test_who_hung_up(ended_by: Role | None, state: State) -> None:
    finding = ask(replace(TALK, ended_by=ended_by), ended_by={"role": "customer"})
    assert finding.state is state
    if state is State.UNKNOWN:
        assert finding.reason.code == "ended_by_unknown"
    else:
        assert [hit.turn for hit in finding.hits] == [4]
    assert ask(call(), ended_by={"role": "customer"}).reason.code == "no_speech"


def test_times_that_differ_by_the_last_bit_are_equal() -> None:
    # 0.1 + 0.2 is a little more than 0.3.
    asked = call((A, "一", 0, 0.1), (C, "二", 0.1 + 0.2 + 0.1, 1))
    assert verdict(asked, silence={"longer_than_s": 0.3}) is State.HOLDS
    assert verdict(asked, response_time={"seconds": {"max": 0.3}}) is State.HOLDS


IMPOSSIBLE: list[dict[str, Any]] = [
    {"silence": {}},
    {"silence": {"longer_than_s": 0}},
    {"silence": {"longer_than_s": float("inf")}},
    {"silence": {"longer_than_s": 1, "every_turn": True}},
    {"silence": {"longer_than_s": 1, "count": {"max": -1}}},
    {"silence": {"longer_than_s": 1, "count": {"min": 1.5}}},
    {"silence": {"longer_than_s": 1, "owner": "unknown"}},
    {"response_time": {"seconds": {"max": -1}}},
    {"response_time": {"seconds": {}}},
    {"response_time": {"seconds": {"max": 1}, "measure": "max"}},
    {"response_time": {"seconds": {"max": 1}, "measure": "mean", "every_turn": True}},
    {"overlap": {"role": "agent"}},
    {"overlap": {"delay_s": -1}},
    {"overlap": {"every_turn": True}},
    {"monologue": {"seconds": {"min": 5, "max": 4}}},
    {"monologue": {"seconds": {"max": 5}, "interruption_s": -1}},
    {"monologue": {"seconds": {"max": 5}, "every_turn": True}},
    {"talk_ratio": {}},
    {"talk_ratio": {"max": 101}},
    {"talk_ratio": {"max": 50, "role": "agent"}},
    {"talk_ratio": {"max": float("nan")}},
    {"duration": {"min": -1}},
    {"turn_count": {"count": {"min": 0.5}}},
    {"turn_count": {"count": {"min": 1}, "every_turn": True}},
    {"ended_by": {"role": "unknown"}},
    {"ended_by": {}},
]


@pytest.mark.parametrize("named", IMPOSSIBLE)
def test_impossible_parameters_are_refused(named: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**named)
