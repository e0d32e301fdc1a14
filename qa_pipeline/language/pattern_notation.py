"""The notation of ``patterns``, read into pieces: for each place in a pattern, what may stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.normalise import WORD, comparable

#: Most characters (Chinese) or words that "…" stands for.
GAP = {"zh": 8}
GAP_OF_WORDS = 5

#: More readings than this of a pattern without marks are not all written out.
MAX_PLAIN = 500

GAP_MARK, NUMBER_MARK, START_MARK, END_MARK = "…", "<number>", "^", "$"

_MARK = re.compile("(…|<[^<>]*>)")
_PIECE = re.compile(
    r"(?P<bracket>[\[\]])|\((?P<choice>[^()]*)\)|(?P<mark>…|<[^<>]*>)|(?P<words>[^()<>…\[\]]+)|(?P<wrong>[()<>])"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands for more than one word: a gap, a number, a passage with a label, a word of a list."""

    name: str
    words: tuple[tuple[str, ...], ...] = ()

    @property
    def is_value(self) -> bool:
        """Whether it stands for a passage that the caller marked, or for a word of a list."""
        return self.name not in (GAP_MARK, NUMBER_MARK)


#: A word or character, or a mark.
Unit = str | Mark
Option = tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A place in a pattern: what may stand there, the longest first, and whether it belongs to the value."""

    options: tuple[Option, ...]
    in_brackets: bool

    @property
    def needs(self) -> frozenset[str]:
        """Words and labels of which a text must hold one; empty where it may hold none."""
        needed = [_needed(option) for option in self.options]
        return frozenset().union(*needed) if all(needed) else frozenset()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern without its anchors."""

    source: str
    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> bool:
        """Whether it is nothing but words, in not too many readings."""
        words = (isinstance(unit, str) for piece in self.pieces for option in piece.options for unit in option)
        return all(words) and prod(len(piece.options) for piece in self.pieces) <= MAX_PLAIN

    def readings(self) -> Iterator[tuple[list[str], tuple[int, int] | None]]:
        """Each way to read a plain pattern: its words, and which of them (first, end) are the value."""
        for options in product(*(piece.options for piece in self.pieces)):
            parts = [
                (str(unit), piece.in_brackets)
                for piece, option in zip(self.pieces, options, strict=True)
                for unit in option
            ]
            yield [unit for unit, _ in parts], _first_run([inside for _, inside in parts])


def read_pattern(source: str, language: str, marks: Mapping[str, Mark]) -> Pattern:
    """A pattern without its anchors; UserError where it cannot be read. ``marks``: those known beside … and <number>"""
    pieces = tuple(_pieces(source, language, marks))
    if not any(piece.needs for piece in pieces):
        raise UserError(f"pattern {source}: needs words in every reading")
    return Pattern(source, pieces)


def _pieces(pattern: str, language: str, marks: Mapping[str, Mark]) -> Iterator[Piece]:
    inside = False
    for match in _PIECE.finditer(pattern):
        if match["wrong"]:
            raise UserError(f"pattern {pattern}: {match[0]} is not understood; write {_known(marks)}")
        if match["bracket"]:
            inside = match["bracket"] == "["
            continue
        choices = match["choice"].split("|") if match["choice"] is not None else [match[0]]
        options = dict.fromkeys(_option(choice, language, marks, pattern) for choice in choices)
        yield Piece(tuple(sorted(options, key=len, reverse=True)), inside)


def _known(marks: Mapping[str, Mark]) -> str:
    return ", ".join([GAP_MARK, NUMBER_MARK, *(f"<{name}>" for name in marks)]) + " or (one|other)"


def _option(text: str, language: str, marks: Mapping[str, Mark], pattern: str) -> Option:
    found: list[Unit] = []
    for part in filter(None, _MARK.split(text)):
        if not _MARK.fullmatch(part):
            found += units_of(part, language)
        elif part in (GAP_MARK, NUMBER_MARK):
            found.append(Mark(part))
        elif part.strip("<>") in marks:
            found.append(marks[part.strip("<>")])
        else:
            raise UserError(f"pattern {pattern}: {part} is not understood; write {_known(marks)}")
    return tuple(found)


def _needed(option: Option) -> frozenset[str]:
    """The rarest thing that an option cannot do without: a label, else a list, else its last word."""
    marks = sorted((u for u in option if isinstance(u, Mark) and u.is_value), key=lambda mark: len(mark.words))
    words = [unit for unit in option if isinstance(unit, str)]
    return frozenset([*(mark.name for mark in marks), *words[::-1]][:1])


def list_mark(name: str, words: Iterable[str], language: str) -> Mark:
    """The mark of a list of words, the longest first."""
    return Mark(name, tuple(sorted((tuple(units_of(word, language)) for word in words), key=len, reverse=True)))


def _first_run(chosen: Sequence[bool]) -> tuple[int, int] | None:
    """Where the first run of units begins and ends that belong to the value."""
    if not any(chosen):
        return None
    start = list(chosen).index(True)
    return start, next((at for at in range(start, len(chosen)) if not chosen[at]), len(chosen))


def units_of(words: str, language: str) -> list[str]:
    """Words in the units of the language: characters, or words in lower case."""
    return list(comparable(words)) if language == "zh" else [w.casefold() for w in WORD.findall(words)]
