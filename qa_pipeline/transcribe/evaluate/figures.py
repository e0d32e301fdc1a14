"""Recognised words of one recording against its reference, channel by channel: errors, times, confidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jiwer

from qa_pipeline.core.call import Transcript, Turn
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.evaluate.confusions import Confusion, gap, place
from qa_pipeline.transcribe.evaluate.normaliser import DEFAULT, Normaliser, counts_characters
from qa_pipeline.transcribe.evaluate.tokens import Said as Said
from qa_pipeline.transcribe.evaluate.tokens import Token, by_channel, tokens

#: Words this far from everything that the reference says still belong to it: spans of references are rough.
NEAR_SPEECH_S = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """A recognised unit: how sure the engine was (0..1, None: not said), whether it is doubted, whether it is wrong."""

    confidence: float | None
    doubted: bool
    wrong: bool


@dataclass(frozen=True, slots=True)
class TranscriptFigures:
    """Counts of one recording in units: characters, or words where ``by_word``.

    ``start_errors_s`` holds one absolute error per matched unit that begins a word on both sides; ``in_silence`` counts
    recognised units where the reference says nothing (None: its turns have no times), ``sure_in_silence`` those of them
    that are not doubted.
    """

    name: str
    errors: int
    characters: int
    recognised: int
    start_errors_s: tuple[float, ...] = ()
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    in_silence: int | None = None
    confusions: tuple[Confusion, ...] = ()
    judged: tuple[Judged, ...] = ()
    by_word: bool = False
    sure_in_silence: int | None = None

    @property
    def cer(self) -> float | None:
        """Errors per reference unit; None where the reference is silent."""
        return self.errors / self.characters if self.characters else None


@dataclass(frozen=True, slots=True)
class _Aligned:
    """Both sides of one channel and the blocks that an alignment with the fewest errors pairs."""

    expected: Sequence[Token]
    found: Sequence[Token]
    output: jiwer.WordOutput


def compare(
    name: str,
    reference: Sequence[Turn],
    transcript: Transcript | Sequence[Turn],
    normaliser: Normaliser = DEFAULT,
    language: str | None = None,
) -> TranscriptFigures:
    """Compare channel by channel, so that overlapping speech is not counted as an error.

    Where either side has no channels, all are joined in order of time. ``language`` decides between characters and
    words; None: that of the transcript, Mandarin for turns.
    """
    heard: Sequence[Said] = transcript.segments if isinstance(transcript, Transcript) else transcript
    spoken = language or (transcript.language if isinstance(transcript, Transcript) else "zh")
    aligned = [
        _aligned(tokens(ours, normaliser, spoken), tokens(theirs, normaliser, spoken))
        for ours, theirs in by_channel(reference, heard)
    ]
    expected = sum(len(each.expected) for each in aligned)
    counts = [(each.output.substitutions, each.output.deletions, each.output.insertions) for each in aligned]
    substitutions, deletions, insertions = (sum(kind) for kind in zip(*counts, strict=True))
    silent = _in_silence(reference, heard, normaliser, spoken, expected)
    return TranscriptFigures(
        name,
        substitutions + deletions + insertions,
        expected,
        sum(len(each.found) for each in aligned),
        tuple(error for each in aligned for error in _start_errors(each)),
        substitutions,
        deletions,
        insertions,
        None if silent is None else len(silent),
        tuple(confusion for each in aligned for confusion in _confusions(each)),
        tuple(judged for each in aligned for judged in _judged(each)),
        not counts_characters(spoken),
        None if silent is None else sum(not token.doubted for token in silent),
    )


def _aligned(expected: Sequence[Token], found: Sequence[Token]) -> _Aligned:
    sides = ([token.text for token in expected], [token.text for token in found])
    # The sides are normal already and cut into units: jiwer gets lists where it would have made them itself.
    output = jiwer.process_words([sides[0]], [sides[1]], _as_they_are, _as_they_are)  # type: ignore[list-item, arg-type]
    return _Aligned(expected, found, output)


def _as_they_are(sides: list[list[str]]) -> list[list[str]]:
    return sides


def _start_errors(aligned: _Aligned) -> Iterator[float]:
    for block in aligned.output.alignments[0]:
        if block.type != "equal":
            continue
        for offset in range(block.ref_end_idx - block.ref_start_idx):
            ours = aligned.expected[block.ref_start_idx + offset].start_s
            theirs = aligned.found[block.hyp_start_idx + offset].start_s
            if ours is not None and theirs is not None:
                yield abs(ours - theirs)


def _confusions(aligned: _Aligned) -> Iterator[Confusion]:
    said, recognised = ([token.text for token in side] for side in (aligned.expected, aligned.found))
    for block in aligned.output.alignments[0]:
        ours, theirs = range(block.ref_start_idx, block.ref_end_idx), range(block.hyp_start_idx, block.hyp_end_idx)
        if block.type == "substitute":
            yield from (Confusion(place(said, i), place(recognised, j)) for i, j in zip(ours, theirs, strict=True))
        elif block.type == "delete":
            yield from (Confusion(place(said, i), gap(recognised, block.hyp_start_idx)) for i in ours)
        elif block.type == "insert":
            yield from (Confusion(gap(said, block.ref_start_idx), place(recognised, j)) for j in theirs)


def _judged(aligned: _Aligned) -> Iterator[Judged]:
    for block in aligned.output.alignments[0]:
        for token in aligned.found[block.hyp_start_idx : block.hyp_end_idx]:
            yield Judged(token.confidence, token.doubted, block.type != "equal")


def _in_silence(
    reference: Sequence[Turn], heard: Sequence[Said], normaliser: Normaliser, language: str, expected: int
) -> list[Token] | None:
    """Recognised units away from everything that is said on their channel; all of them where nothing is said."""
    if not expected:
        return tokens(heard, normaliser, language)
    if any(turn.span is None for turn in reference if turn.text.strip()):
        return None
    found: list[Token] = []
    for ours, theirs in by_channel([turn for turn in reference if turn.text.strip()], heard):
        spans = [said.span for said in ours if said.span]
        found += [
            token
            for token in tokens(theirs, normaliser, language)
            if token.span is not None and not _is_near(token.span, spans)
        ]
    return found


def _is_near(span: Span, spans: Sequence[Span]) -> bool:
    first, last = span.start_s - NEAR_SPEECH_S, span.end_s + NEAR_SPEECH_S
    return any(first <= each.end_s and last >= each.start_s for each in spans)
