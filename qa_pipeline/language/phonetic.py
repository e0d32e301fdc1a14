"""Chinese characters by their sound, as a recogniser confuses them: homophones, and near ones on request.

Every character has one usual sound, kept as one code character, so that a sound is looked for as fast as a word. A
phrase has, beside the usual sounds, those of its reading in context (银行 is yin hang, not yin xing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from itertools import product
from pathlib import Path

from qa_pipeline.language.numerals import COUNTED, DIGITS, UNITS

#: Syllables as code characters of the private use area, which no text holds after normalisation.
_FIRST_CODE = 0xF0000

#: Phrases with more readings than this are looked for by the first ones.
MAX_READINGS = 8

_NUMERALS = frozenset([*DIGITS, *UNITS, *"0123456789"])
#: A digit before a unit, another digit or what is counted is a number.
_IN_NUMBER = re.compile(rf".(?:[{''.join(sorted(_NUMERALS))}号]|{COUNTED})")

#: Pairs of characters that are common in calls; made by training/matching/common_pairs.py.
PAIRS_FILE = Path(__file__).parent / "common_pairs.txt"

#: Phrases up to this length are not heard where the characters as written make sense, nor are longer ones of which
#: less than this share is written the same.
SHORT_PHRASE = 3
MOSTLY_THE_SAME = 0.75


class Near(StrEnum):
    """Sounds that speakers of many regions, and recognisers, do not keep apart."""

    N_L = "n_l"
    ZH_Z = "zh_z"
    F_H = "f_h"
    IN_ING = "in_ing"


#: Syllables in hu- and fu- that regional speech exchanges (湖南 as 福兰); f- spellings stand for both.
_H_AS_F = {
    "hu": "fu",
    "hua": "fa",
    "huan": "fan",
    "huang": "fang",
    "hui": "fei",
    "hun": "fen",
    "hong": "feng",
    "huo": "fo",
}


def _fold(syllable: str, near: frozenset[Near]) -> str:
    """One spelling for all syllables that may be taken for each other."""
    if Near.ZH_Z in near and syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if Near.N_L in near and syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    if Near.F_H in near:
        syllable = _H_AS_F.get(syllable, syllable)
    if Near.IN_ING in near and syllable.endswith(("ang", "eng", "ing")):
        syllable = syllable[:-1]
    return syllable


_codes: dict[str, str] = {}


def _code(syllable: str) -> str:
    return _codes.setdefault(syllable, chr(_FIRST_CODE + len(_codes)))


@lru_cache(maxsize=32768)
def usual_sound(character: str) -> str:
    """The most frequent reading without its tone; what has none (digits, Latin letters) reads as itself."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin(character, errors="default")[0]


def readings_in_context(text: str) -> tuple[str, ...]:
    """One reading a character, by the words that it stands in."""
    from pypinyin import lazy_pinyin

    found = lazy_pinyin(text, errors=list)  # type: ignore[arg-type]
    return tuple(found) if len(found) == len(text) else tuple(map(usual_sound, text))


@lru_cache(maxsize=65536)
def _code_of(character: str, near: frozenset[Near]) -> str:
    syllable = usual_sound(character)
    return character if syllable == character else _code(_fold(syllable, near))


@lru_cache(maxsize=8192)
def sound_of(text: str, near: frozenset[Near] = frozenset()) -> str:
    """One code character for each character; equal codes sound alike."""
    return "".join(_code_of(character, near) for character in text)


@lru_cache(maxsize=8192)
def sounds_of_phrase(phrase: str, near: frozenset[Near] = frozenset()) -> tuple[str, ...]:
    """All codes that a passage may have that sounds like the phrase."""
    in_context = readings_in_context(phrase)
    choices = [
        {_code_of(character, near): None, (_code(_fold(said, near)) if said != character else character): None}
        for character, said in zip(phrase, in_context, strict=True)
    ]
    return tuple("".join(codes) for codes, _ in zip(product(*choices), range(MAX_READINGS), strict=False))


def find_by_sound(
    phrase: str, text: str, near: Iterable[Near] = (), *, sensible_too: bool = False
) -> list[tuple[int, int]]:
    """Places ``(start, end)`` in ``text`` that sound like ``phrase`` and may be a mishearing of it; in order.

    ``sensible_too``: also where the characters as written make sense, for names, which can be written in many ways.
    """
    folds = near if isinstance(near, frozenset) else frozenset(near)
    heard, size = sound_of(text, folds), len(phrase)
    places: list[tuple[int, int]] = []
    for wanted in sounds_of_phrase(phrase, folds):
        at = heard.find(wanted)
        while at >= 0:
            if _may_be_misheard(phrase, text, at, sensible_too):
                places.append((at, at + size))
            at = heard.find(wanted, at + 1)
    return _apart(places)


def _may_be_misheard(phrase: str, text: str, at: int, sensible_too: bool) -> bool:
    """Half of the characters are written the same, and the others make no sense as they are written.

    Without that two-character phrases would be found in a large part of all talk: 到期 in 到七万, 试听 in 就是听.
    """
    size = len(phrase)
    other = [at + i for i in range(size) if text[at + i] != phrase[i]]
    same = size - len(other)
    if same < max(1, size // 2) or any(is_number(text, i) for i in other):
        return False
    mostly = size > SHORT_PHRASE and same >= MOSTLY_THE_SAME * size
    return sensible_too or mostly or not any(makes_sense(text, i) for i in other)


def is_number(text: str, at: int) -> bool:
    return text[at] in _NUMERALS and (_IN_NUMBER.match(text, at) is not None or text[at - 1 : at] in _NUMERALS)


def makes_sense(text: str, at: int) -> bool:
    """Whether the character and a neighbour are a common pair: 就是, 您好, 理解."""
    pairs = common_pairs()
    return text[at : at + 2] in pairs or (at > 0 and text[at - 1 : at + 1] in pairs)


@lru_cache(maxsize=1)
def common_pairs() -> frozenset[str]:
    """Pairs of characters that occur in several calls. Each line: a character, and all that follow it."""
    lines = PAIRS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line[0] + second for line in lines for second in line[1:])


def _apart(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, without those that overlap one before."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
