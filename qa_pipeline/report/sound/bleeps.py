"""What of a call's sound must not be heard: the numbers that its page masks, and the tone that stands for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.core.call import Call, Turn
from qa_pipeline.core.span import Span, merge
from qa_pipeline.language.redaction import Mask
from qa_pipeline.report.call.transcript_view import call_duration_s
from qa_pipeline.report.text import ShownText, align_words, clean

Samples = npt.NDArray[np.float32]

RATE_HZ = 16_000

#: Recognisers place a word's edges to a tenth of a second or so.
MARGIN_S = 0.15
#: Between two groups of a number no syllable is worth hearing.
_JOINED_S = 0.3
TONE_HZ = 1000.0
#: Peak of the tone (full scale 1): about as loud as quiet speech, so that nobody takes off the headphones.
TONE_LEVEL = 0.08
#: The tone comes and goes without a click; the margin holds the fade.
FADE_S = 0.01


def bleep_spans(call: Call) -> tuple[Span, ...]:
    """The stretches with masked numbers in whole milliseconds, sorted and merged; they hold for all channels.

    All channels, because each party is heard faintly on the other's. Times come from the words; where these do not
    fit the text, the whole turn is taken, and where a turn has no times, all between its neighbours.
    """
    found = []
    for turn, shown in zip(call.turns, ShownText.of_turns(call.turns), strict=True):
        found += [_widened(_mask_span(turn, shown.text, mask, call)) for mask in shown.masks]
    return merge(found, _JOINED_S)


def covered(spans: Sequence[Span], by: Sequence[Span]) -> bool:
    """Whether each span lies within one of the others."""
    return all(any(b.start_s <= a.start_s and a.end_s <= b.end_s for b in by) for a in spans)


def _mask_span(turn: Turn, text: str, mask: Mask, call: Call) -> Span:
    if turn.span is None:
        return _between_neighbours(turn.index, call)
    words = [word for word in turn.words if clean(word.text).strip()]
    placed = align_words(text, words)
    reached = {place for (start, end), _ in placed for place in range(start, end)}
    spoken = [place for place in range(mask.start, mask.end) if text[place].isalnum()]
    hit = [word.span for (start, end), word in placed if start < mask.end and end > mask.start]
    # A word that was not found may be a digit, and may have led the next ones astray.
    if not hit or len(placed) < len(words) or not reached.issuperset(spoken):
        return _cover(turn.span, *(word.span for word in words))
    return _cover(*hit)


def _cover(*spans: Span) -> Span:
    return Span(min(span.start_s for span in spans), max(span.end_s for span in spans))


def _between_neighbours(index: int, call: Call) -> Span:
    """From the last turn before that has times to the first one after it; else from or to the end of the sound."""
    before = [turn.span.end_s for turn in call.turns[:index] if turn.span]
    after = [turn.span.start_s for turn in call.turns[index + 1 :] if turn.span]
    start_s = before[-1] if before else 0.0
    end_s = after[0] if after else (call_duration_s(call) or start_s)
    return Span(min(start_s, end_s), max(start_s, end_s))


def _widened(span: Span) -> Span:
    """With the margin, in whole milliseconds outwards: such spans are the same when they are read back from a file."""
    start_s, end_s = max(0.0, span.start_s - MARGIN_S), span.end_s + MARGIN_S
    return Span(math.floor(start_s * 1000) / 1000, math.ceil(end_s * 1000) / 1000)


def bleep(sound: Samples, spans: Sequence[Span], first: int = 0) -> Samples:
    """A piece of sound, shape (channels, samples) at 16 kHz, with the tone in place of what the spans hold.

    ``first``: which sample of the recording the piece begins with. Pieces give the same samples as the whole.
    """
    result = sound
    for span in spans:
        start, end = math.floor(span.start_s * RATE_HZ), math.ceil(span.end_s * RATE_HZ)
        a, b = max(start - first, 0), min(end - first, sound.shape[1])
        if a < b:
            result = sound.copy() if result is sound else result
            weight, tone = _tone(np.arange(first + a, first + b), start, end)
            result[:, a:b] = result[:, a:b] * (1 - weight) + tone * weight
    return result


def _tone(at: npt.NDArray[np.int64], start: int, end: int) -> tuple[Samples, Samples]:
    """How much of the tone is heard at each sample (0..1), and the tone."""
    edge = np.minimum(at - start, end - 1 - at) / (FADE_S * RATE_HZ)
    tone = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ / RATE_HZ * at)
    return np.clip(edge, 0.0, 1.0).astype(np.float32), tone.astype(np.float32)
