"""Named ways to write reference and recognised text alike before they are compared.

Two systems that write 一百 and 100 heard the same; whether that is an error depends on what the text is for, so the
normaliser belongs to every error rate and is named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.english_numbers import find_english_numerals
from qa_pipeline.language.normalise import NUMBER_BORDER, WORD, Form, normalise

#: Languages written without spaces: errors are counted by character (CER), in all others by word (WER).
UNSPACED = frozenset({"zh", "yue", "cmn", "wuu", "ja", "th", "lo", "km", "my", "bo"})

#: Sounds of hesitation and of feeling, which references write or leave out as their makers like. Not 唔 (Cantonese:
#: not), 额 (金额) or 呢, 吧, 吗, which change what a sentence asks.
_FILLER_CHARACTERS = frozenset("嗯呃啊哦噢喔诶欸哎唉哼哟")
_FILLER_WORDS = re.compile(r"u+h+|u+m+|e+r+m*|h+m+|m+|a+h+|o+h+|uh-?huh|mm-?hmm?")


class Unit(NamedTuple):
    """A character (or word) that is compared; ``start`` is the index of the original character that it begins at."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Normaliser:
    """``says``: one line for people."""

    name: str
    says: str
    numbers: bool = False
    without_fillers: bool = False

    def units(self, text: str, language: str) -> list[Unit]:
        """What is compared of a turn: characters of languages without spaces, words of others."""
        found = self._characters(text) if counts_characters(language) else self._words(text, language)
        is_filler = _FILLER_CHARACTERS.__contains__ if counts_characters(language) else _is_filler_word
        return [unit for unit in found if not (self.without_fillers and is_filler(unit.text))]

    def _characters(self, text: str) -> Iterator[Unit]:
        normal = normalise(text, Form.NUMBERS if self.numbers else Form.PLAIN)
        pairs = zip(normal.text, normal.origin, strict=True)
        return (Unit(character, start) for character, start in pairs if character != NUMBER_BORDER)

    def _words(self, text: str, language: str) -> Iterator[Unit]:
        line = "".join(_lower(character) for character in text)
        numerals = find_english_numerals(line) if self.numbers and language.startswith("en") else ()
        position = 0
        for numeral in numerals:
            yield from _plain_words(line, position, numeral.start)
            yield Unit(numeral.text, numeral.start)
            position = numeral.end
        yield from _plain_words(line, position, len(line))


def _lower(character: str) -> str:
    """One character stays one, so that positions hold."""
    lower = character.lower() if character != "’" else "'"
    return lower if len(lower) == 1 else character


def _plain_words(line: str, start: int, end: int) -> Iterator[Unit]:
    return (Unit(found.group(), found.start()) for found in WORD.finditer(line, start, end))


def _is_filler_word(word: str) -> bool:
    return _FILLER_WORDS.fullmatch(word) is not None


def counts_characters(language: str) -> bool:
    """Whether errors are counted by character rather than by word."""
    return language.split("-")[0] in UNSPACED


_PLAIN = "width, case, script, punctuation and spaces ignored"
NORMALISERS = {
    each.name: each
    for each in (
        Normaliser("plain", f"{_PLAIN}; numbers as written"),
        Normaliser("numbers", f"{_PLAIN}; numbers by value (一百三 = 130)", numbers=True),
        Normaliser("no-fillers", f"{_PLAIN}, and fillers (嗯, 呃, um); numbers as written", without_fillers=True),
        Normaliser("numbers-no-fillers", f"{_PLAIN}, and fillers; numbers by value", True, True),
    )
}
DEFAULT = NORMALISERS["plain"]


def find_normaliser(name: str | None) -> Normaliser:
    """The normaliser of this name, the default one for None; UserError lists them."""
    if name is None:
        return DEFAULT
    if name not in NORMALISERS:
        raise UserError(f"--normaliser {name}: there is none of this name; choose {', '.join(NORMALISERS)}")
    return NORMALISERS[name]
