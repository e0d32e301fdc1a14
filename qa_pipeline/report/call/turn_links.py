"""Turns as other parts of the page point at them: a short link, or a quote of the whole turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.core.score import Quote
from qa_pipeline.report.call.quotes import CallTexts, PlayView, QuoteView, play_view, quote_view, turn_anchor
from qa_pipeline.report.wording import Wording, clock_tenths


@dataclass(frozen=True)
class TurnLink:
    """``text``: when the turn begins; without times, the how-manieth of its party it is."""

    anchor: str
    role: str
    text: str
    play: PlayView | None


def turn_link(index: int, texts: CallTexts, wording: Wording) -> TurnLink | None:
    """None for a turn that the call does not have."""
    turn = texts.turn(index)
    if turn is None:
        return None
    values = {"role": wording.text(f"role.{turn.role}"), "first": texts.ordinals[index]}
    text = clock_tenths(turn.span.start_s) if turn.span else wording.text("searched.one", **values)
    return TurnLink(turn_anchor(index), turn.role.value, text, play_view(turn.span))


def turn_links(indices: Iterable[int], texts: CallTexts, wording: Wording) -> tuple[TurnLink, ...]:
    return tuple(link for index in indices if (link := turn_link(index, texts, wording)))


def turn_quote(index: int, texts: CallTexts, wording: Wording) -> QuoteView | None:
    """What is said in the whole turn, cut where it is long; None for a turn that the call does not have."""
    turn = texts.turn(index)
    return quote_view(Quote(index, 0, len(turn.text), turn.span), texts, wording) if turn else None
