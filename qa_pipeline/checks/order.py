"""``order`` and ``within``: does one thing come after another, and soon enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State, Window, fails, holds, unknown
from qa_pipeline.checks.scope import CheckParams
from qa_pipeline.core.score import Quote, Reason

if TYPE_CHECKING:
    from qa_pipeline.checks.registry import Check


class OrderParams(CheckParams):
    """The first hit of ``first`` comes before the first hit of ``then``."""

    first: Check
    then: Check


class WithinParams(CheckParams):
    """Some hit of ``check`` lies no more than so many turns or seconds after a hit of ``after``."""

    check: Check
    after: Check
    turns: int | None = Field(None, ge=0, description="turns after the anchor's turn; 0 = the same turn")
    seconds: float | None = Field(None, ge=0, description="seconds from the anchor's end")

    @model_validator(mode="after")
    def _one_distance(self) -> Self:
        if (self.turns is None) == (self.seconds is None):
            raise ValueError("give exactly one of turns, seconds")
        return self


def check_order(params: OrderParams, context: Context) -> Finding:
    first, then = context.ask(params.first), context.ask(params.then)
    for finding in (first, then):
        if finding.state is not State.HOLDS:
            return finding
    # What holds because something is absent (none, forbid, not) has no place in the call.
    if not (first.hits and then.hits):
        return unknown("nothing_to_locate")
    hits = (first.hits[0], then.hits[0])
    window = _window(first, then)
    if _position(hits[0]) < _position(hits[1]):
        return holds(Reason("order_held"), window, hits)
    return fails(Reason("order_broken"), window, hits)


def check_within(params: WithinParams, context: Context) -> Finding:
    anchor, found = context.ask(params.after), context.ask(params.check)
    for finding in (anchor, found):
        if finding.state is State.UNKNOWN:
            return finding
    if anchor.state is State.FAILS:
        return unknown("anchor_missing")
    located = found.state is State.HOLDS
    if not anchor.hits or (located and not found.hits):
        return unknown("nothing_to_locate")
    if params.seconds is not None and not context.call.conversation.has_times:
        return unknown("times_unknown")
    later = found.hits if located else ()
    pairs = ((a, hit) for a in anchor.hits for hit in later if _position(hit) >= _position(a))
    near = next((pair for pair in pairs if _near(params, *pair)), None)
    limit = {"turns": params.turns} if params.turns is not None else {"seconds": params.seconds or 0}
    code = next(iter(limit))
    if near:
        return holds(Reason(f"within_{code}_held", limit), _window(anchor, found), near)
    return fails(Reason(f"within_{code}_missed", limit), _window(anchor, found), nearest=found.evidence.nearest)


def _near(params: WithinParams, anchor: Quote, hit: Quote) -> bool:
    if params.turns is not None:
        return hit.turn - anchor.turn <= params.turns
    if hit.span is None or anchor.span is None or params.seconds is None:
        return False
    return hit.span.start_s - anchor.span.end_s <= params.seconds


def _position(quote: Quote) -> tuple[int, int]:
    return quote.turn, quote.start


def _window(a: Finding, b: Finding) -> Window:
    turns = tuple(sorted({*a.evidence.searched, *b.evidence.searched}))
    spans = [e.searched_span for e in (a.evidence, b.evidence) if e.searched_span]
    return Window(turns, spans[0].cover(spans[-1]) if spans else None)
