"""How many things are wrong where a check fails: what deductions per hit count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa_pipeline.checks.finding import State
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.call import TurnVoice
from qa_pipeline.core.score import Verdict
from qa_pipeline.scoring import score
from tests.factories import A, C, ask, call, check, line, quoted, rubric, timed

CURSED = call((A, "滚，滚"), (C, "嗯"), (A, "闭嘴"), (A, "您好"))
NO_CURSE: dict[str, Any] = {"phrases": {"none": ["滚"]}}
NO_SHUT_UP: dict[str, Any] = {"regex": {"pattern": "闭嘴", "forbid": True}}
CURSE: dict[str, Any] = {"phrases": {"any": ["滚"]}}
SHUT_UP: dict[str, Any] = {"regex": {"pattern": "闭嘴"}}


@pytest.mark.parametrize(
    ("asked", "breaches"),
    [
        (NO_CURSE, 2),
        (NO_SHUT_UP, 1),
        ({"phrases": {"any": ["谢谢"]}}, 1),
        ({"phrases": {"any": ["滚"], "min_hits": 3}}, 1),
        ({"phrases": {"all": ["滚", "谢谢"]}}, 1),
        ({"phrases": {"role": "agent", "any": ["您好"], "every_turn": True}}, 2),
        ({"not": CURSE}, 2),
        ({"not": {"phrases": {"any": ["滚"], "min_hits": 2}}}, 1),  # the first is let pass
        ({"not": {"not": NO_CURSE}}, 2),
        ({"all": [NO_CURSE, NO_SHUT_UP, {"phrases": {"any": ["您好"]}}]}, 3),
        ({"any": [NO_CURSE, NO_SHUT_UP]}, 1),
        ({"not": {"any": [CURSE, SHUT_UP]}}, 3),
        ({"not": {"all": [CURSE, SHUT_UP]}}, 1),
        ({"at_least": {"n": 2, "of": [NO_CURSE, NO_SHUT_UP]}}, 1),
        ({"order": {"first": SHUT_UP, "then": CURSE}}, 1),
        ({"flow": {"steps": [SHUT_UP, CURSE]}}, 1),
        ({"within": {"check": {"phrases": {"any": ["您好"]}}, "after": CURSE, "hit": "each", "turns": 1}}, 1),
        ({"turn_count": {"count": {"max": 1}}}, 3),
        ({"turn_count": {"count": {"min": 9}}}, 1),
    ],
)
def test_how_many_things_are_wrong(asked: dict[str, Any], breaches: int) -> None:
    finding = ask(CURSED, **{("not_" if name == "not" else name): value for name, value in asked.items()})
    assert (finding.state, finding.breaches) == (State.FAILS, breaches)


@pytest.mark.parametrize(("allowed", "breaches"), [(0, 3), (1, 2), (2, 1)])
def test_only_silences_beyond_the_allowance_count(allowed: int, breaches: int) -> None:
    quiet = call(*timed(*[(A, "好")] * 4, pause_s=9.0))
    finding = ask(quiet, silence={"longer_than_s": 5, "count": {"max": allowed}})
    assert (finding.state, finding.breaches, len(finding.hits)) == (State.FAILS, breaches, 3)


def test_only_repetitions_beyond_the_allowance_count() -> None:
    repeated = call(*[(A, "这个套餐每月三十九元")] * 4)
    assert ask(repeated, repetition={"of": "self", "count": {"max": 1}}).breaches == 2


@pytest.mark.parametrize(("more", "breaches"), [({"measure": "each"}, 2), ({"measure": "max"}, 2), ({}, 1)])
def test_each_turn_outside_its_bounds_counts(more: dict[str, Any], breaches: int) -> None:
    voices = tuple(TurnVoice(level_jump_db=jump) for jump in (12.0, 1.0, 11.0))
    loud = replace(call((A, "一"), (C, "二"), (A, "三")), turn_voices=voices)
    asked = check(loudness_jump={"bounds": {"max": 0.5 if not more else 6}, **more})
    assert run_check(asked, loud).breaches == breaches


def test_each_late_answer_and_each_monologue_counts() -> None:
    slow = call(
        (C, "喂", 0, 1), (A, "您好", 6, 7), (C, "嗯", 7, 8), (A, "好", 20, 90), (C, "那", 90, 95), (A, "这", 95, 190)
    )
    late = ask(slow, response_time={"role": "agent", "seconds": {"max": 3}})
    assert (late.state, late.breaches) == (State.FAILS, 2)
    assert ask(slow, monologue={"role": "agent", "seconds": {"max": 60}}).breaches == 2


def lost(text_lines: Any, **fields: Any) -> tuple[Verdict, float | None]:
    deduct = {"points": 2, "per": "hit", "cap": 100}
    outcome = score(call(*text_lines), rubric(line("a", deduct=deduct, **fields), start=100)).outcomes[0]
    return outcome.verdict, outcome.points


FILLERS = [(A, "那个，那个，那个，那个，那个")]


@pytest.mark.parametrize(("let_pass", "points"), [(0, -10.0), (3, -4.0), (4, -2.0), (5, 0.0)])
def test_a_deduction_per_hit_costs_only_what_is_beyond_the_allowance(let_pass: int, points: float) -> None:
    asked = {"not": {"phrases": {"any": ["那个"], "min_hits": let_pass + 1}}}
    assert lost(FILLERS, check=asked) == (Verdict.MISSED if points else Verdict.MET, points)


def test_what_is_found_beside_a_miss_costs_nothing() -> None:
    assert lost(FILLERS, check={"phrases": {"all": ["那个", "您好"]}}) == (Verdict.MISSED, -2.0)


def test_partly_costs_its_share_of_what_is_wrong() -> None:
    fields = {"check": {"phrases": {"none": ["那个"]}}, "partly": {"phrases": {"any": ["您好"]}}, "partly_share": 0.5}
    assert lost([*FILLERS, (A, "您好")], **fields) == (Verdict.PARTLY, -5.0)


def test_any_shows_the_hits_of_every_part_that_holds() -> None:
    either = {"any": [CURSE, {"phrases": {"any": ["谢谢"]}}, SHUT_UP]}
    held = ask(CURSED, **either)
    assert quoted(CURSED, held.hits) == ["滚", "滚", "闭嘴"]
    assert held.reason == ask(CURSED, **CURSE).reason
    greeting = {"phrases": {"any": ["您好"]}}
    assert ask(CURSED, within={"check": greeting, "after": either, "hit": "last", "turns": 1}).state is State.HOLDS
    assert ask(CURSED, within={"check": greeting, "after": CURSE, "hit": "last", "turns": 1}).state is State.FAILS


def test_any_with_hits_in_one_part_and_none_in_another_has_a_place() -> None:
    either = {"any": [{"phrases": {"none": ["谢谢"]}}, SHUT_UP]}
    assert ask(CURSED, order={"first": CURSE, "then": either}).state is State.HOLDS


def test_all_that_fails_shows_every_part_that_fails() -> None:
    failed = ask(CURSED, all=[{"phrases": {"any": ["您好"]}}, NO_CURSE, NO_SHUT_UP])
    assert quoted(CURSED, failed.hits) == ["滚", "滚", "闭嘴"]
    assert failed.reason == ask(CURSED, **NO_CURSE).reason
