"""``fact``: prices, phones, dates, names … that are said in the call.

What the form of the words gives away is found here; other facts (provider, decision maker …) count where an earlier
step stored them with the call.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.checks.acts import ActNames, refuse_misspelt
from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, State, Window, holds, in_order, too_few, unknown
from qa_pipeline.checks.ranges import Bounds
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn, unwanted
from qa_pipeline.core.facts import Fact
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.quantities import FACT_NAMES, facts_in
from qa_pipeline.language.slot_rules import SLOT_NAMES

#: Facts that can be found here or by an earlier step.
KNOWN_FACTS = FACT_NAMES | frozenset(SLOT_NAMES)


class FactParams(Scope):
    """Exactly one of ``any``, ``all`` and ``none``."""

    any: ActNames = Field((), description="at least min_hits of these facts are said")
    all: ActNames = Field((), description="each of these facts is said")
    none: ActNames = Field((), description="none of these facts is said")
    min_hits: int = Field(1, ge=1, description="with any: how many are needed")
    number: Bounds | None = Field(None, description="only facts whose number lies in these bounds")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if sum(bool(names) for names in (self.any, self.all, self.none)) != 1:
            raise ValueError("give exactly one of any, all, none with at least one fact")
        if (self.min_hits > 1 or self.every_turn) and not self.any:
            raise ValueError("min_hits and every_turn go with any")
        refuse_misspelt("fact", self.wanted, KNOWN_FACTS)
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.any or self.all or self.none


@register("fact", FactParams, of_words=True)
def check_fact(params: FactParams, context: Context) -> Finding:
    """Facts such as a price, phone or date are said, or never said."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    hits = window.only(_hits(params, window, context))
    blind = set(params.wanted) - FACT_NAMES if context.call.facts is None else set()
    finding = _answer(params, window, hits)
    if blind and _could_change(params, finding, hits, blind):
        return unknown("facts_unknown", wanted=", ".join(sorted(blind)))
    return finding


def _answer(params: FactParams, window: Window, hits: tuple[Quote, ...]) -> Finding:
    if params.none:
        return unwanted(window, hits, Reason("facts_none"))
    said = {hit.matched for hit in hits}
    absent = [name for name in params.wanted if name not in said]
    found = Reason("fact_found", {"fact": hits[0].matched if hits else "", "count": len(hits)})
    if params.every_turn:
        return every_turn(window, hits, found)
    if (params.all and not absent) or (params.any and len(hits) >= params.min_hits):
        return holds(found, window, hits, breaches=len(hits) - params.min_hits + 1)
    return too_few(Reason("fact_missing", {"wanted": ", ".join(absent or params.wanted)}), window, hits)


def _could_change(params: FactParams, finding: Finding, hits: tuple[Quote, ...], blind: set[str]) -> bool:
    """Whether facts that nobody looked for could turn the answer: never a price that was said, or one left out."""
    if params.all:
        return not set(params.wanted) - blind - {hit.matched for hit in hits}
    return (finding.state is State.HOLDS) == bool(params.none)


def _hits(params: FactParams, window: Window, context: Context) -> tuple[Quote, ...]:
    inside = set(window.turns)
    stored = [fact for fact in context.call.facts or () if fact.turn in inside]
    derived = [fact for index in window.turns for fact in facts_in(context.call.turns[index].text, index)]
    wanted = [fact for fact in stored + derived if fact.name in params.wanted and _fits(fact, params.number)]
    quotes = [quote_of(context.call.turns[f.turn], f.start, f.end, f.name, How.FACT) for f in wanted]
    kinds = [_apart([quote for quote in quotes if quote.matched == name]) for name in params.wanted]
    every = [quote for kind in kinds for quote in kind]
    # With any and none a passage is one hit whatever kinds it is of; with all it may be needed as several.
    return tuple(sorted(every, key=lambda q: (q.turn, q.start))) if params.all else in_order(every)


def _apart(quotes: list[Quote]) -> list[Quote]:
    """Without those that touch an earlier one: a passage that is stored and derived is one hit."""
    kept: list[Quote] = []
    for quote in sorted(quotes, key=lambda q: (q.turn, q.start, -q.end)):
        if not (kept and kept[-1].turn == quote.turn and quote.start < kept[-1].end):
            kept.append(quote)
    return kept


def _fits(fact: Fact, bounds: Bounds | None) -> bool:
    return bounds is None or (fact.number is not None and bounds.holds_for(fact.number))
