"""faster-whisper behind the engine protocol: every stretch of speech is its own clip, decoded in batches.

One pass over a whole channel with the engine's own voice filter loses turns; clips by turn do not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa_pipeline import __version__
from qa_pipeline.core.call import MadeBy, Recording, Segment, Transcript, Word
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.models import SpeechModel
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

#: Seconds of speech from which the language is told when none is given: Whisper looks at 30 s.
_LANGUAGE_SAMPLE_S = 30


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    language: str | None = None
    """ISO 639-1 code; None: detected once per recording and kept."""
    beam_size: int = 5
    batch_size: int = 8
    device: str = "auto"
    """auto, cpu or cuda."""
    compute_type: str = "default"
    """A CTranslate2 type such as int8 or float16; default keeps the type of the model's file."""
    cpu_threads: int = 0
    """0: as many as there are cores."""


class WhisperEngine:
    """Loads its model at the first recording, so that naming a model costs nothing."""

    def __init__(self, model: SpeechModel, options: WhisperOptions) -> None:
        self._model = model
        self._options = options
        self._pipeline: Any = None

    @property
    def made_by(self) -> MadeBy:
        kept = {k: v for k, v in asdict(self._options).items() if k != "cpu_threads"}
        options = json.dumps(kept, sort_keys=True)
        return MadeBy("transcribe", __version__, f"faster-whisper {self._model.name}", self._model.revision, options)

    def transcribe(
        self, recording: Recording, channels: Sequence[Samples], speech: Sequence[Sequence[Span]]
    ) -> Transcript:
        spans = tuple(tuple(part) for part in speech)
        if not any(spans):
            return Transcript(self._options.language or "und", None, (), spans)
        pipeline = self._load()
        try:
            language, probability = self._language(channels, spans)
            segments = [
                segment
                for index, samples in enumerate(channels)
                if spans[index]
                for segment in self._channel(pipeline, samples, index, spans[index], language)
            ]
        except (RuntimeError, ValueError, MemoryError) as error:
            raise StepFailure(
                "transcribe", "engine_failed", f"the speech engine failed: {type(error).__name__}"
            ) from error
        segments.sort(key=lambda segment: (segment.span.start_s, segment.channel))
        return Transcript(language, probability, tuple(segments), spans)

    def _load(self) -> Any:
        if self._pipeline is None:
            from faster_whisper import BatchedInferencePipeline, WhisperModel

            try:
                model = WhisperModel(
                    str(self._model.folder),
                    device=self._options.device,
                    compute_type=self._options.compute_type,
                    cpu_threads=self._options.cpu_threads,
                    local_files_only=True,
                )
            except (RuntimeError, ValueError, OSError, KeyError) as error:
                first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise UserError(f"model {self._model.name}: cannot be loaded ({first_line})") from None
            if self._options.language and self._options.language not in model.supported_languages:
                raise UserError(
                    f"--language {self._options.language}: model {self._model.name} does not know it; try auto"
                )
            self._pipeline = BatchedInferencePipeline(model)
        return self._pipeline

    def _language(self, channels: Sequence[Samples], spans: tuple[tuple[Span, ...], ...]) -> tuple[str, float | None]:
        """The language given, else that of the first speech heard on the channel with most of it."""
        if self._options.language:
            return self._options.language, None
        import numpy as np

        most = max(range(len(spans)), key=lambda i: sum(span.duration_s for span in spans[i]))
        clips = [channels[most][_sample(s.start_s) : _sample(s.end_s)] for s in spans[most]]
        sample = np.concatenate(clips)[: _LANGUAGE_SAMPLE_S * SAMPLE_RATE_HZ]
        language, probability, _ = self._pipeline.model.detect_language(sample)
        return str(language), min(1.0, float(probability))

    def _channel(
        self, pipeline: Any, samples: Samples, channel: int, spans: Sequence[Span], language: str
    ) -> Iterable[Segment]:
        clips = [{"start": span.start_s, "end": span.end_s} for span in spans]
        found, _ = pipeline.transcribe(
            samples,
            language=language,
            beam_size=self._options.beam_size,
            temperature=0.0,
            batch_size=self._options.batch_size,
            clip_timestamps=clips,
            vad_filter=False,
            word_timestamps=True,
            without_timestamps=False,
            condition_on_previous_text=False,
        )
        # The engine decodes while it is read: drain it here, where its errors are handled.
        for raw in list(found):
            segment = _segment(raw, channel, spans)
            if segment:
                yield segment


def _sample(time_s: float) -> int:
    return int(time_s * SAMPLE_RATE_HZ)


def _segment(raw: Any, channel: int, spans: Sequence[Span]) -> Segment | None:
    """One engine segment with its times held inside the clip that it was decoded from."""
    text = str(raw.text).strip()
    if not text:
        return None
    middle_s = (raw.start + raw.end) / 2
    clip = min(spans, key=lambda span: max(span.start_s - middle_s, middle_s - span.end_s, 0.0))
    words = _words(raw.words or (), clip)
    span = cover_all(word.span for word in words) or _clamped(raw.start, raw.end, clip, clip.start_s)
    return Segment(channel, span, text, words, _confidence(words, raw.avg_logprob))


def _confidence(words: Sequence[Word], avg_logprob: float) -> float:
    """Mean word probability: on speech that a model does not understand it falls much lower than the beam's score."""
    known = [word.probability for word in words if word.probability is not None]
    return _probability(sum(known) / len(known) if known else math.exp(min(0.0, avg_logprob)))


def _words(raw_words: Iterable[Any], clip: Span) -> tuple[Word, ...]:
    words: list[Word] = []
    earliest = clip.start_s
    for raw in raw_words:
        span = _clamped(raw.start, raw.end, clip, earliest)
        words.append(Word(str(raw.word), span, _probability(raw.probability)))
        earliest = span.start_s
    return tuple(words)


def _clamped(start_s: float, end_s: float, clip: Span, earliest_s: float) -> Span:
    start = min(max(float(start_s), earliest_s, clip.start_s), clip.end_s)
    return Span(round(start, 3), round(max(start, min(float(end_s), clip.end_s)), 3))


def _probability(value: float) -> float:
    return min(1.0, max(0.0, round(float(value), 4)))
