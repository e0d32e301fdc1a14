"""Text and the times that an engine gives for its parts: to words at their place in the recording."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Word
from qa_pipeline.core.span import Span

#: Times that stand for less of what is spoken in a text do not tell where it was said.
MIN_COVERED = 0.8
#: Spoken characters that may lie between two timed parts.
_MAX_GAP = 6


@dataclass(frozen=True, slots=True)
class Timed:
    """A part of a text with its times in the clip, seconds. ``probability``: None where the engine gives none."""

    text: str
    start_s: float
    end_s: float
    probability: float | None = None

    @property
    def is_usable(self) -> bool:
        """Times from careless servers may be no numbers, or run backwards."""
        return math.isfinite(self.start_s) and math.isfinite(self.end_s) and self.end_s >= self.start_s


def spoken(text: str) -> str:
    """The letters and digits of a text: what has a sound."""
    return "".join(character for character in text if character.isalnum())


def joined(parts: Sequence[str]) -> str:
    """Words in one line: a space only where two of Latin letters or digits meet."""
    line = ""
    for part in filter(None, (each.strip() for each in parts)):
        meet = line and _is_latin(line[-1]) and _is_latin(part[0])
        line += f" {part}" if meet else part
    return line


def cut(text: str, parts: Sequence[Timed]) -> tuple[Timed, ...]:
    """The text cut at its timed parts: together they are the text, with marks and what has no time at the part before.

    Empty where the parts are not those of the text, or stand for too little of it.
    """
    starts, covered = _starts(text, parts)
    if not starts or covered < MIN_COVERED * len(spoken(text)):
        return ()
    places = [0, *(at for at, _ in starts[1:]), len(text)]
    return tuple(
        Timed(text[places[i] : places[i + 1]], part.start_s, part.end_s, part.probability)
        for i, (_, part) in enumerate(starts)
    )


def _starts(text: str, parts: Sequence[Timed]) -> tuple[list[tuple[int, Timed]], int]:
    """Where each part begins in the text, and how many spoken characters they stand for."""
    places = [at for at, character in enumerate(text) if character.isalnum()]
    said = "".join(_folded(text[at]) for at in places)
    starts: list[tuple[int, Timed]] = []
    at = covered = 0
    for part in parts:
        wanted = "".join(map(_folded, spoken(part.text)))
        found = said.find(wanted, at, at + _MAX_GAP + len(wanted)) if wanted and part.is_usable else -1
        if found >= 0:
            starts.append((places[found], part))
            covered += len(wanted)
            at = found + len(wanted)
    return starts, covered


def words_at(parts: Sequence[Timed], shift_s: float, span: Span) -> tuple[Word, ...]:
    """The parts as words of the recording, in order, inside the stretch that they were heard in."""
    words: list[Word] = []
    earliest_s = span.start_s
    for part in parts:
        start_s = min(max(part.start_s + shift_s, earliest_s), span.end_s)
        end_s = min(max(part.end_s + shift_s, start_s), span.end_s)
        words.append(Word(part.text, Span(round(start_s, 3), round(end_s, 3)), part.probability))
        earliest_s = start_s
    return tuple(words)


def probability(value: object) -> float | None:
    """A number in 0..1, else None: unknown stays unknown."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
    return round(float(value), 4) if known else None  # type: ignore[arg-type]


def _folded(character: str) -> str:
    """Small, and one character long whatever it is."""
    return character.lower()[0]


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
