"""The stage model on disk: written, read, refused, and found by name, folder and language."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.core.call import Conversation, Stage
from qa_pipeline.core.errors import UserError
from qa_pipeline.stages import model as stage_models
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.evidence import DECISIONS, mark_cues, turn_evidence
from qa_pipeline.stages.model import (
    SHIPPED,
    StageModel,
    find_stage_model,
    read_stage_model,
    require_stage_model,
    save_stage_model,
)
from qa_pipeline.stages.tagging import Tagged, tag
from qa_pipeline.stages.training import TaughtCall, fit_stage_model
from tests.factories import A, C, turns
from tests.stage_models import labelled_calls

#: Half precision keeps eleven bits of each weight of a gram.
HALF = 5e-3


@pytest.fixture
def saved(stage_model: StageModel, tmp_path: Path) -> Path:
    """The folder of the small model."""
    folder = tmp_path / "mine"
    save_stage_model(stage_model, folder)
    return folder


@pytest.fixture
def shipped(stage_model: StageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of shipped models, for two languages; what is shipped really is looked at elsewhere."""
    models = tmp_path / "models"
    for language in ("zh", "en"):
        save_stage_model(replace(stage_model, language=language), models / f"{SHIPPED}-{language}")
    monkeypatch.setattr(stage_models, "models_dir", lambda: models)
    return models


def said(folder: Path, **changes: object) -> None:
    """Write some values of model.json anew."""
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def later(folder: Path) -> None:
    """As if the folder had been written some time after it was."""
    for file in stage_models.FILES:
        now = (folder / file).stat().st_mtime_ns
        os.utime(folder / file, ns=(now + 10**9, now + 10**9))


def test_a_model_that_was_saved_and_read_gives_the_same_probabilities(stage_model: StageModel, saved: Path) -> None:
    again = read_stage_model(saved)
    for call in labelled_calls():
        turns = call.conversation.turns
        marks = mark_cues([cue_matcher("zh").hits(turn) for turn in turns], stage_model.evidence.cues)
        before, after = (turn_evidence(turns, marks, m.evidence) for m in (stage_model, again))
        np.testing.assert_allclose(before, after, atol=HALF)
        first, second = tag(call.conversation, stage_model), tag(call.conversation, again)
        assert first.stages == second.stages
        assert first.sureness == pytest.approx(second.sureness, abs=HALF)


def test_all_but_the_weights_of_grams_is_kept_exactly(stage_model: StageModel, saved: Path) -> None:
    again = read_stage_model(saved)
    assert (again.language, again.evidence.cues) == (stage_model.language, stage_model.evidence.cues)
    assert dict(again.evidence.space.own) == dict(stage_model.evidence.space.own)
    assert dict(again.evidence.space.near) == dict(stage_model.evidence.space.near)
    assert again.evidence.space.by_words is False
    for first, second in (
        (stage_model.thresholds, again.thresholds),
        (stage_model.evidence.cue_weights, again.evidence.cue_weights),
        (stage_model.evidence.bias, again.evidence.bias),
        (stage_model.acts.weights, again.acts.weights),
        (stage_model.acts.bias, again.acts.bias),
        (stage_model.with_roles.transitions, again.with_roles.transitions),
        (stage_model.with_roles.states.weights, again.with_roles.states.weights),
        (stage_model.without_roles.transitions, again.without_roles.transitions),
        (stage_model.without_roles.states.bias, again.without_roles.states.bias),
    ):
        np.testing.assert_array_equal(first, second)


def test_a_model_of_so_few_turns_that_it_knows_no_gram_can_be_used(tmp_path: Path) -> None:
    said = turns([(A, "您好"), (C, "太贵了")])
    model = fit_stage_model("zh", [TaughtCall(said, (Stage.OPENING, Stage.OBJECTION), None)])
    assert not model.evidence.space.near
    save_stage_model(model, tmp_path)
    again = read_stage_model(tmp_path)
    assert (dict(again.evidence.space.near), again.evidence.space.size) == ({}, model.evidence.space.size)
    spoken = Conversation("zh", said)
    assert tag(spoken, again) == tag(spoken, model) != Tagged()


