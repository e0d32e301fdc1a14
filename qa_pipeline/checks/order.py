"""``order``, ``within`` and ``flow``: does one thing come after another, and soon enough?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Check, CheckParams, register
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State, Window, fails, holds, in_order, too_few, unknown
from qa_pipeline.core.call import Call
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.core.span import DECIMALS, Span, cover_all
from qa_pipeline.language.normalise import comparable


class OrderParams(CheckParams):
    """The first hit of ``first`` comes before the first hit of ``then``."""

    first: Check = Field(description="what must come first")
    then: Check = Field(description="what must come after it")


class WithinParams(CheckParams):
    """Hits of ``check`` lie close to hits of ``anchor``, on the named side of it."""

    check: Check = Field(description="what is looked for")
    after: Check | None = Field(None, description="the anchor: the check comes after it")
    before: Check | None = Field(None, description="the anchor: the check comes before it")
    around: Check | None = Field(None, description="the anchor: the check comes on either side of it")
    hit: Literal["first", "last", "any", "each"] = Field(
        "any", description="which hit of the anchor counts; each: every one of them needs the check near it"
    )
    turns: int | None = Field(None, ge=0, description="turns from the anchor's turn; 0 = the same turn")
    seconds: float | None = Field(None, ge=0, description="seconds between anchor and check")

    @model_validator(mode="after")
    def _one_anchor_one_distance(self) -> Self:
        if sum(anchor is not None for anchor in (self.after, self.before, self.around)) != 1:
            raise ValueError("give exactly one of after, before, around")
        if (self.turns is None) == (self.seconds is None):
            raise ValueError("give exactly one of turns, seconds")
        return self

    @property
    def anchor(self) -> Check:
        found = self.after or self.before or self.around
        assert found is not None  # noqa: S101 - the validator has seen to it
        return found

    @property
    def side(self) -> str:
        return "after" if self.after else "before" if self.before else "around"


class FlowParams(CheckParams):
    """Steps of a script: so many of them occur, each after the one before."""

    steps: Annotated[tuple[Check, ...], Field(strict=False, min_length=2)] = Field(description="the steps in order")
    min_steps: int | None = Field(None, ge=1, description="steps that must occur; all of them when absent")
    strict: bool = Field(False, description="a step out of order breaks the flow instead of not counting")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.min_steps is not None and self.min_steps > len(self.steps):
            raise ValueError(f"{self.min_steps} of {len(self.steps)} steps can never occur")
        return self


@register("order", OrderParams)
def check_order(params: OrderParams, context: Context) -> Finding:
    """The first hit of one check comes before the first hit of another."""
    first, then = context.ask(params.first), context.ask(params.then)
    # A part that fails decides, whatever the other is.
    for state in (State.FAILS, State.UNKNOWN):
        for finding in (first, then):
            if finding.state is state:
                return replace(finding, breaches=1)
    # What holds because something is absent (none, forbid, not) has no place in the call.
    if not (first.hits and then.hits):
        return unknown("nothing_to_locate")
    hits = (first.hits[0], then.hits[0])
    window = _window((first, then))
    if _position(hits[0]) < _position(hits[1]):
        return holds(Reason("order_held"), window, hits, breaches=1)
    return fails(Reason("order_broken"), window, hits)


@register("within", WithinParams)
def check_within(params: WithinParams, context: Context) -> Finding:
    """A hit of one check lies within n turns or seconds of a hit of another: after, before or around it."""
    anchor, found = context.ask(params.anchor), context.ask(params.check)
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
    candidates = found.hits if located else ()
    anchors = {"first": anchor.hits[:1], "last": anchor.hits[-1:]}.get(params.hit, anchor.hits)
    pairs = {a: [(hit, _near(params, a, hit, context.call)) for hit in candidates] for a in anchors}
    near = [(a, hit) for a, found_by in pairs.items() if (hit := next((h for h, sure in found_by if sure), None))]
    paired = {a for a, _ in near}
    # Where only the times of words could tell, another pair may decide.
    open_ = {a for a in pairs if a not in paired and any(sure is None for _, sure in pairs[a])}
    alone = tuple(a for a in pairs if a not in paired | open_)
    code, limit = ("turns", params.turns) if params.turns is not None else ("seconds", params.seconds)
    values = {code: limit or 0}
    window = _window((anchor, found))
    if len(near) == len(pairs) or (near and params.hit != "each"):
        hits = in_order([q for pair in near for q in pair])
        return holds(Reason(f"within_{code}_held", values), window, hits, breaches=len(near))
    if open_ and not (alone and params.hit == "each"):
        return unknown("word_times_unknown")
    nearest = _closest(alone, candidates) or found.evidence.nearest
    return fails(Reason(f"within_{code}_missed", values), window, alone, nearest)


@register("flow", FlowParams)
def check_flow(params: FlowParams, context: Context) -> Finding:
    """The steps of a script occur in their order."""
    findings = [context.ask(step) for step in params.steps]
    held = [finding for finding in findings if finding.state is State.HOLDS]
    # What holds because something is absent has no place in the call.
    if any(not finding.hits for finding in held):
        return unknown("nothing_to_locate")
    needed = params.min_steps or len(findings)
    path = _longest_path([f.hits if f.state is State.HOLDS else () for f in findings])
    unknowns = [finding for finding in findings if finding.state is State.UNKNOWN]
    disordered = params.strict and len(held) > len(path)
    # Steps that nobody can judge matter only where they would decide.
    if unknowns and not disordered and len(path) + len(unknowns) >= needed and (params.strict or len(path) < needed):
        return unknowns[0]
    values = {"count": len(path), "wanted": needed, "total": len(findings)}
    window, hits = _window(findings), tuple(hit for _, hit in path)
    if disordered:
        return fails(Reason("flow_out_of_order", values), window, hits)
    if len(path) >= needed:
        return holds(Reason("flow_held", values), window, hits, breaches=1)
    done = {step for step, _ in path}
    missing = next(i for i in range(len(findings)) if i not in done)
    return too_few(Reason("flow_missed", values | {"step": missing + 1}), window, hits[-1:])


def _longest_path(steps: list[tuple[Quote, ...]]) -> list[tuple[int, Quote]]:
    """The most steps that can be passed in order, each with the hit that passes it, the earliest possible."""
    best: list[list[tuple[int, Quote]]] = [[]]  # best[n]: the path of n steps that ends earliest
    for number, hits in enumerate(steps):
        for length in range(len(best) - 1, -1, -1):
            end = _position(best[length][-1][1]) if best[length] else (-1, -1)
            following = next((hit for hit in hits if _position(hit) > end), None)
            if following is None:
                continue
            path = [*best[length], (number, following)]
            if length + 1 == len(best):
                best.append(path)
            elif _position(following) < _position(best[length + 1][-1][1]):
                best[length + 1] = path
    return best[-1]


def _on_side(params: WithinParams, anchor: Quote, hit: Quote) -> bool:
    later = _position(hit) >= _position(anchor)
    return not ((params.side == "after" and not later) or (params.side == "before" and later))


def _near(params: WithinParams, anchor: Quote, hit: Quote, call: Call) -> bool | None:
    """Whether the hit is near enough to the anchor; None where only the times of words could tell."""
    if not _on_side(params, anchor, hit):
        return False
    if params.turns is not None:
        return abs(hit.turn - anchor.turn) <= params.turns
    assert params.seconds is not None  # noqa: S101 - the validator has seen to it
    first, second = sorted((anchor, hit), key=_position)
    least, most = _gap_s(first, second, call)
    return True if most <= params.seconds else False if least > params.seconds else None


def _gap_s(first: Quote, second: Quote, call: Call) -> tuple[float, float]:
    """The least and the largest seconds that may lie between two passages; the same where words have times."""
    if first.turn == second.turn and second.start <= first.end:
        return 0.0, 0.0
    (_, ended), (began, _) = _edges(first, call), _edges(second, call)
    least, most = began.start_s - ended.end_s, began.end_s - ended.start_s
    if first.turn == second.turn:
        least = max(0.0, least)
    return round(least, DECIMALS), round(most, DECIMALS)


def _edges(quote: Quote, call: Call) -> tuple[Span, Span]:
    """When a passage may begin, and when it may end: anywhere in its turn where its words have no times."""
    turn, span = call.turns[quote.turn], quote.span
    assert span is not None  # noqa: S101 - asked only in calls with times
    known = quote.how is How.TIME or span != turn.span
    opens = known or not comparable(turn.text[: quote.start])
    closes = known or not comparable(turn.text[quote.end :])
    return (
        Span(span.start_s, span.start_s if opens else span.end_s),
        Span(span.end_s if closes else span.start_s, span.end_s),
    )


def _closest(anchors: tuple[Quote, ...], candidates: tuple[Quote, ...]) -> Quote | None:
    """The candidate that misses an anchor by least, as help for whoever checks the miss."""
    if not anchors or not candidates:
        return None
    return min(candidates, key=lambda hit: abs(hit.turn - anchors[0].turn))


def _position(quote: Quote) -> tuple[int, int]:
    return quote.turn, quote.start


def _window(findings: list[Finding] | tuple[Finding, ...]) -> Window:
    turns = sorted({turn for finding in findings for turn in finding.evidence.searched})
    return Window(tuple(turns), cover_all(f.evidence.searched_span for f in findings if f.evidence.searched_span))
