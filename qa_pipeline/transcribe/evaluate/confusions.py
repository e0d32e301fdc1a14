"""What is taken for what: substitutions, deletions and insertions, most frequent first, homophones marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_pipeline.language.phonetic import Near, readings_in_context, sound_of

#: Characters shown to either side of an error.
CONTEXT = 4
_NEAR = frozenset(Near)


class Alike(StrEnum):
    """How a substitution sounds beside what was said."""

    HOMOPHONE = "homophone"
    """The same syllable, whatever the tone."""
    NEAR = "near"
    """Syllables that many speakers do not keep apart: n/l, zh/z, f/h, in/ing."""
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of units with what stands around it; ``at`` is where it begins in ``around``."""

    text: str = ""
    around: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Confusion:
    """One error: nothing was said for an insertion, nothing recognised for a deletion."""

    said: Place
    recognised: Place

    @property
    def pair(self) -> tuple[str, str]:
        return self.said.text, self.recognised.text


def place(units: Sequence[str], at: int) -> Place:
    """The unit at an index with its surroundings."""
    first = max(0, at - CONTEXT)
    return Place(units[at], tuple(units[first : at + CONTEXT + 1]), at - first)


def gap(units: Sequence[str], at: int) -> Place:
    """The place between two units where something is missing."""
    first = max(0, at - CONTEXT)
    return Place("", tuple(units[first : at + CONTEXT]), at - first)


def alike(confusion: Confusion) -> Alike:
    """Whether the recognised character sounds like the one said, read in its context (银行 is yin hang)."""
    said, recognised = confusion.pair
    if not (len(said) == len(recognised) == 1) or said.isascii() or recognised.isascii():
        return Alike.OTHER
    if _sound(confusion.said) == _sound(confusion.recognised) or sound_of(said) == sound_of(recognised):
        return Alike.HOMOPHONE
    return Alike.NEAR if sound_of(said, _NEAR) == sound_of(recognised, _NEAR) else Alike.OTHER


def _sound(where: Place) -> str:
    return readings_in_context("".join(where.around))[len("".join(where.around[: where.at]))]


def most_frequent(confusions: Iterable[Confusion], top: int) -> dict[str, list[dict[str, Any]]]:
    """The ``top`` errors of each kind with their count, an example each."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Confusion] = {}
    for confusion in confusions:
        counts[confusion.pair] += 1
        examples.setdefault(confusion.pair, confusion)
    # Equal counts in the order of the text: the same list in every run.
    ranked = [(examples[pair], count) for pair, count in counts.most_common()]
    return {
        "substituted": [_substituted(c, n) for c, n in ranked if all(c.pair)][:top],
        "deleted": [_lost(c.said, n) for c, n in ranked if not c.recognised.text][:top],
        "inserted": [_lost(c.recognised, n) for c, n in ranked if not c.said.text][:top],
    }


def _substituted(confusion: Confusion, count: int) -> dict[str, Any]:
    said, recognised = confusion.pair
    where = _read(confusion.said)
    return {"said": said, "recognised": recognised, "count": count, "alike": alike(confusion).value, "in": where}


def _lost(where: Place, count: int) -> dict[str, Any]:
    return {"text": where.text, "count": count, "in": _read(where)}


def _read(where: Place) -> str:
    """Words with spaces between them, characters without."""
    return (" " if any(len(unit) > 1 for unit in where.around) else "").join(where.around)
