"""What the other engines share: stretches of speech as clips, and transcripts from what was heard in them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Doubt, Segment, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import cover_all
from qa_pipeline.transcribe.engine import Samples, SpeechJob
from qa_pipeline.transcribe.guards import doubted
from qa_pipeline.transcribe.other_engines.timing import Timed, cut, spoken, words_at
from qa_pipeline.transcribe.whisper.packing import Piece, pieces_of

#: Written for a language that nobody named and nothing tells.
UNKNOWN_LANGUAGE = "und"


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine says about one clip.

    ``parts``: timed parts of the text, times from the start of the clip; none where it gives none. ``language``: code,
    empty where it does not say; ``doubts``: what the engine itself has against the words.
    """

    text: str = ""
    parts: tuple[Timed, ...] = ()
    language: str = ""
    doubts: tuple[Doubt, ...] = ()


def clips_of(job: SpeechJob) -> list[Piece]:
    """The stretches of speech of a recording, of at most 30 s, in the order of its channels."""
    return pieces_of(job.speech, [samples.size for samples in job.channels])


def sound_of(job: SpeechJob, piece: Piece) -> Samples:
    """Samples of a stretch, float32, 16 kHz."""
    return job.channels[piece.channel][piece.first : piece.last]


def segment_of(piece: Piece, heard: Heard) -> Segment | None:
    """What was said in one stretch; None where nothing is spoken in the text. Without word times it has no words.

    The confidence is the mean probability of the words, unknown where one of them is.
    """
    text = heard.text.strip()
    if not spoken(text):
        return None
    words = words_at(cut(text, heard.parts), piece.span.start_s, piece.span)
    known = [word.probability for word in words if word.probability is not None]
    confidence = round(sum(known) / len(known), 4) if known and len(known) == len(words) else None
    span = cover_all(word.span for word in words) or piece.span
    segment = Segment(piece.channel, span, text, words, confidence)
    return doubted(segment, heard.doubts) if heard.doubts else segment


def transcript_of(job: SpeechJob, language: str | None, found: Iterable[tuple[Piece, Heard]]) -> Transcript:
    """The transcript of a recording. ``language``: as given by the user; None: what the engine says of most words."""
    answers = list(found)
    segments = [segment for piece, heard in answers if (segment := segment_of(piece, heard))]
    return Transcript(
        language or _main_language([heard for _, heard in answers]),
        None,
        tuple(sorted(segments, key=lambda segment: (segment.span.start_s, segment.channel))),
        tuple(tuple(spans) for spans in job.speech),
    )


def each_alone(
    jobs: Sequence[SpeechJob], transcribe: Callable[[SpeechJob], Transcript], engine: str
) -> list[Transcript | StepFailure]:
    """One answer per recording: what goes wrong with one is its answer, and the others go on."""
    return [_answer(job, transcribe, engine) for job in jobs]


def _answer(job: SpeechJob, transcribe: Callable[[SpeechJob], Transcript], engine: str) -> Transcript | StepFailure:
    try:
        return transcribe(job)
    except UserError:
        raise
    except StepFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001 - the libraries raise what they like; no text of theirs, it may quote words
        return StepFailure("transcribe", "engine_failed", f"{engine} failed: {type(error).__name__}")


def _main_language(answers: Sequence[Heard]) -> str:
    """The language of most spoken characters; told by the script where the engine does not say."""
    weights: Counter[str] = Counter()
    for heard in answers:
        said = spoken(heard.text)
        if said:
            weights[heard.language or language_of(said)] += len(said)
    known = Counter({language: weight for language, weight in weights.items() if language != UNKNOWN_LANGUAGE})
    return min(known, key=lambda language: (-known[language], language)) if known else UNKNOWN_LANGUAGE


def language_of(text: str) -> str:
    """zh, ja or ko where the script tells; else unknown: many languages share the Latin letters."""
    scripts = Counter(unicodedata.name(character, "").partition(" ")[0] for character in text)
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return "ja"
    if scripts["HANGUL"]:
        return "ko"
    return "zh" if scripts["CJK"] * 2 >= len(text) > 0 else UNKNOWN_LANGUAGE
