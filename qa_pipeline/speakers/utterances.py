"""Words to utterances: what one voice says in one stretch of speech, with the exact times of the stretch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Doubt, Segment, Word
from qa_pipeline.core.span import Span, cover_all

#: Times of recognised words are off by some 0.1 s (docs/speech.md): a word up to so far from a stretch belongs to it.
NEAR_S = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A word with the characters of its segment's text that it stands for, punctuation behind it included."""

    text: str
    span: Span
    confidence: float | None
    word: Word | None = None
    opens: bool = True
    """The first of its segment: what was recognised before it was another clip."""
    doubts: tuple[Doubt, ...] = ()
    """Why its segment may never have been said."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Pieces that one voice says in one stretch of speech."""

    voice: int
    channel: int
    span: Span
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return joined(self.pieces)


def pieces_of(segment: Segment) -> tuple[Piece, ...]:
    """The segment cut at its words; whole where it has none, or where they are not those of its text."""
    cuts = _starts(segment)
    if not cuts:
        return (Piece(segment.text, segment.span, segment.confidence, doubts=segment.doubts),)
    ends = (*cuts[1:], len(segment.text))
    return tuple(
        Piece(segment.text[start:end], word.span, segment.confidence, word, start == 0, segment.doubts)
        for word, start, end in zip(segment.words, (0, *cuts[1:]), ends, strict=True)
    )


def _starts(segment: Segment) -> list[int]:
    """Where each word begins in the text; empty where one is not found."""
    found, at = [], 0
    for word in segment.words:
        start = segment.text.find(word.text.strip(), at)
        if start < 0 or not word.text.strip():
            return []
        found.append(start)
        at = start + len(word.text.strip())
    return found


def utterances(voice: int, channel: int, pieces: Sequence[Piece], stretches: Sequence[Span]) -> Iterator[Utterance]:
    """The pieces of one voice by the stretch in which they are said, in their order.

    Pieces that lie in no stretch keep their own times: words are never lost because no sound was found for them.
    """
    groups: list[tuple[Span | None, list[Piece]]] = []
    earliest = 0
    for piece in pieces:
        at = _stretch(piece.span, stretches, earliest)
        home = None if at is None else stretches[at]
        earliest = earliest if at is None else at
        if groups and groups[-1][0] == home and (home is not None or _touch(groups[-1][1][-1], piece)):
            groups[-1][1].append(piece)
        else:
            groups.append((home, [piece]))
    for home, group in groups:
        span = home or cover_all(piece.span for piece in group)
        if span is not None:
            yield Utterance(voice, channel, span, tuple(group))


def _stretch(span: Span, stretches: Sequence[Span], earliest: int) -> int | None:
    """The stretch that shares most time with a span, else one that is near; never one before ``earliest``."""
    first = max(earliest, bisect_left(stretches, span.start_s - NEAR_S, key=lambda stretch: stretch.end_s))
    best: tuple[float, int] | None = None
    for index in range(first, len(stretches)):
        if stretches[index].start_s > span.end_s + NEAR_S:
            break
        shared = stretches[index].overlap_s(span) or -stretches[index].gap_s(span)
        if best is None or shared > best[0]:
            best = (shared, index)
    # A time that falls back behind a stretch already reached is a slip of the recogniser.
    slipped = earliest > 0 and span.start_s < stretches[earliest].start_s
    return best[1] if best else earliest if slipped else None


def _touch(before: Piece, piece: Piece) -> bool:
    return piece.span.start_s - before.span.end_s < NEAR_S


def joined(pieces: Sequence[Piece]) -> str:
    """The text of pieces in their order. Between clips Chinese needs no space; Latin text does."""
    whole = ""
    for piece in pieces:
        whole = _with(whole, piece)
    return whole.strip()


def _with(whole: str, piece: Piece) -> str:
    if not piece.opens:
        return whole + piece.text
    whole, added = whole.rstrip(), piece.text.lstrip()
    return whole + (" " if whole[-1:].isascii() and added[:1].isascii() else "") + added


def doubted_in(pieces: Sequence[Piece]) -> tuple[tuple[int, int], ...]:
    """The characters (from, to) of the joined text that are doubted, neighbours as one; none where all of them are."""
    written = [piece for piece in pieces if piece.text.strip()]
    if not any(piece.doubts for piece in written) or all(piece.doubts for piece in written):
        return ()
    whole, found = "", list[tuple[int, int]]()
    for piece in pieces:
        start = len(whole.rstrip() if piece.opens else whole)
        whole = _with(whole, piece)
        if found:  # the space behind the last piece may have gone
            found[-1] = found[-1][0], min(found[-1][1], start)
        if piece.doubts and piece.text.strip():
            begins = found.pop()[0] if found and found[-1][1] == start else start
            found.append((begins, len(whole)))
    cut = len(whole) - len(whole.lstrip())
    return tuple((max(0, start - cut), min(end - cut, len(whole.strip()))) for start, end in found)


def doubts_of(pieces: Sequence[Piece]) -> tuple[Doubt, ...]:
    """Every doubt about some of the words, each once, in order."""
    return tuple(dict.fromkeys(doubt for piece in pieces if piece.text.strip() for doubt in piece.doubts))
