"""What a one-to-one talk is about: the same for the agent's page and the coaching sheet."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.choice import MOST, Choice, best_call, choice, weak_clip
from qa_pipeline.insight.overview import overview
from qa_pipeline.insight.period import parse_period
from tests.summary_samples import criterion_summary, summary

NOVEMBER = parse_period("2026-11")


def calls(agent: str, misses: dict[str, int], count: int = 20, day: str = "2026-11-04") -> list[CallSummary]:
    """``misses``: in how many of the calls each criterion is missed."""
    return [
        summary(
            f"{agent}{day}{number:02}",
            [criterion_summary(c, Verdict.MISSED if number < n else Verdict.MET) for c, n in misses.items()],
            agent=agent,
            day=day,
        )
        for number in range(count)
    ]


def choice_of(found: list[CallSummary]) -> Choice:
    made = overview(found, NOVEMBER)
    return choice(made.agents["A01"], made.team_of(made.agents["A01"]))


def test_what_is_nearly_always_right_is_praised_and_not_worked_on() -> None:
    made = choice_of(calls("A01", {"need": 3, "offer": 9}) + calls("A02", {"need": 15, "offer": 9}))
    assert [s.criterion_id for s in made.strengths] == ["need"]
    assert [lever.criterion_id for lever in made.levers] == ["offer"], (
        "3 misses of 20 cost points, but less than others"
    )


def test_progress_that_still_costs_the_most_is_worked_on() -> None:
    before, now = calls("A01", {"need": 20}, day="2026-10-07"), calls("A01", {"need": 8})
    made = choice_of(before + now + calls("A02", {"need": 1}))
    assert ([s.criterion_id for s in made.strengths], [v.criterion_id for v in made.levers]) == ([], ["need"])


def test_three_levers_the_dearest_first() -> None:
    made = choice_of(calls("A01", {"a": 18, "b": 17, "c": 16, "d": 15}))
    assert [lever.criterion_id for lever in made.levers] == ["a", "b", "c"] and MOST == 3


def test_red_lines_stand_apart_the_most_frequent_first() -> None:
    found = [
        summary(
            f"c{number}",
            [
                criterion_summary("rude", Verdict.MISSED if number < 6 else Verdict.MET, fatal=Fatal.CALL),
                criterion_summary("lie", Verdict.MISSED if number < 9 else Verdict.MET, fatal=Fatal.CALL),
                criterion_summary("need", Verdict.MISSED),
            ],
        )
        for number in range(10)
    ]
    made = choice_of(found)
    assert made.red_lines == ("lie", "rude")
    assert [lever.criterion_id for lever in made.levers] == ["need"]


def test_the_best_call_passed() -> None:
    found = overview([summary("low", percent=80.0), summary("high", percent=99.0)], NOVEMBER)
    best = best_call(found.agents["A01"])
    assert best is not None and best.call_id == "high"
    failed = [summary("f", percent=50.0, state="failed"), summary("r", percent=95.0, state="redline")]
    assert best_call(overview(failed, NOVEMBER).agents["A01"]) is None


def test_a_passage_with_words_before_a_place_without() -> None:
    missed = criterion_summary("need", Verdict.MISSED, clip=Clip(0, "", 1.0, 90.0))
    said = criterion_summary("need", Verdict.PARTLY, clip=Clip(4, "您再考虑考虑吧。", 30.0, 33.0))
    found = overview([summary("c1", [missed]), summary("c2", [said])], NOVEMBER).agents["A01"]
    clip = weak_clip(found, "need")
    assert clip is not None and clip.call_id == "c2"
    silent = overview([replace(summary("c1", [missed]))], NOVEMBER).agents["A01"]
    place = weak_clip(silent, "need")
    assert place is not None and place.clip.text == "" and weak_clip(silent, "offer") is None
