"""A goal to begin a talk with: within reach, and measured by the same count as the finding."""

from __future__ import annotations

from qa_pipeline.insight.intervals import MIN_CALLS, Estimate

#: Goals are round: nobody aims for 69.4 %.
_STEP = 0.05


def target_share(miss: Estimate) -> float | None:
    """Share 0..1 of the calls in which a behaviour shall be right: half of the misses gone, in steps of 5 %.

    At least one step better than today. None where too few calls say how often it is missed, or none misses it.
    """
    if miss.n < MIN_CALLS or miss.value <= 0:
        return None
    met = 1 - miss.value
    steps = max(round((met + miss.value / 2) / _STEP), int(met / _STEP + 1e-9) + 1)
    return min(1.0, steps * _STEP)
