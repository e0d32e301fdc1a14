"""``repetition``: does a party repeat itself, or take up the words of the other?"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from pydantic import Field

from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, Window, fails, holds, missing_turns, unknown
from qa_pipeline.checks.ranges import Count, measured
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.core.call import Role
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import Form, comparable


class RepetitionParams(Scope):
    """What counts as a repetition, and how many are looked for."""

    of: Literal["self", "other"] = Field(description="self: own earlier turns; other: the other party's earlier turns")
    min_characters: int = Field(6, ge=2, le=200, description="characters in a row that must be the same")
    turns: int | None = Field(None, ge=1, description="only repetitions of the last n turns of that party")
    count: Count = Field(default_factory=lambda: Count(min=1), description="how many turns may or must repeat")


@register("repetition", RepetitionParams, of_words=True)
def check_repetition(params: RepetitionParams, context: Context) -> Finding:
    """A party repeats its own words, or those of the other party."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    if not context.call.conversation.roles_known:
        return unknown("roles_unknown")
    hits = window.only(quote for index in window.turns if (quote := _repeated(params, index, context)))
    if params.every_turn:
        if len(hits) == len(window.turns):
            return holds(Reason("repetitions_found", {"count": len(hits)}), window, hits)
        # As with other checks of every turn, the turns without one are what to look at.
        missing = missing_turns(window, hits)
        return fails(Reason("repetitions_missing"), Window(missing, window.span), breaches=len(missing))
    return measured("repetitions", len(hits), params.count, window, hits)


def _repeated(params: RepetitionParams, index: int, context: Context) -> Quote | None:
    """The longest stretch of a turn that an earlier turn holds too; None when it is too short."""
    turn = context.call.turns[index]
    if turn.role is Role.UNKNOWN:  # whose earlier words they were cannot be said
        return None
    party = turn.role if params.of == "self" else turn.role.other()
    earlier = [other.index for other in context.call.turns[:index] if other.role is party]
    normal, least = context.normal(index, Form.NUMBERS), params.min_characters
    best = (0, 0, 0)
    # The latest of equally long ones is shown: it is what the party takes up.
    for other in reversed(earlier[-params.turns :] if params.turns else earlier):
        text = context.normal(other, Form.NUMBERS).text
        if not _stretches(normal.text, least).isdisjoint(_stretches(text, least)):
            size, at = _longest_common(normal.text, text, max(least, best[0] + 1))
            if size:
                best = (size, at, other)
    size, at, other = best
    if not size:
        return None
    start, end = normal.original_range(at, at + size)
    if len(comparable(turn.text[start:end])) < least:
        return None  # 十万 has two characters, however many digits it is
    return quote_of(turn, start, end, _as_said_before(normal.text[at : at + size], other, context), How.EXACT, 1.0)


def _as_said_before(stretch: str, other: int, context: Context) -> str:
    normal = context.normal(other, Form.NUMBERS)
    at = normal.text.index(stretch)
    start, end = normal.original_range(at, at + len(stretch))
    return context.call.turns[other].text[start:end]


@lru_cache(maxsize=4096)
def _stretches(text: str, size: int) -> frozenset[str]:
    """All stretches of that many characters."""
    return frozenset(text[at : at + size] for at in range(len(text) - size + 1))


def _longest_common(text: str, other: str, least: int) -> tuple[int, int]:
    """(length, start in text) of the longest stretch that ``other`` holds too; (0, 0) below ``least`` characters."""
    size, start, at = 0, 0, 0
    while at + max(least, size + 1) <= len(text):
        longer = max(least, size + 1)
        while at + longer <= len(text) and text[at : at + longer] in other:
            size, start = longer, at
            longer += 1
        at += 1
    return size, start
