"""Named text steps. Every normal form remembers which original character each of its characters came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: Unicode categories that carry no words: punctuation, symbols, separators, controls and format marks.
_SILENT_CATEGORIES = ("P", "S", "Z", "C")


@dataclass(frozen=True, slots=True)
class NormalText:
    """``text`` with ``origin[i]`` = index in the original of the character that ``text[i]`` came from."""

    text: str
    origin: tuple[int, ...]

    def original_range(self, start: int, end: int) -> tuple[int, int]:
        """The range of original characters behind ``text[start:end]``; ``end`` > ``start``."""
        return self.origin[start], self.origin[end - 1] + 1


@lru_cache(maxsize=1)
def _simplifier() -> object:
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=16384)
def simplify_character(character: str) -> str:
    """One traditional character as simplified; one character stays one character, so positions hold."""
    converted: str = _simplifier().convert(character)  # type: ignore[attr-defined]
    return converted if len(converted) == 1 else character


@lru_cache(maxsize=16384)
def _normal_character(character: str) -> str:
    """What stands for one character in the normal form; empty for punctuation and white space."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    kept = (c for c in folded if not unicodedata.category(c).startswith(_SILENT_CATEGORIES))
    return "".join(simplify_character(c) if ord(c) > 0x2E7F else c for c in kept)


@lru_cache(maxsize=4096)
def normalise(text: str) -> NormalText:
    """The form in which phrases are compared: half width, lower case, simplified, no punctuation or spaces."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for kept in _normal_character(character):
            characters.append(kept)
            origin.append(index)
    return NormalText("".join(characters), tuple(origin))


def comparable(text: str) -> str:
    """The normal form alone, for error rates and look-ups."""
    return normalise(text).text
