"""``models`` and what ``doctor`` says of models. Nothing here asks a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_pipeline.cli.doctor import running_type
from qa_pipeline.cli.measure import Speed
from qa_pipeline.core.errors import UserError
from tests.cli.conftest import Command
from tests.transcribe.fake_models import FakeConverter, checkpoint_folder, model_folder


@pytest.fixture(autouse=True)
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.transcribe.models.carry.load_model", lambda folder: None)


def test_import_list_remove(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_folder(folder / "carried")
    taken = qa("models", "import", "carried", "--name", "mine", "--models", "own")
    assert (taken.code, taken.out.startswith("mine ")) == (0, True)
    monkeypatch.setenv("QA_PIPELINE_MODELS", "own")
    rows = {row["name"]: row for row in qa("models", "list", "--json").rows}
    assert (rows["mine"]["kind"], rows["mine"]["quantisation"], rows["demo-zh"]["kind"]) == (
        "imported",
        "float16",
        "bundled",
    )
    assert "mine" in qa("models", "list").out
    assert qa("models", "remove", "mine").code == 0
    assert qa("models", "remove", "mine").code == 2
    assert not (folder / "own" / "mine").exists()


def test_a_damaged_model_shows_in_the_list(qa: Command, folder: Path) -> None:
    model_folder(folder / "own" / "bad", b"cut")
    answer = qa("models", "list", "--models", "own")
    assert answer.code == 1
    assert "damaged" in answer.out


def test_fetch_converts_a_folder_and_packs_it(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.transcribe.models.convert.can_convert", lambda: True)
    monkeypatch.setattr("qa_pipeline.transcribe.models.convert.convert_checkpoint", FakeConverter())
    checkpoint_folder(folder / "trained")
    answer = qa("models", "fetch", "trained", "--to", "usb", "--models", "own")
    assert answer.code == 0
    (carried,) = (folder / "usb").iterdir()
    assert f"models import {carried.name}" in answer.out
    assert qa("models", "import", str(carried), "--models", "there").code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("fetch", "qqqqqq"), "not known"),
        (("fetch", "./nowhere"), "no such folder"),
        (("fetch", "tiny"), "not to be had from the hub"),
        (("import", "nowhere"), "no such folder or archive"),
        (("import", "empty"), "config.json is missing"),
        (("import", "good", "--name", "../x"), "give --name"),
        (("remove", ".."), "not in"),
    ],
)
def test_wrong_input_is_one_line(qa: Command, folder: Path, arguments: tuple[str, ...], expected: str) -> None:
    (folder / "empty").mkdir()
    model_folder(folder / "good")
    answer = qa("models", *arguments, "--models", "own")
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1


def test_doctor_tells_how_the_model_will_be_run(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    facts = json.loads(qa("doctor", "--model", "demo-zh", "--threads", "2", "--json").out)
    assert facts["plan"]["device"] == "cpu"
    assert facts["plan"]["compute_type"] == "int8"
    assert facts["plan"]["workers"] * facts["plan"]["threads_per_worker"] == 2
    assert "20 M parameters as int8" in facts["speech_model"]
    assert facts["speed"] == "not measured; qa-pipeline doctor --measure"
    assert facts["engines"]["faster-whisper"] == "ready"
    assert facts["engines"]["openai"] == "no address (set asr_url)"
    assert {"cluster", "convert", "diarize", "parquet", "plots", "postgres"} == set(facts["extras"])


def test_doctor_finds_an_own_model(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_folder(folder / "own" / "mine")
    monkeypatch.setenv("QA_PIPELINE_MODELS", "own")
    answer = qa("doctor", "--model", "mine")
    assert answer.code == 0
    assert "compute_type int8" in answer.out  # float16 is not computed with on a CPU


def test_doctor_takes_no_damaged_model_for_ready(qa: Command, folder: Path) -> None:
    weights = model_folder(folder / "mine") / "model.bin"
    weights.write_bytes(weights.read_bytes()[:-8])
    answer = qa("doctor", "--model", "mine")
    assert answer.code == 1
    assert "damaged" in answer.out and "model_ready: False" in answer.out


def test_doctor_without_the_gpu_that_is_asked_for(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_driver(device: str) -> set[str]:
        if device == "cuda":
            raise RuntimeError("CUDA failed with error CUDA driver version is insufficient")
        return {"float32", "int8"}

    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    monkeypatch.setattr("ctranslate2.get_supported_compute_types", no_driver)
    facts = json.loads(qa("doctor", "--model", "demo-zh", "--device", "cuda", "--json").out)
    assert (facts["plan"]["compute_type"], facts["model_ready"]) == ("unknown", False)


def test_doctor_measures_and_says_so(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    speed = Speed(audio_s=60, speech_s=45, runs=3, first_s=9, run_s=6, peak_memory_mb=600)
    monkeypatch.setattr("qa_pipeline.cli.measure.measured", lambda settings: speed)
    facts = json.loads(qa("doctor", "--model", "demo-zh", "--measure", "--json").out)
    assert facts["real_time_factor"] == 0.1
    assert "an hour of two-channel calls in 6.0 min" in facts["speed"]


def test_a_model_that_cannot_be_measured_is_not_ready(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(settings: object) -> Speed:
        raise UserError("cannot be loaded")

    monkeypatch.setattr("qa_pipeline.cli.measure.measured", fails)
    answer = qa("doctor", "--model", "demo-zh", "--measure")
    assert answer.code == 1
    assert "could not be measured: cannot be loaded" in answer.out


def test_other_engines_are_ready_when_installed(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qa("doctor", "--engine", "openai").code == 1
    monkeypatch.setenv("QA_PIPELINE_ASR_URL", "http://127.0.0.1:8000/v1")
    assert qa("doctor", "--engine", "openai").code == 0


@pytest.mark.parametrize(
    ("asked", "stored", "expected"),
    [
        ("default", "int8", "int8"),
        ("default", "float16", "float32"),
        ("int8_float16", "float16", "int8"),
        ("auto", "", "auto"),
    ],
)
def test_the_type_on_a_cpu_follows_ctranslate2(
    asked: str, stored: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = {"float32", "int8", "int8_float32", "int16"}
    monkeypatch.setattr("ctranslate2.get_supported_compute_types", lambda device: cpu)
    assert running_type(asked, stored, "cpu") == expected
