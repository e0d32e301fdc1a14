"""Words of the project's list in Latin letters, where a text has them with a letter or two wrong: Kindel, wi fi."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from qa_pipeline.language.word_list import WordList, is_chinese

#: Words that are common in English calls; made by training/matching/common_words.py.
WORDS_FILE = Path(__file__).parent / "common_words.en.txt"

#: Likeness of letters, 0..100: two letters exchanged in six reach 83, one missing in six 91.
MIN_RATIO = 83
#: Words with fewer letters are only put together (wi fi), never guessed.
MIN_LETTERS = 5

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:['’&+][A-Za-z0-9]+)*")
_JOINTS = frozenset(" -")
_NO_LETTER = re.compile(r"[^a-z0-9]")
_NO_DIGIT = re.compile(r"\D")
#: First letters that one sound is written with stand for each other; a word with another first letter is another word.
_FIRST = str.maketrans("kqzxgy", "ccssji")


@dataclass(frozen=True, slots=True)
class Correction:
    """``text[start:end]`` is the listed word. ``certain``: a wrong spelling that the list names."""

    start: int
    end: int
    word: str
    certain: bool = False

    def overlaps(self, other: Correction) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class _Index:
    """Listed words by their letters alone, in groups by their first one; ``longest``: most words that a name has."""

    groups: Mapping[str, Mapping[str, str]]
    longest: int


def latin_corrections(text: str, words: WordList) -> list[Correction]:
    """Whole words, or two that are one; those that are written as in the list, but for case, are among them."""
    index = _index(words)
    tokens = [match.span() for match in _TOKEN.finditer(text)] if index.longest else []
    guesses = [guess for first in range(len(tokens)) for guess in _guesses(text, tokens[first:], index)]
    kept: list[Correction] = []
    for _, each in sorted(guesses, key=lambda guess: (-guess[0], guess[1].start)):
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return kept


@lru_cache(maxsize=8)
def _index(words: WordList) -> _Index:
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    latin = [word for word in words.words if not is_chinese(word) and _letters(word)]
    for word in latin:
        groups[_first(_letters(word))].setdefault(_letters(word), word)
    return _Index(dict(groups), max((len(_TOKEN.findall(word)) for word in latin), default=0))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.lower())


def _first(letters: str) -> str:
    return letters[0].translate(_FIRST)


def _guesses(text: str, tokens: Sequence[tuple[int, int]], index: _Index) -> Iterator[tuple[float, Correction]]:
    """Listed words that begin with the first token, each with its likeness. A name may be heard as one word more."""
    start, end = tokens[0]
    for count in range(1, min(index.longest + 1, len(tokens)) + 1):
        if count > 1 and text[end : tokens[count - 1][0]] not in _JOINTS:
            return
        end = tokens[count - 1][1]
        letters = _letters(text[start:end])
        group = index.groups.get(_first(letters)) if letters else None
        found = _likest(letters, group) if group else None
        if found and (_is_written(text[start:end], found[1]) or not _is_common(text, tokens[:count])):
            yield found[0], Correction(start, end, found[1])


def _likest(letters: str, group: Mapping[str, str]) -> tuple[float, str] | None:
    if letters in group:
        return 100.0, group[letters]
    if len(letters) < MIN_LETTERS:
        return None
    found = process.extractOne(letters, group.keys(), scorer=fuzz.ratio, score_cutoff=MIN_RATIO)
    if found is None or len(found[0]) < MIN_LETTERS or _NO_DIGIT.sub("", found[0]) != _NO_DIGIT.sub("", letters):
        return None
    return float(found[1]), group[found[0]]


def _is_written(passage: str, word: str) -> bool:
    return passage.casefold() == word.casefold()


def _is_common(text: str, tokens: Sequence[tuple[int, int]]) -> bool:
    """Whether all words are common ones: they are what was said."""
    return all(text[start:end].lower().replace("’", "'") in common_words() for start, end in tokens)


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words, in lower case, that occur in several English calls."""
    return frozenset(WORDS_FILE.read_text(encoding="utf-8").split())
