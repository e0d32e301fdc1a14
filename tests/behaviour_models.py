"""A behaviour model small enough to compute by hand: one telling gram per behaviour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qa_pipeline.core.call import Role
from qa_pipeline.language.behaviour_model import BehaviourModel, Head
from qa_pipeline.language.turn_features import PLACE_FACTS, FeatureSpace

#: Behaviour → the gram that shows it and whose turns can.
SHOWN: Mapping[str, tuple[str, Role]] = {
    "greet": ("您好", Role.AGENT),
    "courteous": ("闭嘴", Role.AGENT),
    "customer_refuse": ("不要", Role.CUSTOMER),
}
BIAS = -4.0
WEIGHT = 8.0


def small_model(language: str = "zh") -> BehaviourModel:
    """A turn that holds a telling gram has the probability 1 / (1 + e^-4) = 0.982 for its behaviour, others 0.018.

    The heads look at the joint probability of their own behaviour alone: done from about one half on. ``greet``
    applies unless somebody refuses.
    """
    names = tuple(SHOWN)
    grams = tuple(gram for gram, _ in SHOWN.values())
    space = FeatureSpace({gram: i for i, gram in enumerate(grams)}, {grams[0]: 0})
    weights = np.zeros((len(grams) + 2 + PLACE_FACTS, len(names)), dtype=np.float32)
    for i in range(len(grams)):
        weights[i, i] = WEIGHT
    width = 4 * len(names) + 5
    return BehaviourModel(
        language,
        names,
        tuple(role for _, role in SHOWN.values()),
        space,
        weights,
        np.full(len(names), BIAS, dtype=np.float32),
        (0.5, 0.5, 0.5),
        frozenset({"courteous"}),
        {name: Head(_joint(width, i), 0.0) for i, name in enumerate(names[:2])},
        {"greet": Head(-_joint(width, 2), 0.0), "courteous": Head(np.zeros(width, dtype=np.float32), 20.0)},
        np.zeros(width, dtype=np.float32),
        np.ones(width, dtype=np.float32),
        "small",
    )


def _joint(width: int, behaviour: int) -> np.ndarray:
    """Weights that look at the joint probability of one behaviour; see call_features for the order."""
    weights = np.zeros(width, dtype=np.float32)
    weights[2 * len(SHOWN) + behaviour] = 1.0
    return weights
