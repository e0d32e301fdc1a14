"""Named text steps. Every normal form remembers which original characters each of its characters came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from qa_pipeline.language.numerals import COUNTED, Numeral, find_numerals

#: Unicode categories that carry no words: punctuation, symbols, separators, controls and format marks.
_SILENT_CATEGORIES = ("P", "S", "Z", "C")

#: Keeps two numbers apart that would read as one: 一百，二百 is not 100200.
NUMBER_BORDER = "|"

#: Digits in groups are one number (138 1234 5678) from this length on; shorter ones are several (3、4个).
GROUPED_DIGITS = 10
#: What may stand between the groups of one number.
_JOINT = re.compile(r"[\s\-–—,、.·()]{1,3}")
_COUNTED = re.compile(COUNTED)


#: A word of a language that puts spaces between words.
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

ASCII_DIGITS = frozenset("0123456789")


class Form(StrEnum):
    """``plain``: half width, lower case, simplified script, no punctuation or spaces. ``numbers``: that, and spoken
    numerals as digits, 块 and 圆 after a number as 元, 百分之五 as 5%; a | between numbers that would touch."""

    PLAIN = "plain"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class NormalText:
    """``text[i]`` came from the original characters ``origin[i]`` up to and including ``last[i]``."""

    text: str
    origin: tuple[int, ...]
    last: tuple[int, ...]

    def original_range(self, start: int, end: int) -> tuple[int, int]:
        """The range of original characters behind ``text[start:end]``; ``end`` > ``start``."""
        return self.origin[start], self.last[end - 1] + 1


@lru_cache(maxsize=1)
def _simplifier() -> object:
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=16384)
def simplify_character(character: str) -> str:
    """One traditional character as simplified; one character stays one character, so positions hold."""
    if "\ud800" <= character <= "\udfff":  # half a character, as broken files hold them: opencc cannot read it
        return character
    converted: str = _simplifier().convert(character)  # type: ignore[attr-defined]
    return converted if len(converted) == 1 else character


@lru_cache(maxsize=16384)
def _folded(character: str) -> str:
    """Half width, lower case, simplified; punctuation is kept."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(simplify_character(c) if ord(c) > 0x2E7F else c for c in folded)


@lru_cache(maxsize=16384)
def _is_silent(character: str) -> bool:
    return unicodedata.category(character).startswith(_SILENT_CATEGORIES)


@lru_cache(maxsize=16384)
def _normal_character(character: str) -> str:
    """What stands for one character in the normal form; empty for punctuation and white space."""
    return "".join(c for c in _folded(character) if not _is_silent(c))


@lru_cache(maxsize=8192)
def normalise(text: str, form: Form = Form.PLAIN) -> NormalText:
    """The form in which phrases are compared."""
    if form is Form.PLAIN:
        kept = [(c, index, index) for index, character in enumerate(text) for c in _normal_character(character)]
    else:
        kept = list(_number_pieces(text))
    return NormalText("".join(c for c, _, _ in kept), tuple(a for _, a, _ in kept), tuple(b for _, _, b in kept))


#: (character, first, last) with the original characters that it stands for.
Piece = tuple[str, int, int]


def _number_pieces(text: str) -> Iterator[Piece]:
    line, origin = _readable(text)
    numerals = list(find_numerals(line))
    joined = _joined_to_next(line, numerals)
    position = 0
    for number, numeral in enumerate(numerals):
        yield from _worded(line, origin, position, numeral.start)
        yield from _spread(numeral.text, origin[numeral.start : numeral.end])
        position = numeral.end
        if number not in joined and number + 1 < len(numerals) and _touch(line, numeral, numerals[number + 1]):
            yield NUMBER_BORDER, origin[position - 1], origin[position - 1]
    yield from _worded(line, origin, position, len(line))


def _readable(text: str) -> tuple[str, Sequence[int]]:
    """The folded text with punctuation but without spaces, except those between written digits; and its origins."""
    folded = [(c, index) for index, character in enumerate(text) for c in _folded(character)]
    kept: list[tuple[str, int]] = []
    space: tuple[str, int] | None = None
    for character, index in folded:
        if character.isspace():
            space = space or (" ", index)
        elif character.isalnum() or not unicodedata.category(character).startswith("C"):
            if space and kept and kept[-1][0] in ASCII_DIGITS and character in ASCII_DIGITS:
                kept.append(space)
            space = None
            kept.append((character, index))
    return "".join(c for c, _ in kept), [index for _, index in kept]


def _joined_to_next(line: str, numerals: Sequence[Numeral]) -> set[int]:
    """Which numerals go on in the next one: the groups of a phone number, digits recognised one by one."""
    joined: set[int] = set()
    for chain in _chains(line, numerals):
        first, last = numerals[chain[0]], numerals[chain[-1]]
        digits = sum(len(numerals[member].text) for member in chain)
        one_number = digits >= GROUPED_DIGITS and not _COUNTED.match(line, last.end)
        one_by_one = digits == len(chain) and not line[first.end : last.start].strip("0123456789 ")
        if one_number or one_by_one:
            joined.update(chain[:-1])
    return joined


def _chains(line: str, numerals: Sequence[Numeral]) -> list[list[int]]:
    """Groups of digits that follow each other with no more than a pause between them."""
    chains: list[list[int]] = []
    for number, numeral in enumerate(numerals):
        before = numerals[number - 1] if number else None
        if not numeral.read_out:
            continue
        if before and before.read_out and chains and _JOINT.fullmatch(line, before.end, numeral.start):
            chains[-1].append(number)
        else:
            chains.append([number])
    return chains


def _touch(line: str, one: Numeral, two: Numeral) -> bool:
    """Whether nothing but marks stands between two numerals, so that their digits would read as one number."""
    return (one.text[-1] + two.text[0]).isdigit() and all(map(_is_silent, line[one.end : two.start]))


def _worded(line: str, origin: Sequence[int], start: int, end: int) -> Iterator[Piece]:
    return ((line[at], origin[at], origin[at]) for at in range(start, end) if not _is_silent(line[at]))


def _spread(digits: str, origins: Sequence[int]) -> Iterator[Piece]:
    """Digits over the characters that they stand for, the ends on the ends."""
    steps = max(1, len(digits) - 1)
    for position, digit in enumerate(digits):
        first = origins[position * (len(origins) - 1) // steps]
        yield digit, first, origins[-1] if position == len(digits) - 1 else first


def comparable(text: str, form: Form = Form.PLAIN) -> str:
    """The normal form alone, for error rates and look-ups."""
    return normalise(text, form).text


def spoken_units(text: str, language: str) -> int:
    """What the speech rate counts: characters (English: words), punctuation left out."""
    return len(text.split()) if language.startswith("en") else len(comparable(text))
