"""What must hold of every scorecard, whatever the form and the call, and of times that are all shifted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.checks.base import Check
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.call import Call
from qa_pipeline.core.facts import Overlap
from qa_pipeline.core.score import Outcome, Scorecard, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.scoring import score
from tests.factories import A, C, call, check, form, line

WORDS = ["您好", "谢谢", "贵", "闭嘴", "套餐怎么样？"]
CALM = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def says(word: str) -> dict[str, Any]:
    return {"phrases": {"any": [word]}}


CHECKS = st.sampled_from(
    [
        *map(says, WORDS),
        {"phrases": {"none": ["闭嘴"]}},
        {"phrases": {"stage": ["close"], "any": ["您好"]}},  # stages are not known
        {"metadata": {"expression": "amount > 1"}},  # nor is the amount
    ]
)
POINTS = st.integers(1, 20).map(lambda halves: halves / 2)


@st.composite
def criteria(draw: st.DrawFn, name: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["points", "bonus", "call", "hit"]))
    points = draw(POINTS)
    deduct = {"points": points} if kind == "call" else {"points": points, "per": "hit", "cap": points * draw(POINTS)}
    worth = (
        {kind: points}
        if kind in ("points", "bonus")
        else {"deduct": {**deduct, "cap": max(points, deduct["cap"])} if kind == "hit" else deduct}
    )
    more: dict[str, Any] = {"weight": draw(st.sampled_from([0.5, 1, 2])), "check": draw(CHECKS)}
    if draw(st.booleans()):
        more["when"] = draw(CHECKS)
    if draw(st.booleans()):
        more["partly"] = draw(CHECKS)
    if kind != "bonus":
        more["fatal"] = draw(st.sampled_from([None, None, "section", "call"]))
    return {"id": name, **worth, **more}


@st.composite
def sections(draw: st.DrawFn, number: int) -> dict[str, Any]:
    lines = [draw(criteria(f"c{number}-{i}")) for i in range(draw(st.integers(1, 3)))]
    # Sections that may fall below zero are lifted by a red line of their own: see test_core_score.
    floor = draw(st.sampled_from([0, 1]))
    ceiling = draw(st.sampled_from([None, 10, 30]))
    return {
        "id": f"s{number}",
        "start": draw(st.sampled_from([0, 5])),
        "floor": floor,
        "ceiling": ceiling,
        "weight": draw(st.sampled_from([1, 2])),
        "criteria": lines,
    }


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    parts = [draw(sections(number)) for number in range(draw(st.integers(1, 3)))]
    return {
        "sections": parts,
        "start": draw(st.sampled_from([0, 10])),
        "floor": draw(st.sampled_from([0, None, 3])),
        "ceiling": draw(st.sampled_from([None, 40])),
    }


dialogues = st.lists(st.tuples(st.sampled_from([A, C]), st.sampled_from([*WORDS, "嗯"])), min_size=1, max_size=5)


def card_of(plan: dict[str, Any], said: Any) -> Scorecard:
    parts = [{**part, "criteria": [line(**fields) for fields in part["criteria"]]} for part in plan["sections"]]
    return score(call(*said), form(*parts, start=plan["start"], floor=plan["floor"], ceiling=plan["ceiling"]))


def figures(card: Scorecard) -> tuple[Any, ...]:
    return card.points, card.points_before_red_lines, card.points_possible, card.percent, card.scored, card.critical


@CALM
@given(forms(), dialogues)
def test_points_stay_within_every_frame(plan: dict[str, Any], said: Any) -> None:
    card = card_of(plan, said)
    low = plan["floor"] if plan["floor"] is not None else float("-inf")
    high = plan["ceiling"] if plan["ceiling"] is not None else float("inf")
    assert low <= card.points_before_red_lines <= high
    assert card.points == card.points_before_red_lines if not card.red_lines else card.points <= high
    for part in plan["sections"]:
        subtotal = card.section(part["id"])
        crossed = any(o.section_id == part["id"] for o in card.red_lines)
        assert subtotal.points <= (part["ceiling"] or float("inf"))
        assert subtotal.points >= part["floor"] or (crossed and subtotal.points == 0)
        assert 0 <= subtotal.scored <= subtotal.criteria == len(part["criteria"])


@CALM
@given(forms(), dialogues)
def test_each_outcome_changes_no_more_than_its_limit(plan: dict[str, Any], said: Any) -> None:
    for outcome in card_of(plan, said).outcomes:
        assert (outcome.points is None) == (not outcome.verdict.counts)
        assert outcome.points is None or abs(outcome.points) <= outcome.points_limit
        assert 0 <= outcome.lost <= outcome.points_limit


@CALM
@given(forms(), dialogues, st.randoms())
def test_order_of_criteria_and_sections_changes_nothing(plan: dict[str, Any], said: Any, random: Any) -> None:
    parts = [{**part, "criteria": random.sample(part["criteria"], len(part["criteria"]))} for part in plan["sections"]]
    shuffled = {**plan, "sections": random.sample(parts, len(parts))}
    before, after = card_of(plan, said), card_of(shuffled, said)
    assert figures(before) == figures(after)
    assert {o.criterion_id: o for o in before.outcomes} == {o.criterion_id: o for o in after.outcomes}
    assert {s: before.section(s) for s in before.section_ids} == {s: after.section(s) for s in after.section_ids}


NEVER = {"phrases": {"any": ["没有人说的话"]}}
NOT_KNOWN = {"stage_present": {"any": ["close"]}}


@CALM
@given(
    forms(),
    dialogues,
    st.sampled_from([{"when": NEVER}, {"check": NOT_KNOWN}, {"when": NOT_KNOWN}]),
    st.sampled_from([{"points": 9}, {"bonus": 9}, {"deduct": {"points": 9}}, {"points": 9, "fatal": "call"}]),
)
def test_a_criterion_without_a_verdict_changes_nothing_else(
    plan: dict[str, Any], said: Any, why: dict[str, Any], worth: dict[str, Any]
) -> None:
    first, *rest = plan["sections"]
    added = {**first, "criteria": [{"id": "added", "severity": "critical", **worth, **why}, *first["criteria"]]}
    before, after = card_of(plan, said), card_of({**plan, "sections": [added, *rest]}, said)
    assert after.outcomes[0].verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE)
    assert before.outcomes == after.outcomes[1:]
    assert figures(before)[:-1] == figures(after)[:-1]
    assert (before.critical.points, before.critical.points_possible) == (
        after.critical.points,
        after.critical.points_possible,
    )
    assert before.passed == after.passed


@CALM
@given(forms(), dialogues)
def test_a_missed_red_line_never_raises_the_score(plan: dict[str, Any], said: Any) -> None:
    card = card_of(plan, said)
    tame = replace(card, outcomes=tuple(replace(outcome, fatal=None) for outcome in card.outcomes))
    assert card.points <= card.points_before_red_lines == tame.points
    assert card.percent is None or tame.percent is None or card.percent <= tame.percent


@CALM
@given(forms(), dialogues)
def test_a_verdict_that_is_given_can_be_looked_at(plan: dict[str, Any], said: Any) -> None:
    for outcome in card_of(plan, said).outcomes:
        if outcome.verdict.counts:
            assert outcome.evidence.hits or outcome.evidence.searched
        assert _within(outcome, len(said))


def _within(outcome: Outcome, turns: int) -> bool:
    return all(0 <= quote.turn < turns for quote in outcome.evidence.hits) and set(outcome.evidence.searched) <= set(
        range(turns)
    )


#: Checks that look at times only relative to each other; limits are no whole tenths, so that rounding would show.
RELATIVE: list[dict[str, Any]] = [
    {"silence": {"longer_than_s": 0.3}},
    {"silence": {"longer_than_s": 0.7, "owner": "agent"}},
    {"response_time": {"seconds": {"max": 0.6}}},
    {"response_time": {"seconds": {"min": 0.1, "max": 0.9}, "measure": "mean"}},
    {"monologue": {"seconds": {"max": 1.4}, "interruption_s": 0.3, "pause_s": 0.6}},
    {"overlap": {"longer_than_s": 0.1, "delay_s": 0.3, "by": "agent"}},
    {"talk_ratio": {"max": 55}},
    {"speech_rate": {"bounds": {"max": 150}, "measure": "each"}},
    {"within": {"check": says("谢谢"), "after": says("贵"), "seconds": 0.8}},
    {"within": {"check": says("谢谢"), "before": says("贵"), "seconds": 0.4, "hit": "last"}},
    {"within": {"check": says("谢谢"), "around": says("贵"), "seconds": 1.2, "hit": "each"}},
    {"phrases": {"any": ["谢谢"], "after": {"check": says("贵"), "seconds": 0.8}}},
    {"phrases": {"any": ["谢谢"], "around": {"check": says("贵"), "seconds": 0.6}}},
]


@st.composite
def timed_calls(draw: st.DrawFn) -> Call:
    """Turns of whole tenths, some of which overlap; as on two channels."""
    at, lines = 0, []
    for role, text in draw(dialogues):
        length = draw(st.integers(1, 20))
        lines.append((role, text, at / 10, (at + length) / 10))
        at += max(0, length + draw(st.integers(-5, 12)))
    return _overlapping(call(*lines))


def _overlapping(asked: Call) -> Call:
    spans = [(turn.span, turn.role) for turn in asked.turns if turn.span]
    both = [
        Overlap(Span(later.start_s, min(later.end_s, earlier.end_s)), role is A)
        for i, (later, role) in enumerate(spans)
        for earlier, other in spans[:i]
        if other is not role and earlier.overlap_s(later) > 1e-6
    ]
    return replace(asked, overlaps=tuple(both))


def shifted(asked: Call, by_s: float) -> Call:
    turns = tuple(replace(turn, span=turn.span.shift(by_s)) for turn in asked.turns if turn.span)
    overlaps = tuple(replace(overlap, span=overlap.span.shift(by_s)) for overlap in asked.overlaps or ())
    return replace(asked, conversation=replace(asked.conversation, turns=turns), overlaps=overlaps)


@pytest.mark.parametrize("named", RELATIVE, ids=lambda named: next(iter(named)))
@CALM
@given(timed_calls(), st.integers(1, 36_000))
def test_shifting_all_times_changes_no_relative_verdict(named: dict[str, Any], asked: Call, tenths: int) -> None:
    question: Check = check(**named)
    now, then = run_check(question, asked), run_check(question, shifted(asked, tenths / 10))
    assert (now.state, now.reason.code) == (then.state, then.reason.code)
    assert [(hit.turn, hit.start, hit.end, hit.matched) for hit in now.hits] == [
        (hit.turn, hit.start, hit.end, hit.matched) for hit in then.hits
    ]
