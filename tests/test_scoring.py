"""Rubric + call → scorecard on dialogues whose verdicts are known by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline import __version__
from qa_pipeline.core.score import Evidence, Outcome, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from tests.factories import A, C, U, call, criterion, quoted, rubric, timed

GREETS = {"phrases": {"role": "agent", "any": ["您好"]}}
THANKS = {"phrases": {"role": "agent", "any": ["谢谢"]}}
REFUSES = {"phrases": {"role": "customer", "any": ["不需要"]}}
CURSES = {"regex": {"role": "agent", "forbid": True, "pattern": "闭嘴"}}
IN_CLOSE = {"phrases": {"stage": ["close"], "any": ["谢谢"]}}

DIALOGUE = timed((A, "您好，我是小李。"), (C, "我不需要。"), (A, "好的，再见。"))


def judged(criterion_fields: dict[str, Any], *lines: Any, **more: Any) -> Outcome:
    """The outcome of one criterion on one call."""
    return score(call(*(lines or DIALOGUE), **more), rubric(criterion(**criterion_fields))).outcomes[0]


def test_met_earns_all_points_and_quotes_the_words() -> None:
    outcome = judged({"check": GREETS, "points": 7})
    assert (outcome.verdict, outcome.points, outcome.points_possible) == (Verdict.MET, 7.0, 7.0)
    assert quoted(call(*DIALOGUE), outcome.evidence.hits) == ["您好"]
    assert outcome.reason.code == "phrases_found"


def test_missed_earns_nothing_and_shows_the_window() -> None:
    outcome = judged({"check": THANKS, "points": 7})
    assert (outcome.verdict, outcome.points, outcome.points_possible) == (Verdict.MISSED, 0.0, 7.0)
    assert outcome.evidence.searched == (0, 2)
    assert outcome.evidence.searched_span == Span(0, 6)
    assert outcome.reason.values["wanted"] == "谢谢"


def test_condition_that_fails_makes_the_criterion_not_applicable() -> None:
    outcome = judged({"check": GREETS, "when": THANKS})
    assert (outcome.verdict, outcome.points) == (Verdict.NOT_APPLICABLE, None)
    assert outcome.reason.code == "condition_not_met"
    assert outcome.evidence.searched == (0, 2)


def test_condition_that_holds_lets_the_check_decide() -> None:
    assert judged({"check": GREETS, "when": REFUSES}).verdict is Verdict.MET
    assert judged({"check": THANKS, "when": REFUSES}).verdict is Verdict.MISSED


def test_condition_that_cannot_be_answered_is_not_scorable() -> None:
    outcome = judged({"check": GREETS, "when": {"stage_present": {"any": ["close"]}}})
    assert (outcome.verdict, outcome.reason.code) == (Verdict.NOT_SCORABLE, "stages_unknown")


@pytest.mark.parametrize(
    ("check", "lines", "code"),
    [
        (GREETS, ((U, "您好"), (U, "谁啊")), "roles_unknown"),
        (GREETS, ((C, "喂"), (C, "您好")), "party_silent"),
        ({"phrases": {"first_seconds": 5, "any": ["您好"]}}, ((A, "您好"),), "times_unknown"),
        (IN_CLOSE, ((A, "谢谢"),), "stages_unknown"),
    ],
)
def test_what_is_missing_makes_it_not_scorable(check: dict[str, Any], lines: Any, code: str) -> None:
    outcome = judged({"check": check}, *lines)
    assert (outcome.verdict, outcome.points, outcome.reason.code) == (Verdict.NOT_SCORABLE, None, code)
    assert outcome.evidence == Evidence()


def test_nothing_in_scope_is_not_scorable_rather_than_missed() -> None:
    outcome = judged({"check": IN_CLOSE}, stages="ooo")
    assert (outcome.verdict, outcome.reason.code) == (Verdict.NOT_SCORABLE, "nothing_to_search")


def test_part_with_evidence_decides_over_a_part_that_had_nothing_to_search() -> None:
    assert judged({"check": {"all": [IN_CLOSE, THANKS]}}, stages="ooo").verdict is Verdict.MISSED


def test_call_without_turns_is_not_scorable_and_has_no_percent() -> None:
    card = score(call(), rubric(criterion("a"), criterion("b", fatal=True), pass_percent=60))
    assert {(o.verdict, o.reason.code) for o in card.outcomes} == {(Verdict.NOT_SCORABLE, "no_speech")}
    assert (card.percent, card.passed, card.red_lines) == (None, None, ())


@pytest.mark.parametrize(("confidence", "scored"), [(0.49, 0), (0.5, 2), (0.9, 2), (None, 2)])
def test_low_confidence_leaves_everything_unscored(confidence: float | None, scored: int) -> None:
    loaded = rubric(criterion("a", check=GREETS), criterion("b", check=CURSES, fatal=True), min_confidence=0.5)
    card = score(call(*DIALOGUE, confidence=confidence), loaded)
    assert card.scored == scored
    if not scored:
        assert {o.reason.code for o in card.outcomes} == {"low_confidence"}
        assert card.outcomes[0].reason.values == {"percent": 49}


def test_red_line_crossed_takes_the_call_to_zero_with_the_words_as_evidence() -> None:
    loaded = rubric(criterion("a", check=GREETS), criterion("b", check=CURSES, fatal=True), pass_percent=10)
    rude = call((A, "您好"), (C, "贵"), (A, "你闭嘴吧"))
    card = score(rude, loaded)
    assert (card.points, card.points_before_red_lines, card.passed) == (0.0, 10.0, False)
    assert quoted(rude, card.red_lines[0].evidence.hits) == ["闭嘴"]
    polite = score(call((A, "您好"), (C, "贵")), loaded)
    assert (polite.points, polite.red_lines, polite.passed) == (20.0, (), True)


def test_red_line_that_cannot_be_judged_is_not_crossed() -> None:
    card = score(call((U, "闭嘴")), rubric(criterion("b", check=CURSES, fatal=True)))
    assert card.red_lines == ()
    assert card.count(Verdict.NOT_SCORABLE) == 1


def test_whole_card_adds_up() -> None:
    # greet 10 of 10, thanks 0 of 20, refusal respected 5 of 5, close unknown: 15 of 35.
    loaded = rubric(
        criterion("greet", 10, check=GREETS),
        criterion("thank", 20, check=THANKS),
        criterion("respect", 5, check={"not": {"phrases": {"role": "agent", "any": ["别挂"]}}}, when=REFUSES),
        criterion("close", 40, check=IN_CLOSE),
        pass_percent=40,
    )
    card = score(call(*DIALOGUE), loaded)
    assert (card.points, card.points_possible, card.scored) == (15.0, 35.0, 3)
    assert card.percent == pytest.approx(100 * 15 / 35)
    assert card.passed is True


def test_card_names_what_made_it() -> None:
    card = score(call(*DIALOGUE, call_id="x-7"), rubric(version="2.1", pass_percent=None))
    assert (card.call_id, card.rubric_id, card.rubric_version, card.rubric_sha256) == ("x-7", "test", "2.1", "cd" * 32)
    assert (card.made_by.step, card.made_by.version, card.made_by.model) == ("scoring", __version__, "test")
    assert card.made_by.revision == "2.1+" + "cd" * 6
    assert card.passed is None


def test_same_input_gives_the_same_card() -> None:
    loaded = load_rubric("telesales-basic")
    dialogue = call(*DIALOGUE, stages="oob", word_size=1)
    assert score(dialogue, loaded) == score(dialogue, loaded)


def test_slow_pattern_is_not_scorable_and_the_rest_is_scored() -> None:
    slow = criterion("slow", check={"regex": {"pattern": "(a+)+$"}})
    card = score(call((A, "您好" + "a" * 5000 + "!")), rubric(slow, criterion("greet")))
    assert [(o.verdict, o.reason.code) for o in card.outcomes] == [
        (Verdict.NOT_SCORABLE, "regex_too_slow"),
        (Verdict.MET, "phrases_found"),
    ]


@cache
def load_shipped() -> LoadedRubric:
    return load_rubric("telesales-basic")


lines = st.lists(
    st.tuples(
        st.sampled_from([A, C, U]),
        st.sampled_from(["您好", "不需要", "现在用什么套餐？", "再见，谢谢", "闭嘴", "", "，。"]),
    ),
    max_size=6,
)


@given(lines, st.booleans(), st.booleans(), st.none() | st.floats(0, 1))
def test_shipped_rubric_gives_every_call_a_card_that_holds_together(
    said: list[Any], with_times: bool, staged: bool, confidence: float | None
) -> None:
    loaded = load_shipped()
    asked = call(
        *(timed(*said) if with_times else said), stages="onrbcc"[: len(said)] if staged else "", confidence=confidence
    )
    card = score(asked, loaded)
    assert [o.criterion_id for o in card.outcomes] == [c.id for c in loaded.rubric.criteria]
    for outcome in card.outcomes:
        for quote in outcome.evidence.hits:
            assert 0 <= quote.start <= quote.end <= len(asked.turns[quote.turn].text)
        assert set(outcome.evidence.searched) <= set(range(len(said)))


def test_with_too_little_scored_a_call_neither_passes_nor_fails() -> None:
    away = {"phrases": {"any": ["没有的话"]}}
    loaded = rubric(
        criterion("a", check=GREETS),
        criterion("b", when=away),
        criterion("c", when=away),
        pass_percent=50,
        min_scored_percent=40,
    )
    card = score(call(*DIALOGUE), loaded)
    assert (card.scored, card.percent, card.enough_scored, card.passed) == (1, 100.0, False, None)


def test_a_red_line_fails_however_little_was_scored() -> None:
    away = {"phrases": {"any": ["没有的话"]}}
    loaded = rubric(
        criterion("a", check=CURSES, fatal=True), criterion("b", when=away), pass_percent=50, min_scored_percent=90
    )
    card = score(call(*timed((A, "你闭嘴。"), (C, "什么？"))), loaded)
    assert (card.enough_scored, card.passed) == (False, False)


def test_a_call_in_another_language_than_the_rubric_is_not_scored() -> None:
    english = replace(call(*DIALOGUE), conversation=replace(call(*DIALOGUE).conversation, language="en"))
    (outcome,) = score(english, rubric(criterion("a", check=GREETS))).outcomes
    assert (outcome.verdict, outcome.reason.code) == (Verdict.NOT_SCORABLE, "other_language")
