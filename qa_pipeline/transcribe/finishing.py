"""What every engine's transcript goes through: one script, the project's words, doubts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.core.call import Doubt, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.corrections import corrected
from qa_pipeline.transcribe.guards import doubted, doubts, repeated
from qa_pipeline.transcribe.script import chinese

#: Raised when what is done here changes: transcripts are then made anew.
REVISION = 3


def finish(transcript: Transcript, words: WordList) -> Transcript:
    """The transcript as it is stored: nothing is dropped, what is doubted has its reasons and a low confidence."""
    language = transcript.language
    heard = [chinese(s) if language.startswith("zh") else s for s in transcript.segments]
    checked = [
        _checked(segment, corrected(segment, words, language), speech_s, words, language)
        for segment, speech_s in zip(heard, _voiced_s(heard, transcript.speech), strict=True)
    ]
    for index in repeated(checked):
        checked[index] = doubted(checked[index], (Doubt.LOOP,))
    return replace(transcript, segments=tuple(checked))


def _checked(segment: Segment, written: Segment, speech_s: float, words: WordList, language: str) -> Segment:
    """``written``, with what speaks against the segment as heard. Whether it is the prompt read out, engines have said:
    only they know which words they were shown."""
    # An engine without word probabilities may still say how sure it is of the whole, unless a doubt has lowered that.
    known = segment.doubts or any(word.probability is not None for word in segment.words)
    judged = segment.words if known else (Word(segment.text, segment.span, segment.confidence),)
    found = doubts(segment.text, judged, speech_s, language, EMPTY, own=words)
    return doubted(written, found) if found or segment.doubts else written


def _voiced_s(segments: Sequence[Segment], speech: Sequence[Sequence[Span]]) -> Iterator[float]:
    """Seconds of voice behind each segment: the stretches that it has to itself whole, of shared ones its part.

    A segment's own times tell less: an engine that invents words may squeeze them into a moment.
    """
    touched = [_touched(s.span, speech[s.channel]) if s.channel < len(speech) else None for s in segments]
    users = Counter((s.channel, at) for s, places in zip(segments, touched, strict=True) for at in places or ())
    for segment, places in zip(segments, touched, strict=True):
        if places is None:  # nobody looked for voice
            yield segment.span.duration_s
            continue
        stretches = [(speech[segment.channel][at], users[segment.channel, at]) for at in places]
        yield sum(s.duration_s if shared == 1 else s.overlap_s(segment.span) for s, shared in stretches)


def _touched(span: Span, stretches: Sequence[Span]) -> range:
    """The stretches (in order, not overlapping) that a segment lies in or reaches into."""
    first = bisect_left(stretches, span.start_s, key=lambda s: s.end_s)
    last = bisect_right(stretches, span.end_s, key=lambda s: s.start_s)
    return range(first, last)
