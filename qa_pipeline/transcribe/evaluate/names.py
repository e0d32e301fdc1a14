"""Words of the project's list: how many of those said were recognised, and how many were written that nobody said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from qa_pipeline.core.call import Transcript, Turn
from qa_pipeline.core.span import Span
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.evaluate.figures import NEAR_SPEECH_S, Said


@dataclass(frozen=True, slots=True)
class NameFigures:
    """Occurrences of listed words. ``missed`` of those ``said``; ``inserted``: recognised, but not said at that place.

    ``inserted_in_silence``: of these, where nobody speaks on that channel (None: the reference has no times).
    """

    said: int = 0
    missed: int = 0
    inserted: int = 0
    inserted_in_silence: int | None = 0

    @property
    def missed_share(self) -> float | None:
        """None where no listed word is said."""
        return self.missed / self.said if self.said else None


@dataclass(frozen=True, slots=True)
class _Line:
    """All that is said on one channel in the form that is compared, and the time of each character."""

    text: str
    spans: tuple[Span | None, ...]


def name_errors(reference: Sequence[Turn], found: Transcript | Sequence[Turn], words: WordList) -> NameFigures:
    """A word counts as recognised where the alignment with the fewest errors puts all of it, unbroken, at its place."""
    heard: Sequence[Said] = found.segments if isinstance(found, Transcript) else found
    said = [turn for turn in reference if turn.text.strip()]
    known = all(turn.span is not None for turn in said)
    forms = sorted({form for word in words.words if (form := comparable(word))}, key=lambda form: (-len(form), form))
    return total(_figures(ours, theirs, forms, known) for ours, theirs in _by_channel(said, heard))


def total(figures: Iterable[NameFigures]) -> NameFigures:
    """Counts are added; what is unknown in one is unknown in all."""
    each = list(figures)
    silences = [f.inserted_in_silence for f in each if f.inserted_in_silence is not None]
    return NameFigures(
        sum(f.said for f in each),
        sum(f.missed for f in each),
        sum(f.inserted for f in each),
        sum(silences) if len(silences) == len(each) else None,
    )


def _by_channel(reference: Sequence[Said], heard: Sequence[Said]) -> Iterator[tuple[Sequence[Said], Sequence[Said]]]:
    """All together where either side has no channels."""
    channels = {said.channel for said in (*reference, *heard)}
    if None in channels:
        yield reference, heard
        return
    for channel in channels:
        yield [t for t in reference if t.channel == channel], [s for s in heard if s.channel == channel]


def _figures(reference: Sequence[Said], heard: Sequence[Said], forms: Sequence[str], known: bool) -> NameFigures:
    ours, theirs = _line(reference), _line(heard)
    places = dict(_equal(ours.text, theirs.text))
    said, written = _occurrences(ours.text, forms), _occurrences(theirs.text, forms)
    right = {
        (places[start], places[start] + end - start)
        for start, end in said
        if all(places.get(at) == places.get(start, -1) + at - start for at in range(start, end))
    }
    inserted = [place for place in written if place not in right]
    spoken = [each.span for each in reference if each.span]
    silent = sum(_is_silent([s for s in theirs.spans[start:end] if s], spoken) for start, end in inserted)
    return NameFigures(len(said), len(said) - len(right), len(inserted), silent if known else None)


def _line(said: Sequence[Said]) -> _Line:
    pieces = [piece for each in said for piece in _pieces(each)]
    texts = [comparable(text) for text, _ in pieces]
    spans = tuple(span for text, (_, span) in zip(texts, pieces, strict=True) for _ in text)
    return _Line("".join(texts), spans)


def _pieces(said: Said) -> list[tuple[str, Span | None]]:
    """Words with their times where they make up the text."""
    if comparable("".join(word.text for word in said.words)) == comparable(said.text):
        return [(word.text, word.span) for word in said.words]
    return [(said.text, said.span)]


def _equal(ours: str, theirs: str) -> Iterator[tuple[int, int]]:
    """Characters that an alignment with the fewest errors pairs as equal."""
    for block in Levenshtein.opcodes(ours, theirs):
        if block.tag == "equal":
            yield from zip(range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True)


def _occurrences(text: str, forms: Sequence[str]) -> list[tuple[int, int]]:
    """Places of listed words that do not overlap: a long word is not also the short one inside it."""
    kept: list[tuple[int, int]] = []
    for form in forms:
        at = text.find(form)
        while at >= 0:
            if all(at + len(form) <= start or at >= end for start, end in kept):
                kept.append((at, at + len(form)))
            at = text.find(form, at + 1)
    return sorted(kept)


def _is_silent(spans: Sequence[Span], spoken: Sequence[Span]) -> bool:
    """Whether nothing is said at the time, nor near it."""
    if not spans:
        return not spoken
    first, last = spans[0].start_s - NEAR_SPEECH_S, spans[-1].end_s + NEAR_SPEECH_S
    return not any(first <= each.end_s and last >= each.start_s for each in spoken)
