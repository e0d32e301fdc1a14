"""Batches, threads and memory around a model; and the bundled model itself on a packed window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from qa_pipeline.core.call import Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.guards import doubts
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions
from qa_pipeline.transcribe.whisper import plan as planning
from qa_pipeline.transcribe.whisper.decoding import Decoder, Search, Task, _words
from qa_pipeline.transcribe.whisper.plan import Plan, Shape, plan_for, shape_of

RATE = 16_000


class FakeModel:
    """Writes the first value of each sound; takes at most ``most`` windows at once."""

    max_length = 448

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.batches: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.model = self
        self.is_multilingual = True
        tokenizer = SimpleNamespace(encode=lambda text, add_special_tokens: SimpleNamespace(ids=[ord(c) for c in text]))
        tokenizer.token_to_id = lambda name: 50_000 + len(name)
        tokenizer.decode = lambda tokens: "".join(map(chr, tokens))
        self.hf_tokenizer = tokenizer
        self.feature_extractor = Features()

    def encode(self, features: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if len(features) > self.most:
            raise RuntimeError("CUDA failed with error out of memory")
        self.batches.append(len(features))
        return features

    def generate(self, encoded: np.ndarray[Any, Any], prompts: list[list[int]], **options: Any) -> list[Any]:
        self.asked.append({"prompt": prompts[0], **options})
        tokens = [ord("甲") + int(window[0, 0]) for window in encoded]
        return [SimpleNamespace(sequences_ids=[[token]], no_speech_prob=0.25) for token in tokens]

    def find_alignment(self, tokenizer: Any, written: list[list[int]], *_: Any) -> list[list[dict[str, Any]]]:
        return [[{"word": chr(t), "start": 0.0, "end": 0.2, "probability": 0.5} for t in each] for each in written]


class Features:
    nb_max_frames = 3000

    def __call__(self, sound: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.full((80, sound.size // 160 + 1), sound[0], np.float32)


def decoder(model: FakeModel, workers: int = 1, batch_size: int = 8) -> Decoder:
    return Decoder(model, Plan("cpu", "default", workers, 1, batch_size))


def tasks(*values: float, language: str = "zh") -> list[Task]:
    return [Task(lambda value=value: np.full(RATE, value, np.float32), language) for value in values]  # type: ignore[misc]


def texts(answers: list[Any]) -> str:
    return "".join(word.text for answer in answers for word in answer.words)


def expected(count: int) -> str:
    return "".join(chr(ord("甲") + number) for number in range(count))


@pytest.mark.parametrize(("workers", "batch_size"), [(1, 1), (1, 8), (2, 8), (3, 2), (8, 64)])
def test_answers_come_in_order_whatever_the_batches(workers: int, batch_size: int) -> None:
    model = FakeModel()
    answers = decoder(model, workers, batch_size).decode(tasks(*range(21)), Search(5))
    assert texts(answers) == expected(21)
    assert max(model.batches) <= batch_size
    assert sum(model.batches) == 21


def test_few_windows_are_shared_among_the_workers() -> None:
    model = FakeModel()
    decoder(model, workers=2).decode(tasks(*range(6)), Search(5))
    assert sorted(model.batches) == [3, 3]


def test_out_of_memory_halves_the_batch_and_goes_on_with_that() -> None:
    model = FakeModel(most=3)
    deciding = decoder(model, batch_size=16)
    assert texts(deciding.decode(tasks(*range(16)), Search(5))) == expected(16)
    assert set(model.batches) == {2}
    model.batches.clear()
    deciding.decode(tasks(*range(4)), Search(5))
    assert model.batches == [2, 2]


def test_memory_that_does_not_take_one_window_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        decoder(FakeModel(most=0)).decode(tasks(1, 2), Search(5))


def test_languages_do_not_share_a_batch() -> None:
    model = FakeModel()
    decoder(model).decode([*tasks(1, 2), *tasks(3, language="en")], Search(5))
    assert model.batches == [2, 1]


def test_windows_are_counted() -> None:
    counting = decoder(FakeModel())
    counting.decode(tasks(1, 2, 3), Search(5))
    counting.decode(tasks(1), Search(5))
    assert counting.windows == 4


def test_a_word_list_comes_before_the_start_and_is_cut() -> None:
    model = FakeModel()
    decoder(model).decode(tasks(1), Search(5, prompt="字" * 300))
    (asked,) = model.asked
    assert asked["prompt"].count(ord("字")) == 100
    assert asked["prompt"][1] == ord("字")
    assert asked["prompt"][-1] != ord("字")
    assert asked["beam_size"] == 5


def test_a_search_may_forbid_loops() -> None:
    model = FakeModel()
    decoder(model).decode(tasks(1), Search(3, unrepeated=4))
    (asked,) = model.asked
    assert (asked["beam_size"], asked["no_repeat_ngram_size"]) == (3, 4)


def aligned(*texts: str) -> list[dict[str, Any]]:
    return [{"word": text, "start": float(i), "end": i + 1.0, "probability": 0.5 + i} for i, text in enumerate(texts)]


def test_marks_belong_to_the_words_beside_them() -> None:
    found = _words(aligned("“", "好", "。", "”", " ", "喂", "\ufffd", ""))
    assert [word.text for word in found] == ["“好。”", "喂"]
    assert [(word.start_s, word.probability) for word in found] == [(1.0, 1.0), (5.0, 1.0)]


def test_cores_are_used_by_workers_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "usable_cores", lambda: 32)
    plan = plan_for("cpu")
    assert (plan.workers, plan.threads_per_worker) == (8, 4)
    assert plan_for("cpu", threads=2).workers * plan_for("cpu", threads=2).threads_per_worker == 2
    assert plan_for("cpu", batch_size=3).batch_size == 3


@pytest.mark.parametrize(("told", "cores"), [("150000 100000", 1), ("400000 100000", 4), ("max 100000", 16), ("", 16)])
def test_a_container_may_allow_fewer_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(told, encoding="ascii")
    monkeypatch.setattr(planning, "QUOTA_FILE", tmp_path / "cpu.max")
    monkeypatch.setattr(planning.os, "sched_getaffinity", lambda _: range(16), raising=False)
    assert planning.usable_cores() == cores


def test_an_english_model_needs_no_look_for_the_language() -> None:
    model = FakeModel()
    model.is_multilingual = False
    assert decoder(model).language_of(np.zeros(RATE, np.float32)) == ("en", 1.0)


def test_the_batch_of_a_gpu_follows_its_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    for gib in (2, 8, 24, 400):
        monkeypatch.setattr(planning, "free_gpu_bytes", lambda gib=gib: gib << 30)
        sizes.append(plan_for("cuda", shape=Shape(1280, 4)).batch_size)
    assert sizes == sorted(sizes)
    assert sizes[0] >= 1
    assert sizes[0] < sizes[2]
    assert sizes[-1] == 64
    monkeypatch.setattr(planning, "free_gpu_bytes", lambda: 8 << 30)
    assert plan_for("cuda", shape=Shape(1280, 32)).batch_size < plan_for("cuda", shape=Shape(1280, 4)).batch_size


def test_the_shape_is_that_of_the_model_found(tmp_path: Path) -> None:
    assert shape_of(models_dir() / "demo-zh") == Shape(256, 3)
    assert shape_of(tmp_path) is None
    (tmp_path / "model.bin").write_bytes(b"no weights")
    assert shape_of(tmp_path) is None


def test_a_small_model_gets_larger_batches_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "free_gpu_bytes", lambda: 2 << 30)
    model = find_model("demo-zh")
    engine = WhisperEngine(model, WhisperOptions(device="cuda"))
    assert engine.group_speech_s == 60.0 * plan_for("cuda", shape=Shape(256, 3)).batch_size
    assert engine.group_speech_s > 60.0 * plan_for("cuda").batch_size


def test_what_the_bundled_model_writes_over_silence_is_doubted() -> None:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(models_dir() / "demo-zh"), device="cpu", cpu_threads=1)
    quiet = [Task(lambda: np.zeros(4 * RATE, np.float32), "zh")]
    (answer,) = Decoder(model, Plan("cpu", "default", 1, 1, 1)).decode(quiet, Search(5))
    said = [Word(word.text, Span(word.start_s, word.end_s), word.probability) for word in answer.words]
    text = "".join(word.text for word in said)
    assert not said or doubts(text, said, 4.0, "zh", EMPTY, no_speech=answer.no_speech)
