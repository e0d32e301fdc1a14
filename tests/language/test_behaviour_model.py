"""The behaviour model computed by hand, saved and read again, and what it does with what it cannot know."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.behaviour_model import (
    behaviour_probabilities,
    call_features,
    find_behaviour_model,
    read_behaviour_model,
    scaled,
    substituted,
    telling_passage,
)
from tests.behaviour_models import small_model
from tests.factories import A, C, U, turns
from training.behaviours.save import save

MODEL = small_model()
SHOWN, NOT_SHOWN = 1 / (1 + math.exp(-4)), 1 / (1 + math.exp(4))


def test_a_turn_shows_what_its_characters_say_and_its_role_allows() -> None:
    said = turns([(A, "您好呀"), (C, "不要"), (A, "嗯"), (U, "您好")])
    found = behaviour_probabilities(said, MODEL)
    assert found[0] == pytest.approx([SHOWN, NOT_SHOWN, 0.0])
    assert found[1] == pytest.approx([0.0, 0.0, SHOWN])
    assert found[2] == pytest.approx([NOT_SHOWN, NOT_SHOWN, 0.0])
    # Nobody knows who speaks: nothing is shown.
    assert found[3] == pytest.approx([0.0, 0.0, 0.0])


def test_call_features_hold_best_second_joint_and_mean() -> None:
    said = turns([(A, "您好"), (A, "您好"), (C, "行")])
    features = call_features(said, behaviour_probabilities(said, MODEL))
    log_odds = math.log((SHOWN + 0.01) / (1.01 - SHOWN))
    assert features[0] == pytest.approx(log_odds) and features[3] == pytest.approx(log_odds)
    joint = 1 - (1 - SHOWN) ** 2
    assert features[6] == pytest.approx(math.log((joint + 0.01) / (1.01 - joint)))
    assert features[9] == pytest.approx(2 * SHOWN / 3)
    assert features[-5:] == pytest.approx([math.log(3), 1.0, 0.0, 2 / 3, 2 / 30])


def test_a_single_turn_has_no_second_best() -> None:
    said = turns([(A, "您好")])
    features = call_features(said, behaviour_probabilities(said, MODEL))
    assert features[3] == pytest.approx(math.log(0.01 / 1.01))
    assert MODEL.done["greet"].probability(scaled(features, MODEL)) > 0.9


def test_the_telling_clause_and_its_cue() -> None:
    (turn,) = turns([(A, "那个那个，真的是您好呀。今天天气不错")])
    passage = telling_passage(turn, MODEL.column("greet"), MODEL)
    assert turn.text[passage.start : passage.end].endswith("真的是您好呀")
    assert passage.cue == "您好"
    (empty,) = turns([(A, "，。")])
    assert telling_passage(empty, 0, MODEL).start == telling_passage(empty, 0, MODEL).end == 0


def test_saved_and_read_again_it_gives_the_same_probabilities(tmp_path: Path) -> None:
    save(MODEL, tmp_path / "mine-zh")
    again = read_behaviour_model(tmp_path / "mine-zh")
    said = turns([(A, "您好"), (C, "不要，太贵")])
    assert np.allclose(behaviour_probabilities(said, again), behaviour_probabilities(said, MODEL), atol=1e-3)
    assert (again.behaviours, again.roles, again.breaches) == (MODEL.behaviours, MODEL.roles, MODEL.breaches)
    assert len(again.revision) == 12


def test_a_model_is_found_by_folder_for_its_language_alone(tmp_path: Path) -> None:
    save(MODEL, tmp_path / "mine")
    found = find_behaviour_model(str(tmp_path / "mine"), "zh-CN")
    assert found is not None and found.behaviours == MODEL.behaviours
    assert find_behaviour_model(str(tmp_path / "mine"), "en") is None
    assert find_behaviour_model("no-such-model", "zh") is None


def test_within_the_block_a_substitute_is_found() -> None:
    with substituted("behaviours", MODEL):
        assert find_behaviour_model("behaviours", "zh") is MODEL
    assert find_behaviour_model("behaviours", "zh") is not MODEL


@pytest.mark.parametrize("broken", ["model.json", "weights.npz"])
def test_a_broken_model_is_named(tmp_path: Path, broken: str) -> None:
    save(MODEL, tmp_path / "mine")
    (tmp_path / "mine" / broken).write_bytes(b"not a model")
    with pytest.raises(UserError, match="holds no behaviour model"):
        read_behaviour_model(tmp_path / "mine")
