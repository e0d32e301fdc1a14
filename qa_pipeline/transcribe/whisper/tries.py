"""What was written for a stretch of speech, and whether it is worth another look."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Doubt, Word
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ
from qa_pipeline.transcribe.whisper.packing import WINDOW, Piece, Window

#: Sound that is kept around the speech of a stretch, in all.
AROUND_S = 0.4
#: Speech from which silence of the model is doubtful: shorter sounds may well be no word.
MIN_WORDED_S = 0.8
#: Packed stretches that are less sure than this, or hold less than half of what the recording's stretches hold in that
#: time, are looked at again: in the demo's calls 8 % of the speech, with half of all errors (a model in training).
UNSURE, THIN = 0.75, 0.5
#: Mean word probability from which another try counts, and by how much it must be better.
SURE, GAIN = 0.6, 0.05


@dataclass(frozen=True, slots=True)
class Try:
    """What was written for one stretch."""

    piece: Piece
    words: tuple[Word, ...]
    doubts: tuple[Doubt, ...]

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()

    @property
    def probability(self) -> float:
        """Mean word probability: on speech that a model does not understand it falls lower than the beam's score."""
        known = [word.probability or 0.0 for word in self.words]
        return sum(known) / len(known) if known else 0.0

    @property
    def speech_s(self) -> float:
        return max(0.2, self.piece.length / SAMPLE_RATE_HZ - AROUND_S)

    @property
    def words_per_s(self) -> float:
        """For Chinese, characters."""
        return len(self.words) / self.speech_s

    @property
    def is_bad(self) -> bool:
        """Words that may never have been said, or none where somebody seems to speak."""
        return bool(self.doubts) or (not self.words and self.speech_s >= MIN_WORDED_S)

    def is_better_than(self, other: Try) -> bool:
        """Sure words without doubts, where the other try has doubts or nothing, or says less and is less sure.

        Noise is not read until it says yes: what is not sure never counts.
        """
        if not self.words or self.doubts or self.probability < SURE:
            return False
        if other.doubts or not other.words:
            return True
        return len(self.words) >= len(other.words) and self.probability >= other.probability + GAIN


def worst_first(tries: Sequence[Try], *, thin: bool) -> list[Piece]:
    """The stretches of a recording that are worth another look; ``thin``: also those that are only unsure or thin.

    A stretch that stood alone in its window is not looked at for that: the same sound would only say the same again.
    """
    said = [each.words_per_s for each in tries if each.words and each.speech_s >= MIN_WORDED_S]
    typical = statistics.median(said) if said else 0.0

    def looks_thin(each: Try) -> bool:
        short = each.speech_s < MIN_WORDED_S
        return not short and (each.probability < UNSURE or each.words_per_s < THIN * typical)

    chosen = [each for each in tries if each.is_bad or (thin and looks_thin(each))]
    chosen.sort(key=lambda each: (not each.is_bad, each.probability, each.piece.first, each.piece.channel))
    return [each.piece for each in chosen]


def within(windows: int, pieces: Sequence[Piece], arrange: Callable[[Sequence[Piece]], list[Window]]) -> list[Window]:
    """As many of the pieces, from the first on, as ``windows`` hold."""
    if windows <= 0 or not pieces:
        return []
    count, length = 0, 0
    while count < len(pieces) and length + pieces[count].length <= windows * WINDOW:
        length += pieces[count].length
        count += 1
    while count and len(arrange(pieces[:count])) > windows:
        count -= 1
    return arrange(pieces[:count])
