"""What a line of text would take to say: its characters and words, their syllables, their script."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from qa_pipeline.language.normalise import simplify_character

_TOKEN = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][a-z]+)*|\d|[^\W\d_]")
_VOWELS = re.compile(r"[aeiouy\u00c0-\u024f]+")


class Script(StrEnum):
    HAN = "han"
    LATIN = "latin"
    KANA = "kana"
    HANGUL = "hangul"
    CYRILLIC = "cyrillic"
    DIGIT = "digit"
    OTHER = "other"


#: First and last character of each script's blocks (Unicode 15).
_BLOCKS: tuple[tuple[str, str, Script], ...] = (
    ("0", "9", Script.DIGIT),
    ("A", "z", Script.LATIN),
    ("\u00c0", "\u024f", Script.LATIN),
    ("\u0400", "\u052f", Script.CYRILLIC),
    ("\u1100", "\u11ff", Script.HANGUL),
    ("\u1e00", "\u1eff", Script.LATIN),
    ("\u2e80", "\u2fdf", Script.HAN),
    ("\u3005", "\u3007", Script.HAN),
    ("\u3040", "\u30ff", Script.KANA),
    ("\u3130", "\u318f", Script.HANGUL),
    ("\u31f0", "\u31ff", Script.KANA),
    ("\u3400", "\u9fff", Script.HAN),
    ("\uac00", "\ud7af", Script.HANGUL),
    ("\uf900", "\ufaff", Script.HAN),
    ("\U00020000", "\U0003ffff", Script.HAN),
)


@lru_cache(maxsize=16384)
def script_of(character: str) -> Script:
    return next((script for first, last, script in _BLOCKS if first <= character <= last), Script.OTHER)


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Chinese characters (simplified) and digits one by one, words of other scripts whole, all in lower case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(simplify_character(t) if len(t) == 1 else t for t in _TOKEN.findall(folded))


def syllables(parts: tuple[str, ...]) -> int:
    """One for a character or digit; a word of letters counts its groups of vowels, at least one."""
    return sum(max(1, len(_VOWELS.findall(part))) if len(part) > 1 else 1 for part in parts)
