"""Time as a frozen value in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: Sums of times differ in their last bits wherever the call begins: what is equal to the microsecond is equal.
DECIMALS = 6


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A closed stretch of time in seconds from the start of the recording; ``end_s >= start_s >= 0``."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError(f"a span needs finite times, got {self.start_s}..{self.end_s}")
        if self.start_s < 0 or self.end_s < self.start_s:
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start_s}..{self.end_s}")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def shift(self, by_s: float) -> Span:
        """The same span ``by_s`` seconds later (earlier if negative)."""
        return Span(self.start_s + by_s, self.end_s + by_s)

    def overlap_s(self, other: Span) -> float:
        """Seconds that both spans share; 0 when they only touch."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def gap_s(self, other: Span) -> float:
        """Seconds between both spans; 0 when they touch or share time."""
        return max(self.start_s - other.end_s, other.start_s - self.end_s, 0.0)

    def cover(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start_s, other.start_s), max(self.end_s, other.end_s))


def cover_all(spans: Iterable[Span]) -> Span | None:
    """The smallest span that holds all of them, None for no spans."""
    result: Span | None = None
    for span in spans:
        result = span if result is None else result.cover(span)
    return result


def merge(spans: Iterable[Span], gap_s: float = 0.0) -> tuple[Span, ...]:
    """Sorted spans in which neighbours closer than or equal to ``gap_s`` are joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_s - merged[-1].end_s <= gap_s:
            merged[-1] = merged[-1].cover(span)
        else:
            merged.append(span)
    return tuple(merged)


def total_s(spans: Iterable[Span]) -> float:
    """Seconds covered by at least one span."""
    return sum(span.duration_s for span in merge(spans))


def shared_s(a: Iterable[Span], b: Iterable[Span]) -> float:
    """Seconds covered by both sets of spans."""
    left, right = merge(a), merge(b)
    i = j = 0
    shared = 0.0
    while i < len(left) and j < len(right):
        shared += left[i].overlap_s(right[j])
        if left[i].end_s <= right[j].end_s:
            i += 1
        else:
            j += 1
    return shared
