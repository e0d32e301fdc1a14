"""Numbers that describe a turn to a linear model: its characters, its neighbours' characters, its place and length.

Runs of 1–4 normalised characters of the turn itself (with marks for its ends), of 1–3 characters of the turn before
and after, and a few facts about place and length. Nothing here depends on word segmentation or punctuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Turn
from qa_pipeline.language.normalise import comparable

#: Longest runs of characters of the turn itself, and of its neighbours.
OWN_GRAM = 4
NEIGHBOUR_GRAM = 3

#: How much each block of features weighs: the turn itself, the one before, the one after, its place. A turn's
#: neighbours say less about it than its own words (chosen by cross-validation on whole calls).
OWN_WEIGHT, BEFORE_WEIGHT, AFTER_WEIGHT, PLACE_WEIGHT = 1.0, 0.5, 0.35, 0.3

PLACE_FACTS = 11

Rows = NDArray[np.int32]
Features = tuple[Rows, NDArray[np.float32]]


def own_grams(text: str) -> set[str]:
    """The different runs of characters of a normalised text with its ends marked."""
    marked = f"^{text}$"
    return {marked[i : i + n] for n in range(1, OWN_GRAM + 1) for i in range(len(marked) - n + 1)}


def neighbour_grams(text: str) -> set[str]:
    """The different runs of characters of a neighbour's normalised text."""
    return {text[i : i + n] for n in range(1, NEIGHBOUR_GRAM + 1) for i in range(len(text) - n + 1)}


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

    def features(self, turns: Sequence[Turn]) -> list[Features]:
        """(rows, values) of each turn; each block of grams has the length of its weight."""
        texts = [comparable(turn.text) for turn in turns]
        return [self._of(texts, index) for index in range(len(texts))]

    def _of(self, texts: Sequence[str], index: int) -> Features:
        before = texts[index - 1] if index else ""
        after = texts[index + 1] if index + 1 < len(texts) else ""
        blocks = (
            _weighted(_known(self, texts[index])[0], OWN_WEIGHT),
            _weighted(_known(self, before)[1] + len(self.own), BEFORE_WEIGHT),
            _weighted(_known(self, after)[1] + (len(self.own) + len(self.near)), AFTER_WEIGHT),
            self._place(index, texts),
        )
        return np.concatenate([rows for rows, _ in blocks]), np.concatenate([values for _, values in blocks])

    def _place(self, index: int, texts: Sequence[str]) -> Features:
        first = self.size - PLACE_FACTS
        rows = np.arange(first, self.size, dtype=np.int32)
        return rows, np.array(place_facts(index, len(texts), texts[index]), dtype=np.float32) * np.float32(PLACE_WEIGHT)


@lru_cache(maxsize=4096)
def _known(space: FeatureSpace, text: str) -> tuple[Rows, Rows]:
    """Numbers of the text's known own grams and neighbour grams; a turn is asked for both, and many turns are alike."""
    known = space.own.get
    own = np.array([number for gram in own_grams(text) if (number := known(gram)) is not None], dtype=np.int32)
    near = space.near_of_own[own]
    # Sorted, so that sums over them do not depend on the order of a set.
    return np.sort(own), np.sort(near[near >= 0])


def _weighted(rows: Rows, weight: float) -> Features:
    value = weight / np.sqrt(len(rows)) if len(rows) else 0.0
    return rows, np.full(len(rows), value, dtype=np.float32)
