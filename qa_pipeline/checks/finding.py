"""What a check found, before it becomes a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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
    """The turns that a check may look at, and which passages in them count; all where ``admits`` is None."""

    turns: tuple[int, ...]
    span: Span | None = None
    admits: Callable[[Quote], bool] | None = field(default=None, compare=False, repr=False)

    def only(self, quotes: Iterable[Quote]) -> tuple[Quote, ...]:
        """The quotes that count: on the right side of an anchor, and near enough to it by the times of words."""
        return tuple(quote for quote in quotes if self.admits is None or self.admits(quote))


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check with its evidence and reason."""

    state: State
    reason: Reason
    evidence: Evidence = Evidence()
    #: How many things are wrong, for deductions per hit; 1 where the failing is one fact. Of what holds: how many would
    #: be wrong if it should not hold.
    breaches: int = 1

    @property
    def hits(self) -> tuple[Quote, ...]:
        return self.evidence.hits


def holds(reason: Reason, window: Window, hits: tuple[Quote, ...] = (), breaches: int | None = None) -> Finding:
    """``breaches``: if it should not hold; the number of hits unless another is given."""
    number = len(hits) if breaches is None else breaches
    return Finding(State.HOLDS, reason, Evidence(hits, window.turns, window.span), max(1, number))


def fails(
    reason: Reason, window: Window, hits: tuple[Quote, ...] = (), nearest: Quote | None = None, breaches: int = 1
) -> Finding:
    return Finding(State.FAILS, reason, Evidence(hits, window.turns, window.span, nearest), max(1, breaches))


def too_few(reason: Reason, window: Window, found: Sequence[Quote], nearest: Quote | None = None) -> Finding:
    """Fails for want of hits: the few that there are do not show the miss, the first of them is as near as it came."""
    return fails(reason, window, nearest=found[0] if found else nearest)


def unknown(code: str, **values: str | int | float) -> Finding:
    return Finding(State.UNKNOWN, Reason(code, values))


def in_order(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Quotes in order of the call, without those that lie inside a longer one."""
    kept: list[Quote] = []
    for quote in sorted(quotes, key=lambda q: (q.turn, q.start, -q.end)):
        if not (kept and kept[-1].turn == quote.turn and quote.end <= kept[-1].end):
            kept.append(quote)
    return tuple(kept)


def missing_turns(window: Window, hits: Sequence[Quote]) -> tuple[int, ...]:
    """Turns of the window without a hit, for checks that every turn must satisfy."""
    touched = {quote.turn for quote in hits}
    return tuple(turn for turn in window.turns if turn not in touched)
