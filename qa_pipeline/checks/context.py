"""What a check is given: the call, its texts in normal form, and a way to ask nested checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_pipeline.checks.finding import Finding
from qa_pipeline.core.call import Call, Turn
from qa_pipeline.core.score import Quote
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.language.normalise import NormalText, normalise

if TYPE_CHECKING:
    from qa_pipeline.checks.registry import Check


@dataclass(frozen=True, slots=True)
class Context:
    call: Call
    evaluate: Callable[[Check, Context], Finding]

    def ask(self, check: Check) -> Finding:
        """The finding of a nested check on the same call."""
        return self.evaluate(check, self)

    def normal(self, turn: int) -> NormalText:
        return normalise(self.call.turns[turn].text)


def quote_of(turn: Turn, start: int, end: int) -> Quote:
    """Characters ``start..end`` of a turn with the time in which they were said."""
    return Quote(turn.index, start, end, _time_of(turn, start, end))


def _time_of(turn: Turn, start: int, end: int) -> Span | None:
    """The words that the characters fall into; the whole turn where words have no times."""
    position = 0
    touched: list[Span] = []
    for word in turn.words:
        found = turn.text.find(word.text.strip(), position)
        if found < 0:
            return turn.span
        position = found + len(word.text.strip())
        if found < end and position > start:
            touched.append(word.span)
    return cover_all(touched) or turn.span
