"""Transcript text made fit to be shown: control characters out, numbers of people masked, cut into tokens."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.core.call import Turn, Word
from qa_pipeline.language.normalise import NormalText
from qa_pipeline.language.redaction import Mask, find_masks_by_turn, mask, mask_identifier

# Controls, zero-width and bidirectional marks: they can turn a line around or hide a number from masking.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile(r"[\n\t]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_GROUPED_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[-_. ]?\d{4}[-_. ]?\d{4}(?!\d)")
_PIECE = re.compile(r"\w+")
#: A Chinese character, or a word of letters and digits.
_WORD = re.compile("[\u3400-\u9fff\uf900-\ufaff]|[^\\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’][^\\W_\u3400-\u9fff]+)*")
_MAX_JUMP = 24  # characters that may lie between two aligned words before the alignment is not believed

Range = tuple[int, int]


def clean(text: str) -> str:
    """Without invisible characters; halves of characters become the replacement character."""
    if text.isprintable():  # none of them is: words are looked at one by one
        return text
    return _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))


def count_words(text: str) -> int:
    """Characters of Chinese, words of other languages."""
    return len(_WORD.findall(text))


def one_line(text: str) -> str:
    """Clean, and fit for one line of a terminal: line breaks and tabs become a space."""
    return _BREAKS.sub(" ", clean(text))


def shown(text: str) -> str:
    """Free text for a page: clean, phone, ID and card numbers masked."""
    return mask(clean(text))


def shown_identifier(text: str) -> str:
    """Ids and file names: long runs of digits or numerals are masked, and mobile numbers written in groups.

    Not ``mask`` on the whole: its joints between groups would take ``call-001-0001`` for a number.
    """
    joined = _GROUPED_MOBILE.sub(lambda m: re.sub(r"\D", "", m.group()), clean(text))
    return mask_identifier(_PIECE.sub(_masked_numerals, joined))


def _masked_numerals(piece: re.Match[str]) -> str:
    """Numerals in Chinese are masked here; plain digits are left to the rule for identifiers, which knows dates."""
    return piece.group() if piece.group().isascii() else mask(piece.group())


def shown_fragment(text: str) -> str:
    """Words cut out of a transcript: part of a number may be all that is left of it."""
    return shown_identifier(shown(text))


@dataclass(frozen=True)
class Token:
    """A piece of a turn's text with the time of the word it belongs to."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    hit: bool = False
    unsure: bool = False
    doubted: bool = False
    filler: bool = False
    heard: str = ""
    """What was recognised before the word list corrected it; fit to be shown."""


@dataclass(frozen=True)
class Corrected:
    """Characters of the clean text that the word list put there, and what was recognised instead."""

    start: int
    end: int
    heard: str


@dataclass(frozen=True)
class Marks:
    """What is marked in a turn beside its evidence, by ranges of its clean text."""

    doubted: Sequence[Range] = ()
    fillers: Sequence[Range] = ()
    corrected: Sequence[Corrected] = ()

    @property
    def ranges(self) -> list[Range]:
        return [*self.doubted, *self.fillers, *((one.start, one.end) for one in self.corrected)]


NO_MARKS = Marks()


@dataclass(frozen=True)
class ShownText:
    """A turn's clean text, with what is masked; characters are addressed as in the original."""

    text: str
    masks: tuple[Mask, ...]
    removed: tuple[int, ...]
    """Original positions of removed characters, ascending."""

    @classmethod
    def of_turns(cls, turns: Sequence[Turn]) -> tuple[ShownText, ...]:
        """All turns of a call: a number may be read out in groups over several of them."""
        texts = [clean(turn.text) for turn in turns]
        masks = find_masks_by_turn(texts, [turn.role for turn in turns])
        return tuple(cls(text, masks[i], _removed(turns[i].text)) for i, text in enumerate(texts))

    def range(self, start: int, end: int) -> Range:
        """Original positions → positions of the clean text."""
        return self._place(start), self._place(end)

    def _place(self, position: int) -> int:
        return min(position - bisect_right(self.removed, position - 1), len(self.text))

    def slice(self, start: int, end: int) -> str:
        """The masked text of a clean range; a number that is cut by the range is masked as a whole."""
        parts: list[str] = []
        position = start
        for found in self.masks:
            if found.end <= start or found.start >= end:
                continue
            parts += [self.text[position : max(position, found.start)], found.replacement]
            position = max(position, found.end)
        return "".join(parts) + self.text[position:end] if position < end else "".join(parts)

    def normal(self, made: NormalText) -> str:
        """A normal form of the turn, with the same numbers masked as in its text."""
        parts: list[str] = []
        last: Mask | None = None
        for character, origin in zip(made.text, made.origin, strict=True):
            place = self._place(origin)
            found = next((m for m in self.masks if m.start <= place < m.end), None)
            if found is None:
                parts.append(character)
            elif found is not last:
                parts.append(found.replacement)
            last = found
        # Without its punctuation, a line may hold a number that nobody saw in it before.
        return mask("".join(parts))


def _removed(original: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _INVISIBLE.finditer(original))


def align_words(text: str, words: Iterable[Word]) -> list[tuple[Range, Word]]:
    """Where each timed word stands in the text. Words that are not found there are left out."""
    placed: list[tuple[Range, Word]] = []
    position = 0
    for word in words:
        wanted = clean(word.text).strip()
        found = text.find(wanted, position, position + len(wanted) + _MAX_JUMP) if wanted else -1
        if found >= 0:
            position = found + len(wanted)
            placed.append(((found, position), word))
    return placed


def tokens(
    turn: Turn, shown_text: ShownText, hits: Sequence[Range], unsure_below: float, marks: Marks = NO_MARKS
) -> tuple[Token, ...]:
    """The turn's text cut wherever a word, a hit, a mark or a masked number begins or ends."""
    text = shown_text.text
    placed = align_words(text, turn.words)
    masked = {found.start: found for found in shown_text.masks}
    result: list[Token] = []
    at, cut = 0, [*hits, *marks.ranges]
    for start, end in pairwise(_cuts(len(text), [span for span, _ in placed], cut, shown_text.masks)):
        while at < len(placed) and placed[at][0][1] <= start:
            at += 1
        # A masked number belongs to the word that begins in it where it begins in none.
        begins = placed[at][0][0] if at < len(placed) else end
        word = placed[at][1] if begins <= start or (start in masked and begins < end) else None
        result.append(
            Token(
                masked[start].replacement if start in masked else text[start:end],
                word.span.start_s if word else None,
                word.span.end_s if word else None,
                bool(hits) and _touched(hits, start, end),
                bool(word and word.probability is not None and word.probability < unsure_below),
                bool(marks.doubted) and _touched(marks.doubted, start, end),
                bool(marks.fillers) and _touched(marks.fillers, start, end),
                next((c.heard for c in marks.corrected if c.start < end and c.end > start), ""),
            )
        )
    return tuple(result)


def _touched(ranges: Sequence[Range], start: int, end: int) -> bool:
    return any(a < end and b > start for a, b in ranges)


def _cuts(length: int, words: Iterable[Range], hits: Iterable[Range], masks: Sequence[Mask]) -> list[int]:
    """Sorted cut positions, none of them inside a masked number."""
    cuts = {0, length}
    for start, end in [*words, *hits, *((m.start, m.end) for m in masks)]:
        cuts.add(start if start < length else length)
        cuts.add(end if end < length else length)
    for found in masks:
        cuts -= set(range(found.start + 1, found.end))
    return sorted(cuts)
