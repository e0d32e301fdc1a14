"""Which voice is heard when: forward and backward sums over a chain of units, all at once.

The recursion is associative, so that it is computed by doubling (about 2 log2 n passes over arrays) instead of a loop
over units: an hour of speech has 20,000.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def log_sum(values: Array, axis: int) -> Array:
    """Logarithm of the sum of exponentials along one axis."""
    top = values.max(axis=axis, keepdims=True)
    found: Array = (top + np.log(np.exp(values - top).sum(axis=axis, keepdims=True))).squeeze(axis)
    return found


def responsibilities(scores: Array, switching: Array) -> tuple[Array, float]:
    """Probability of each voice at each unit, and the log of the whole.

    Args:
        scores: log likelihood of every unit under every voice, shape (units, voices).
        switching: probability of another voice at each border between units, shape (units - 1,).
    """
    voices = scores.shape[1]
    start = scores - np.log(voices) * (np.arange(len(scores)) == 0)[:, None]
    steps = _transitions(switching, voices) + scores[1:, None, :]
    first = np.broadcast_to(start[0], (1, voices, voices))
    forward = _scan(np.concatenate([first, steps]), _then)[:, 0, :]
    backward = np.zeros_like(scores)
    backward[:-1] = log_sum(_scan(steps[::-1], lambda a, b: _then(b, a)), 2)[::-1]
    both = forward + backward
    total = log_sum(both, 1)
    return np.exp(both - total[:, None]), float(total[0])


def _transitions(switching: Array, voices: int) -> Array:
    """Log probabilities, shape (borders, voices, voices)."""
    logs = np.empty((len(switching), voices, voices))
    logs[:] = np.log(switching / max(1, voices - 1))[:, None, None]
    same = np.arange(voices)
    logs[:, same, same] = (np.log1p(-switching) if voices > 1 else np.zeros(len(switching)))[:, None]
    return logs


def _then(a: Array, b: Array) -> Array:
    """One step after another: a product of matrices of logarithms."""
    return log_sum(a[:, :, :, None] + b[:, None, :, :], 2)


def _scan(steps: Array, combine: Callable[[Array, Array], Array]) -> Array:
    """The running product of all steps so far, by doubling."""
    done = steps.copy()
    by = 1
    while by < len(done):
        done[by:] = combine(done[:-by], done[by:])
        by *= 2
    return done
