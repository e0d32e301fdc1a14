"""What is called impossible or certain is so on every call: shown by asking many calls."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.checks.base import Check
from qa_pipeline.checks.finding import State
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.call import Call, CallMetadata
from qa_pipeline.rubric.meaning import Meanings, always, negated, never
from tests.factories import A, C, call

WORDS = ("甲乙", "丙丁", "戊己")


def _calls() -> list[Call]:
    """Every choice of words by the agent, in calls of two lengths, with and without a deal."""
    spoken = [chosen for size in range(len(WORDS) + 1) for chosen in combinations(WORDS, size)]
    return [
        call(
            *((A, f"说{word}", float(i), i + 1.0) for i, word in enumerate((*words, "完"))),
            *((C, "嗯", end - 1, end),),
            stages="o" * (len(words) + 1) + stage,
            metadata=CallMetadata(amount=amount),
        )
        for words, (end, stage, amount) in product(spoken, ((10.0, "o", 1.0), (100.0, "b", 9.0)))
    ]


CALLS = _calls()
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
ranges = st.sampled_from([{"min": 5}, {"max": 50}, {"min": 60}, {"max": 8}, {"min": 5, "max": 50}, {"min": 200}])
atoms: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda key, words: {"phrases": {key: words}}, st.sampled_from(["any", "all", "none"]), phrases),
    st.builds(lambda words, n: {"phrases": {"any": words, "min_hits": n}}, phrases, st.sampled_from([1, 2])),
    st.builds(lambda word, no: {"regex": {"pattern": word, "forbid": no}}, st.sampled_from(WORDS), st.booleans()),
    st.builds(lambda bounds: {"duration": bounds}, ranges),
    st.builds(lambda low: {"turn_count": {"count": {"min": low, "max": low + 1}}}, st.integers(0, 5)),
    st.builds(lambda key: {"stage_present": {key: ["opening", "objection"]}}, st.sampled_from(["any", "all"])),
    st.just({"metadata": {"expression": "amount > 5"}}),
    st.sampled_from([{"use": "talked"}, {"use": "quiet"}]),
)


def _joined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    parts = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.builds(lambda name, checks: {name: checks}, st.sampled_from(["all", "any"]), parts),
        st.builds(lambda check: {"not": check}, inner),
        st.builds(lambda checks, n: {"at_least": {"n": min(n, len(checks)), "of": checks}}, parts, st.integers(1, 4)),
    )


CONDITIONS = {
    "talked": Check.parse({"phrases": {"any": [WORDS[0]]}}),
    "quiet": Check.parse({"not": {"use": "talked"}}),
}


@settings(max_examples=400, deadline=None)
@given(st.recursive(atoms, _joined, max_leaves=8))
def test_never_and_always_are_true_of_every_call(asked: dict[str, Any]) -> None:
    check = Check.parse(asked)
    formula = Meanings(CONDITIONS).of(check)
    states = {run_check(check, one, CONDITIONS).state for one in CALLS}
    assert State.UNKNOWN not in states
    if never(formula):
        assert states == {State.FAILS}
    if always(formula):
        assert states == {State.HOLDS}
    assert (never(negated(formula)), always(negated(formula))) == (always(formula), never(formula))


def never_together(*asked: dict[str, Any]) -> bool:
    return never(Meanings(CONDITIONS).of(Check.parse({"all": list(asked)})))


IMPOSSIBLE = [
    ({"phrases": {"any": ["a"]}}, {"not": {"phrases": {"any": ["a"]}}}),
    ({"phrases": {"any": ["a"]}}, {"phrases": {"none": ["a", "b"]}}),
    ({"phrases": {"all": ["a", "b"]}}, {"phrases": {"none": ["b"]}}),
    ({"regex": {"pattern": "a"}}, {"regex": {"pattern": "a", "forbid": True}}),
    ({"duration": {"min": 300}}, {"duration": {"max": 60}}),
    ({"duration": {"min": 300}}, {"not": {"duration": {"min": 60}}}),
    ({"talk_ratio": {"min": 80}}, {"talk_ratio": {"min": 20, "max": 70}}),
    ({"silence": {"longer_than_s": 5}}, {"silence": {"longer_than_s": 5, "count": {"min": 2}}}),
    ({"use": "talked"}, {"use": "quiet"}),
    ({"not": {"any": [{"use": "talked"}, {"phrases": {"any": ["b"]}}]}}, {"use": "talked"}),
    ({"at_least": {"n": 2, "of": [{"use": "talked"}, {"use": "quiet"}]}},),
    ({"any": [{"phrases": {"any": ["a"]}}]}, {"not": {"at_least": {"n": 1, "of": [{"phrases": {"any": ["a"]}}]}}}),
    ({"stage_present": {"any": ["close"]}}, {"not": {"stage_present": {"any": ["close", "objection"]}}}),
    ({"act": {"all": ["greet", "thank"]}}, {"act": {"none": ["greet"]}}),
]
POSSIBLE = [
    ({"phrases": {"any": ["a"]}}, {"phrases": {"none": ["b"]}}),
    ({"phrases": {"any": ["a", "b"]}}, {"phrases": {"none": ["a"]}}),
    ({"phrases": {"any": ["a"], "role": "agent"}}, {"phrases": {"none": ["a"], "role": "customer"}}),
    ({"phrases": {"any": ["a"]}}, {"not": {"phrases": {"any": ["a"], "min_hits": 2}}}),
    ({"duration": {"min": 60}}, {"duration": {"max": 60}}),
    ({"duration": {"min": 60}}, {"not": {"duration": {"min": 300}}}),
    # Many prices, and each turn its own rate: no single figure that could contradict itself.
    ({"fact": {"any": ["price"], "number": {"min": 9}}}, {"fact": {"any": ["price"], "number": {"max": 5}}}),
    (
        {"not": {"speech_rate": {"measure": "each", "bounds": {"min": 9}}}},
        {"not": {"speech_rate": {"measure": "each", "bounds": {"max": 5}}}},
    ),
    (
        {"criterion_model": {"criterion": "greet"}},
        {"not": {"criterion_model": {"criterion": "greet", "ask": "applies"}}},
    ),
]


@pytest.mark.parametrize("asked", IMPOSSIBLE, ids=str)
def test_what_contradicts_itself_can_never_hold(asked: tuple[dict[str, Any], ...]) -> None:
    assert never_together(*asked)


@pytest.mark.parametrize("asked", POSSIBLE, ids=str)
def test_what_can_be_so_is_not_called_impossible(asked: tuple[dict[str, Any], ...]) -> None:
    assert not never_together(*asked)


def test_a_circle_of_conditions_has_a_meaning_of_its_own() -> None:
    conditions = {"a": Check.parse({"not": {"use": "b"}}), "b": Check.parse({"use": "a"})}
    formula = Meanings(conditions).of(conditions["a"])
    assert not never(formula) and not always(formula)


def test_conditions_that_double_at_every_step_are_done_in_no_time() -> None:
    """Written out, the last one would hold 2^60 parts."""
    conditions = {"c0": Check.parse({"phrases": {"any": ["a"]}})}
    for i in range(60):
        parts = [{"use": f"c{i}"}, {"not": {"all": [{"use": f"c{i}"}, {"phrases": {"any": [f"b{i}"]}}]}}]
        conditions[f"c{i + 1}"] = Check.parse({"all" if i % 2 else "any": parts})
    meanings = Meanings(conditions)
    assert always(meanings.of(conditions["c1"]))
    assert not never(meanings.of(conditions["c60"]))
