"""What the other engines share: stretches of speech as clips, and transcripts from what was heard in them."""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from qa_pipeline import __version__
from qa_pipeline.core.call import Doubt, MadeBy, Segment, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import cover_all
from qa_pipeline.language.word_list import EMPTY, WordList, word_list
from qa_pipeline.transcribe.engine import Samples, SpeechJob
from qa_pipeline.transcribe.guards import doubted, is_read_out
from qa_pipeline.transcribe.other_engines.names import ModelName
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


def segment_of(piece: Piece, heard: Heard, shown: WordList = EMPTY) -> Segment | None:
    """What was said in one stretch; None where nothing is spoken in the text. Without word times it has no words.

    The confidence is the mean probability of the words, unknown where one of them is; ``shown``: the listed words that
    the engine was given.
    """
    text = heard.text.strip()
    if not spoken(text):
        return None
    words = words_at(cut(text, heard.parts), piece.span.start_s, piece.span)
    known = [word.probability for word in words if word.probability is not None]
    confidence = round(sum(known) / len(known), 4) if known and len(known) == len(words) else None
    span = cover_all(word.span for word in words) or piece.span
    segment = Segment(piece.channel, span, text, words, confidence)
    read_out = is_read_out(text, words, piece.span.duration_s, shown)
    doubts = (*heard.doubts, Doubt.LISTED_WORDS) if read_out else heard.doubts
    return doubted(segment, doubts) if doubts else segment


def transcript_of(
    job: SpeechJob, language: str | None, found: Iterable[tuple[Piece, Heard]], shown: WordList = EMPTY
) -> Transcript:
    """The transcript of a recording. ``language``: as given by the user; None: what the engine says of most words."""
    answers = list(found)
    segments = [segment for piece, heard in answers if (segment := segment_of(piece, heard, shown))]
    return Transcript(
        language or _main_language([heard for _, heard in answers]),
        None,
        tuple(sorted(segments, key=lambda segment: (segment.span.start_s, segment.channel))),
        tuple(tuple(spans) for spans in job.speech),
    )


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """What changes the words."""

    language: str | None = None
    """ISO 639 code; None: the model tells, clip by clip, where it can."""
    words: WordList = EMPTY
    """Shown to models that take words."""
    device: str = "auto"


class ClipEngine(ABC):
    """An engine on this machine that gets every stretch of speech as a clip of its own.

    Its model is loaded at the first speech. Clips share a batch only with clips of their own recording.
    """

    #: The name in settings, and that of its makers.
    name, makers_name = "", ""

    def __init__(self, model: ModelName, revision: str, options: ClipOptions) -> None:
        self._model_name, self._revision, self._options = model.name, revision, options

    @property
    def made_by(self) -> MadeBy:
        options = self._options
        kept = {"language": options.language, "words": options.words.revision, "device": options.device}
        model = f"{self.name} {self._model_name}"
        return MadeBy("transcribe", __version__, model, self._revision, json.dumps(kept, sort_keys=True))

    @property
    def group_speech_s(self) -> float:
        return 0.0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        return each_alone(jobs, self._transcribed, self.makers_name)

    def _transcribed(self, job: SpeechJob) -> Transcript:
        pieces = clips_of(job)
        heard = self._heard([sound_of(job, piece) for piece in pieces]) if pieces else []
        shown = self._shown() if pieces else EMPTY
        return transcript_of(job, self._options.language, zip(pieces, heard, strict=True), shown)

    @abstractmethod
    def _heard(self, clips: Sequence[Samples]) -> list[Heard]:
        """One answer per clip, by the model, which is loaded now at the latest."""

    @abstractmethod
    def _shown(self) -> WordList:
        """The words that the loaded model was given."""

    def _on_gpu(self, torch: Any) -> bool:
        """Whether the model goes to a GPU; UserError where it should and there is none."""
        gpu = bool(torch.cuda.is_available())
        if self._options.device == "cuda" and not gpu:
            raise UserError("device cuda: PyTorch finds no GPU; set device = auto or cpu")
        return gpu and self._options.device != "cpu"

    def _not_installed(self, error: ImportError) -> UserError:
        missing = f"{error.name or 'a package of it'} is not installed"
        return UserError(f"engine {self.name}: {missing}; install qa-pipeline[{self.name}]")


def words_of(prompt: str) -> WordList:
    """The listed words that a prompt holds."""
    return word_list(tuple(filter(None, prompt.split("，"))))


def quiet() -> contextlib.redirect_stdout[TextIO]:
    """Engines print to standard output, where results go: their lines go beside them."""
    return contextlib.redirect_stdout(sys.stderr)


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
