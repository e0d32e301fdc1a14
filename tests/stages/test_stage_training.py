"""Fitting a stage model: the same every time, from whole calls, and only from what was labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qa_pipeline.core.call import Stage
from qa_pipeline.language.turn_fitting import fit_turns
from qa_pipeline.stages import training
from qa_pipeline.stages.evidence import ACTS, DECISIONS
from qa_pipeline.stages.model import Chain, StageModel
from qa_pipeline.stages.tagging import tag
from qa_pipeline.stages.training import STEPS, TaughtCall, best_threshold, fit_stage_model
from tests.factories import A, C, Line, turns
from tests.stage_models import MANDARIN, labelled_calls, taught

#: Enough calls to fit on where the fit itself is not looked at.
FEW = 5


def passage(*stages: Stage) -> TaughtCall:
    """A piece of a call, of one turn per stage."""
    lines: list[Line] = [(A, f"那我给您办理第{index}个") for index in range(len(stages))]
    return TaughtCall(turns(lines), stages, tuple(frozenset({"ask_order"}) for _ in stages), whole=False)


#: The wrong way round: no whole call of the tests goes from close to opening.
BACKWARDS = passage(Stage.CLOSE, Stage.OPENING, Stage.CLOSE, Stage.OPENING)


class Spy:
    """What the layers are fitted on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[int] = []
        self.used: list[Any] = []
        self.chained: list[Sequence[TaughtCall]] = []
        self.acted: list[Sequence[TaughtCall]] = []
        fit_chain, fit_acts = training._fit_chain, training._fit_acts

        def turns_spied(x: Any, y: Any, use: Any, jobs: int) -> Any:
            self.rows.append(x.shape[0])
            self.used.append(use)
            return fit_turns(x, y, use, jobs)

        def chain_spied(calls: Sequence[TaughtCall], features: Sequence[training.Array]) -> Chain:
            assert [len(rows) for rows in features] == [len(call.turns) for call in calls]
            self.chained.append(calls)
            return fit_chain(calls, features)

        def acts_spied(calls: Sequence[TaughtCall], *more: Any) -> Any:
            self.acted.append(calls)
            return fit_acts(calls, *more)

        monkeypatch.setattr(training, "fit_turns", turns_spied)
        monkeypatch.setattr(training, "_fit_chain", chain_spied)
        monkeypatch.setattr(training, "_fit_acts", acts_spied)


def act_names(model: StageModel) -> set[str]:
    found = [tag(call.conversation, model) for call in labelled_calls()]
    return {act.name for tagged in found for acts in tagged.acts for act in acts}


def test_the_same_calls_give_the_same_model() -> None:
    one, again = (fit_stage_model(MANDARIN, taught(FEW)) for _ in range(2))
    for first, second in (
        (one.evidence.weights, again.evidence.weights),
        (one.acts.weights, again.acts.weights),
        (one.thresholds, again.thresholds),
        (one.with_roles.states.weights, again.with_roles.states.weights),
        (one.without_roles.transitions, again.without_roles.transitions),
    ):
        np.testing.assert_array_equal(first, second)


def test_the_parts_of_a_model_fit_together(stage_model: StageModel) -> None:
    evidence = stage_model.evidence
    assert evidence.weights.shape == (evidence.space.size, len(DECISIONS))
    assert evidence.cue_weights.shape == (len(evidence.cues), len(DECISIONS))
    assert stage_model.thresholds.shape == (len(ACTS),)
    assert ((stage_model.thresholds >= 0.1) & (stage_model.thresholds <= 0.6)).all()
    assert stage_model.with_roles.transitions.shape == (len(Stage), len(Stage))
    assert np.isfinite(evidence.weights).all() and np.isfinite(stage_model.acts.weights).all()


def test_passages_teach_words_but_are_neither_judged_nor_chained(monkeypatch: pytest.MonkeyPatch) -> None:
    spy, whole = Spy(monkeypatch), taught(FEW)
    model = fit_stage_model(MANDARIN, [BACKWARDS, *whole])
    # Two chains (with and without roles) and the acts see whole calls only.
    assert [[len(call.turns) for call in calls] for calls in (*spy.chained, *spy.acted)] == [
        [len(call.turns) for call in whole]
    ] * 3
    # Passages are in all four training parts and in the last fit: each turn of a whole call in three and one.
    count = sum(len(call.turns) for call in whole)
    assert spy.rows[-1] == count + len(BACKWARDS.turns)
    assert sum(spy.rows[:-1]) == 3 * count + 4 * len(BACKWARDS.turns)
    close, opening = list(Stage).index(Stage.CLOSE), list(Stage).index(Stage.OPENING)
    assert model.with_roles.transitions[close, opening] <= 0


