"""Counting the model, and finding the likeliest path through it."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.core.call import Conversation, Stage
from qa_pipeline.core.span import Span
from qa_pipeline.stages.decode import likeliest, stage_spans, tag_stages
from qa_pipeline.stages.model import (
    POSITION_BINS,
    STAGES,
    CountedTurn,
    StageModel,
    fit,
    load_stage_model,
    position_bin,
    read_stage_model,
)
from tests.factories import A, C, turns

OPENING, NEEDS, CLOSE = Stage.OPENING, Stage.NEEDS, Stage.CLOSE


def counted(stage: Stage, *cues: str, role: str = "agent") -> CountedTurn:
    return CountedTurn(role, stage, frozenset(cues))


def test_fit_counts_what_was_labelled() -> None:
    calls = [
        [counted(OPENING, "agent.hi"), counted(OPENING), counted(NEEDS, role="customer")],
        [counted(OPENING, "agent.hi"), counted(NEEDS)],
        [],
    ]
    model = fit("zh", calls)
    assert math.exp(model.present["agent.hi"]["opening"]) == pytest.approx((2 + 1) / (3 + 2), abs=1e-3)
    assert math.exp(model.absent["agent.hi"]["opening"]) == pytest.approx(2 / 5, abs=1e-3)
    # The customer's turn says nothing about an agent's cue.
    assert math.exp(model.present["agent.hi"]["needs"]) == pytest.approx((0 + 1) / (1 + 2), abs=1e-3)
    assert math.exp(model.start["opening"]) == pytest.approx((2 + 1) / (2 + 5), abs=1e-3)
    assert math.exp(model.transition["opening"]["needs"]) == pytest.approx((2 + 1) / (3 + 5), abs=1e-3)
    assert math.exp(model.transition["close"]["close"]) == pytest.approx(1 / 5, abs=1e-3)


def test_every_distribution_of_a_fitted_model_adds_up_to_one() -> None:
    model = fit("zh", [[counted(OPENING), counted(NEEDS), counted(CLOSE)]])
    for shares in (model.start, *model.transition.values(), *model.position):
        assert sum(math.exp(value) for value in shares.values()) == pytest.approx(1, abs=1e-3)


def test_nothing_to_count_is_a_model_without_preference() -> None:
    assert set(fit("zh", []).start.values()) == {round(math.log(1 / 5), 4)}


@pytest.mark.parametrize(
    ("index", "of", "expected"), [(0, 1, 0), (0, 10, 0), (9, 10, 9), (5, 10, 5), (99, 100, 9), (1, 3, 3), (0, 0, 0)]
)
def test_position_bins(index: int, of: int, expected: int) -> None:
    assert position_bin(index, of) == expected


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of - 1), st.just(of))))
def test_every_position_has_a_bin(place: tuple[int, int]) -> None:
    assert 0 <= position_bin(*place) < POSITION_BINS


scores = st.fixed_dictionaries({stage: st.floats(-20, 0) for stage in STAGES})
named = st.fixed_dictionaries({stage.value: st.floats(-20, 0) for stage in STAGES})


def model_of(start: dict[str, float], transition: dict[str, dict[str, float]]) -> StageModel:
    return StageModel("zh", {}, {}, [], start, transition)


def total(path: tuple[Stage, ...], emissions: list[dict[Stage, float]], model: StageModel) -> float:
    moves = sum(model.transition[a.value][b.value] for a, b in itertools.pairwise(path))
    return model.start[path[0].value] + moves + sum(e[s] for e, s in zip(emissions, path, strict=True))


@settings(max_examples=25, deadline=None)
@given(st.lists(scores, min_size=1, max_size=4), named, st.fixed_dictionaries({s.value: named for s in STAGES}))
def test_the_likeliest_path_is_that_of_trying_them_all(
    emissions: list[dict[Stage, float]], start: dict[str, float], transition: dict[str, dict[str, float]]
) -> None:
    model = model_of(start, transition)
    best = max(total(path, emissions, model) for path in itertools.product(STAGES, repeat=len(emissions)))
    assert total(likeliest(emissions, model), emissions, model) == pytest.approx(best)


@given(st.lists(st.sampled_from(STAGES), min_size=1, max_size=40))
def test_a_path_that_was_built_is_recovered(path: list[Stage]) -> None:
    even = dict.fromkeys((s.value for s in STAGES), -1.6)
    emissions = [{s: 0.0 if s is stage else -5.0 for s in STAGES} for stage in path]
    assert likeliest(emissions, model_of(even, {s.value: even for s in STAGES})) == tuple(path)


def test_transitions_hold_a_stage_through_a_doubtful_turn() -> None:
    stay = {a.value: {b.value: -0.1 if a is b else -5.0 for b in STAGES} for a in STAGES}
    sure = {s: 0.0 if s is OPENING else -5.0 for s in STAGES}
    doubtful = {s: 0.0 if s is NEEDS else -1.0 for s in STAGES}
    model = model_of(dict.fromkeys((s.value for s in STAGES), -1.6), stay)
    assert likeliest([sure, doubtful, sure], model) == (OPENING, OPENING, OPENING)


def test_spans_are_runs_of_one_stage_with_their_times() -> None:
    lines = turns([(A, "一", 0, 1), (C, "二", 1, 2), (A, "三", 3, 4), (C, "四")])
    first, second, third = stage_spans(lines, (OPENING, OPENING, NEEDS, OPENING))
    assert (first.stage, first.first_turn, first.last_turn, first.span) == (OPENING, 0, 1, Span(0, 2))
    assert (second.stage, second.span) == (NEEDS, Span(3, 4))
    assert (third.first_turn, third.span) == (3, None)


def test_nothing_is_tagged_without_a_model_or_without_turns() -> None:
    assert tag_stages(Conversation("xx", turns([(A, "您好")])), load_stage_model("xx")) == ()
    assert tag_stages(Conversation("zh", ()), load_stage_model("zh")) == ()


def test_a_model_is_written_and_read_again(tmp_path: Path) -> None:
    model = fit("zh", [[counted(OPENING, "agent.hi"), counted(NEEDS)]])
    path = tmp_path / "model.json"
    path.write_text(model.to_json())
    again = read_stage_model(path)
    assert again.to_json() == model.to_json()
    assert json.loads(model.to_json())["language"] == "zh"
    path.write_text(model.to_json() + "\n")
    assert again.revision != read_stage_model(path).revision
