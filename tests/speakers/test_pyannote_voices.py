"""The adapter to pyannote.audio, against a stand-in of the package: nothing is fetched, nothing reported."""

from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from qa_pipeline.core.call import Word
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.pyannote_voices import PyannoteSeparator, voice_map
from qa_pipeline.speakers.voices import VoiceMap

SAID = [(Span(0, 2), "B"), (Span(2, 4), "A"), (Span(6, 7), "B")]


def words(*times: tuple[float, float]) -> list[Word]:
    return [Word("好", Span(*each)) for each in times]


class Annotation:
    """What a pipeline gives back: segments with labels."""

    def __init__(self, said: list[tuple[Span, str]]) -> None:
        self._said = said

    def itertracks(self, yield_label: bool) -> list[tuple[Any, str, str]]:
        assert yield_label
        return [(SimpleNamespace(start=s.start_s, end=s.end_s), "_", label) for s, label in self._said]


class Pipeline:
    """Remembers what it was asked; ``gives`` is its answer, or the error that it raises."""

    asked: list[Any]
    gives: Any

    @classmethod
    def from_pretrained(cls, model: str, **more: Any) -> Pipeline | None:
        cls.asked.append((model, more, os.environ.get("PYANNOTE_METRICS_ENABLED")))
        if isinstance(cls.gives, OSError):
            raise cls.gives
        return cls() if cls.gives is not None else None

    def to(self, device: str) -> None:
        self.asked.append(device)

    def __call__(self, sound: dict[str, Any]) -> Any:
        self.asked.append((sound["waveform"].shape, sound["sample_rate"]))
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> type[Pipeline]:
    """pyannote.audio and torch as far as the adapter uses them."""

    class Fresh(Pipeline):
        asked: list[Any] = []  # noqa: RUF012 - fresh for every test
        gives: Any = Annotation(SAID)

    torch, pyannote, audio = ModuleType("torch"), ModuleType("pyannote"), ModuleType("pyannote.audio")
    torch.from_numpy = lambda samples: samples  # type: ignore[attr-defined]
    torch.device = str  # type: ignore[attr-defined]
    torch.cuda = SimpleNamespace(is_available=lambda: False)  # type: ignore[attr-defined]
    audio.Pipeline = Fresh  # type: ignore[attr-defined]
    for name, module in (("torch", torch), ("pyannote", pyannote), ("pyannote.audio", audio)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return Fresh


def parted(separator: PyannoteSeparator | None = None) -> VoiceMap:
    speech = [Span(0.1, 3.9), Span(6, 7)]
    return (separator or PyannoteSeparator("hub/model"))(
        np.zeros(16_000, np.float32), speech, words((0.5, 1), (3, 3.5))
    )


def test_stretches_are_cut_and_words_given_to_the_voice_that_shares_most_time() -> None:
    found = voice_map(SAID, [Span(0.5, 3.5), Span(6, 7)], words((0.5, 1.0), (1.9, 2.4), (6.2, 6.4)))
    assert found == VoiceMap(((Span(0.5, 2), Span(6, 7)), (Span(2, 3.5),)), (0, 1, 0))


def test_what_no_segment_covers_goes_to_the_nearest() -> None:
    assert voice_map(SAID, [Span(4.2, 4.8), Span(5.5, 5.9)], words((5.6, 5.8))) == VoiceMap(
        ((Span(4.2, 4.8),), (Span(5.5, 5.9),)), (1,)
    )


def test_nothing_said_is_nothing_parted() -> None:
    assert voice_map(SAID, [], []) == VoiceMap((), ())
    assert voice_map([], [Span(0, 1)], words((0, 1))) == VoiceMap(((Span(0, 1),),), (0,))


def test_the_pipeline_hears_the_channel_and_reports_nothing(package: type[Pipeline]) -> None:
    separator = PyannoteSeparator("hub/model")
    assert parted(separator).word_voices == (0, 1)
    assert package.asked == [("hub/model", {}, "0"), "cpu", ((1, 16_000), 16_000)]
    parted(separator)
    assert len(package.asked) == 4, "the pipeline is loaded once"


@pytest.mark.parametrize("name", ["speaker_diarization", "exclusive_speaker_diarization"])
def test_both_forms_of_the_answer_are_read(package: type[Pipeline], name: str) -> None:
    package.gives = SimpleNamespace(**{name: Annotation(SAID)})
    assert parted().word_voices == (0, 1)


def test_a_token_is_handed_over_for_models_of_the_hub_alone(
    package: type[Pipeline], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    parted()
    parted(PyannoteSeparator(str(tmp_path)))
    assert [asked[1] for asked in package.asked if len(asked) == 3 and isinstance(asked[1], dict)] == [
        {"token": "secret"},
        {},
    ]


@pytest.mark.parametrize("gives", [None, OSError("401")])
def test_a_model_that_cannot_be_loaded_is_the_users_to_mend(package: type[Pipeline], gives: Any) -> None:
    package.gives = gives
    with pytest.raises(UserError, match="pyannote_model"):
        parted()


def test_a_recording_that_it_fails_on_does_not_end_the_batch(package: type[Pipeline]) -> None:
    package.gives = RuntimeError("out of memory")
    with pytest.raises(StepFailure, match="RuntimeError"):
        parted()


def test_without_the_extra_there_is_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match=r"install qa-pipeline\[diarize\]"):
        parted()
