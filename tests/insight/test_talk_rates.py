"""Talk of a group as figures: each with the calls that it is of, None where it cannot be known."""

from __future__ import annotations

import pytest

from qa_pipeline.core.summary import TalkSummary
from qa_pipeline.insight.figures import Figures, TalkParts
from qa_pipeline.insight.talk_rates import TalkRate, main_language, talk_rates


def parts_of(*talks: TalkSummary) -> TalkParts:
    parts = TalkParts()
    for talk in talks:
        parts.add(talk)
    return parts


def rates_of(*talks: TalkSummary) -> dict[str, TalkRate]:
    return {rate.measure: rate for rate in talk_rates({"zh": parts_of(*talks)}, "zh")}


def test_parts_are_added_before_they_are_divided() -> None:
    long = TalkSummary(600.0, 200.0, 100.0, 30.0, 900, 180.0, 4, 9, 1.0, None, 60.0)
    short = TalkSummary(60.0, 10.0, 40.0, 0.0, 100, 20.0, 0, 1, 3.0, None, 10.0)
    rates = rates_of(long, short)
    assert rates["speech_rate"].value == pytest.approx(300.0)  # 1000 characters in 200 s
    assert rates["talk_ratio"].value == pytest.approx(0.6)  # 210 of 350 s
    assert {name: rate.value for name, rate in rates.items() if name not in ("speech_rate", "talk_ratio")} == {
        "response_time": 2.0,
        "interruptions": 2.0,
        "questions": 5.0,
        "monologue": 35.0,
        "dead_air": 15.0,
    }
    assert {rate.n for rate in rates.values()} == {2}


def test_what_cannot_be_known_counts_no_call() -> None:
    rates = rates_of(TalkSummary(60.0, 10.0, 40.0, estimated=True), TalkSummary(60.0, questions=3))
    assert rates["talk_ratio"] == TalkRate("talk_ratio", None, 0)
    assert rates["interruptions"] == TalkRate("interruptions", None, 0)
    assert rates["questions"] == TalkRate("questions", 3.0, 1)


def test_every_group_has_the_same_rows() -> None:
    empty = talk_rates({}, "zh")
    assert [rate.measure for rate in empty] == [rate.measure for rate in talk_rates({"zh": parts_of()}, "zh")]
    assert {(rate.value, rate.n) for rate in empty} == {(None, 0)}


def test_the_language_of_most_calls_is_taken() -> None:
    now, before = Figures(), Figures()
    before.talk["yue"] = parts_of(TalkSummary(1.0))
    assert main_language(now, before) == "yue"
    now.talk["en"], now.talk["zh"] = parts_of(TalkSummary(1.0)), parts_of(TalkSummary(1.0), TalkSummary(1.0))
    assert main_language(now, before) == "zh"
    assert main_language(Figures()) == ""
