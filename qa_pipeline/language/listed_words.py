"""Where a text holds a word of the project's list as a speech engine misheard it: words with Chinese characters.

A passage is taken for a listed word when it sounds like it and makes no sense as it is written. What counts was set by
measurement (``benchmarks/word_list.py``): a wrong name is worse than a name with a wrong character.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.language.listed_guesses import find_guesses
from qa_pipeline.language.listed_latin import Correction, latin_corrections
from qa_pipeline.language.phonetic import MOSTLY_THE_SAME, Near, is_number, makes_sense, sound_of, sounds_of_phrase
from qa_pipeline.language.word_list import WordList, is_chinese

_ALL_NEAR = frozenset(Near)
#: Characters of a word that may only nearly sound the same (林 for 您); none in words of two characters.
MAX_NEAR = 1
#: Below this mean probability the engine was guessing: both characters of a short word may then be wrong, in any tone.
UNSURE = 0.5
#: Words of so many characters are short: ordinary talk has their sound by chance.
SHORT = 2

Probabilities = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A listed word and one way to say it: with near sounds taken as one, and exactly."""

    word: str
    folded: str
    exact: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    """Entries by their first sound, and known wrong spellings, longest first."""

    by_sound: Mapping[str, tuple[_Entry, ...]]
    spellings: tuple[tuple[str, str], ...]


def find_corrections(text: str, words: WordList, language: str, probabilities: Probabilities = ()) -> list[Correction]:
    """Places that do not overlap, in order. ``probabilities``: one a character, where the engine gives any."""
    if not words.words or not text:
        return []
    index = _index(words)
    found = list(_by_spelling(text, index))
    if language.startswith("zh"):
        found += _by_sound(text, index, probabilities)
        found += find_guesses(_lower(text), words, probabilities) if probabilities else ()
    found += latin_corrections(text, words)
    return _apart(found, text)


@lru_cache(maxsize=8)
def _index(words: WordList) -> _Index:
    by_sound: dict[str, list[_Entry]] = defaultdict(list)
    for word in filter(is_chinese, words.words):
        plain = _lower(word)
        exact = sounds_of_phrase(plain)
        for folded in sounds_of_phrase(plain, _ALL_NEAR):
            by_sound[folded[0]].append(_Entry(word, folded, exact))
    return _Index(
        {sound: tuple(entries) for sound, entries in by_sound.items()},
        tuple(sorted(((_lower(wrong), word) for wrong, word in words.spellings), key=lambda pair: -len(pair[0]))),
    )


def _lower(text: str) -> str:
    """Lower case, one character for one character, so that positions hold."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _by_spelling(text: str, index: _Index) -> Iterator[Correction]:
    low = _lower(text)
    for wrong, word in index.spellings:
        at = low.find(wrong)
        while at >= 0:
            if _stands_alone(low, at, at + len(wrong)):
                yield Correction(at, at + len(wrong), word, certain=True)
            at = low.find(wrong, at + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """No Latin word is cut: ``kin`` is not found in ``kind``."""
    return not (_goes_on(text, start) or _goes_on(text, end))


def _goes_on(text: str, at: int) -> bool:
    return 0 < at < len(text) and all(c.isascii() and c.isalnum() for c in text[at - 1 : at + 1])


def _by_sound(text: str, index: _Index, probabilities: Probabilities) -> Iterator[Correction]:
    low = _lower(text)
    heard = _Heard(low, sound_of(low), probabilities)
    folded = sound_of(low, _ALL_NEAR)
    for at, sound in enumerate(folded):
        for entry in index.by_sound.get(sound, ()):
            end = at + len(entry.word)
            if folded.startswith(entry.folded, at) and _stands_alone(low, at, end) and heard.is_meant(entry, at):
                yield Correction(at, end, entry.word)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A text in lower case, its exact sounds, and how sure the engine was of each character."""

    text: str
    sounds: str
    probabilities: Probabilities

    def is_meant(self, entry: _Entry, at: int) -> bool:
        """Whether the passage that begins here, which sounds nearly like the word, is meant to be it."""
        size = len(entry.word)
        wanted = _lower(entry.word)
        other = [at + i for i in range(size) if self.text[at + i] != wanted[i]]
        if not other:
            return True
        if not all(is_chinese(self.text[i]) and not is_number(self.text, i) for i in other):
            return False
        near = min(sum(a != b for a, b in zip(self.sounds[at:], said, strict=False)) for said in entry.exact)
        if size <= SHORT:
            return near == 0 and self._is_short_word(wanted, at, other)
        if near > MAX_NEAR:
            return False
        if not near and size > SHORT + 1 and size - len(other) >= MOSTLY_THE_SAME * size:
            return True
        # A near sound in a short word needs more: no character that differs has a sense where it stands.
        if near and size == SHORT + 1:
            return not any(makes_sense(self.text, i) for i in other)
        return not self._reads_well(at, at + size)

    def _is_short_word(self, wanted: str, at: int, other: Sequence[int]) -> bool:
        passage = self.text[at : at + len(wanted)]
        if any(makes_sense(self.text, i) for i in other) or _is_word(passage):
            return False
        if self._is_unsure(at, at + len(wanted)):
            return True
        return len(other) < len(wanted) and _tones(passage) == _tones(wanted)

    def _reads_well(self, start: int, end: int) -> bool:
        """Every character is half of a common pair, the first and last with what stands outside too: 全家想去."""
        return all(makes_sense(self.text, i) for i in range(start, end))

    def _is_unsure(self, start: int, end: int) -> bool:
        known = [each for each in self.probabilities[start:end] if each is not None]
        return bool(known) and sum(known) / len(known) < UNSURE


@lru_cache(maxsize=4096)
def _tones(text: str) -> tuple[str, ...]:
    """Syllables with their tones, by the words that they stand in."""
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(text, style=Style.TONE3))


def _is_word(text: str) -> bool:
    """Whether the dictionary has it; words that are common in calls are common pairs."""
    from pypinyin.phrases_dict import phrases_dict

    return text in phrases_dict


def _apart(found: Iterable[Correction], text: str) -> list[Correction]:
    """Known wrong spellings before guesses, then long ones, then those with fewer changes; nothing twice."""
    kept: list[Correction] = []
    for each in sorted(found, key=lambda c: (not c.certain, c.start - c.end, _changes(c, text), c.start)):
        if not any(map(each.overlaps, kept)):
            kept.append(each)
    # A word of the list that is written right holds its place against guesses no longer than it, and is left alone.
    return sorted((c for c in kept if text[c.start : c.end].casefold() != c.word.casefold()), key=lambda c: c.start)


def _changes(correction: Correction, text: str) -> int:
    heard = text[correction.start : correction.end].casefold()
    return sum(a != b for a, b in zip(heard, correction.word.casefold(), strict=False))
