"""How well words are recognised: character error rate and word start times against reference transcripts."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from qa_pipeline.core.call import Transcript, Turn
from qa_pipeline.language.normalise import normalise


@dataclass(frozen=True, slots=True)
class TranscriptFigures:
    """Counts of one recording; ``start_errors_s`` holds one absolute error per matched character."""

    name: str
    errors: int
    characters: int
    recognised: int
    start_errors_s: tuple[float, ...] = ()

    @property
    def cer(self) -> float | None:
        """Errors per reference character; None where the reference is silent."""
        return self.errors / self.characters if self.characters else None


@dataclass(frozen=True, slots=True)
class _Characters:
    """Characters of one channel in order of time, with the start of the word that each belongs to."""

    text: str
    starts_s: tuple[float | None, ...]


def compare(name: str, reference: Sequence[Turn], transcript: Transcript) -> TranscriptFigures:
    """Compare channel by channel, so that overlapping speech is not counted as an error.

    Punctuation, white space, width, case and script are ignored; numerals are compared as written.
    References without channels are compared with all channels joined in order of time.
    """
    channels = sorted(
        {t.channel for t in reference if t.channel is not None} | {s.channel for s in transcript.segments}
    )
    mixed = any(turn.channel is None for turn in reference) or not channels
    errors = characters = recognised = 0
    starts: list[float] = []
    for channel in [None] if mixed else channels:
        expected = _expected([t for t in reference if channel is None or t.channel == channel])
        found = _found(transcript, channel)
        errors += Levenshtein.distance(expected.text, found.text)
        characters += len(expected.text)
        recognised += len(found.text)
        starts += _start_errors(expected, found)
    return TranscriptFigures(name, errors, characters, recognised, tuple(starts))


def _expected(turns: Sequence[Turn]) -> _Characters:
    pieces: list[tuple[str, float | None]] = []
    for turn in turns:
        if turn.words:
            pieces += [(word.text, word.span.start_s) for word in turn.words]
        else:
            pieces.append((turn.text, None))
    return _spread(pieces)


def _found(transcript: Transcript, channel: int | None) -> _Characters:
    pieces: list[tuple[str, float | None]] = []
    for segment in transcript.segments:
        if channel is not None and segment.channel != channel:
            continue
        words = [(word.text, word.span.start_s) for word in segment.words]
        pieces += words or [(segment.text, None)]
    return _spread(pieces)


def _spread(pieces: Sequence[tuple[str, float | None]]) -> _Characters:
    """Only the first character of a word starts when the word starts."""
    text = ""
    starts: list[float | None] = []
    for piece, start_s in pieces:
        normal = normalise(piece).text
        text += normal
        starts += [start_s, *[None] * (len(normal) - 1)] if normal else []
    return _Characters(text, tuple(starts))


def _start_errors(expected: _Characters, found: _Characters) -> list[float]:
    """Absolute differences of start times over characters that the alignment pairs as equal."""
    errors = []
    for block in Levenshtein.opcodes(expected.text, found.text):
        if block.tag != "equal":
            continue
        for i, j in zip(range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True):
            a, b = expected.starts_s[i], found.starts_s[j]
            if a is not None and b is not None:
                errors.append(abs(a - b))
    return errors


def summary(figures: Sequence[TranscriptFigures]) -> dict[str, Any]:
    """Figures over all recordings: errors and characters are added, then divided."""
    errors, characters = sum(f.errors for f in figures), sum(f.characters for f in figures)
    starts = [error for f in figures for error in f.start_errors_s]
    return {
        "cer": errors / characters if characters else None,
        "errors": errors,
        "characters": characters,
        "median_start_error_s": statistics.median(starts) if starts else None,
        "words_in_silence": sum(f.recognised for f in figures if not f.characters),
        "files": [
            {
                "recording": f.name,
                "cer": f.cer,
                "errors": f.errors,
                "characters": f.characters,
                "recognised": f.recognised,
                "median_start_error_s": statistics.median(f.start_errors_s) if f.start_errors_s else None,
            }
            for f in figures
        ],
    }
