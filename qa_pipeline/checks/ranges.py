"""Numbers that a rubric bounds, and the finding that follows from a measured one."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import CheckParams
from qa_pipeline.checks.finding import Finding, Window, fails, holds
from qa_pipeline.checks.scope import Scope
from qa_pipeline.core.score import Quote, Reason
from qa_pipeline.core.span import DECIMALS


class Bounds(CheckParams):
    """``min`` and ``max`` of a number; at least one of them."""

    min: float | None = Field(None, description="at least this much")
    max: float | None = Field(None, description="at most this much")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} lies above max {self.max:g}: nothing can satisfy that")
        return self

    @property
    def limits(self) -> tuple[float, ...]:
        return tuple(limit for limit in (self.min, self.max) if limit is not None)

    def holds_for(self, value: float) -> bool:
        return self.outside_by(value) == 0.0

    def outside_by(self, value: float) -> float:
        """How far a value lies outside; 0 within the bounds."""
        value = round(value, DECIMALS)
        below = 0.0 if self.min is None else max(0.0, self.min - value)
        return max(below, 0.0 if self.max is None else value - self.max)


class Amount(Bounds):
    """Bounds of what is never negative: seconds, rates."""

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        if any(limit < 0 for limit in self.limits):
            raise ValueError("this is never negative: give bounds of 0 or more")
        return self


class Count(Amount):
    """Bounds of how many there are."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(limit != int(limit) for limit in self.limits):
            raise ValueError("counts are whole numbers")
        return self


class Percent(Amount):
    """Bounds of a share in percent."""

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        if any(limit > 100 for limit in self.limits):
            raise ValueError("a share lies between 0 and 100 percent")
        return self


class MeasuredScope(Scope):
    """A scope of which one figure is taken, so that single turns cannot satisfy the check."""

    @model_validator(mode="after")
    def _as_a_whole(self) -> Self:
        if self.every_turn:
            raise ValueError("every_turn does not go with a figure of the whole scope")
        return self


def measured(
    name: str,
    value: float,
    bounds: Bounds,
    window: Window,
    hits: tuple[Quote, ...] = (),
    unit: str = "",
    breaches: int | None = None,
) -> Finding:
    """Holds when the value lies in bounds; the reason names value and bounds. ``breaches``: for other than counts."""
    number = _beyond(value, bounds) if breaches is None else breaches
    values: dict[str, str | int | float] = {"measure": name, "value": round(value, 2), "unit": unit}
    values |= {key: limit for key, limit in (("min", bounds.min), ("max", bounds.max)) if limit is not None}
    if bounds.holds_for(value):
        return holds(Reason("measure_held", values), window, hits, breaches=number)
    return fails(Reason("measure_missed", values), window, hits, breaches=number)


def _beyond(value: float, bounds: Bounds) -> int:
    """How many too many: of a count, those beyond what is allowed (of one that holds: beyond what it needs)."""
    if not isinstance(bounds, Count):
        return 1
    if bounds.max is not None and value > bounds.max:
        return int(value - bounds.max)
    return int(value - bounds.min) + 1 if bounds.min is not None and value >= bounds.min else 1
