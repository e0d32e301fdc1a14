"""What is usual in a team: medians that a call or an agent is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Norm:
    """What is usual: the median of a figure over so many calls, each of which has one value."""

    median: float
    calls: int


@dataclass(frozen=True)
class TeamNorm:
    """What is usual for the agents of a team, by the name of the measure (``speech_rate``, ``response_time`` …).

    ``team`` is empty where all calls together are meant. Units: per minute, seconds, percent, semitones.
    """

    team: str = ""
    norms: Mapping[str, Norm] = field(default_factory=dict)
