"""The engine around faster-whisper, with a decoder that says what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faster_whisper
import numpy as np
import pytest

from qa_pipeline.core.call import Doubt, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.engine import SpeechJob, transcribed
from qa_pipeline.transcribe.models import SpeechModel
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions
from qa_pipeline.transcribe.whisper.decoding import Decoded, HeardWord, Search, Task
from qa_pipeline.transcribe.whisper.plan import Plan
from tests.factories import recording

MODEL = SpeechModel("tiny", Path("/nowhere"), "abc")
RATE = 16_000
LOOP = "请订阅" * 20
LONG = "您好，我这边是云桥通信的客服，想跟您核对一下套餐使用情况，请问现在方便说两句吗？"


def job(*speech: Sequence[Span], seconds: float = 60.0, level: float = 0.0) -> SpeechJob:
    """Channels of one constant value each, so that the fake decoder knows what it is given."""
    channels = [np.full(int(seconds * RATE), level + index + 1, np.float32) for index in range(len(speech))]
    return SpeechJob(recording(channels=len(speech)), channels, speech)


def spoken(sound: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    """(value, start in seconds) of each stretch that is no silence."""
    edges = np.flatnonzero(np.diff(sound, prepend=0.0))
    return [(float(sound[at]), at / RATE) for at in edges if sound[at]]


class FakeDecoder:
    """Writes a text for each stretch that it hears, found by its level; every call is one pass."""

    def __init__(self, say: Callable[[float, int], str], error: Exception | None = None, device: str = "cpu") -> None:
        self.say, self.error = say, error
        self.passes: list[tuple[int, Search, list[str]]] = []
        self.detected: list[int] = []
        self.plan = Plan(device, "default", 1, 1, 8)
        self.windows = 0

    def decode(self, tasks: Sequence[Task], search: Search) -> list[Decoded]:
        if self.error:
            raise self.error
        self.passes.append((len(tasks), search, [task.language for task in tasks]))
        self.windows += len(tasks)
        return [self._answer(task.sound()) for task in tasks]

    def _answer(self, sound: np.ndarray[Any, Any]) -> Decoded:
        words = [
            HeardWord(character, start_s + 0.1 + 0.02 * number, start_s + 0.12 + 0.02 * number, 0.9)
            for value, start_s in spoken(sound)
            for number, character in enumerate(self.say(value, len(self.passes)))
        ]
        return Decoded(tuple(words), 0.1)

    def language_of(self, sound: np.ndarray[Any, Any]) -> tuple[str, float]:
        self.detected.append(len(sound))
        return "zh", 1.0


def engine_with(decoder: FakeDecoder, **options: Any) -> WhisperEngine:
    engine = WhisperEngine(MODEL, WhisperOptions(**{"language": "zh", **options}))
    engine._decoder = decoder  # type: ignore[assignment]
    return engine


def by_level(value: float, _: int) -> str:
    return {1.0: "您好，我是小李。", 2.0: "喂，哪位？", 11.0: "早上好。", 12.0: "你好。"}[value]


def test_both_channels_share_a_window_and_get_their_own_words_back() -> None:
    decoder = FakeDecoder(by_level)
    found = transcribed(engine_with(decoder), job([Span(1, 3)], [Span(4, 6), Span(50, 52)]))
    assert [(s.channel, s.text) for s in found.segments] == [
        (0, "您好，我是小李。"),
        (1, "喂，哪位？"),
        (1, "喂，哪位？"),
    ]
    assert decoder.passes[0][0] == 1
    assert found.segments[2].words[0].span == Span(50.1, 50.12)
    assert found.speech == ((Span(1, 3),), (Span(4, 6), Span(50, 52)))


def test_unpacked_every_stretch_has_its_window_and_the_same_words() -> None:
    decoder = FakeDecoder(by_level)
    speech = [Span(1, 3)], [Span(4, 6), Span(50, 52)]
    apart = transcribed(engine_with(decoder, packed=False), job(*speech))
    assert decoder.windows == 3
    assert apart == transcribed(engine_with(FakeDecoder(by_level)), job(*speech))


def test_recordings_share_a_pass_but_no_window() -> None:
    decoder = FakeDecoder(by_level)
    jobs = [job([Span(1, 3)], [Span(4, 6)]), job([Span(1, 3)], [], level=10.0)]
    found = engine_with(decoder).transcribe(jobs)
    assert [count for count, _, _ in decoder.passes] == [2]
    assert [a.text for a in found if isinstance(a, Transcript)] == ["您好，我是小李。喂，哪位？", "早上好。"]
    assert found == [transcribed(engine_with(FakeDecoder(by_level)), each) for each in jobs]


def test_one_bad_recording_does_not_take_its_group_along() -> None:
    def say(value: float, _: int) -> str:
        if value == 11.0:
            raise ValueError("您好")
        return by_level(value, 1)

    good, bad = engine_with(FakeDecoder(say)).transcribe([job([Span(1, 3)]), job([Span(1, 3)], level=10.0)])
    assert isinstance(good, Transcript)
    assert isinstance(bad, StepFailure)
    assert "您好" not in bad.reason


def test_a_doubtful_stretch_is_decoded_again_without_the_word_list() -> None:
    decoder = FakeDecoder(lambda value, passes: LOOP if value == 1.0 and passes == 1 else "好的，明天见。")
    engine = engine_with(decoder, words=WordList(("光速宽带",), "r"))
    found = transcribed(engine, job([Span(1, 6)], [Span(7, 9)]))
    assert [s.text for s in found.segments] == ["好的，明天见。"] * 2
    assert [s.doubts for s in found.segments] == [(), ()]
    assert [search.prompt for _, search, _ in decoder.passes] == ["光速宽带", ""]


def test_what_stays_doubtful_is_kept_with_a_low_confidence() -> None:
    decoder = FakeDecoder(lambda value, _: LOOP)
    (segment,) = transcribed(engine_with(decoder), job([Span(1, 6)])).segments
    assert segment.text == LOOP
    assert Doubt.LOOP in segment.doubts
    assert segment.confidence is not None
    assert segment.confidence <= 0.2


def test_the_last_pass_allows_no_loops() -> None:
    decoder = FakeDecoder(lambda value, _: LOOP if value == 1.0 else LONG)
    spans = [Span(30.0 * i, 30.0 * i + 28) for i in range(19)]
    transcribed(engine_with(decoder), job([Span(1, 6)], spans, seconds=580.0))
    assert [(count, search.unrepeated > 0) for count, search, _ in decoder.passes] == [
        (20, False),
        (1, False),
        (1, True),
    ]


def test_what_is_looked_at_again_does_not_depend_on_the_neighbours() -> None:
    def bad(level: float) -> SpeechJob:
        return job([Span(40.0 * i, 40.0 * i + 20) for i in range(4)], seconds=160.0, level=level)

    def say(value: float, passes: int) -> str:
        return LOOP if passes == 1 else "好的，那就这样，明天见，再见。"

    together = engine_with(FakeDecoder(say)).transcribe([bad(0.0), bad(10.0)])
    assert together == [transcribed(engine_with(FakeDecoder(say)), bad(level)) for level in (0.0, 10.0)]


def test_a_stretch_without_words_is_listened_to_again() -> None:
    decoder = FakeDecoder(lambda value, passes: "" if passes == 1 else "好的，明天见。")
    assert transcribed(engine_with(decoder), job([Span(1, 4)])).text == "好的，明天见。"


def test_a_short_sound_without_words_is_none() -> None:
    decoder = FakeDecoder(lambda value, _: "")
    assert transcribed(engine_with(decoder), job([Span(1, 1.5)])).segments == ()
    assert len(decoder.passes) == 1


def test_a_long_recording_of_doubtful_sound_does_not_cost_several_times_as_much() -> None:
    decoder = FakeDecoder(lambda value, _: "")
    spans = [Span(30.0 * i, 30.0 * i + 28) for i in range(40)]
    transcribed(engine_with(decoder), job(spans, seconds=1200.0))
    assert decoder.windows <= 40 * 1.1 + 1


@pytest.mark.parametrize("error", [RuntimeError("CUDA 您好 failed"), ValueError("x"), MemoryError()])
def test_an_error_of_the_model_fails_this_recording(error: Exception) -> None:
    with pytest.raises(StepFailure) as failure:
        transcribed(engine_with(FakeDecoder(by_level, error)), job([Span(1, 2)]))
    assert failure.value.code == "engine_failed"
    assert type(error).__name__ in failure.value.reason
    assert "您好" not in failure.value.reason


def test_a_language_that_is_given_is_not_detected() -> None:
    decoder = FakeDecoder(lambda *_: "hello there")
    found = transcribed(engine_with(decoder, language="en"), job([Span(1, 2)]))
    assert (found.language, found.language_probability, decoder.detected) == ("en", None, [])
    assert decoder.passes[0][2] == ["en"]


def test_the_language_is_detected_once_from_the_channel_with_most_speech() -> None:
    decoder = FakeDecoder(by_level)
    found = transcribed(engine_with(decoder, language=None), job([Span(1, 2)], [Span(2, 4), Span(5, 6)]))
    assert (found.language, found.language_probability) == ("zh", 1.0)
    assert decoder.detected == [3 * RATE]


@pytest.mark.parametrize(("language", "said"), [("zh", "zh"), (None, "und")])
def test_without_speech_the_model_is_never_loaded(
    monkeypatch: pytest.MonkeyPatch, language: str | None, said: str
) -> None:
    engine = WhisperEngine(MODEL, WhisperOptions(language=language))
    monkeypatch.setattr(engine, "_load", lambda: pytest.fail("loaded"))
    found = transcribed(engine, job([], []))
    assert (found.language, found.segments, found.speech) == (said, (), ((), ()))


def test_how_the_machine_is_used_does_not_change_who_made_it() -> None:
    def made(**options: Any) -> object:
        return WhisperEngine(MODEL, WhisperOptions(**options)).made_by

    assert made(cpu_threads=1, batch_size=2) == made(cpu_threads=8)
    assert made(beam_size=1) != made(beam_size=5)
    assert made(language="zh") != made(language="en")
    assert made(words=WordList(("甲乙",), "1")) != made()
    assert made(packed=False) != made()


def test_a_gpu_collects_speech_of_several_recordings_and_a_cpu_does_not() -> None:
    assert engine_with(FakeDecoder(by_level)).group_speech_s == 0
    assert engine_with(FakeDecoder(by_level, device="cuda")).group_speech_s == 2 * 8 * 30


def test_a_model_that_cannot_be_loaded_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Unsupported model binary version\nwith details")

    monkeypatch.setattr(faster_whisper, "WhisperModel", broken)
    with pytest.raises(UserError, match=r"^model tiny: cannot be loaded \(Unsupported model binary version\)$"):
        transcribed(WhisperEngine(MODEL, WhisperOptions()), job([Span(1, 2)]))
