"""Numbers that describe a turn to a linear model: its characters, its neighbours' characters, its place and length.

Runs of 1–4 normalised characters of the turn itself (with marks for its ends), of 1–3 characters of the turn before
and after, and a few facts about place and length. Nothing here depends on word segmentation or punctuation. In
languages that put spaces between words, runs of words stand for runs of characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Turn
from qa_pipeline.language.normalise import WORD, comparable

#: Longest runs of characters of the turn itself, and of its neighbours.
OWN_GRAM = 4
NEIGHBOUR_GRAM = 3

#: The same for words.
OWN_WORDS = 3
NEIGHBOUR_WORDS = 2

#: How much each block of features weighs: the turn itself, the one before, the one after, its place. A turn's
#: neighbours say less about it than its own words (chosen by cross-validation on whole calls).
OWN_WEIGHT, BEFORE_WEIGHT, AFTER_WEIGHT, PLACE_WEIGHT = 1.0, 0.5, 0.35, 0.3

#: Facts of place_facts; the first of them say where in the call a turn stands, the others how long it is.
PLACE_FACTS = 11
ORDER_FACTS = 7

Rows = NDArray[np.int32]
Features = tuple[Rows, NDArray[np.float32]]

#: The turns of a call, and what decisions say of them.
Known = tuple[Sequence[Turn], NDArray[np.float64]]


def words_of(text: str) -> str:
    """The normal form of a text by words: lower case, one space between, no punctuation."""
    return " ".join(WORD.findall(text.replace("’", "'").casefold()))


def own_grams(text: str, by_words: bool = False) -> set[str]:
    """The different runs of characters (words) of a normalised text with its ends marked."""
    if by_words:
        return _word_runs(f"^ {text} $".split(), OWN_WORDS)
    marked = f"^{text}$"
    return {marked[i : i + n] for n in range(1, OWN_GRAM + 1) for i in range(len(marked) - n + 1)}


def neighbour_grams(text: str, by_words: bool = False) -> set[str]:
    """The different runs of characters (words) of a neighbour's normalised text."""
    if by_words:
        return _word_runs(text.split(), NEIGHBOUR_WORDS)
    return {text[i : i + n] for n in range(1, NEIGHBOUR_GRAM + 1) for i in range(len(text) - n + 1)}


def _word_runs(words: Sequence[str], longest: int) -> set[str]:
    return {" ".join(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)}


def place_facts(index: int, turns: int, text: str) -> tuple[float, ...]:
    """Where the turn stands from either end, and how long it is."""
    left = turns - index
    return (
        float(index < 2),
        float(index < 4),
        float(index < 6),
        float(left <= 2),
        float(left <= 4),
        float(left <= 8),
        index / turns,
        float(len(text) > 15),
        float(len(text) > 40),
        float(len(text) > 80),
        float(any(c.isdigit() for c in text)),
    )


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """Which row of the weights each feature has: own grams, then the same neighbour grams for the turn before and for
    the turn after, then the facts about place. Every neighbour gram is an own gram too."""

    own: Mapping[str, int]
    near: Mapping[str, int]
    by_words: bool = False

    @cached_property
    def near_of_own(self) -> Rows:
        """The number among the neighbour grams of each own gram; -1 for those that are none."""
        numbers = np.full(len(self.own), -1, dtype=np.int32)
        for gram, number in self.near.items():
            numbers[self.own[gram]] = number
        return numbers

    @property
    def size(self) -> int:
        return len(self.own) + 2 * len(self.near) + PLACE_FACTS

    def normal(self, text: str) -> str:
        """The text as its grams are made of it."""
        return words_of(text) if self.by_words else comparable(text)

    def features(self, turns: Sequence[Turn], *, whole: bool = True) -> list[Features]:
        """(rows, values) of each turn; each block of grams has the length of its weight.

        ``whole``: the turns are a call from its start to its end; otherwise a passage, of which no place is known.
        """
        texts = [self.normal(turn.text) for turn in turns]
        return [self._of(texts, index, whole) for index in range(len(texts))]

    def logits(
        self,
        turns: Sequence[Turn],
        weights: NDArray[np.float32],
        bias: NDArray[np.float32],
        known: Known | None = None,
    ) -> NDArray[np.float64]:
        """Shape (turns, decisions): what linear decisions with weights (features, decisions) say of each turn.

        ``known``: what they said of the same call with other words in some turns; only what these touch is asked anew.
        """
        texts = [self.normal(turn.text) for turn in turns]
        before = [self.normal(turn.text) for turn in known[0]] if known else []
        found = np.tile(bias.astype(np.float64), (len(turns), 1))
        for index in range(len(texts)):
            near = slice(max(0, index - 1), index + 2)
            if known and len(before) == len(texts) and before[near] == texts[near]:
                found[index] = known[1][index]
            else:
                rows, values = self._of(texts, index, True)
                found[index] += values @ weights[rows]
        return found

    def _of(self, texts: Sequence[str], index: int, whole: bool) -> Features:
        before = texts[index - 1] if index else ""
        after = texts[index + 1] if index + 1 < len(texts) else ""
        blocks = (
            _weighted(_known(self, texts[index])[0], OWN_WEIGHT),
            _weighted(_known(self, before)[1] + len(self.own), BEFORE_WEIGHT),
            _weighted(_known(self, after)[1] + (len(self.own) + len(self.near)), AFTER_WEIGHT),
            self._place(index, texts, whole),
        )
        return np.concatenate([rows for rows, _ in blocks]), np.concatenate([values for _, values in blocks])

    def _place(self, index: int, texts: Sequence[str], whole: bool) -> Features:
        first = self.size - PLACE_FACTS
        rows = np.arange(first, self.size, dtype=np.int32)
        facts = np.array(place_facts(index, len(texts), texts[index]), dtype=np.float32)
        if not whole:
            facts[:ORDER_FACTS] = 0.0
        return rows, facts * np.float32(PLACE_WEIGHT)


@lru_cache(maxsize=4096)
def _known(space: FeatureSpace, text: str) -> tuple[Rows, Rows]:
    """Numbers of the text's known own grams and neighbour grams; a turn is asked for both, and many turns are alike."""
    known = space.own.get
    numbers = [number for gram in own_grams(text, space.by_words) if (number := known(gram)) is not None]
    own = np.array(numbers, dtype=np.int32)
    near = space.near_of_own[own]
    # Sorted, so that sums over them do not depend on the order of a set.
    return np.sort(own), np.sort(near[near >= 0])


def _weighted(rows: Rows, weight: float) -> Features:
    value = weight / np.sqrt(len(rows)) if len(rows) else 0.0
    return rows, np.full(len(rows), value, dtype=np.float32)
