"""Short patterns that people can read and write, over characters (Chinese) or words (other languages).

Notation, in the normal form of the language (no punctuation; English in lower case)::

    能不能便宜            these words
    一个月…块             … up to GAP characters (words) between
    (太|有点|这么)贵(了|)   one of these; an empty one makes it optional
    一个月<number>块       a number, in digits or spoken
    ^喂                   at the start of the turn; 再见$ at its end
    用的是[…]的            in brackets: the value that the pattern is there for

A matcher may be given further marks: ``labels`` of passages that the caller found (<money>, <when> …) and lists of
words (<relative>). The first of those marks is the value where no brackets tell. Patterns of words alone are looked up
by spaCy, those with marks as regular expressions.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_pipeline.language.normalise import WORD, normalise
from qa_pipeline.language.pattern_expressions import Code, Span, places
from qa_pipeline.language.pattern_notation import END_MARK, START_MARK, Mark, list_mark, read_pattern

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern's name and the original characters ``start..end`` that it covers; ``value``: those of its value."""

    name: str
    start: int
    end: int
    value: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage that patterns can ask for by its label: original characters ``start..end``."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What plain words mean: a pattern of this name."""

    name: str
    at_start: bool
    at_end: bool
    value: Span | None


@dataclass(frozen=True, slots=True)
class _Expression:
    """A pattern with marks; ``needs``: of each of these sets a text must hold a unit or label."""

    name: str
    source: re.Pattern[str]
    needs: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Cut:
    """A text in units; unit i stands for the original characters from ``starts[i]`` to ``last[i]``."""

    units: Sequence[str]
    starts: Sequence[int]
    last: Sequence[int]

    def range(self, units: tuple[int, int] | None) -> tuple[int, int] | None:
        """The original characters of some units."""
        return (self.starts[units[0]], self.last[units[1] - 1] + 1) if units else None


_OTHER = "\ufffd"


class PatternMatcher:
    """Finds named groups of patterns in texts. Patterns without marks are looked up in one pass, however many."""

    def __init__(
        self,
        language: str,
        groups: Mapping[str, Iterable[str]],
        labels: Collection[str] = (),
        lists: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        import spacy
        from spacy.matcher import PhraseMatcher

        self._language = language
        self._nlp: Language = spacy.blank(language)
        self._matcher = PhraseMatcher(self._nlp.vocab)
        self._phrases: dict[int, _Phrase] = {}
        self._expressions: dict[str, list[_Expression]] = {}
        self._marks = {label: Mark(label) for label in labels}
        self._marks |= {name: list_mark(name, words, language) for name, words in (lists or {}).items()}
        self._lists = [_list_words(mark) for mark in self._marks.values() if mark.words]
        self._code = Code(language, labels)
        self._units: set[str] = set()
        for name, patterns in groups.items():
            for pattern in patterns:
                self._add(name, str(pattern))

    def _add(self, name: str, source: str) -> None:
        at_start, at_end = source.startswith(START_MARK), source.endswith(END_MARK)
        pattern = read_pattern(source.removeprefix(START_MARK).removesuffix(END_MARK), self._language, self._marks)
        if pattern.plain:
            for units, value in pattern.readings():
                self._add_phrase(_Phrase(name, at_start, at_end, value), units)
            return
        needs = sorted(filter(None, (piece.needs for piece in pattern.pieces)), key=len)
        expression = _Expression(name, self._code.expression(pattern, at_start, at_end), tuple(needs[1:]))
        for unit in needs[0]:
            self._expressions.setdefault(unit, []).append(expression)

    def _add_phrase(self, phrase: _Phrase, units: Sequence[str]) -> None:
        self._units.update(units)
        key = self._nlp.vocab.strings.add(repr(phrase))
        self._phrases[key] = phrase
        self._matcher.add(repr(phrase), [self._doc(units)])

    def _doc(self, units: Sequence[str]) -> Doc:
        from spacy.tokens import Doc

        # Units that no pattern names are all alike: the vocabulary of a long batch does not grow.
        return Doc(self._nlp.vocab, words=[unit if unit in self._units else _OTHER for unit in units])

    def hits(self, text: str, marked: Iterable[Marked] = ()) -> list[Hit]:
        """The places of every group, in the order of the text; of a pattern with marks one for each beginning."""
        cut = _cut(text, self._language)
        if not cut.units:
            return []
        phrases = [(self._phrases[key], start, end) for key, start, end in self._matcher(self._doc(cut.units))]
        found = [*_plain(phrases, len(cut.units)), *self._with_marks(cut.units, _spans(cut, marked))]
        ordered = sorted(set(found), key=lambda place: (*place[1:3], place[0], place[3] or (0, 0)))
        return [
            Hit(name, cut.starts[start], cut.last[end - 1] + 1, cut.range(value)) for name, start, end, value in ordered
        ]

    def _with_marks(self, units: Sequence[str], spans: Mapping[str, Sequence[Span]]) -> Iterator[_Found]:
        joined, said = f" {' '.join(units)} ", set(units)
        lists = (name for name, last, words in self._lists if not said.isdisjoint(last) and words.search(joined))
        present = {*said, *spans, *lists}
        possible = [
            expression
            for unit in present & self._expressions.keys()
            for expression in self._expressions[unit]
            if not any(map(present.isdisjoint, expression.needs))
        ]
        code = self._code.text(units, spans) if possible else ""
        for expression in possible:
            yield from ((expression.name, *place) for place in places(expression.source, code))


#: Name, first unit and the one behind the last, units of the value.
_Found = tuple[str, int, int, Span | None]


def _plain(phrases: Iterable[tuple[_Phrase, int, int]], length: int) -> Iterator[_Found]:
    for phrase, start, end in phrases:
        if (start == 0 or not phrase.at_start) and (end == length or not phrase.at_end):
            value = phrase.value
            yield phrase.name, start, end, value and (start + value[0], start + value[1])


def _list_words(mark: Mark) -> tuple[str, frozenset[str], re.Pattern[str]]:
    """A list's name, the last units of its words, and what finds a word in units that are joined by spaces."""
    expression = "|".join(re.escape(" ".join(word)) for word in mark.words)
    return mark.name, frozenset(word[-1] for word in mark.words), re.compile(f" (?:{expression}) ")


def _spans(cut: _Cut, marked: Iterable[Marked]) -> dict[str, list[Span]]:
    """The units that marked passages cover."""
    spans: dict[str, list[Span]] = {}
    for passage in marked:
        start, end = bisect_left(cut.last, passage.start), bisect_left(cut.starts, passage.end)
        if start < end:
            spans.setdefault(passage.label, []).append((start, end))
    return spans


def _cut(text: str, language: str) -> _Cut:
    if language == "zh":
        normal = normalise(text)
        return _Cut(normal.text, normal.origin, normal.last)
    words = list(WORD.finditer(text.replace("’", "'")))
    return _Cut([w[0].casefold() for w in words], [w.start() for w in words], [w.end() - 1 for w in words])
