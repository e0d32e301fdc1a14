"""Speech rate, loudness and its jumps, and the range of pitch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import Call
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.score import How
from tests.factories import A, C, U, ask, call, check, timed

VOICES = (
    TurnVoice(rate_cpm=240, level_db=0.0, level_jump_db=None, pitch_range_st=5.0),
    TurnVoice(rate_cpm=200, level_db=-1.0, level_jump_db=None, pitch_range_st=4.0),
    TurnVoice(rate_cpm=300, level_db=6.5, level_jump_db=6.5, pitch_range_st=2.0),
    TurnVoice(),
    TurnVoice(rate_cpm=360, level_db=-2.0, level_jump_db=-8.5, pitch_range_st=1.0),
)
TALK = replace(call(*timed((A, "一"), (C, "二"), (A, "三"), (C, "四"), (A, "五"))), turn_voices=VOICES)


@pytest.mark.parametrize(
    ("named", "state", "value", "turn"),
    [
        ({"speech_rate": {"role": "agent", "bounds": {"max": 300}}}, State.HOLDS, 300, 2),
        ({"speech_rate": {"role": "agent", "bounds": {"max": 299}}}, State.FAILS, 300, 2),
        ({"speech_rate": {"bounds": {"min": 270, "max": 270}}}, State.HOLDS, 270, 0),
        ({"loudness": {"role": "agent", "bounds": {"max": 6}, "measure": "max"}}, State.FAILS, 6.5, 2),
        ({"loudness": {"role": "agent", "bounds": {"min": -3}}}, State.HOLDS, 0.0, 0),
        ({"loudness_jump": {"role": "agent", "bounds": {"max": 6}, "measure": "max"}}, State.FAILS, 6.5, 2),
        ({"pitch_range": {"role": "agent", "bounds": {"min": 3}}}, State.FAILS, 2.0, 2),
        ({"pitch_range": {"role": "customer", "bounds": {"min": 3}}}, State.HOLDS, 4.0, 1),
    ],
)
def test_one_figure_of_the_turns(named: dict[str, Any], state: State, value: float, turn: int) -> None:
    finding = ask(TALK, **named)
    assert (finding.state, finding.reason.values["value"]) == (state, value)
    assert [hit.turn for hit in finding.hits] == [turn]
    assert finding.hits[0].how is How.VOICE
    assert finding.hits[0].span == TALK.turns[turn].span


@pytest.mark.parametrize(
    ("named", "state", "turns", "counts"),
    [
        ({"speech_rate": {"bounds": {"max": 290}, "measure": "each"}}, State.FAILS, [2, 4], (2, 4)),
        ({"speech_rate": {"bounds": {"max": 290}, "every_turn": True}}, State.FAILS, [2, 4], (2, 4)),
        ({"speech_rate": {"bounds": {"max": 360}, "measure": "each"}}, State.HOLDS, [0], (0, 4)),
        ({"loudness_jump": {"bounds": {"min": -6, "max": 6}, "measure": "each"}}, State.FAILS, [2, 4], (2, 2)),
        ({"loudness_jump": {"bounds": {"min": -9, "max": 7}, "measure": "each"}}, State.HOLDS, [2], (0, 2)),
    ],
)
def test_each_turn(named: dict[str, Any], state: State, turns: list[int], counts: tuple[int, int]) -> None:
    finding = ask(TALK, **named)
    assert (finding.state, [hit.turn for hit in finding.hits]) == (state, turns)
    assert (finding.reason.code, finding.reason.values["count"], finding.reason.values["turns"]) == (
        "measure_each",
        *counts,
    )


def test_every_turn_that_is_too_loud_is_shown() -> None:
    loud = replace(TALK, turn_voices=tuple(TurnVoice(level_db=db) for db in (7.0, 0.0, 8.0, 0.0, 1.0)))
    finding = ask(loud, loudness={"bounds": {"max": 6}, "measure": "max"})
    assert (finding.reason.values["value"], [hit.turn for hit in finding.hits]) == (8.0, [0, 2])


def test_rate_follows_from_text_and_times_where_it_is_not_stored() -> None:
    # Ten characters, punctuation left out, in two seconds: 300 a minute. The short turn says nothing.
    asked = call((A, "一二三四五，六七八九十。", 0, 2), (A, "嗯嗯嗯嗯嗯", 2, 2.9))
    finding = ask(asked, speech_rate={"bounds": {"max": 300}, "measure": "each"})
    assert (finding.state, finding.reason.values["turns"]) == (State.HOLDS, 1)
    stored = replace(asked, turn_voices=(TurnVoice(rate_cpm=100), TurnVoice()))
    assert ask(stored, speech_rate={"bounds": {"max": 100}}).state is State.HOLDS


def test_english_is_counted_in_words() -> None:
    asked = call((A, "that is ten words in all counting from the start", 0, 4), language="en")
    assert ask(asked, speech_rate={"bounds": {"min": 150, "max": 150}}).state is State.HOLDS


@pytest.mark.parametrize(
    ("asked", "name", "code"),
    [
        (call(), "speech_rate", "no_speech"),
        (call((A, "您好")), "speech_rate", "times_unknown"),
        (call((A, "您好", 0, 0.5)), "speech_rate", "nothing_to_measure"),
        (call((A, "您好", 0, 2)), "loudness", "voice_unknown"),
        (replace(call((A, "您好", 0, 2)), turn_voices=(TurnVoice(),)), "pitch_range", "voice_unknown"),
        (call((U, "您好", 0, 2)), "loudness_jump", "voice_unknown"),
    ],
)
def test_unknown_stays_unknown(asked: Call, name: str, code: str) -> None:
    finding = ask(asked, **{name: {"bounds": {"max": 1}}})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


def test_no_turn_in_scope_leaves_nothing_to_measure() -> None:
    staged = replace(call((A, "您好", 0, 2), stages="o"), turn_voices=(TurnVoice(level_db=1.0),))
    assert ask(staged, loudness={"stage": ["close"], "bounds": {"max": 1}}).reason.code == "nothing_to_measure"


@pytest.mark.parametrize(
    "named",
    [
        {"speech_rate": {}},
        {"speech_rate": {"bounds": {}}},
        {"speech_rate": {"bounds": {"max": -1}}},
        {"pitch_range": {"bounds": {"min": -2}}},
        {"loudness": {"bounds": {"min": 3, "max": 2}}},
        {"loudness": {"bounds": {"max": float("inf")}}},
        {"loudness": {"bounds": {"max": 3}, "measure": "mean"}},
        {"loudness": {"bounds": {"max": 3}, "measure": "max", "every_turn": True}},
    ],
)
def test_impossible_parameters_are_refused(named: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**named)


def test_loudness_may_be_negative() -> None:
    assert ask(TALK, loudness={"bounds": {"min": -5, "max": -1}, "role": "customer"}).state is State.HOLDS
