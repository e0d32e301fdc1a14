"""Words of a packed window back to the stretches of speech that they were heard in."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.core.call import Word
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ
from qa_pipeline.transcribe.whisper.decoding import HeardWord
from qa_pipeline.transcribe.whisper.packing import Slot

#: A word's times are surest at its start: it is looked for this long after it, or in its middle where that is sooner.
ANCHOR_S = 0.12
#: What it costs to begin a stretch behind a word that ends no sentence, in seconds of distance: a stretch ends with a
#: pause, and models write a full stop there. On the demo's calls 0.3 to 0.5 differ by 3 characters in 3,645.
MID_SENTENCE_S = 0.5
_ENDS_SENTENCE = tuple("。！？….!?")


def placed(words: Sequence[HeardWord], slots: Sequence[Slot]) -> list[list[HeardWord]]:
    """The words of each slot, in order: every slot holds the words that follow those of the slot before it.

    Of all ways to cut the text, the one whose words lie nearest to their slots; a cut behind a mark is likelier.
    """
    if not words:
        return [[] for _ in slots]
    costs = [_distance_s(words[0], slot) for slot in slots]
    came: list[list[int]] = []
    for index in range(1, len(words)):
        costs, before = _next(costs, words, index, slots)
        came.append(before)
    at = min(range(len(slots)), key=lambda i: costs[i])
    homes = [at]
    for before in reversed(came):
        at = before[at]
        homes.append(at)
    found: list[list[HeardWord]] = [[] for _ in slots]
    for word, home in zip(words, reversed(homes), strict=True):
        found[home].append(word)
    return found


def _next(
    costs: Sequence[float], words: Sequence[HeardWord], index: int, slots: Sequence[Slot]
) -> tuple[list[float], list[int]]:
    """The costs with word ``index`` in each slot, and the slot of the word before it then."""
    step_s = _step_s(words[index - 1])
    found, before = [], []
    best, best_at = float("inf"), 0
    for at, slot in enumerate(slots):
        moved = best < costs[at]
        found.append((best if moved else costs[at]) + _distance_s(words[index], slot))
        before.append(best_at if moved else at)
        if costs[at] + step_s < best:
            best, best_at = costs[at] + step_s, at
    return found, before


def _step_s(before: HeardWord) -> float:
    """What it costs that the word after this one is the first of a later slot."""
    return 0.0 if before.text.rstrip().endswith(_ENDS_SENTENCE) else MID_SENTENCE_S


def _distance_s(word: HeardWord, slot: Slot) -> float:
    """How far a word lies outside of a slot."""
    anchor_s = word.start_s + min(ANCHOR_S, (word.end_s - word.start_s) / 2)
    return max(slot.at / SAMPLE_RATE_HZ - anchor_s, anchor_s - slot.end / SAMPLE_RATE_HZ, 0.0)


def in_recording(words: Sequence[HeardWord], slot: Slot) -> tuple[Word, ...]:
    """The words of a slot with their times in the recording, in order and inside the slot's stretch."""
    shift_s = (slot.piece.first - slot.at) / SAMPLE_RATE_HZ
    span = slot.piece.span
    found: list[Word] = []
    earliest_s = span.start_s
    for word in words:
        start_s = min(max(word.start_s + shift_s, earliest_s), span.end_s)
        end_s = min(max(word.end_s + shift_s, start_s), span.end_s)
        found.append(Word(word.text, Span(round(start_s, 3), round(end_s, 3)), round(word.probability, 4)))
        earliest_s = start_s
    return tuple(found)