def test_a_passage_as_a_whole_call_would_have_been_chained(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    model = fit_stage_model(MANDARIN, [replace(BACKWARDS, whole=True), *taught(FEW)])
    close, opening = list(Stage).index(Stage.CLOSE), list(Stage).index(Stage.OPENING)
    assert len(spy.chained[0]) == FEW + 1
    assert model.with_roles.transitions[close, opening] > 0


def test_calls_without_acts_give_stages_and_claim_no_act() -> None:
    model = fit_stage_model(MANDARIN, taught(2 * FEW, acts=False))
    assert act_names(model) == set()
    right = [
        a is b
        for call in labelled_calls(2 * FEW)
        for a, b in zip(tag(call.conversation, model).stages, call.stages, strict=True)
    ]
    assert sum(right) / len(right) > 0.9


def taught_columns(monkeypatch: pytest.MonkeyPatch, calls: Sequence[TaughtCall]) -> Any:
    """Shape (turns, decisions): which turns teach which decision in the last fit on all calls."""
    spy = Spy(monkeypatch)
    fit_stage_model(MANDARIN, calls)
    return spy.used[-1]


def test_calls_without_acts_teach_stages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = taught(FEW)
    used = taught_columns(monkeypatch, [replace(first, acts=None), *rest])
    own, others = used[: len(first.turns)], used[len(first.turns) :]
    assert not own[:, : len(ACTS)].any() and own[:, len(ACTS) :].all()
    assert others[:, : len(ACTS)].any(axis=1).all() and others[:, len(ACTS) :].all()


def test_an_act_that_nobody_looked_for_is_neither_taught_nor_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = taught(FEW)
    used = taught_columns(monkeypatch, [replace(first, known=first.known - {"greet"}), *rest])
    greet, ask_need = ACTS.index((A, "greet")), ACTS.index((A, "ask_need"))
    by_agent = np.array([turn.role is A for call in (first, *rest) for turn in call.turns])
    assert not used[: len(first.turns), greet].any()
    assert (used[len(first.turns) :, greet] == by_agent[len(first.turns) :]).all()
    # "greet" is an act of both parties; what others know of the customer's is not touched either.
    assert not used[: len(first.turns), ACTS.index((C, "greet"))].any()
    assert (used[:, ask_need] == by_agent).all()


@pytest.mark.parametrize("count", [1, 2])
def test_very_few_calls_are_learnt_from_without_an_error(count: int) -> None:
    model = fit_stage_model(MANDARIN, taught(count))
    assert len(tag(labelled_calls(1)[0].conversation, model).stages) == len(labelled_calls(1)[0].stages)


def test_an_act_that_no_turn_of_half_the_calls_lacks_is_no_error() -> None:
    def call(*lines: tuple[str, str]) -> TaughtCall:
        said = turns([(A, lines[0][0]), (C, "喂"), (A, lines[1][0])])
        acts = (frozenset({lines[0][1]}), frozenset[str](), frozenset({lines[1][1]}))
        return TaughtCall(said, (Stage.OPENING,) * 3, acts)

    greetings = call(("您好", "greet"), ("你好", "greet"))
    model = fit_stage_model(MANDARIN, [greetings, call(("您好", "greet"), ("再见", "farewell"))])
    assert np.isfinite(model.acts.weights[:, ACTS.index((A, "greet"))]).all()
    assert model.acts.weights[:, ACTS.index((A, "greet"))].any()


def test_progress_is_told_step_by_step() -> None:
    told: list[tuple[str, int]] = []
    fit_stage_model(MANDARIN, taught(FEW), progress=lambda name, steps: told.append((name, steps)))
    assert sum(steps for _, steps in told) == STEPS
    assert list(dict.fromkeys(name for name, _ in told)) == ["evidence", "acts", "stages"]


@pytest.mark.parametrize(
    ("probabilities", "truth", "expected"),
    [
        # From 0.35 on: 2 of 3 right, all found, F1 0.8; from 0.4: 0.5; from 0.8: 0.67.
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.35),
        # From 0.5 on: all right, all found.
        ([0.1, 0.2, 0.5, 0.55], [0, 0, 1, 1], 0.5),
        # From 0.3 on: 3 of 4 right and all found, F1 0.86; from 0.55: 1 of 3 found.
        ([0.3, 0.31, 0.32, 0.55], [1, 0, 1, 1], 0.3),
        # Out of reason: never above 0.6, never below 0.1.
        ([0.7, 0.9], [0, 1], 0.6),
        ([0.01, 0.02], [0, 1], 0.1),
    ],
)
def test_best_threshold_by_hand(probabilities: list[float], truth: list[int], expected: float) -> None:
    assert best_threshold(np.array(probabilities), np.array(truth, dtype=bool)) == pytest.approx(expected)
