"""The simple ways beside which the stage model is judged, and the measurement of damage, on a few invented calls."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import opencc
import pytest

from qa_pipeline.core.call import Stage
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.training import TaughtCall
from tests.factories import A, C, turns
from tests.stage_models import invented, labelled_calls, small_stage_model, taught, write_calls
from training.stages import measure
from training.stages.baselines import BASELINES, by_cues, by_place, measured
from training.stages.learning_curve import amounts
from training.stages.measure import others_of, training_files


def call_of(stages: str, text: str = "嗯") -> TaughtCall:
    letters = {"o": Stage.OPENING, "n": Stage.NEEDS, "c": Stage.CLOSE}
    return TaughtCall(turns((A, text) for _ in stages), tuple(letters[s] for s in stages), None)


def test_place_gives_the_likeliest_stage_of_each_tenth() -> None:
    tagger = by_place([call_of("ooonnnnncc"), call_of("oonnnnnccc"), call_of("oonnnnnccc")])
    assert "".join(stage[0] for stage in tagger(turns([(A, "嗯")] * 10))) == "oonnnnnccc"
    assert "".join(stage[0] for stage in tagger(turns([(A, "嗯")] * 20))) == "oooonnnnnnnnnncccccc"


def test_the_last_vote_of_a_cue_holds_on() -> None:
    tagger = by_cues(taught())
    found = tagger(turns([(C, "嗯"), (C, "太贵了"), (C, "嗯"), (A, "那我现在给您办理，可以吗")]))
    assert found == [Stage.OPENING, Stage.OBJECTION, Stage.OBJECTION, Stage.CLOSE]


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_tags_every_turn_and_learns_something(name: str) -> None:
    # The shortest calls lack some tenths, so that "place" needs the longer ones beside them.
    calls = taught()
    tagger = BASELINES[name](calls)
    found = [(tagger(call.turns), call.stages) for call in calls]
    assert all(len(guessed) == len(stages) for guessed, stages in found)
    right = [a is b for guessed, stages in found for a, b in zip(guessed, stages, strict=True)]
    assert sum(right) / len(right) > 0.5


def test_baselines_are_measured_on_every_call_once() -> None:
    calls = taught(10)
    figures = measured(calls, taught()[10:], 0)
    assert set(figures) == set(BASELINES)
    assert {(row["calls"], row["turns"]) for row in figures.values()} == {(10, sum(len(c.turns) for c in calls))}
    assert figures["plain_chain"]["accuracy"] > figures["place"]["accuracy"]
    assert measured(calls, taught()[10:], 0) == figures


def test_damage_is_measured_on_calls_that_the_model_never_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[int] = []

    def fit(language: str, calls: Sequence[TaughtCall], jobs: int) -> StageModel:
        fits.append(len(calls))
        return small_stage_model()

    monkeypatch.setattr(measure, "fit_stage_model", fit)
    # A converter takes a while to be made, and each turn makes one.
    monkeypatch.setattr(opencc, "OpenCC", cache(opencc.OpenCC))
    marks = {"t00": {"objections": [], "refusals": [0], "buying_signals": []}, "elsewhere": {}}
    found = measure.measured(labelled_calls(5), taught()[5:], marks, 0, 1)
    assert fits == [4 + 9] * 5
    stages = found["stages"]
    assert {row["calls"] for row in stages.values()} == {5}
    assert stages["clean"]["accuracy"] > 0.9
    assert stages["traditional"] == stages["clean"]
    assert stages["clean"]["turns"] == stages["roles_unknown"]["turns"] != stages["turns_merged_or_split"]["turns"]
    # Only the one marked call is looked at.
    assert found["signals"]["refusals"]["n"] == found["signals"]["calls_with_a_refusal"]["n"] == 1
    assert measure.measured(labelled_calls(5), taught()[5:], {}, 0, 1)["signals"] is None


def test_further_calls_and_passages_are_read_from_their_files(tmp_path: Path) -> None:
    write_calls(tmp_path / "calls.jsonl", invented(2))
    write_calls(tmp_path / "more.jsonl", invented(3)[2:])
    parser = argparse.ArgumentParser()
    training_files(parser)
    more = str(tmp_path / "more.jsonl")
    given = parser.parse_args([str(tmp_path / "calls.jsonl"), "--also", more, "--passages", more, more])
    assert (given.seed, [call.whole for call in others_of(given)]) == (0, [True, False, False])


def test_the_learning_curve_goes_from_few_calls_to_all_and_then_to_passages() -> None:
    own, whole, cut = taught(8), taught(12)[8:], [replace(call, whole=False) for call in taught(2)]
    steps = list(amounts(own, [*whole, *cut]))
    assert [len(step) for step in steps] == [2, 4, 8, 10, 12, 14]
    assert all(step == steps[-1][: len(step)] for step in steps)
    assert [sum(not call.whole for call in step) for step in steps] == [0, 0, 0, 0, 0, 2]
    assert [len(step) for step in amounts(own, whole)] == [2, 4, 8, 10, 12]