def test_name_and_revision_tell_models_apart(stage_model: StageModel, saved: Path, tmp_path: Path) -> None:
    twin, other = tmp_path / "twin", tmp_path / "other"
    save_stage_model(stage_model, twin)
    save_stage_model(replace(stage_model, thresholds=stage_model.thresholds + 0.01), other)
    first, second, third = (read_stage_model(folder) for folder in (saved, twin, other))
    assert [m.name for m in (first, second, third)] == ["mine", "twin", "other"]
    assert first.revision == second.revision != third.revision
    assert len(first.revision) == 12


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 10] = bytes(10)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda folder: (folder / "model.json").unlink(), id="no description"),
        pytest.param(lambda folder: (folder / "weights.npz").unlink(), id="no weights"),
        pytest.param(lambda folder: (folder / "model.json").write_text("{]"), id="broken description"),
        pytest.param(lambda folder: (folder / "model.json").write_text("[]"), id="a list"),
        pytest.param(lambda folder: (folder / "model.json").write_text("{}"), id="empty description"),
        pytest.param(lambda folder: (folder / "model.json").write_bytes(b"\xff\xfe"), id="no text"),
        pytest.param(lambda folder: (folder / "weights.npz").write_bytes(b""), id="empty weights"),
        pytest.param(lambda folder: (folder / "weights.npz").write_bytes(b"weights"), id="text as weights"),
        pytest.param(lambda folder: cut(folder / "weights.npz"), id="half the weights"),
        pytest.param(lambda folder: spoil(folder / "weights.npz"), id="spoilt weights"),
        pytest.param(lambda folder: np.savez(folder / "weights.npz", acts=np.zeros(1)), id="other weights"),
        pytest.param(lambda folder: said(folder, decisions=DECISIONS[:-1]), id="other acts"),
        pytest.param(lambda folder: said(folder, language="fr"), id="a language without cues"),
    ],
)
def test_a_folder_that_holds_no_usable_model_is_refused(saved: Path, spoilt: Callable[[Path], object]) -> None:
    spoilt(saved)
    with pytest.raises(UserError, match=r"mine: holds no stage model \(\w+\); train it again"):
        read_stage_model(saved)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no stage model"):
        read_stage_model(tmp_path / "none")


@pytest.mark.parametrize(("language", "name"), [("zh", "stages-zh"), ("en", "stages-en"), ("zh-CN", "stages-zh")])
@pytest.mark.usefixtures("shipped")
def test_the_shipped_name_is_the_model_of_the_language(language: str, name: str) -> None:
    found = find_stage_model(SHIPPED, language)
    assert found is not None
    assert (found.name, found.language) == (name, language[:2])
    assert find_stage_model(SHIPPED, language) is found


@pytest.mark.parametrize("name", [SHIPPED, "nonsense", "../stages"])
def test_a_language_without_a_model_has_none(name: str) -> None:
    assert find_stage_model(name, "xx") is None


@pytest.mark.usefixtures("shipped")
def test_a_folder_is_for_its_own_language_and_leaves_others_to_the_shipped_models(saved: Path) -> None:
    found = find_stage_model(str(saved), "zh-TW")
    assert found is not None and found.name == "mine"
    english = find_stage_model(str(saved), "en")
    assert english is not None and english.name == "stages-en"
    assert find_stage_model(str(saved), "xx") is None


def test_the_path_of_a_shipped_model_is_a_folder_like_any_other(shipped: Path) -> None:
    found = find_stage_model(str(shipped / "stages-zh"), "zh")
    assert found is not None and found.name == "stages-zh"


def test_a_folder_is_read_once_and_anew_when_it_was_trained_anew(stage_model: StageModel, saved: Path) -> None:
    first = find_stage_model(str(saved), "zh")
    assert find_stage_model(str(saved), "zh") is first
    save_stage_model(replace(stage_model, thresholds=stage_model.thresholds + 0.01), saved)
    later(saved)
    second = find_stage_model(str(saved), "zh")
    assert first is not None and second is not None
    assert second.revision != first.revision


@pytest.mark.usefixtures("shipped")
def test_a_required_model_is_a_shipped_name_or_a_folder_with_a_model(saved: Path, tmp_path: Path) -> None:
    require_stage_model(SHIPPED)
    require_stage_model(str(saved))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UserError, match="holds no stage model"):
        require_stage_model(str(empty))
    for name in ("nonsense", str(tmp_path / "none"), str(saved / "model.json"), "../models/stages"):
        with pytest.raises(UserError, match=r"there is no stage model .*; give a folder made by `stages train`"):
            require_stage_model(name)
