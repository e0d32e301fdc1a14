"""``model`` and ``criterion_model``: verdicts from a model whose every number is known, each with its turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.criterion_model import MAX_EVIDENCE
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.core.score import How
from qa_pipeline.language.behaviour_model import substituted
from tests.behaviour_models import small_model
from tests.factories import A, C, Line, U, ask, call, check, quoted


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with substituted("behaviours", small_model()):
        yield


POLITE = call((A, "您好，云桥宽带的"), (C, "什么事"), (A, "宽带到期了"))
RUDE = call((A, "闭嘴吧你"), (C, "你说什么"), (A, "没什么"))


def model(*lines: Line, **params: Any) -> Finding:
    return ask(call(*lines), model=params)


def test_a_turn_that_shows_it_is_the_hit() -> None:
    found = ask(POLITE, model={"shows": "greet"})
    assert (found.state, quoted(POLITE, found.hits)) == (State.HOLDS, ["您好，云桥宽带的"])
    assert (found.hits[0].how, found.hits[0].matched) == (How.MODEL, "您好")
    assert found.hits[0].similarity == pytest.approx(0.982, abs=0.001)


def test_a_miss_names_the_likeliest_turn_in_scope() -> None:
    found = ask(POLITE, model={"shows": "greet", "role": "agent", "last_turns": 1})
    assert (found.state, found.hits, found.evidence.searched) == (State.FAILS, (), (2,))
    assert found.evidence.nearest is not None
    assert found.evidence.nearest.similarity == pytest.approx(0.018, abs=0.001)


def test_hits_are_counted_and_forbidden_ones_fail() -> None:
    twice = ((A, "您好"), (C, "嗯"), (A, "您好"))
    assert model(*twice, shows="greet", min_hits=2).state is State.HOLDS
    assert model(*twice, shows="greet", min_hits=3).state is State.FAILS
    assert model(*twice, shows="greet", role="agent", every_turn=True).state is State.HOLDS
    assert model(*twice, shows="courteous", forbid=True).state is State.HOLDS
    assert ask(RUDE, model={"shows": "courteous", "forbid": True}).state is State.FAILS


def test_the_threshold_of_the_rubric_wins_over_the_models() -> None:
    assert model((A, "嗯"), shows="greet", threshold=0.01).state is State.HOLDS
    assert model((A, "您好"), shows="greet", threshold=0.99).state is State.FAILS


@pytest.mark.parametrize("name", ["model", "criterion_model"])
def test_what_cannot_be_known_is_unknown(name: str) -> None:
    params: dict[str, Any] = {"shows": "greet"} if name == "model" else {"criterion": "greet"}
    wrong: dict[str, Any] = {"shows": "sings"} if name == "model" else {"criterion": "sings"}
    asked = {
        "no_speech": ask(call(), **{name: params}),
        "roles_unknown": ask(call((U, "您好")), **{name: params}),
        "no_model": ask(call((A, "hello"), language="en"), **{name: params}),
        "model_does_not_know": ask(POLITE, **{name: wrong}),
    }
    assert {code: (found.state, found.reason.code) for code, found in asked.items()} == {
        code: (State.UNKNOWN, code) for code in asked
    }


def test_a_criterion_is_done_with_the_turns_that_show_it() -> None:
    found = ask(POLITE, criterion_model={"criterion": "greet"})
    assert (found.state, found.reason.code) == (State.HOLDS, "model_done")
    assert [hit.turn for hit in found.hits] == [0]
    assert found.evidence.searched == (0, 2)


def test_a_criterion_that_no_turn_shows_is_missed_with_the_nearest() -> None:
    found = ask(call((A, "喂"), (C, "谁")), criterion_model={"criterion": "greet"})
    assert (found.state, found.reason.code, found.hits) == (State.FAILS, "model_not_done", ())
    assert found.evidence.nearest is not None and found.evidence.nearest.turn == 0


def test_no_evidence_no_verdict_of_done() -> None:
    # The head is content with anything, but no turn shows a greeting.
    found = ask(call((A, "喂"), (C, "谁")), criterion_model={"criterion": "greet", "threshold": 0.0001})
    assert found.state is State.FAILS


def test_a_breach_fails_with_its_turns_and_its_absence_holds() -> None:
    found = ask(RUDE, criterion_model={"criterion": "courteous"})
    assert (found.state, found.reason.code, [h.turn for h in found.hits]) == (State.FAILS, "model_breach", [0])
    assert ask(POLITE, criterion_model={"criterion": "courteous"}).state is State.HOLDS


def test_the_surest_turns_are_shown_in_order_of_the_call() -> None:
    found = ask(call(*[(A, "您好")] * (MAX_EVIDENCE + 3)), criterion_model={"criterion": "greet"})
    assert len(found.hits) == MAX_EVIDENCE
    assert [h.turn for h in found.hits] == sorted(h.turn for h in found.hits)


def test_whether_it_applies_is_asked_apart() -> None:
    refused = call((A, "您好"), (C, "不要"))
    assert ask(POLITE, criterion_model={"criterion": "greet", "ask": "applies"}).state is State.HOLDS
    assert ask(refused, criterion_model={"criterion": "greet", "ask": "applies"}).state is State.FAILS
    assert ask(refused, criterion_model={"criterion": "courteous", "ask": "applies"}).state is State.HOLDS


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": {"shows": "Greet!"}},
        {"model": {"shows": "greet", "threshold": 1.5}},
        {"criterion_model": {"criterion": "greet", "ask": "maybe"}},
        {"criterion_model": {"criterion": "greet", "role": "agent"}},
        {"criterion_model": {}},
    ],
)
def test_parameters_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**wrong)
