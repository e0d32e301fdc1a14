"""Evidence as it is quoted: the words, who said them, and what to play."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.score import Evidence, How, Quote
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.language.normalise import Form, comparable
from qa_pipeline.language.talk_words import filler_ranges
from qa_pipeline.report.call.corrected import corrected_words
from qa_pipeline.report.call.talk_sides import Side, sides
from qa_pipeline.report.text import NO_MARKS, Corrected, Marks, Range, ShownText, Token, align_words, tokens
from qa_pipeline.report.wording import Wording, clock, clock_tenths, percent

T = TypeVar("T")

LEAD_S = 0.5  # played before and after a quote, so that no first or last syllable is cut
MAX_QUOTE_CHARS = 120
MAX_MATCHED_CHARS = 40

#: Where the similarity says how sure the finding is; homophones and exact words are not more or less found.
_GRADED = frozenset({How.EDIT, How.SIMILAR, How.ACT, How.MODEL, How.LLM})


@dataclass(frozen=True)
class PlayView:
    """What a link plays, in seconds of the recording."""

    start_s: float
    stop_s: float


@dataclass(frozen=True)
class QuoteView:
    anchor: str
    """Id of the turn on the page."""
    role: str
    speaker: str
    text: str
    """Empty for a place where nothing is said, such as a gap."""
    time: str
    """Empty where the time is unknown."""
    play: PlayView | None
    matched: str
    """What was looked for, in words; a measured value with its unit."""
    how: str
    """How it was found: ``原文一致``, ``近似 83%``; for a near candidate ``相似度 71%``."""
    note: str
    """Both as one small line, without what the quote itself shows already."""


@dataclass(frozen=True)
class SearchedView:
    """The window in which nothing was found."""

    text: str
    anchor: str
    play: PlayView | None


class CallTexts:
    """The turns of one call with their shown texts, each prepared once for all that quote them."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.shown = ShownText.of_turns(call.turns)
        self.ordinals = _ordinals(call.turns)
        self._kept: dict[str, object] = {}
        self._tokens: dict[tuple[int, tuple[Range, ...], float], tuple[Token, ...]] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` makes, made once: for what is the same in every language of the page."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast(T, self._kept[name])

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        """How each party talks."""
        return sides(self.call)

    def turn(self, index: int) -> Turn | None:
        return self.call.turns[index] if 0 <= index < len(self.call.turns) else None

    def tokens(self, turn: Turn, hits: Sequence[Range], unsure_below: float) -> tuple[Token, ...]:
        """The turn cut into tokens; they are the same in every language of the page."""
        key = (turn.index, tuple(hits), unsure_below)
        if key not in self._tokens:
            self._tokens[key] = tokens(turn, self.shown[turn.index], hits, unsure_below, self._marks(turn))
        return self._tokens[key]

    def _marks(self, turn: Turn) -> Marks:
        shown = self.shown[turn.index]
        fillers = () if turn.backchannel else filler_ranges(shown.text, self.call.conversation.language)
        doubted = [shown.range(*place) for place in turn.doubted]
        corrected = self.corrected.get(turn.index, ())
        return Marks(doubted, fillers, corrected) if fillers or doubted or corrected else NO_MARKS

    @cached_property
    def corrected(self) -> dict[int, tuple[Corrected, ...]]:
        """By turn, the words that the word list corrected."""
        return corrected_words(self.call.turns, self.shown)

    def range(self, quote: Quote) -> Range:
        return self.shown[quote.turn].range(quote.start, quote.end)

    def span(self, quote: Quote) -> Span | None:
        """The quote's own time, else that of its words, else that of its turn; None without times."""
        turn = self.turn(quote.turn)
        if quote.span or turn is None:
            return quote.span
        start, end = self.range(quote)
        placed = align_words(self.shown[quote.turn].text, turn.words)
        return cover_all(word.span for (a, b), word in placed if a < end and b > start) or turn.span


def turn_anchor(index: int) -> str:
    return f"t{index}"


def play_view(span: Span | None) -> PlayView | None:
    if span is None:
        return None
    return PlayView(round(max(0.0, span.start_s - LEAD_S), 2), round(span.end_s + LEAD_S, 2))


def quote_view(quote: Quote, texts: CallTexts, wording: Wording, near: bool = False) -> QuoteView | None:
    """None for a quote that points outside the call. ``near``: a candidate that was not close enough."""
    turn = texts.turn(quote.turn)
    if turn is None:
        return None
    span = texts.span(quote)
    text = _cut(texts.shown[quote.turn].slice(*texts.range(quote)))
    matched = _cut(wording.matched(quote.matched, quote.how), MAX_MATCHED_CHARS) if quote.matched else ""
    how = how_text(quote, wording, near)
    return QuoteView(
        anchor=turn_anchor(quote.turn),
        role=turn.role.value,
        speaker=wording.text(f"role.{turn.role}"),
        text=text,
        time=clock_tenths(span.start_s) if span else "",
        play=play_view(span),
        matched=matched,
        how=how,
        note=_note(quote, text, matched, how, wording),
    )


def how_text(quote: Quote, wording: Wording, near: bool = False) -> str:
    """How a passage was found, with a percentage where that says how close or sure it is."""
    if quote.how is None:
        return ""
    word, close = wording.text(f"how.{quote.how}"), percent(quote.similarity)
    if quote.similarity is None or quote.how not in _GRADED:
        return word
    if near and quote.how in (How.EDIT, How.SIMILAR):
        return wording.text("evidence.similarity", percent=close)
    return f"{word} {close}"


def _note(quote: Quote, text: str, matched: str, how: str, wording: Wording) -> str:
    if quote.how in (How.TIME, How.VOICE) and matched:
        return matched
    is_named = quote.how in (How.ACT, How.FACT, How.STAGE)
    repeats = not matched or comparable(matched, Form.NUMBERS) == comparable(text, Form.NUMBERS)
    # A model looks for nothing in particular: it names the words that spoke most for what it found.
    quoted = wording.text("evidence.cue", cue=matched) if quote.how is How.MODEL else f"“{matched}”"
    said = matched if is_named else "" if repeats else quoted
    return " · ".join(part for part in (said, how) if part)


def searched_view(evidence: Evidence, texts: CallTexts, wording: Wording) -> SearchedView | None:
    """Where was looked: shown when there is nothing to quote instead."""
    searched = [index for index in sorted(set(evidence.searched)) if texts.turn(index)]
    if not searched:
        return None
    window = evidence.searched_span
    which = _which_turns(searched, texts, wording)
    if window is None:
        text = wording.text("searched.turns", turns=which)
    else:
        values = {"start": clock(window.start_s), "end": clock(window.end_s)}
        text = wording.text("searched.window", turns=which, **values)
    return SearchedView(text, turn_anchor(searched[0]), play_view(window))


def _cut(text: str, limit: int = MAX_QUOTE_CHARS) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _ordinals(turns: Iterable[Turn]) -> tuple[int, ...]:
    """The how-manieth turn of its party each turn is, from 1: people count so, not by index."""
    counts = dict.fromkeys(Role, 0)
    result: list[int] = []
    for turn in turns:
        counts[turn.role] += 1
        result.append(counts[turn.role])
    return tuple(result)


def _which_turns(searched: list[int], texts: CallTexts, wording: Wording) -> str:
    """``坐席第 1–4 句``; turns that do not follow each other are counted instead of listed."""
    parts: list[str] = []
    for role in Role:
        numbers = [texts.ordinals[index] for index in searched if texts.call.turns[index].role is role]
        if not numbers:
            continue
        first, last = numbers[0], numbers[-1]
        kind = "count" if last - first + 1 != len(numbers) else "one" if first == last else "range"
        who = wording.text(f"role.{role}")
        values = {"role": who, "first": first, "last": last, "count": len(numbers)}
        parts.append(wording.text(f"searched.{kind}", **values))
    return wording.joined(parts)
