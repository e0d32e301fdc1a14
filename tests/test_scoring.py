"""Rubric + call → scorecard on dialogues whose verdicts are known by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline import __version__
from qa_pipeline.core.score import Decider, Evidence, Fatal, Frame, Outcome, PointKind, Scorecard, Severity, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.language.behaviour_model import substituted
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import is_current, score
from tests.behaviour_models import small_model
from tests.factories import A, C, U, call, criterion, form, line, quoted, rubric, timed

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
    card = score(call(), rubric(criterion("a"), criterion("b", fatal="call"), pass_percent=60))
    assert {(o.verdict, o.reason.code) for o in card.outcomes} == {(Verdict.NOT_SCORABLE, "no_speech")}
    assert (card.percent, card.passed, card.red_lines) == (None, None, ())


@pytest.mark.parametrize(("confidence", "scored"), [(0.49, 0), (0.5, 2), (0.9, 2), (None, 2)])
def test_low_confidence_leaves_everything_unscored(confidence: float | None, scored: int) -> None:
    loaded = rubric(criterion("a", check=GREETS), criterion("b", check=CURSES, fatal="call"), min_confidence=0.5)
    card = score(call(*DIALOGUE, confidence=confidence), loaded)
    assert card.scored == scored
    if not scored:
        assert {o.reason.code for o in card.outcomes} == {"low_confidence"}
        assert card.outcomes[0].reason.values == {"percent": 49, "min_percent": 50}


def test_red_line_crossed_takes_the_call_to_zero_with_the_words_as_evidence() -> None:
    loaded = rubric(criterion("a", check=GREETS), criterion("b", check=CURSES, fatal="call"), pass_percent=10)
    rude = call((A, "您好"), (C, "贵"), (A, "你闭嘴吧"))
    card = score(rude, loaded)
    assert (card.points, card.points_before_red_lines, card.passed) == (0.0, 10.0, False)
    assert quoted(rude, card.red_lines[0].evidence.hits) == ["闭嘴"]
    polite = score(call((A, "您好"), (C, "贵")), loaded)
    assert (polite.points, polite.red_lines, polite.passed) == (20.0, (), True)


def test_red_line_that_cannot_be_judged_is_not_crossed() -> None:
    card = score(call((U, "闭嘴")), rubric(criterion("b", check=CURSES, fatal="call")))
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
    loaded = load_rubric("telesales-coaching")
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
    return load_rubric("telesales-coaching")


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
        criterion("a", check=CURSES, fatal="call"), criterion("b", when=away), pass_percent=50, min_scored_percent=90
    )
    card = score(call(*timed((A, "你闭嘴。"), (C, "什么？"))), loaded)
    assert (card.enough_scored, card.passed) == (False, False)


def test_a_call_in_another_language_than_the_rubric_is_not_scored() -> None:
    english = replace(call(*DIALOGUE), conversation=replace(call(*DIALOGUE).conversation, language="en"))
    (outcome,) = score(english, rubric(criterion("a", check=GREETS))).outcomes
    assert (outcome.verdict, outcome.reason.code) == (Verdict.NOT_SCORABLE, "other_language")


NO_CURSES = {"phrases": {"role": "agent", "none": ["闭嘴", "滚"]}}
RUDE = timed((A, "您好，你闭嘴。"), (C, "贵"), (A, "滚，闭嘴"))


def card_of(*criteria: Any, lines: Any = DIALOGUE, **more: Any) -> Scorecard:
    return score(call(*lines), rubric(*criteria, **more))


@pytest.mark.parametrize(
    ("deduct", "lost"),
    [
        ({"points": 5}, 5.0),
        ({"points": 2, "per": "hit", "cap": 10}, 6.0),
        ({"points": 2, "per": "hit", "cap": 4}, 4.0),
        ({"points": 4, "per": "hit", "cap": 4}, 4.0),
    ],
)
def test_deductions_are_lost_once_or_for_each_hit_up_to_the_cap(deduct: dict[str, Any], lost: float) -> None:
    # Three curses are said: 闭嘴, 滚, 闭嘴.
    card = card_of(line("rude", deduct=deduct, check=NO_CURSES), lines=RUDE, start=100)
    outcome = card.outcomes[0]
    assert (outcome.verdict, outcome.points, outcome.kind) == (Verdict.MISSED, -lost, PointKind.DEDUCTED)
    assert (card.points, card.points_possible) == (100.0 - lost, 100.0)


def test_what_is_missing_altogether_is_deducted_once() -> None:
    card = card_of(line("thanks", deduct={"points": 3, "per": "hit", "cap": 9}, check=THANKS), start=10)
    assert (card.outcomes[0].points, card.outcomes[0].evidence.hits, card.points) == (-3.0, (), 7.0)


def test_nothing_is_deducted_where_the_check_holds_or_cannot_be_answered() -> None:
    card = card_of(
        line("rude", deduct={"points": 5}, check=NO_CURSES),
        line("close", deduct={"points": 50}, check=IN_CLOSE),
        line("na", deduct={"points": 50}, check=THANKS, when=THANKS),
        start=100,
    )
    assert [outcome.verdict for outcome in card.outcomes] == [
        Verdict.MET,
        Verdict.NOT_SCORABLE,
        Verdict.NOT_APPLICABLE,
    ]
    assert (card.points, card.percent, card.scored) == (100.0, 100.0, 1)


def test_weights_of_criterion_and_section_multiply() -> None:
    loaded = form(
        {"id": "sales", "weight": 2, "criteria": [line("greet", points=3, weight=1.5)]},
        {"id": "service", "weight": 0.5, "criteria": [line("rude", deduct={"points": 4}, weight=3, check=NO_CURSES)]},
        {"id": "extra", "weight": 10, "criteria": [line("praise", bonus=1, check=GREETS)]},
        start=20,
    )
    card = score(call(*RUDE), loaded)
    assert [(o.points, o.points_limit) for o in card.outcomes] == [(9.0, 9.0), (-6.0, 6.0), (10.0, 10.0)]
    assert (card.points, card.points_possible) == (33.0, 29.0)
    assert loaded.rubric.points_possible == 29.0


def test_weight_multiplies_deductions_per_hit_and_their_cap() -> None:
    deduct = {"points": 2, "per": "hit", "cap": 5}
    card = card_of(line("rude", deduct=deduct, weight=2, check=NO_CURSES), lines=RUDE, start=100)
    assert card.outcomes[0].points == -10.0


@pytest.mark.parametrize(
    ("more", "verdict", "points"),
    [
        ({}, Verdict.PARTLY, 5.0),
        ({"partly_share": 0.2}, Verdict.PARTLY, 2.0),
        ({"partly": IN_CLOSE}, Verdict.NOT_SCORABLE, None),
        ({"partly": {"phrases": {"any": ["没有的话"]}}}, Verdict.MISSED, 0.0),
        ({"check": GREETS}, Verdict.MET, 10.0),
        ({"check": IN_CLOSE}, Verdict.NOT_SCORABLE, None),
    ],
)
def test_partly_is_asked_where_the_check_fails(more: dict[str, Any], verdict: Verdict, points: float | None) -> None:
    outcome = judged({"check": THANKS, "partly": REFUSES, **more})
    assert (outcome.verdict, outcome.points) == (verdict, points)


def test_partly_shows_its_own_words_and_deducts_its_share() -> None:
    outcome = judged({"check": THANKS, "partly": REFUSES})
    assert (quoted(call(*DIALOGUE), outcome.evidence.hits), outcome.reason.code) == (["不需要"], "phrases_found")
    lost = card_of(line("a", deduct={"points": 8}, check=THANKS, partly=REFUSES, partly_share=0.25), start=10)
    assert lost.outcomes[0].points == -2.0


def test_bonus_lies_outside_the_denominator() -> None:
    card = card_of(criterion("greet"), line("extra", bonus=5, check=REFUSES), pass_percent=100)
    assert (card.points, card.points_possible, card.percent, card.passed) == (15.0, 10.0, 150.0, True)
    without = card_of(criterion("greet"), line("extra", bonus=5, check=THANKS))
    assert (without.points, without.percent, without.outcomes[1].verdict) == (10.0, 100.0, Verdict.MISSED)


def test_frames_of_rubric_and_sections_come_with_the_card() -> None:
    loaded = form(
        {"id": "service", "start": 10, "floor": 2, "criteria": [line("a", deduct={"points": 9}, check=THANKS)]},
        {"id": "sales", "criteria": [line("b", points=5)]},
        {"id": "extra", "ceiling": 3, "criteria": [line("c", bonus=5)]},
        start=1,
        floor=None,
        ceiling=100,
        pass_points=8,
    )
    card = score(call(*DIALOGUE), loaded)
    assert card.frame == Frame(1.0, None, 100.0)
    assert card.sections == {"service": Frame(10.0, 2.0, None), "extra": Frame(0.0, None, 3.0)}
    # 1 + max(2, 10 - 9) + 5 + min(3, 5)
    assert ([card.section(s).points for s in card.section_ids], card.points) == ([2.0, 5.0, 3.0], 11.0)
    assert (card.pass_points, card.passed) == (8.0, True)


def test_red_line_of_a_section_zeroes_that_section() -> None:
    loaded = form(
        {"id": "manners", "criteria": [line("rude", points=5, fatal="section", check=NO_CURSES), line("hi", points=5)]},
        {"id": "sales", "criteria": [line("greet", points=5)]},
    )
    card = score(call(*RUDE), loaded)
    assert [(o.criterion_id, o.fatal) for o in card.red_lines] == [("rude", Fatal.SECTION)]
    assert ([card.section(s).points for s in card.section_ids], card.points) == ([0.0, 5.0], 5.0)
    assert card.points_before_red_lines == 10.0


def test_a_form_of_ten_points_passes_at_nine() -> None:
    """Deductions of half a point, start 10, pass line 9, as service lines use."""
    checks = {"greet": GREETS, "thank": THANKS, "manners": NO_CURSES}
    lines = [line(name, deduct={"points": 1}, check=asked) for name, asked in checks.items()]
    assert (card_of(*lines, start=10, pass_points=9).points, card_of(*lines, start=10, pass_points=9).passed) == (
        9.0,
        True,
    )
    rude = card_of(*lines, lines=RUDE, start=10, pass_points=9)
    assert (rude.points, rude.passed) == (8.0, False)


def test_severity_and_decider_stand_on_every_outcome() -> None:
    card = card_of(
        criterion("a", severity="critical", check=THANKS),
        criterion("b", severity="critical"),
        criterion("c", when=THANKS),
        criterion("d", check=IN_CLOSE),
    )
    assert [o.severity for o in card.outcomes] == [Severity.CRITICAL, Severity.CRITICAL, Severity.MINOR, Severity.MINOR]
    assert (card.critical.points, card.critical.points_possible, card.critical.scored) == (10.0, 20.0, 2)
    assert card.count(*Verdict, decided_by=Decider.RULE) == 4
    assert card.count(*Verdict, decided_by=Decider.REVIEWER) == 0
    assert [card.count(v) for v in (Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE)] == [1, 1]


def test_condition_that_had_nothing_to_search_makes_the_criterion_not_applicable() -> None:
    outcome = judged({"check": GREETS, "when": IN_CLOSE}, stages="ooo")
    assert (outcome.verdict, outcome.reason.code) == (Verdict.NOT_APPLICABLE, "condition_not_met")


def test_a_card_names_the_trained_model_and_is_made_anew_with_another() -> None:
    judged = criterion("g", check={"criterion_model": {"criterion": "greet"}})
    with substituted("behaviours", small_model()):
        card = score(call(*DIALOGUE), rubric(judged))
        assert card.made_by.options == "rules=3; behaviours-zh=small"
        assert is_current(card, rubric(judged).rubric, None)
    with substituted("behaviours", replace(small_model(), revision="retrained")):
        assert not is_current(card, rubric(judged).rubric, None)
    assert is_current(score(call(*DIALOGUE), rubric()), rubric().rubric, None)


def test_what_could_be_partly_met_is_no_full_miss() -> None:
    needs_times = {"speech_rate": {"role": "agent", "bounds": {"max": 300}}}
    fields = {"check": {"phrases": {"any": ["没有的话"]}}, "partly": needs_times}
    assert judged(fields, (A, "您好"), (C, "喂")).verdict is Verdict.NOT_SCORABLE
    assert judged(fields).verdict is Verdict.PARTLY
