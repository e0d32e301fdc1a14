"""What the checks of words share: polarity, counting hits, and the finding that follows from them."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from qa_pipeline.checks.finding import Finding, State, Window, fails, holds, in_order, missing_turns, too_few
from qa_pipeline.checks.scope import Scope
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import Quote, Reason
from qa_pipeline.language.polarity import is_negated, is_reported


class SpokenScope(Scope):
    """A scope whose hits are passages of text."""

    ignore_negated: bool = Field(False, description="a passage that its clause denies does not count")
    ignore_reported: bool = Field(False, description="a passage that reports what others say does not count")
    min_hits: int = Field(1, ge=1, description="how many hits are needed, counted over the whole scope")

    def counts(self, turn: Turn, start: int, end: int) -> bool:
        """Whether the passage is said, not denied or reported, where the rubric asks for that."""
        if self.ignore_negated and is_negated(turn.text, start, end):
            return False
        return not (self.ignore_reported and is_reported(turn.text, start, end))


def wanted(
    scope: SpokenScope,
    window: Window,
    hits: Iterable[Quote],
    found: Reason,
    missing: Reason,
    nearest: Quote | None = None,
) -> Finding:
    """Holds with enough hits, in every turn where the scope asks for that."""
    quotes = in_order(list(hits))
    if scope.every_turn:
        each = every_turn(window, quotes, found)
        if each.state is not State.HOLDS or len(quotes) >= scope.min_hits:
            return each
    if len(quotes) >= scope.min_hits:
        # Were they unwanted, those below min_hits would be let pass.
        return holds(found, window, quotes, breaches=len(quotes) - scope.min_hits + 1)
    return too_few(missing, window, quotes, nearest)


def unwanted(window: Window, hits: Iterable[Quote], none: Reason) -> Finding:
    """Holds while there is no hit; the first one is named."""
    quotes = in_order(list(hits))
    if not quotes:
        return holds(none, window)
    reason = Reason("forbidden_found", {"phrase": quotes[0].matched, "count": len(quotes)})
    return fails(reason, window, quotes, breaches=len(quotes))


def every_turn(window: Window, quotes: tuple[Quote, ...], found: Reason) -> Finding:
    """Holds when each turn of the window has a hit; the turns without one are what to look at otherwise."""
    missing = missing_turns(window, quotes)
    if not missing:
        return holds(found, window, quotes)
    reason = Reason("turns_without", {"count": len(missing), "turns": len(window.turns)})
    return fails(reason, Window(missing, window.span), breaches=len(missing))
