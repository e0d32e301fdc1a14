"""What the customer of a call resists, wants and refuses, and what the agent makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ObjectionType(StrEnum):
    """The reason behind an objection."""

    PRICE = "price"
    NEED = "need"
    TRUST = "trust"
    TIME = "time"
    AUTHORITY = "authority"
    COMPETITOR = "competitor"
    DELAY = "delay"
    """"Let me think about it": no reason is given."""


def _check(probability: float) -> None:
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"a probability must lie in 0..1, got {probability}")


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason against buying: the customer turn that first gives it, and what became of it, as turn numbers.

    ``acknowledged`` and ``answered``: agent turns; ``repeated``: later customer turns with the same reason;
    ``resolved``: whether the customer let go of it.
    """

    type: ObjectionType
    turn: int
    probability: float
    acknowledged: tuple[int, ...] = ()
    answered: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    resolved: bool = False

    def __post_init__(self) -> None:
        _check(self.probability)


@dataclass(frozen=True, slots=True)
class BuyingSignal:
    """A customer turn that shows interest in buying; ``taken_up``: the agent turn that moves on it."""

    turn: int
    probability: float
    taken_up: int | None = None

    def __post_init__(self) -> None:
        _check(self.probability)


@dataclass(frozen=True, slots=True)
class Signals:
    """All of a call, each in the order of its turns; ``refusals``: customer turns that clearly refuse."""

    objections: tuple[Objection, ...] = ()
    buying_signals: tuple[BuyingSignal, ...] = ()
    refusals: tuple[int, ...] = ()
