"""What the words of single turns say: whose acts are possible, which cues count, and the sum by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.core.call import Role
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS
from qa_pipeline.language.patterns import Hit
from qa_pipeline.language.turn_features import PLACE_FACTS, FeatureSpace
from qa_pipeline.stages.evidence import ACTS, DECISIONS, STAGES, Evidence, mark_cues, possible, sigmoid, turn_evidence
from tests.factories import A, C, U, turns

CUES = ("agent.greet", "customer.refuse")
OFFER = ACTS.index((Role.AGENT, "greet"))
REFUSE = ACTS.index((Role.CUSTOMER, "refuse"))


def hit(name: str) -> Hit:
    return Hit(name, 0, 1)


def evidence() -> Evidence:
    """One gram and one cue that count: 您好 for the agent's greeting, the cue of refusing for the refusal."""
    space = FeatureSpace({"您好": 0}, {})
    weights = np.zeros((1 + PLACE_FACTS, len(DECISIONS)), dtype=np.float32)
    weights[0, OFFER] = 3.0
    cue_weights = np.zeros((len(CUES), len(DECISIONS)), dtype=np.float32)
    cue_weights[1, REFUSE] = 2.0
    return Evidence(space, CUES, weights, cue_weights, np.full(len(DECISIONS), -1.0, dtype=np.float32))


def test_every_act_of_both_parties_and_every_stage_is_decided_once() -> None:
    assert len(DECISIONS) == len(set(DECISIONS)) == len(AGENT_ACTS) + len(CUSTOMER_ACTS) + len(STAGES)
    assert DECISIONS[OFFER] == "agent.greet"
    assert DECISIONS[-len(STAGES) :] == tuple(f"stage.{stage.value}" for stage in STAGES)


@pytest.mark.parametrize("role", list(Role))
def test_acts_are_possible_for_their_party_and_stages_for_all(role: Role) -> None:
    (row,) = possible([role])
    allowed = {DECISIONS[index] for index in np.flatnonzero(row)}
    stages = {f"stage.{stage.value}" for stage in STAGES}
    agent, customer = {f"agent.{act}" for act in AGENT_ACTS}, {f"customer.{act}" for act in CUSTOMER_ACTS}
    assert allowed == {A: agent | stages, C: customer | stages, U: agent | customer | stages}[role]


def test_no_turns_have_no_rows() -> None:
    assert possible([]).shape == (0, len(DECISIONS))
    assert mark_cues([], CUES).shape == (0, 2)


def test_a_cue_is_marked_once_and_an_unknown_one_is_ignored() -> None:
    found = [[hit("customer.refuse"), hit("customer.refuse")], [], [hit("agent.later_invented"), hit("agent.greet")]]
    assert mark_cues(found, CUES).tolist() == [[0, 1], [0, 0], [1, 0]]


def test_grams_and_cues_add_up() -> None:
    said = turns([(A, "您好"), (C, "不要"), (C, "好")])
    found = turn_evidence(said, mark_cues([[], [hit("customer.refuse")], []], CUES), evidence())
    assert found[0, OFFER] == pytest.approx(1 / (1 + np.exp(-2)))
    assert found[1, REFUSE] == pytest.approx(1 / (1 + np.exp(-1)))
    assert found[2, REFUSE] == pytest.approx(1 / (1 + np.exp(1)))


def test_acts_of_the_other_party_have_no_probability_and_unknown_parties_may_do_both() -> None:
    marks = np.ones((3, 2))
    agent, customer, unknown = turn_evidence(turns([(A, "您好"), (C, "您好"), (U, "您好")]), marks, evidence())
    assert (agent[REFUSE], customer[OFFER]) == (0, 0)
    assert unknown[OFFER] == agent[OFFER] > 0.8
    assert unknown[REFUSE] == customer[REFUSE] > 0.7
    assert (customer[-len(STAGES) :] > 0).all()


def test_the_logistic_function_by_hand() -> None:
    assert sigmoid(np.array([0.0, np.log(3), -np.log(3)])) == pytest.approx([0.5, 0.75, 0.25])
