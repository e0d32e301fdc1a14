"""How far an error rate would move with other calls: bootstrap over recordings (Efron 1979, percentiles).

Errors of one call are not independent of each other, so whole recordings are drawn, not words. With few recordings such
intervals are rather too narrow; they know nothing of calls of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 0
_PERCENTILES = (2.5, 97.5)
#: Draws made at once: bounds the memory with many recordings.
_BLOCK = 100

Counts = Sequence[tuple[int, int]]
"""(errors, units of the reference) per recording."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher (above 0: worse) a rate is than another on the same ``n`` recordings; None: cannot be known."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def rate(counts: Counts) -> float | None:
    """Errors per unit over all recordings; None where nothing is said in any."""
    units = sum(n for _, n in counts)
    return sum(errors for errors, _ in counts) / units if units else None


def interval(counts: Counts) -> tuple[float, float] | None:
    """95 % of the rates of resampled recordings; None where less than two of them hold words."""
    if not _is_enough(counts):
        return None
    return _bounds(_resampled([counts])[0])


def paired_difference(first: Counts, other: Counts) -> Difference:
    """``other`` minus ``first``, both over the same recordings in the same order, drawn together."""
    one, two = rate(first), rate(other)
    if one is None or two is None:
        return Difference(None, None, None, len(first))
    if not _is_enough(first):
        return Difference(two - one, None, None, len(first))
    rates = _resampled([first, other])
    bounds = _bounds(rates[1] - rates[0])
    low, high = bounds if bounds else (None, None)
    return Difference(two - one, low, high, len(first))


def _is_enough(counts: Counts) -> bool:
    """Silent recordings beside a single one with words would make its rate look certain."""
    return sum(units > 0 for _, units in counts) > 1


def _resampled(counts: Sequence[Counts]) -> NDArray[np.float64]:
    """The rates of each system under the same draws, shape (systems, RESAMPLES); NaN where a draw holds no words."""
    values = np.array(counts, dtype=np.float64)  # (systems, recordings, 2)
    random = np.random.default_rng(SEED)
    blocks = []
    for _ in range(RESAMPLES // _BLOCK):
        drawn = random.integers(values.shape[1], size=(_BLOCK, values.shape[1]))
        sums = values[:, drawn].sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            blocks.append(np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan))
    return np.concatenate(blocks, axis=1)


def _bounds(rates: NDArray[np.float64]) -> tuple[float, float] | None:
    known = rates[np.isfinite(rates)]
    if not len(known):
        return None
    low, high = np.percentile(known, _PERCENTILES)
    return float(low), float(high)
