"""Patterns with marks as regular expressions, over texts in which each unit is written as three code characters.

A unit (a character of Chinese, a word elsewhere) becomes: a code for itself, one for the label of the passage that
begins or goes on in it, and whether it is part of a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qa_pipeline.language.pattern_notation import (
    GAP,
    GAP_MARK,
    GAP_OF_WORDS,
    NUMBER_MARK,
    Mark,
    Option,
    Pattern,
    Piece,
    Unit,
)

#: Code characters of a unit.
WIDTH = 3

_NUMBER_CHARACTERS = frozenset("0123456789.零〇一二两三四五六七八九十百千万亿半")
#: First codes of labels (two each: begins, goes on), of unknown and of known units.
_FIRST_MARK, _UNKNOWN, _FIRST_UNIT = 0x100, "\u1000", 0x1001
_UNIT = "[\u1000-\uffff]"
_NONE, _NUMBER, _NO_NUMBER = " ", "n", "-"

#: A place of a passage or word: its first unit and the one behind its last.
Span = tuple[int, int]


class Code:
    """Writes texts and patterns in code characters; a unit that no pattern names is unknown."""

    def __init__(self, language: str, labels: Iterable[str]) -> None:
        self._language = language
        self._gap = f"(?:{_UNIT}..){{0,{GAP.get(language, GAP_OF_WORDS)}}}"
        self._units: dict[str, str] = {}
        self._asks_for_numbers = False
        self._labels = {
            name: (chr(_FIRST_MARK + 2 * at), chr(_FIRST_MARK + 2 * at + 1)) for at, name in enumerate(labels)
        }

    def text(self, units: Sequence[str], spans: Mapping[str, Sequence[Span]]) -> str:
        """A text in code; ``spans``: where the passages of a label stand."""
        columns = [[self._units.get(unit, _UNKNOWN) for unit in units], [_NONE] * len(units)]
        for name, places in spans.items():
            begins, goes_on = self._labels[name]
            for start, end in places:
                columns[1][start:end] = [begins, *[goes_on] * (end - start - 1)]
        columns.append(self._numbers(units) if self._asks_for_numbers else [_NO_NUMBER] * len(units))
        coded = [_NONE] * (WIDTH * len(units))
        for at, column in enumerate(columns):
            coded[at::WIDTH] = column
        return "".join(coded)

    def _numbers(self, units: Sequence[str]) -> list[str]:
        if self._language == "zh":
            return [_NUMBER if unit in _NUMBER_CHARACTERS else _NO_NUMBER for unit in units]
        from spacy.lang.en.lex_attrs import like_num

        return [_NUMBER if like_num(unit) else _NO_NUMBER for unit in units]  # type: ignore[no-untyped-call]

    def expression(self, pattern: Pattern, at_start: bool, at_end: bool) -> re.Pattern[str]:
        """The pattern, with a group for the brackets or else for each label: the first one that is set is the value."""
        parts, inside = ["\\A" if at_start else ""], False
        has_brackets = any(piece.in_brackets for piece in pattern.pieces)
        for piece in pattern.pieces:
            if piece.in_brackets != inside:
                parts.append("(" if piece.in_brackets else ")")
                inside = piece.in_brackets
            parts.append(self._piece(piece, "(?:" if has_brackets else "("))
        parts.append((")" if inside else "") + ("\\Z" if at_end else ""))
        return re.compile("".join(parts), re.DOTALL)

    def _piece(self, piece: Piece, opening: str) -> str:
        return "(?:" + "|".join(self._option(option, opening) for option in piece.options) + ")"

    def _option(self, option: Option, opening: str) -> str:
        return "".join(self._unit(unit, opening) for unit in option)

    def _unit(self, unit: Unit, opening: str) -> str:
        if isinstance(unit, str):
            return self._units.setdefault(unit, chr(_FIRST_UNIT + len(self._units))) + ".."
        if unit.name == GAP_MARK:
            return self._gap + "?"
        if unit.name == NUMBER_MARK:
            self._asks_for_numbers = True
            return f"(?:{_UNIT}.{_NUMBER})+"
        return f"{opening}{self._passage(unit)})"

    def _passage(self, mark: Mark) -> str:
        if mark.words:
            return "|".join(self._option(word, opening="") for word in mark.words)
        begins, goes_on = self._labels[mark.name]
        return f"{_UNIT}{begins}.(?:{_UNIT}{goes_on}.)*"


def places(expression: re.Pattern[str], code: str) -> Iterator[tuple[int, int, Span | None]]:
    """(start, end, units of the value) of the first match at every unit; none where the value is empty."""
    position = 0
    while match := expression.search(code, position):
        position = match.start() + WIDTH
        value = next((match.span(at + 1) for at, said in enumerate(match.groups()) if said is not None), None)
        if value is None or value[0] < value[1]:
            yield match.start() // WIDTH, match.end() // WIDTH, value and (value[0] // WIDTH, value[1] // WIDTH)
