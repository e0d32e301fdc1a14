"""Training the behaviour model: what is learnt from which turns, on a handful of calls that have an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.core.call import Role
from qa_pipeline.language.behaviour_model import behaviour_probabilities, call_features, scaled
from qa_pipeline.language.turn_fitting import matrix, space_of
from qa_pipeline.stages.validation import FOLDS, parts_of
from training.behaviours.dataset import BEHAVIOURS, BREACHES, CRITERIA, read_calls, role_of, targets, taught
from training.behaviours.fit import MIN_NEIGHBOUR, MIN_OWN, fit

DATA = Path(__file__).parents[2] / "training" / "data"


def written(path: Path, *calls: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls), encoding="utf-8")
    return path


def a_call(number: int, *, greets: bool, rude: bool = False, acts: bool = True) -> dict[str, Any]:
    """Six turns; the first greets or not, the last but one is rude or not."""
    said = ["您好，我是小李" if greets else "喂，宽带到期了", "什么事", "续约有优惠", "多少钱"]
    said += ["闭嘴吧你" if rude else "一个月五十块", "再说吧"]
    turns = [
        {
            "role": "agent" if i % 2 == 0 else "customer",
            "text": text,
            "stage": "opening",
            **({"acts": []} if acts else {}),
        }
        for i, text in enumerate(said)
    ]
    if acts and greets:
        turns[0]["acts"] = ["greet"]
    labels = dict.fromkeys(CRITERIA, "yes") | {"greet": "yes" if greets else "no", "courteous": "no" if rude else "yes"}
    evidence = {"greet": [0] if greets else [], "courteous": [4] if rude else []}
    return {"id": f"c{number}", "turns": turns, "labels": labels, "evidence": evidence}


def test_what_turns_show_follows_evidence_acts_and_stages(tmp_path: Path) -> None:
    (call,) = read_calls([written(tmp_path / "a.jsonl", a_call(1, greets=True, rude=True))])
    assert call.shows[0] == {"greet", "agent_greet", "stage_opening"}
    assert call.shows[4] == {"courteous", "stage_opening"}
    shown = targets([call])
    assert shown[0, BEHAVIOURS.index("greet")] and not shown[1, BEHAVIOURS.index("greet")]


def test_only_turns_of_the_right_role_teach_and_acts_only_where_they_are_labelled(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", a_call(1, greets=True), a_call(2, greets=True, acts=False))
    use = taught(read_calls([file]))
    greet, act, refuse = (BEHAVIOURS.index(b) for b in ("greet", "agent_greet", "customer_refuse"))
    assert use[:, greet].tolist() == [True, False] * 6
    assert use[:, act].tolist() == [True, False] * 3 + [False] * 6
    assert use[:, refuse].tolist() == [False, True] * 3 + [False] * 6
    assert use[:, BEHAVIOURS.index("stage_opening")].all()


def test_what_was_taught_is_found_in_other_calls(tmp_path: Path) -> None:
    calls = [a_call(i, greets=i % 2 == 0, rude=i % 3 == 0) for i in range(24)]
    model = fit(read_calls([written(tmp_path / "a.jsonl", *calls)]))
    good, bad = read_calls([written(tmp_path / "b.jsonl", a_call(1, greets=True), a_call(2, greets=False, rude=True))])
    greet, rude = model.column("greet"), model.column("courteous")
    found = [behaviour_probabilities(call.turns, model) for call in (good, bad)]
    assert found[0][0, greet] > 0.5 > found[1][0, greet]
    assert found[1][4, rude] > 0.5 > found[0][4, rude]
    sure = [
        model.done["greet"].probability(scaled(call_features(c.turns, p), model))
        for c, p in zip((good, bad), found, strict=True)
    ]
    assert sure[0] > 0.5 > sure[1]
    assert model.applies["greet"].probability(scaled(call_features(good.turns, found[0]), model)) > 0.99


def test_training_is_deterministic(tmp_path: Path) -> None:
    calls = read_calls([written(tmp_path / "a.jsonl", *[a_call(i, greets=i % 2 == 0) for i in range(8)])])
    first, second = fit(calls), fit(calls)
    assert np.array_equal(first.weights, second.weights)
    assert np.array_equal(first.done["greet"].weights, second.done["greet"].weights)


def test_rare_grams_are_left_out_and_every_gram_has_its_row(tmp_path: Path) -> None:
    calls = read_calls([written(tmp_path / "a.jsonl", *[a_call(i, greets=i == 0) for i in range(8)])])
    talks = [call.turns for call in calls]
    space = space_of(talks, MIN_OWN, MIN_NEIGHBOUR)
    assert "您好" not in space.own and "宽带" in space.own
    assert sorted(space.own.values()) == list(range(len(space.own)))
    assert sorted(space.near.values()) == list(range(len(space.near)))
    assert matrix(space, talks).shape == (48, space.size)


def test_parts_hold_every_call_once_and_follow_the_seed() -> None:
    assert parts_of(23, 0) == parts_of(23, 0) != parts_of(23, 1)
    assert {parts_of(23, 0).count(part) for part in range(FOLDS)} == {4, 5}


@pytest.mark.parametrize("name", ["train.jsonl", "train.more.jsonl"])
def test_the_training_calls_are_labelled_by_the_definitions(name: str) -> None:
    calls = read_calls([DATA / name])
    assert all(set(call.verdicts) == set(CRITERIA) for call in calls)
    for call in calls:
        for criterion, verdict in call.verdicts.items():
            shown = any(criterion in turn for turn in call.shows)
            assert shown == (verdict == ("no" if criterion in BREACHES else "yes")), (call.call_id, criterion)
        roles = {turn.role for turn, shows in zip(call.turns, call.shows, strict=True) if shows & set(CRITERIA)}
        assert roles <= {Role.AGENT}
    assert all(role_of(c) is Role.AGENT for c in CRITERIA)
