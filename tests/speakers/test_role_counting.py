"""Counting the role model: known counts, and scales that do not make short calls look certain."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from qa_pipeline.core.call import CallMetadata, Conversation
from qa_pipeline.speakers.roles import RoleModel, agent_is_left, character_pairs, evidence
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from tests.factories import A, C, Line, turns
from training.calls.count_roles import choose_scales, count, cross_validate, texts

DATA = Path(__file__).parents[2] / "training" / "data"


def labelled(*lines: Line) -> LabelledCall:
    return LabelledCall("x", 1, Conversation("zh", turns(lines)), CallMetadata())


def test_pairs_are_neighbours_of_the_normal_form() -> None:
    assert character_pairs("您好，嗎") == ["您好", "好吗"]
    assert character_pairs("好") == []


def test_a_pair_is_weighed_by_how_much_more_often_agents_say_it() -> None:
    # 您好 in four agent turns; 您好您好 counts 您好 once, and 好您 once. 太贵 in four customer turns.
    calls = [labelled(*[(A, "您好")] * 3, (A, "您好您好"), *[(C, "太贵")] * 4)]
    weights = count(calls)
    assert set(weights) == {"您好", "太贵"}
    assert weights["您好"] == pytest.approx(math.log(4.5 / 5) - math.log(0.5 / 4), abs=1e-3)
    assert weights["太贵"] == pytest.approx(math.log(0.5 / 5) - math.log(4.5 / 4), abs=1e-3)


def test_texts_are_those_of_the_first_turns() -> None:
    call = labelled((A, "一"), (C, "二"), (A, "三"))
    assert texts(call, 2) == ("一", "二")
    assert texts(call, 99) == ("一三", "二")


def test_evidence_is_a_mean_so_that_long_channels_are_not_louder() -> None:
    model = RoleModel({"您好": 1.0}, 10, 10)
    short, long = "您好" * 10, "您好" * 100
    assert evidence(short, model) == pytest.approx(evidence(long, model), abs=0.03)
    assert evidence("您好", model) is None


def test_the_probability_of_the_swapped_pair_is_the_rest_to_one() -> None:
    model = RoleModel({"您好": 1.0, "太贵": -1.0}, 3, 2)
    left, right = "您好" * 8, "太贵" * 8
    for a, b in ((left, right), (left, ""), ("", right)):
        forward, back = agent_is_left(a, b, model), agent_is_left(b, a, model)
        assert forward is not None
        assert back is not None
        assert forward > 0.5
        assert forward + back == pytest.approx(1)


def test_counted_on_some_calls_it_tells_the_others() -> None:
    calls = [call for call in read_labelled(DATA / "train.jsonl")[:30] if call.stages]
    scales = choose_scales(calls)
    whole = cross_validate(calls, scales)[-1]
    assert whole["right"] + whole["wrong"] + whole["unknown"] == len(calls)
    assert whole["right"] >= 0.9 * len(calls)
    assert whole["wrong"] <= 0.05 * len(calls)
