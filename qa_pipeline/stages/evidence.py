"""What the words of single turns say about acts and stages: linear decisions on runs of characters and on cues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Role, Stage, Turn
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS
from qa_pipeline.language.patterns import Hit
from qa_pipeline.language.turn_features import FeatureSpace

STAGES = tuple(Stage)

#: (whose turns, act) of every act.
ACTS: tuple[tuple[Role, str], ...] = (
    *((Role.AGENT, act) for act in AGENT_ACTS),
    *((Role.CUSTOMER, act) for act in CUSTOMER_ACTS),
)

#: What is decided about each turn from its words: each act of its party, then each stage.
DECISIONS = (*(f"{role.value}.{act}" for role, act in ACTS), *(f"stage.{stage.value}" for stage in STAGES))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Weights of the decisions: ``weights`` (grams and place, decisions), ``cue_weights`` (cues, decisions)."""

    space: FeatureSpace
    cues: tuple[str, ...]
    weights: NDArray[np.float32]
    cue_weights: NDArray[np.float32]
    bias: NDArray[np.float32]


def mark_cues(hits: Sequence[Sequence[Hit]], cues: Sequence[str]) -> NDArray[np.float64]:
    """Shape (turns, cues): 1 where the turn holds the cue; ``hits``: what was found in each turn."""
    number = {cue: index for index, cue in enumerate(cues)}
    marks = np.zeros((len(hits), len(cues)))
    for index, found in enumerate(hits):
        marks[index, [number[hit.name] for hit in found if hit.name in number]] = 1.0
    return marks


def turn_evidence(turns: Sequence[Turn], marks: NDArray[np.float64], evidence: Evidence) -> NDArray[np.float64]:
    """Shape (turns, decisions): probabilities, 0 for acts of the other party. Unknown parties may do both's."""
    logits = evidence.space.logits(turns, evidence.weights, evidence.bias) + marks @ evidence.cue_weights
    return sigmoid(logits) * possible([turn.role for turn in turns])


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def possible(roles: Sequence[Role]) -> NDArray[np.bool_]:
    """Shape (turns, decisions): which decisions can be true of a turn of a role."""
    of_role = {role: _possible_for(role) for role in Role}
    return np.array([of_role[role] for role in roles]).reshape(len(roles), len(DECISIONS))


def _possible_for(role: Role) -> list[bool]:
    return [role in (party, Role.UNKNOWN) for party, _ in ACTS] + [True] * len(STAGES)
