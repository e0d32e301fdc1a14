"""``act``: what turns do, whatever their words: greet, quote a price, object …"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_turn
from qa_pipeline.checks.finding import Finding, Window, holds, too_few, unknown
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn, unwanted
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS
from qa_pipeline.core.score import How, Quote, Reason

ActNames = Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")], ...], Field(strict=False)]


def refuse_misspelt(what: str, names: tuple[str, ...], known: Iterable[str]) -> None:
    """ValueError for a name that is nearly a known one. Others pass: later steps, and users, may find more."""
    pool = sorted(set(known))
    for name in names:
        close = [] if name in pool else difflib.get_close_matches(name, pool, n=1, cutoff=0.8)
        if close:
            raise ValueError(f"there is no {what} {name}; did you mean {close[0]}?")


class ActParams(Scope):
    """Exactly one of ``any``, ``all`` and ``none``."""

    any: ActNames = Field((), description="at least min_hits turns do one of these")
    all: ActNames = Field((), description="each of these is done")
    none: ActNames = Field((), description="none of these is done")
    min_hits: int = Field(1, ge=1, description="with any: how many turns are needed")
    min_probability: float = Field(
        0.0,
        ge=0,
        le=1,
        description="acts less sure than this do not count; the model claims none below its own threshold",
    )

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if sum(bool(acts) for acts in (self.any, self.all, self.none)) != 1:
            raise ValueError("give exactly one of any, all, none with at least one act")
        if (self.min_hits > 1 or self.every_turn) and not self.any:
            raise ValueError("min_hits and every_turn go with any")
        refuse_misspelt("act", self.wanted, (*AGENT_ACTS, *CUSTOMER_ACTS))
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.any or self.all or self.none


@register("act", ActParams, of_words=True)
def check_act(params: ActParams, context: Context) -> Finding:
    """Turns do certain acts, or never do them."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    if not context.call.turn_acts:
        return unknown("acts_unknown")
    hits, nearest = _hits(params, window, context)
    if params.none:
        return unwanted(window, hits, Reason("acts_none"))
    done = {hit.matched for hit in hits}
    absent = [act for act in params.wanted if act not in done]
    found = Reason("act_found", {"act": hits[0].matched if hits else "", "count": len(hits)})
    if params.every_turn:
        return every_turn(window, hits, found)
    if (params.all and not absent) or (params.any and len(hits) >= params.min_hits):
        return holds(found, window, hits, breaches=len(hits) - params.min_hits + 1)
    return too_few(Reason("act_missing", {"wanted": ", ".join(absent or params.wanted)}), window, hits, nearest)


def _hits(params: ActParams, window: Window, context: Context) -> tuple[tuple[Quote, ...], Quote | None]:
    """Turns with a wanted act, and the likeliest turn that stays below the threshold."""
    hits: list[Quote] = []
    below: list[Quote] = []
    for index in window.turns:
        acts = [act for act in context.call.turn_acts[index] if act.name in params.wanted]
        for act in acts if params.all else sorted(acts, key=lambda act: act.sureness)[-1:]:
            sure = act.probability is None or act.probability >= params.min_probability
            quote = quote_turn(context.call.turns[index], How.ACT, act.name, act.probability)
            (hits if sure else below).append(quote)
    return tuple(hits), max(below, key=lambda q: q.similarity or 0.0, default=None)
