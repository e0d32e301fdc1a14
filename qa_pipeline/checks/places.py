"""Where a phrase stands in the turns of a window: written so, sounding so, or with small edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Window
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import How, Quote
from qa_pipeline.language.normalise import Form, NormalText, comparable
from qa_pipeline.language.numerals import DIGITS, UNITS
from qa_pipeline.language.phonetic import Near, find_by_sound, makes_sense, sound_of, sounds_of_phrase

#: Below this similarity (0..100, rapidfuzz partial ratio) a passage is no help as "nearest candidate".
NEAREST_MIN_SIMILARITY = 60.0

#: One edit is tolerated for each so many characters; shorter phrases are matched exactly.
CHARACTERS_PER_EDIT = 4

#: The work grows with the square of the edits that a phrase may have.
MAX_EDITED_CHARACTERS = 64

#: In phrases shorter than this a character that makes sense where it stands is another word, not a slip.
SHORT_EDITED_PHRASE = 6

#: A single character sounds like a part of too much.
MIN_PINYIN_CHARACTERS = 2

_MARK = re.compile(r"[，。！？；：、,.!?;:…—]")
_NUMERALS = frozenset([*DIGITS, *UNITS, *"0123456789"])
#: An edit of one of these is no slip: it makes another price, or the opposite.
_MEANINGFUL = re.compile(r"[0-9.%]+|[不没别未无非勿免]")


class Place(NamedTuple):
    """Characters ``start..end`` of a turn as written; ``similarity`` 0..1 to what was looked for."""

    turn: int
    start: int
    end: int
    how: How
    similarity: float

    def overlaps(self, other: Place) -> bool:
        return self.turn == other.turn and self.start < other.end and other.start < self.end


class SearchedTurns:
    """The turns of a window in the forms in which they are searched, each made once."""

    def __init__(self, context: Context, window: Window) -> None:
        self._context, self.window = context, window

    def turn(self, index: int) -> Turn:
        return self._context.call.turns[index]

    @cached_property
    def plain(self) -> list[tuple[int, NormalText]]:
        return [(index, self._context.normal(index, Form.PLAIN)) for index in self.window.turns]

    @cached_property
    def numbers(self) -> list[tuple[int, NormalText]]:
        return [(index, self._context.normal(index, Form.NUMBERS)) for index in self.window.turns]

    def normal(self, form: Form) -> list[tuple[int, NormalText]]:
        return self.plain if form is Form.PLAIN else self.numbers

    def exact(self, phrase: str, form: Form) -> list[Place]:
        """Where the phrase is written, in the plain form and, where it holds a number, in the form for numbers."""
        found: dict[tuple[int, int, int], Place] = {}
        for needle, needle_form in _needles(phrase, form):
            for index, normal in self.normal(needle_form):
                if needle in normal.text:
                    for at in _positions(needle, normal.text):
                        place = self._place(index, normal, at, at + len(needle), How.EXACT, 1.0)
                        if place and not (len(needle) == 2 and self._is_interrupted(place)):
                            found.setdefault(place[:3], place)
        return list(found.values())

    def by_sound(self, phrase: str, near: frozenset[Near], taken: Sequence[Place]) -> list[Place]:
        """Where something sounds like the phrase and is not the phrase itself."""
        needle = comparable(phrase)
        if len(needle) < MIN_PINYIN_CHARACTERS or needle.isascii():
            return []
        sounds = sounds_of_phrase(needle, near)
        found = []
        for index, normal in self.plain:
            heard = sound_of(normal.text, near)
            if any(sound in heard for sound in sounds):
                for at, end in find_by_sound(needle, normal.text, near):
                    same = sum(a == b for a, b in zip(needle, normal.text[at:end], strict=True)) / len(needle)
                    place = self._place(index, normal, at, end, How.PINYIN, same)
                    if place is None or (len(needle) == 2 and self._is_interrupted(place)):
                        continue
                    if not any(place.overlaps(other) for other in taken):
                        found.append(place)
        return found

    def _is_interrupted(self, place: Place) -> bool:
        """A mark between two characters: no 稳赚 in 要稳，赚多少, and nobody mishears 试听 in 没事，听."""
        return _MARK.search(self.turn(place.turn).text, place.start, place.end) is not None

    def edited(self, phrase: str, form: Form, taken: Sequence[Place]) -> list[Place]:
        """Where the phrase stands with a small edit or two; numbers and negations are never edited."""
        needle, needle_form = _needles(phrase, form)[-1]
        found = []
        for index, normal in self.normal(needle_form):
            for at, end, distance in edited_places(needle, normal.text):
                if _is_another_word(needle, normal.text, at, end):
                    continue
                place = self._place(index, normal, at, end, How.EDIT, 1 - distance / len(needle))
                if place and not any(place.overlaps(other) for other in taken):
                    found.append(place)
        return found

    def _place(self, index: int, normal: NormalText, at: int, end_at: int, how: How, similarity: float) -> Place | None:
        """The place as written; None where it is a piece of a longer word or number."""
        start, end = normal.original_range(at, end_at)
        text = self.turn(index).text
        if _goes_on(text[start - 1 : start], text[start]) or _goes_on(text[end - 1], text[end : end + 1]):
            return None
        if any(_cuts_number(text, normal, border) for border in (at, end_at)):
            return None
        return Place(index, start, end, how, similarity)


@lru_cache(maxsize=4096)
def _needles(phrase: str, form: Form) -> tuple[tuple[str, Form], ...]:
    """What to look for in which form; a phrase without numerals needs the plain form alone."""
    plain = comparable(phrase)
    if form is Form.PLAIN or _NUMERALS.isdisjoint(plain):
        return ((plain, Form.PLAIN),)
    return (plain, Form.PLAIN), (comparable(phrase, Form.NUMBERS), Form.NUMBERS)


def _positions(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _goes_on(left: str, right: str) -> bool:
    """Latin words and written numbers are not found inside longer ones: hi in this, 39 in 139."""
    pair = comparable(left + right)
    return pair.isascii() and ((left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit()))


def _cuts_number(text: str, normal: NormalText, at: int) -> bool:
    """Whether the border before ``normal.text[at]`` lies inside a number: 39 in 一百三十九, 9元 in 9.9元."""
    if not 0 < at < len(normal.text):
        return False
    left, right = normal.text[at - 1], normal.text[at]
    if (left not in _NUMERALS and left != ".") or (right not in _NUMERALS and right != "."):
        return False
    between = text[normal.last[at - 1] + 1 : normal.origin[at]]
    # Marks part numbers, other than those inside 9.9 and 1,000; the words of 一百三十九 lie between its digits. Written
    # digits with a space between them are two numbers; spoken ones may have been recognised one by one.
    if between.strip():
        return between in (".", ",") or bool(comparable(between))
    return not between or not (left + right).isdecimal()


def edited_places(needle: str, text: str) -> list[tuple[int, int, int]]:
    """``(start, end, distance)`` of passages a few edits away, the closest first where they overlap.

    With e edits, one of e + 1 pieces of the phrase stands unchanged in the passage: only there it is compared.
    """
    edits = len(needle) // CHARACTERS_PER_EDIT
    if not edits:
        return []
    size, pieces = len(needle), edits + 1
    cuts = [size * piece // pieces for piece in range(pieces + 1)]
    # Pieces that agree about where the phrase would begin share their candidates: each stretch is compared once.
    begins = {at - cut for cut, following in pairwise(cuts) for at in _occurrences(needle[cut:following], text)}
    starts = {start for begin in begins for start in range(max(0, begin - edits), begin + edits + 1)}
    candidates = [
        (distance, abs(end - start - size), start, end)
        for start in starts
        for end in range(start + size - edits, min(len(text), start + size + edits) + 1)
        if (distance := Levenshtein.distance(needle, text[start:end], score_cutoff=edits)) <= edits
    ]
    meaning, taken = _MEANINGFUL.findall(needle), bytearray(len(text))
    kept: list[tuple[int, int, int]] = []
    for distance, _, start, end in sorted(candidates):
        if not any(taken[start:end]) and _MEANINGFUL.findall(text[start:end]) == meaning:
            kept.append((start, end, distance))
            taken[start:end] = b"\x01" * (end - start)
    return sorted(kept)


def _is_another_word(needle: str, text: str, at: int, end: int) -> bool:
    """Whether a short phrase has one character replaced by one that makes sense there: 今天下午 for 明天下午."""
    if len(needle) >= SHORT_EDITED_PHRASE or end - at != len(needle):
        return False
    return any(
        text[at + i] != needle[i] and {text[at + i], needle[i]} != {"您", "你"} and makes_sense(text, at + i)
        for i in range(len(needle))
    )


def _occurrences(piece: str, text: str) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        yield at
        at = text.find(piece, at + 1)


def nearest_passage(phrases: Sequence[str], form: Form, turns: SearchedTurns) -> Quote | None:
    """The passage that comes closest to one of the phrases, as help for whoever checks a miss."""
    best: tuple[float, Quote] | None = None
    for phrase in phrases:
        needle, needle_form = _needles(phrase, form)[-1]
        long_enough = {index: normal for index, normal in turns.normal(needle_form) if len(normal.text) >= len(needle)}
        texts = {index: normal.text for index, normal in long_enough.items()}
        cut = best[0] if best else NEAREST_MIN_SIMILARITY
        closest = process.extractOne(needle, texts, scorer=fuzz.partial_ratio, score_cutoff=cut)
        if closest and not (best and closest[1] <= best[0]):
            match = fuzz.partial_ratio_alignment(needle, closest[0])
            if match and match.dest_end > match.dest_start:
                start, end = long_enough[closest[2]].original_range(match.dest_start, match.dest_end)
                quote = quote_of(turns.turn(closest[2]), start, end, phrase, How.EDIT, closest[1] / 100.0)
                best = closest[1], quote
    return best[1] if best else None
