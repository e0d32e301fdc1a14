"""What a check found, before it becomes a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.core.score import Evidence, Quote, Reason
from qa_pipeline.core.span import Span


class State(StrEnum):
    """``HOLDS`` and ``FAILS`` answer the check's question; ``UNKNOWN`` says that it cannot be answered."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Window:
    """The turns that a check may look at."""

    turns: tuple[int, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check with its evidence and reason."""

    state: State
    reason: Reason
    evidence: Evidence = Evidence()

    @property
    def hits(self) -> tuple[Quote, ...]:
        return self.evidence.hits


def holds(reason: Reason, window: Window, hits: tuple[Quote, ...] = ()) -> Finding:
    return Finding(State.HOLDS, reason, Evidence(hits, window.turns, window.span))


def fails(reason: Reason, window: Window, hits: tuple[Quote, ...] = (), nearest: Quote | None = None) -> Finding:
    return Finding(State.FAILS, reason, Evidence(hits, window.turns, window.span, nearest))


def unknown(code: str) -> Finding:
    return Finding(State.UNKNOWN, Reason(code))
