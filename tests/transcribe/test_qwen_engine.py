"""Qwen3-ASR behind the engine protocol, against recorded answers; no model is loaded.

Shapes: qwen-asr 0.0.6, ``ASRTranscription`` of inference/qwen3_asr.py and ``ForcedAlignResult`` of
inference/qwen3_forced_aligner.py.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from qa_pipeline.core.call import Doubt
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.other_engines.clips import ClipOptions
from qa_pipeline.transcribe.other_engines.names import parse_model
from qa_pipeline.transcribe.other_engines.qwen import LANGUAGES, QwenEngine
from tests.transcribe.engine_jobs import RATE, heard, job, recorded, times

WORDS = WordList(("星桥", "畅享卡"), "w1")


@dataclass(frozen=True)
class ForcedAlignItem:
    text: str
    start_time: float
    end_time: float


@dataclass(frozen=True)
class ForcedAlignResult:
    items: list[ForcedAlignItem]


@dataclass
class ASRTranscription:
    language: str
    text: str
    time_stamps: Any = None


def answer(language: str, text: str, time_stamps: dict[str, Any] | None = None) -> ASRTranscription:
    items = [ForcedAlignItem(**item) for item in time_stamps["items"]] if time_stamps else None
    return ASRTranscription(language, text, ForcedAlignResult(items) if items else None)


class FakeQwen:
    """Qwen3ASRModel: one answer per clip."""

    gives: list[Any]
    made: list[tuple[str, dict[str, Any]]]
    asked: list[dict[str, Any]]
    sampling: SimpleNamespace

    def __init__(self) -> None:
        self.model = SimpleNamespace(thinker=SimpleNamespace(generation_config=self.sampling))

    @classmethod
    def from_pretrained(cls, name: str, **options: Any) -> FakeQwen:
        cls.made.append((name, options))
        if (Path(name) / "broken").exists():
            raise OSError("weights")
        return cls()

    def transcribe(self, audio: list[Any], **options: Any) -> list[Any]:
        self.asked.append({"audio": audio, **options})
        given = [self.gives.pop(0) if len(self.gives) > 1 else self.gives[0] for _ in audio]
        for each in given:
            if isinstance(each, Exception):
                raise each
        return given


@pytest.fixture
def qwen(monkeypatch: pytest.MonkeyPatch) -> type[FakeQwen]:
    """qwen_asr and torch as far as the engine uses them."""

    class Fresh(FakeQwen):
        gives: list[Any] = [answer(**each) for each in recorded("qwen_asr")]  # noqa: RUF012 - fresh for every test
        made: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012
        asked: list[dict[str, Any]] = []  # noqa: RUF012
        sampling = SimpleNamespace(do_sample=True)

    package, torch = ModuleType("qwen_asr"), ModuleType("torch")
    package.Qwen3ASRModel = Fresh  # type: ignore[attr-defined]
    torch.cuda = SimpleNamespace(is_available=lambda: False)  # type: ignore[attr-defined]
    torch.float32, torch.bfloat16 = "float32", "bfloat16"  # type: ignore[attr-defined]
    for module in (package, torch):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return Fresh


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A model and an aligner on this machine."""
    for name in ("asr", "aligner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(name)
    return tmp_path / "asr", tmp_path / "aligner"


def engine(*parts: Path, **options: Any) -> QwenEngine:
    return QwenEngine(parse_model("+".join(map(str, parts))), ClipOptions(**options))


def test_words_have_the_times_of_the_aligner(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    (transcript,) = heard(engine(*folders, language="zh", words=WORDS), job([(10.0, 14.0)]))
    (segment,) = transcript.segments
    assert segment.text == "您好，我是星桥的小李。"
    assert times(transcript)[:3] == [("您", 10.32, 10.48), ("好，", 10.56, 10.72), ("我", 10.8, 10.96)]
    assert times(transcript)[-1] == ("李。", 12.24, 12.4)
    assert segment.confidence is None
    (asked,) = qwen.asked
    assert asked["context"] == "星桥，畅享卡" and asked["language"] == "Chinese" and asked["return_time_stamps"]
    ((clip, rate),) = asked["audio"]
    assert rate == RATE and len(clip) == 4 * RATE


@pytest.mark.parametrize(
    ("words", "doubts"),
    [(WORDS, (Doubt.LISTED_WORDS,)), (WordList(("一" * 999, *WORDS.words), "long"), ()), (WordList(), ())],
)
def test_only_words_that_were_in_the_context_can_be_read_out_of_it(
    qwen: type[FakeQwen], folders: tuple[Path, Path], words: WordList, doubts: tuple[Doubt, ...]
) -> None:
    qwen.gives = [answer("Chinese", "星桥，畅享卡。")]
    (transcript,) = heard(engine(folders[0], words=words), job([(10.0, 12.0)]))
    assert transcript.segments[0].doubts == doubts


def test_without_an_aligner_a_stretch_has_its_own_times(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    qwen.gives = [answer("Chinese", "您好。")]
    (transcript,) = heard(engine(folders[0]), job([(10.0, 14.0)]))
    (segment,) = transcript.segments
    assert segment.words == () and (segment.span.start_s, segment.span.end_s) == (10.0, 14.0)
    assert qwen.asked[0]["return_time_stamps"] is False and "forced_aligner" not in qwen.made[0][1]


def test_the_language_is_told_where_none_is_given(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    qwen.gives = [answer("English", "ok"), answer("Cantonese,English", "唔该晒你啊 bye"), answer("", "")]
    (transcript,) = heard(engine(folders[0]), job([(1.0, 2.0), (3.0, 4.0)], [(5.0, 6.0)]))
    assert qwen.asked[0]["language"] is None
    assert transcript.language == "yue" and len(transcript.segments) == 2


@pytest.mark.parametrize(
    ("given", "text", "words"),
    [
        (answer("", ""), "", 0),
        (answer("Chinese", "……。"), "", 0),
        (answer("Chinese", "好的呀", {"items": [{"text": "好", "start_time": 0.1, "end_time": 0.2}]}), "好的呀", 0),
        (answer("Chinese", "好", {"items": [{"text": "坏", "start_time": 0.1, "end_time": 0.2}]}), "好", 0),
        (answer("Chinese", "好", {"items": [{"text": "好", "start_time": 0.3, "end_time": 9.9}]}), "好", 1),
    ],
)
def test_odd_answers(
    qwen: type[FakeQwen], folders: tuple[Path, Path], given: ASRTranscription, text: str, words: int
) -> None:
    qwen.gives = [given]
    (transcript,) = heard(engine(*folders), job([(1.0, 2.0)]))
    assert transcript.text == text and len(times(transcript)) == words
    assert all(end <= 2.0 for _, _, end in times(transcript))


def test_clips_are_taken_one_by_one_where_all_at_once_fail(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    qwen.gives = [RuntimeError("out of memory"), answer("Chinese", "好")]
    qwen.gives.insert(1, qwen.gives[0])
    (transcript,) = heard(engine(folders[0]), job([(1.0, 2.0), (3.0, 4.0)]))
    assert [len(asked["audio"]) for asked in qwen.asked] == [2, 1, 1]
    assert len(transcript.segments) == 2


def test_one_recording_fails_alone(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    qwen.gives = [answer("Chinese", "好"), ValueError("您好"), answer("Chinese", "好")]
    answers = engine(folders[0]).transcribe([job([(1.0, 2.0)])] * 3)
    assert [isinstance(each, StepFailure) for each in answers] == [False, True, False]
    assert str(answers[1]) == "transcribe: Qwen3-ASR failed: ValueError"


def test_the_model_is_loaded_once_and_never_draws_by_chance(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    used = engine(*folders)
    assert qwen.made == []
    first, second = heard(used, job([(1.0, 5.0)]), job([(1.0, 5.0)]))
    assert first == second and qwen.sampling.do_sample is False
    ((name, options),) = qwen.made
    assert name == str(folders[0]) and options["forced_aligner"] == str(folders[1])
    assert options["device_map"] == "cpu" and options["dtype"] == "float32"
    assert options["forced_aligner_kwargs"] == {"device_map": "cpu", "dtype": "float32"}


def test_silence_loads_nothing(qwen: type[FakeQwen], folders: tuple[Path, Path]) -> None:
    (transcript,) = heard(engine(*folders), job([]))
    assert transcript.segments == () and qwen.made == []


def test_made_by_names_what_changes_the_words(folders: tuple[Path, Path]) -> None:
    plain = engine(*folders).made_by
    assert plain.model == "qwen asr+aligner" and str(folders[0]) not in f"{plain}"
    others = [engine(folders[0]), engine(*folders, language="zh"), engine(*folders, words=WORDS)]
    assert len({plain, *(other.made_by for other in others)}) == 4
    (folders[1] / "config.json").write_text("changed")
    assert engine(*folders).made_by.revision != plain.revision


def test_a_model_of_the_hub_is_named_by_its_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def snapshot(name: str, **options: Any) -> str:
        asked.append((name, options))
        if options.get("local_files_only") and len(asked) == 1:
            raise OSError("not cached")
        folder = tmp_path / "snapshots" / "5eb144179a02"
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    made = QwenEngine(parse_model("Qwen/Qwen3-ASR-0.6B@main"), ClipOptions()).made_by
    assert (made.model, made.revision) == ("qwen Qwen/Qwen3-ASR-0.6B", "5eb144179a02")
    assert asked[1] == ("Qwen/Qwen3-ASR-0.6B", {"revision": "main"})


def test_what_users_can_mend_is_told(
    qwen: type[FakeQwen], folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = [job([(1.0, 2.0)])]
    with pytest.raises(UserError, match="--language xx: Qwen3-ASR does not know it"):
        engine(folders[0], language="xx")
    with pytest.raises(UserError, match="device cuda: PyTorch finds no GPU"):
        engine(folders[0], device="cuda").transcribe(speech)
    (folders[0] / "broken").touch()
    with pytest.raises(UserError, match="qwen-asr cannot load it"):
        engine(folders[0]).transcribe(speech)
    monkeypatch.setitem(sys.modules, "qwen_asr", None)
    with pytest.raises(UserError, match=r"qwen_asr is not installed; install qa-pipeline\[qwen\]"):
        engine(folders[0]).transcribe(speech)

    def refuse(name: str, **options: Any) -> str:
        raise OSError("offline")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(UserError, match=r"not on this machine, and the hub does not give it \(OSError\)"):
        QwenEngine(parse_model("Qwen/Qwen3-ASR-0.6B"), ClipOptions())


def test_every_language_has_one_name() -> None:
    assert len(set(LANGUAGES.values())) == len(LANGUAGES) == 30
