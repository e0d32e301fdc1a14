"""A linear chain over turns: the likeliest sequence of stages, and how sure each turn's stage is.

Scores are natural logarithms up to a constant: ``emissions`` of shape (turns, states), ``transitions`` of shape
(states, states), from row to column. Rabiner 1989 (forward-backward, Viterbi); Lafferty et al. 2001 (the model).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def likeliest(emissions: Array, transitions: Array) -> list[int]:
    """The states with the highest sum of emissions and transitions."""
    best = emissions[0]
    origins = []
    for emission in emissions[1:]:
        reached = best[:, None] + transitions
        origins.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + emission
    path = [int(best.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def marginals(emissions: Array, transitions: Array) -> Array:
    """Shape (turns, states): the probability of each state at each turn, over all sequences."""
    weights = np.exp(emissions - emissions.max(axis=1, keepdims=True))
    steps = np.exp(transitions - transitions.max())
    forward = _swept(weights, steps)
    backward = _swept(weights[::-1], steps.T)[::-1]
    # Both sweeps hold the turn's own weight; it counts once.
    joint = forward * backward / np.maximum(weights, np.finfo(float).tiny)
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def _swept(weights: Array, steps: Array) -> Array:
    """Summed weights of all sequences that reach each state of each turn, scaled to 1 per turn."""
    swept = np.empty_like(weights)
    swept[0] = weights[0] / weights[0].sum()
    for index in range(1, len(weights)):
        reached = (swept[index - 1] @ steps) * weights[index]
        swept[index] = reached / reached.sum()
    return swept
