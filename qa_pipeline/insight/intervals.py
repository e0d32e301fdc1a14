"""Estimates with their uncertainty: a group's figure says how far it may be from what more calls would show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: All intervals are 95 % intervals: one in twenty misses, as readers are used to.
CONFIDENCE = 0.95

#: Standard normal quantile of 97.5 %.
_Z = 1.959963984540054

#: Squared points: what differs by less is the same but for the last bits.
_NO_SPREAD = 1e-12

#: Fewer calls say nothing about a person: no interval, no ranking, no conclusion.
MIN_CALLS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value from ``n`` observations and its 95 % interval; no bounds where too few observations give none."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is enough to conclude something."""
        return self.low is not None and self.n >= MIN_CALLS


def mean_estimate(values: Sequence[float], low: float | None = None, high: float | None = None) -> Estimate | None:
    """Mean with Student's t interval, cut at what is possible; None without values.

    Equal values have no spread to learn from: they get no interval, not one of width 0.
    """
    if not values:
        return None
    n, mean = len(values), math.fsum(values) / len(values)
    spread = _variance(values, mean)
    if n < 2 or spread < _NO_SPREAD:
        return Estimate(mean, n)
    half = _t_quantile(n - 1) * math.sqrt(spread / n)
    lower, upper = mean - half, mean + half
    return Estimate(mean, n, lower if low is None else max(low, lower), upper if high is None else min(high, upper))


def share_estimate(hits: float, n: int) -> Estimate | None:
    """Share 0..1 with Wilson's score interval (Wilson 1927); ``hits`` may hold halves (partly met). None for n = 0."""
    if n <= 0:
        return None
    share, z2 = hits / n, _Z * _Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # The bounds meet the share at 0 and 1, where the last bit could lie beyond it.
    return Estimate(share, n, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def mean_difference(before: Sequence[float], after: Sequence[float]) -> Estimate | None:
    """How much higher the mean is after than before, with Welch's interval; ``n`` is the smaller group.

    None where a group is empty; no bounds where one is too small or nothing varies.
    """
    if not before or not after:
        return None
    means = [math.fsum(values) / len(values) for values in (before, after)]
    difference, n = means[1] - means[0], min(len(before), len(after))
    if n < 2:
        return Estimate(difference, n)
    parts = [_variance(v, m) / len(v) for v, m in zip((before, after), means, strict=True)]
    total = math.fsum(parts)
    if total < _NO_SPREAD:
        return Estimate(difference, n)
    freedom = total**2 / sum(p**2 / (len(v) - 1) for p, v in zip(parts, (before, after), strict=True))
    half = _t_quantile(freedom) * math.sqrt(total)
    return Estimate(difference, n, difference - half, difference + half)


def share_difference(hits_before: float, n_before: int, hits_after: float, n_after: int) -> Estimate | None:
    """How much higher a share is after than before, with Newcombe's hybrid score interval (1998, method 10)."""
    before, after = share_estimate(hits_before, n_before), share_estimate(hits_after, n_after)
    if before is None or after is None or None in (before.low, before.high, after.low, after.high):
        return None
    assert before.low is not None and before.high is not None  # noqa: S101 - for the type checker
    assert after.low is not None and after.high is not None  # noqa: S101
    difference = after.value - before.value
    down = math.hypot(after.value - after.low, before.high - before.value)
    up = math.hypot(after.high - after.value, before.value - before.low)
    return Estimate(difference, min(n_before, n_after), difference - down, difference + up)


def _variance(values: Sequence[float], mean: float) -> float:
    if len(values) < 2:
        return 0.0
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _t_quantile(freedom: float) -> float:
    from scipy.special import stdtrit  # loaded only where an interval is asked for

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
