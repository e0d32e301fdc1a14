"""English number words in digits: thirty-nine = 39, a hundred and nine = 109, eleven hundred = 1100.

What is run together in speech (four twenty-nine: 429 or 4.29?) stays two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.language.numerals import Numeral

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_SMALL += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
VALUES = {word: value for value, word in enumerate(_SMALL.split())} | {
    w: 10 * (i + 2) for i, w in enumerate(_TENS.split())
}
_SCALES = {"thousand": 1000, "million": 1_000_000}
_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join([*VALUES, *_SCALES, 'hundred', 'and', 'an?'])})(?![a-z])")

#: Longer chains are no numbers, and would take long.
_MAX_WORDS = 16

#: What may stand between the words of one number.
_JOINT = re.compile(r"[ -]{1,2}")


def find_english_numerals(line: str) -> Iterator[Numeral]:
    """The number words of a line (lower case), in order; they do not overlap."""
    words = list(_WORD.finditer(line))
    position = 0
    while position < len(words):
        taken, value = _number(line, words, position)
        if taken:
            last = words[position + taken - 1]
            yield Numeral(words[position].start(), last.end(), str(value))
        position += max(1, taken)


def _number(line: str, words: list[re.Match[str]], first: int) -> tuple[int, int]:
    """(how many words belong to the number that begins here, its value); (0, 0) where none begins."""
    total, part = 0, -1  # part: what stands before the next thousand; -1 while there is nothing yet
    taken = kept = 0
    while first + taken < len(words) and taken < _MAX_WORDS and (not taken or _joined(line, words, first + taken)):
        word = words[first + taken].group()
        taken += 1
        if word in ("a", "an", "and"):
            if (word == "and") != (kept > 0):
                break
            if word != "and":
                part = 1
            continue
        changed = _extended(part, word, total)
        if changed is None or (part == 1 and not kept and taken > 1 and word in VALUES):
            break
        total, part, kept = *changed, taken
    return (kept, total + max(0, part)) if kept else (0, 0)


def _extended(part: int, word: str, total: int) -> tuple[int, int] | None:
    """(thousands so far, rest) with one more word; None where it cannot belong to the same number."""
    if word in _SCALES:
        fits = total == 0 or total >= 1000 * _SCALES[word]
        return (total + part * _SCALES[word], -1) if part > 0 and fits else None
    if word == "hundred":
        return (total, part * 100) if 0 < part < 100 else None
    value = VALUES[word]
    if part < 0:
        return total, value
    fits = part % 100 == 0 if value >= 10 else part % 100 == 0 or (part % 10 == 0 and part % 100 >= 20)
    return (total, part + value) if fits and part > 0 and value > 0 else None


def _joined(line: str, words: list[re.Match[str]], at: int) -> bool:
    return _JOINT.fullmatch(line, words[at - 1].end(), words[at].start()) is not None
