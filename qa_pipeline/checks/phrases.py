"""``phrases``: does somebody say (or never say) certain words?

Phrases are compared in normal form, so punctuation, width, case and traditional script do not matter.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from rapidfuzz import fuzz

from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, Window, fails, holds
from qa_pipeline.checks.scope import Scope, missing_facts, window_of
from qa_pipeline.core.score import Quote, Reason
from qa_pipeline.language.normalise import comparable

#: Below this similarity (0..100, rapidfuzz partial ratio) a passage is no help as "nearest candidate".
NEAREST_MIN_SIMILARITY = 60.0

#: Missing phrases named in the reason before the rest is left out.
LISTED_PHRASES = 4


class PhrasesParams(Scope):
    """Exactly one of ``any``, ``all`` and ``none``."""

    any: tuple[str, ...] = Field((), strict=False, description="at least min_hits of these hits occur")
    all: tuple[str, ...] = Field((), strict=False, description="each of these occurs")
    none: tuple[str, ...] = Field((), strict=False, description="none of these occurs")
    min_hits: int = Field(1, ge=1, description="with any: how many hits are needed")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if sum(bool(phrases) for phrases in (self.any, self.all, self.none)) != 1:
            raise ValueError("give exactly one of any, all, none with at least one phrase")
        if any(not comparable(phrase) for phrase in self.wanted):
            raise ValueError("a phrase needs at least one letter, digit or character")
        if self.min_hits > 1 and not self.any:
            raise ValueError("min_hits goes with any")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.any or self.all or self.none


def check_phrases(params: PhrasesParams, context: Context) -> Finding:
    blocked = missing_facts(params, context.call)
    if blocked:
        return blocked
    window = window_of(params, context.call)
    hits = {phrase: _find(phrase, window, context) for phrase in params.wanted}
    quotes = _ordered(hits)
    first = next((phrase for phrase, found in hits.items() if found), "")
    if params.none:
        if quotes:
            return fails(Reason("forbidden_found", {"phrase": first, "count": len(quotes)}), window, quotes)
        return holds(Reason("phrases_none", {"count": len(params.none)}), window)
    enough = all(hits.values()) if params.all else len(quotes) >= params.min_hits
    if enough:
        return holds(Reason("phrases_found", {"phrase": first, "count": len(quotes)}), window, quotes)
    absent = [phrase for phrase, found in hits.items() if not found]
    nearest = None if quotes else _nearest(params.wanted, window, context)
    return fails(Reason("phrases_missing", {"wanted": _listing(absent)}), window, nearest=nearest)


def _listing(phrases: list[str]) -> str:
    """A few phrases as words for people."""
    return "、".join(phrases[:LISTED_PHRASES]) + (" …" if len(phrases) > LISTED_PHRASES else "")


def _find(phrase: str, window: Window, context: Context) -> tuple[Quote, ...]:
    needle = comparable(phrase)
    found: list[Quote] = []
    for index in window.turns:
        normal = context.normal(index)
        at = normal.text.find(needle)
        while at >= 0:
            start, end = normal.original_range(at, at + len(needle))
            if _stands_alone(context.call.turns[index].text, start, end):
                found.append(quote_of(context.call.turns[index], start, end))
            at = normal.text.find(needle, at + len(needle))
    return tuple(found)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Latin words and numbers are not found inside longer ones: hi in this, 39 in 139."""

    def goes_on(left: str, right: str) -> bool:
        return comparable(left + right).isascii() and left.isalnum() and right.isalnum()

    return not goes_on(text[start - 1 : start], text[start]) and not goes_on(text[end - 1], text[end : end + 1])


def _ordered(hits: dict[str, tuple[Quote, ...]]) -> tuple[Quote, ...]:
    """All hits in order of the call, without those that lie inside a longer one."""
    quotes = sorted({q for found in hits.values() for q in found}, key=lambda q: (q.turn, q.start, -q.end))
    kept: list[Quote] = []
    for quote in quotes:
        if kept and kept[-1].turn == quote.turn and quote.end <= kept[-1].end:
            continue
        kept.append(quote)
    return tuple(kept)


def _nearest(phrases: tuple[str, ...], window: Window, context: Context) -> Quote | None:
    """The passage that comes closest to one of the phrases, as help for whoever checks a miss."""
    best: tuple[float, Quote] | None = None
    for phrase in map(comparable, phrases):
        for index in window.turns:
            normal = context.normal(index)
            if len(normal.text) < len(phrase):
                continue
            cut = best[0] if best else NEAREST_MIN_SIMILARITY
            match = fuzz.partial_ratio_alignment(phrase, normal.text, score_cutoff=cut)
            if match is None or match.dest_end <= match.dest_start or (best and match.score <= best[0]):
                continue
            start, end = normal.original_range(match.dest_start, match.dest_end)
            best = (match.score, quote_of(context.call.turns[index], start, end))
    return best[1] if best else None
