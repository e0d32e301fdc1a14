"""Near-homophones of the project's words, put right in recognised speech; what the engine wrote is kept beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.core.call import Segment, Word
from qa_pipeline.core.span import cover_all
from qa_pipeline.language.listed_latin import Correction
from qa_pipeline.language.listed_words import find_corrections
from qa_pipeline.language.word_list import WordList


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word and where its text, without spaces around it, stands in the segment's text."""

    word: Word
    start: int
    end: int


def corrected(segment: Segment, words: WordList, language: str) -> Segment:
    """The segment with misheard listed words as the list writes them; itself where there are none.

    Times and probabilities stay those of what was heard. Words that the list writes with more or fewer characters
    than were heard (wi fi) become one, with the least probability of its parts.
    """
    if not words.words:
        return segment
    placed = _placed(segment.words, segment.text)
    if placed is None:
        return _apart(segment, words, language)
    probabilities = _probabilities(placed, segment)
    text = segment.text
    # From the last to the first, so that the places before hold.
    for each in reversed(find_corrections(text, words, language, probabilities)):
        placed = _applied(placed, text, each)
        text = text[: each.start] + each.word + text[each.end :]
    return segment if text == segment.text else replace(segment, text=text, words=tuple(p.word for p in placed))


def _placed(words: Sequence[Word], text: str) -> list[_Placed] | None:
    """None where the words, one after the other, are not found in the text."""
    found: list[_Placed] = []
    position = 0
    for word in words:
        plain = word.text.strip()
        at = text.find(plain, position)
        if at < 0:
            return None
        position = at + len(plain)
        found.append(_Placed(word, at, position))
    return found


def _apart(segment: Segment, words: WordList, language: str) -> Segment:
    """Text and words corrected each on its own, where the engine writes them differently."""
    text = corrected(replace(segment, words=()), words, language).text
    line = "".join(word.text for word in segment.words)
    return replace(segment, text=text, words=corrected(replace(segment, text=line), words, language).words)


def _probabilities(placed: Sequence[_Placed], segment: Segment) -> list[float | None]:
    """One for each character of the text: its word's, else the segment's."""
    known = [segment.confidence] * len(segment.text)
    for each in placed:
        if each.word.probability is not None:
            known[each.start : each.end] = [each.word.probability] * (each.end - each.start)
    return known


def _applied(placed: Sequence[_Placed], text: str, correction: Correction) -> list[_Placed]:
    """The words with one correction; places behind it are not moved, nobody asks for them any more."""
    before = [each for each in placed if each.end <= correction.start]
    touched = [each for each in placed if each.start < correction.end and each.end > correction.start]
    behind = [each for each in placed if each.start >= correction.end]
    if len(correction.word) == correction.end - correction.start:
        line = text[: correction.start] + correction.word + text[correction.end :]
        return [*before, *(_rewritten([each], line[each.start : each.end]) for each in touched), *behind]
    if not touched:
        return list(placed)
    first, last = touched[0].start, touched[-1].end
    joined = text[first : correction.start] + correction.word + text[correction.end : last]
    return [*before, _rewritten(touched, joined), *behind]


def _rewritten(parts: Sequence[_Placed], text: str) -> _Placed:
    """The words as one with a new text; spaces around them stay."""
    said = "".join(each.word.text for each in parts)
    place = _Placed(parts[0].word, parts[0].start, parts[0].start + len(text))
    if said.strip() == text:
        return place
    lead, tail = said[: len(said) - len(said.lstrip())], said[len(said.rstrip()) :]
    known = [each.word.probability for each in parts if each.word.probability is not None]
    word = Word(
        f"{lead}{text}{tail}",
        cover_all(each.word.span for each in parts) or parts[0].word.span,
        min(known, default=None),
        "".join(each.word.text if each.word.heard is None else each.word.heard for each in parts).strip(),
    )
    return replace(place, word=word)
