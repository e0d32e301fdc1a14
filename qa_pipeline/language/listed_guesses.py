"""Listed words where the engine was guessing: a syllable may then only resemble what was said (存想套餐, 尊享套餐).

Nothing is looked for where the engine gives no probabilities. What counts was set by measurement
(``benchmarks/word_list.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.language.listed_latin import Correction
from qa_pipeline.language.phonetic import Near, is_number, makes_sense, sound_of, usual_sound
from qa_pipeline.language.word_list import WordList, is_chinese

#: Mean probability of the characters that differ, from which the engine is believed.
BELIEVED = 0.75
#: Words with fewer characters are left alone: too much sounds half like them.
FEWEST = 3

_ALL_NEAR = frozenset(Near)


@dataclass(frozen=True, slots=True)
class _Place:
    """A listed word that has a certain sound as its character number ``offset``."""

    word: str
    offset: int


def find_guesses(text: str, words: WordList, probabilities: Sequence[float | None]) -> Iterator[Correction]:
    """Passages that resemble one listed word, where the engine was not sure of what differs.

    Of a passage that resembles several nobody knows which was said: it is left as it is.
    """
    if not any(each is not None and each < BELIEVED for each in probabilities):
        return
    index = _index(words)
    # As a set: a passage is looked at once for a word, however many of its syllables lead there.
    starts = {
        (at - place.offset, place.word)
        for at, sound in enumerate(sound_of(text, _ALL_NEAR))
        for place in index.get(sound, ())
    }
    heard = _Heard(text, probabilities, frozenset(words.words))
    within = [(start, word) for start, word in sorted(starts) if start >= -1]
    whole = [each for start, word in within for each in heard.misheard(start, word)]
    shortened = [each for start, word in within for each in heard.shortened(start, word)]
    yield from _alone(whole)
    # What all syllables are there of comes first.
    yield from _alone([each for each in shortened if not any(map(each.overlaps, whole))])


def _alone(found: Sequence[Correction]) -> Iterator[Correction]:
    """Those in whose place no other word is found."""
    for each in found:
        if not any(each.overlaps(other) for other in found if other.word != each.word):
            yield each


@lru_cache(maxsize=8)
def _index(words: WordList) -> Mapping[str, Sequence[_Place]]:
    """Listed words by the sounds of their characters."""
    found: dict[str, list[_Place]] = defaultdict(list)
    for word in words.words:
        if len(word) >= FEWEST and all(map(is_chinese, word)):
            for offset, sound in enumerate(sound_of(word, _ALL_NEAR)):
                found[sound].append(_Place(word, offset))
    return found


@dataclass(frozen=True, slots=True)
class _Heard:
    """A text and how sure the engine was of each of its characters; ``listed``: what is right wherever it stands."""

    text: str
    probabilities: Sequence[float | None]
    listed: frozenset[str]

    def misheard(self, start: int, word: str) -> Iterator[Correction]:
        """The word in place of as many characters that begin here."""
        size = len(word)
        if not 0 <= start <= len(self.text) - size:
            return
        passage = self.text[start : start + size]
        other = [start + i for i in range(size) if passage[i] != word[i]]
        if other and _sounds_like(passage, word) and self._is_guess(passage, start, other):
            yield Correction(start, start + size, word)

    def shortened(self, start: int, word: str) -> Iterator[Correction]:
        """One syllable is missing, all others are there; it may be the first. Short words lose none."""
        for lost in range(len(word) if len(word) > FEWEST else 0):
            begin, rest = start + (lost == 0), word[:lost] + word[lost + 1 :]
            passage = self.text[begin : begin + len(rest)]
            if begin < 0 or len(passage) < len(rest) or sound_of(passage, _ALL_NEAR) != sound_of(rest, _ALL_NEAR):
                continue
            beside = [i for i in (begin + lost - 1, begin + lost) if begin <= i < begin + len(rest)]
            if self._is_guess(passage, begin, beside):
                yield Correction(begin, begin + len(rest), word)
                return

    def _is_guess(self, passage: str, start: int, doubtful: Sequence[int]) -> bool:
        """Chinese, no number, no listed word, and not sensible as it stands; the engine was unsure of these places."""
        size = len(passage)
        plain = all(is_chinese(c) and not is_number(self.text, start + i) for i, c in enumerate(passage))
        if not plain or any(passage in word or word in passage for word in self.listed if word in self.text):
            return False
        known = [p for i in doubtful if (p := self.probabilities[i]) is not None]
        if not known or sum(known) / len(known) >= BELIEVED:
            return False
        return not all(makes_sense(self.text, start + i) for i in range(size))


def _sounds_like(passage: str, word: str) -> bool:
    """All syllables but one are the same or near, that one begins or ends alike; and half are exactly the same."""
    heard, wanted = sound_of(passage, _ALL_NEAR), sound_of(word, _ALL_NEAR)
    apart = [i for i, (a, b) in enumerate(zip(heard, wanted, strict=True)) if a != b]
    if len(apart) != 1 or not resembles(usual_sound(passage[apart[0]]), usual_sound(word[apart[0]])):
        return False
    exact = sum(a == b for a, b in zip(sound_of(passage), sound_of(word), strict=True))
    return 2 * exact >= len(word) - 1


def resembles(heard: str, wanted: str) -> bool:
    """Whether two syllables share what comes before the vowel (else the vowel itself), or all from the vowel on."""
    (first, rest), (other_first, other_rest) = _parts(heard), _parts(wanted)
    return rest == other_rest or (first == other_first and (first != "" or rest[:1] == other_rest[:1]))


@lru_cache(maxsize=2048)
def _parts(syllable: str) -> tuple[str, str]:
    """``zhang`` as ``zh`` and ``ang``; what has no vowel as nothing and itself."""
    for at, letter in enumerate(syllable):
        if letter in "aeiouü":
            return syllable[:at], syllable[at:]
    return "", syllable
