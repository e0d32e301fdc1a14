"""The adapter around faster-whisper, with a pipeline that says what the test tells it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import numpy as np
import pytest

from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.models import SpeechModel
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions
from tests.factories import recording

MODEL = SpeechModel("tiny", Path("/nowhere"), "abc")
SILENCE = np.zeros(16_000 * 20, np.float32)


def word(text: str, start: float, end: float, probability: float = 0.9) -> SimpleNamespace:
    return SimpleNamespace(word=text, start=start, end=end, probability=probability)


def raw(text: str, start: float, end: float, *words: SimpleNamespace, logprob: float = -0.1) -> SimpleNamespace:
    return SimpleNamespace(text=text, start=start, end=end, words=list(words), avg_logprob=logprob)


@dataclass
class FakePipeline:
    """Answers one list of segments (or an error) per call."""

    answers: list[list[SimpleNamespace] | Exception]
    asked: list[dict[str, Any]] = field(default_factory=list)
    detected: list[int] = field(default_factory=list)

    @property
    def model(self) -> FakePipeline:
        return self

    def detect_language(self, samples: np.ndarray[Any, Any]) -> tuple[str, float, None]:
        self.detected.append(len(samples))
        return "zh", 1.2, None

    def transcribe(self, samples: object, **options: Any) -> tuple[Iterator[SimpleNamespace], None]:
        self.asked.append(options)
        return self._lazily(self.answers[len(self.asked) - 1]), None

    def _lazily(self, answer: list[SimpleNamespace] | Exception) -> Iterator[SimpleNamespace]:
        if isinstance(answer, Exception):
            raise answer
        yield from answer


@pytest.fixture
def engine_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(*answers: list[SimpleNamespace] | Exception, **options: Any) -> tuple[WhisperEngine, FakePipeline]:
        pipeline = FakePipeline(list(answers))
        engine = WhisperEngine(MODEL, WhisperOptions(**{"language": "zh", **options}))
        monkeypatch.setattr(engine, "_load", lambda: pipeline)
        monkeypatch.setattr(engine, "_pipeline", pipeline)
        return engine, pipeline

    return make


def test_words_are_held_inside_their_clip_and_in_order(engine_of: Any) -> None:
    words = [word("您", 0.2, 1.5), word("好", 1.2, 1.1), word("吗", 1.9, 9.0)]
    engine, _ = engine_of([raw(" 您好吗 ", 0, 9, *words)])
    (segment,) = engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2), Span(15, 16)]]).segments
    assert segment.text == "您好吗"
    assert [w.span for w in segment.words] == [Span(1.0, 1.5), Span(1.2, 1.2), Span(1.9, 2.0)]
    assert segment.span == Span(1.0, 2.0)


def test_a_segment_without_words_takes_its_own_times_within_the_clip(engine_of: Any) -> None:
    engine, _ = engine_of([raw("好", 14.0, 15.5)])
    (segment,) = engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2), Span(15, 16)]]).segments
    assert segment.span == Span(15.0, 15.5)
    assert segment.words == ()


def test_empty_text_is_dropped(engine_of: Any) -> None:
    engine, _ = engine_of([raw("  ", 1, 2), raw("", 1, 2)])
    assert engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2)]]).segments == ()


def test_probabilities_are_clipped(engine_of: Any) -> None:
    words = [word("a", 1, 1.1, 1.0000001), word("b", 1.1, 1.2, -0.1)]
    engine, _ = engine_of([raw("ab", 1, 2, *words, logprob=0.5)])
    (segment,) = engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2)]]).segments
    assert [w.probability for w in segment.words] == [1.0, 0.0]
    assert segment.confidence == 0.5  # the mean of its words


def test_channels_are_decoded_apart_and_joined_in_order_of_time(engine_of: Any) -> None:
    engine, pipeline = engine_of([raw("三", 5, 6)], [raw("一", 1, 2), raw("四", 8, 9)])
    speech = [[Span(5, 6)], [Span(1, 2), Span(8, 9)]]
    found = engine.transcribe(recording(), [SILENCE, SILENCE], speech)
    assert [(s.channel, s.text) for s in found.segments] == [(1, "一"), (0, "三"), (1, "四")]
    clips = [options["clip_timestamps"] for options in pipeline.asked]
    assert clips == [[{"start": 5, "end": 6}], [{"start": 1, "end": 2}, {"start": 8, "end": 9}]]
    assert found.speech == (tuple(speech[0]), tuple(speech[1]))


def test_an_idle_channel_is_not_decoded(engine_of: Any) -> None:
    engine, pipeline = engine_of([raw("一", 1, 2)])
    engine.transcribe(recording(), [SILENCE, SILENCE], [[], [Span(1, 2)]])
    assert len(pipeline.asked) == 1


@pytest.mark.parametrize("error", [RuntimeError("CUDA 您好 out of memory"), ValueError("x"), MemoryError()])
def test_an_error_while_the_engine_is_read_fails_this_recording(engine_of: Any, error: Exception) -> None:
    engine, _ = engine_of(error)
    with pytest.raises(StepFailure) as failure:
        engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2)]])
    assert failure.value.code == "engine_failed"
    assert type(error).__name__ in failure.value.reason
    assert "您好" not in failure.value.reason


def test_a_language_that_is_given_is_not_detected(engine_of: Any) -> None:
    engine, pipeline = engine_of([], language="en")
    found = engine.transcribe(recording(channels=1), [SILENCE], [[Span(1, 2)]])
    assert (found.language, found.language_probability, pipeline.detected) == ("en", None, [])
    assert pipeline.asked[0]["language"] == "en"


def test_the_language_is_detected_once_from_the_channel_with_most_speech(engine_of: Any) -> None:
    engine, pipeline = engine_of([], [], language=None)
    found = engine.transcribe(recording(), [SILENCE, SILENCE], [[Span(1, 2)], [Span(2, 4), Span(5, 6)]])
    assert (found.language, found.language_probability) == ("zh", 1.0)
    assert pipeline.detected == [3 * 16_000]
    assert [options["language"] for options in pipeline.asked] == ["zh", "zh"]


@pytest.mark.parametrize(("language", "said"), [("zh", "zh"), (None, "und")])
def test_without_speech_the_model_is_never_loaded(
    monkeypatch: pytest.MonkeyPatch, language: str | None, said: str
) -> None:
    engine = WhisperEngine(MODEL, WhisperOptions(language=language))
    monkeypatch.setattr(engine, "_load", lambda: pytest.fail("loaded"))
    found = engine.transcribe(recording(), [SILENCE, SILENCE], [[], []])
    assert (found.language, found.segments, found.speech) == (said, (), ((), ()))


def test_the_number_of_threads_does_not_change_who_made_it() -> None:
    def made(**options: Any) -> object:
        return WhisperEngine(MODEL, WhisperOptions(**options)).made_by

    assert made(cpu_threads=1) == made(cpu_threads=8)
    assert made(beam_size=1) != made(beam_size=5)
    assert made(language="zh") != made(language="en")


def test_a_model_that_cannot_be_loaded_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Unsupported model binary version\nwith details")

    monkeypatch.setattr(faster_whisper, "WhisperModel", broken)
    with pytest.raises(UserError, match=r"^model tiny: cannot be loaded \(Unsupported model binary version\)$"):
        WhisperEngine(MODEL, WhisperOptions()).transcribe(recording(channels=1), [SILENCE], [[Span(1, 2)]])


def test_a_segment_without_length_belongs_to_the_clip_it_lies_in(engine_of: Any) -> None:
    engine, _ = engine_of([raw("嗯", 50.0, 50.0)])
    found = engine.transcribe(recording(channels=1), [SILENCE], [[Span(0, 2), Span(49, 52)]])
    assert found.segments[0].span == Span(50.0, 50.0)
