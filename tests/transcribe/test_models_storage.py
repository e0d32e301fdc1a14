"""The user's folder of models, and what a conversion adds to a checkpoint."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models.alignment import heads_of, usable
from qa_pipeline.transcribe.models.convert import bytes_after, complete, convert_into, mended
from qa_pipeline.transcribe.models.folder import read_json
from qa_pipeline.transcribe.models.storage import folder_name, models_folder, remove, stored
from qa_pipeline.transcribe.models.weights import read_weights
from tests.transcribe.fake_models import (
    CHECKPOINT_CONFIG,
    TOKENIZER,
    FakeConverter,
    checkpoint_folder,
    model_folder,
    weights,
)

TURBO_HEADS = [[2, 4], [2, 11], [3, 3], [3, 6], [3, 11], [3, 14]]
TOKENS = {"<|startoftranscript|>": 100, "<|translate|>": 103}


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"QA_PIPELINE_MODELS": "/m", "XDG_DATA_HOME": "/d"}, "linux", "/m"),
        ({"XDG_DATA_HOME": "/d"}, "linux", "/d/qa-pipeline/models"),
        ({}, "linux", "~/.local/share/qa-pipeline/models"),
        ({"XDG_DATA_HOME": "/d"}, "darwin", "~/Library/Application Support/qa-pipeline/models"),
        ({"LOCALAPPDATA": "/l"}, "win32", "/l/qa-pipeline/models"),
    ],
)
def test_the_folder_is_where_the_system_keeps_data(environment: dict[str, str], platform: str, expected: str) -> None:
    assert models_folder(None, environment, platform) == Path(expected).expanduser()
    assert models_folder(Path("/chosen"), environment, platform) == Path("/chosen")


@pytest.mark.parametrize("problem", [UserError("damaged"), RuntimeError("bug"), KeyboardInterrupt()])
def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path, problem: BaseException) -> None:
    source = checkpoint_folder(tmp_path / "mine")
    with pytest.raises(type(problem)):
        convert_into(tmp_path / "own", "mine", source, FakeConverter(problem), {})
    assert list((tmp_path / "own").iterdir()) == []


def test_a_disk_that_fills_up_is_one_line(tmp_path: Path) -> None:
    full = FakeConverter(OSError(28, "No space left on device"))
    with pytest.raises(UserError, match="no space left; name another folder with QA_PIPELINE_MODELS"):
        convert_into(tmp_path / "own", "mine", checkpoint_folder(tmp_path / "mine"), full, {})


def test_too_little_space_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1)
    monkeypatch.setattr("qa_pipeline.transcribe.models.storage.shutil.disk_usage", lambda folder: usage)
    convert = FakeConverter()
    with pytest.raises(UserError, match=r"no space: about 0\.0 GB are needed"):
        convert_into(tmp_path / "own", "mine", checkpoint_folder(tmp_path / "mine"), convert, {})
    assert convert.sources == []


def test_the_faster_of_two_processes_wins(tmp_path: Path) -> None:
    def slow(source: Path, target: Path) -> None:
        model_folder(tmp_path / "own" / "mine", b"of the other process")
        model_folder(target)

    folder = convert_into(tmp_path / "own", "mine", checkpoint_folder(tmp_path / "mine"), slow, {})
    assert (folder / "model.bin").read_bytes() == b"of the other process"
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["mine"]


def test_abandoned_work_is_cleared_and_young_work_left(tmp_path: Path) -> None:
    own = tmp_path / "own"
    for name, age_s in ((".part-old", 2 * 24 * 3600), (".part-young", 60)):
        model_folder(own / name)
        os.utime(own / name, (time.time() - age_s,) * 2)
    convert_into(own, "mine", checkpoint_folder(tmp_path / "mine"), FakeConverter(), {})
    assert sorted(path.name for path in own.iterdir()) == [".part-young", "mine"]
    assert stored(own, ".part-young") is None


@pytest.mark.parametrize("name", ["", "..", "../x", ".hidden", "a b", "模型", "x" * 101, "a\\b"])
def test_names_that_are_no_folder_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="give --name"):
        folder_name(name)
    assert folder_name("BELLE-2/Belle-whisper-large-v3-zh") == "BELLE-2--Belle-whisper-large-v3-zh"


def test_removing_needs_a_model(tmp_path: Path) -> None:
    model_folder(tmp_path / "mine")
    remove(tmp_path, "mine")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError, match="not in"):
        remove(tmp_path, "mine")


def test_the_heads_of_the_original_are_set_where_training_lost_them() -> None:
    assert mended({}, CHECKPOINT_CONFIG, {}, TOKENS)["alignment_heads"] == TURBO_HEADS
    own = CHECKPOINT_CONFIG | {"decoder_attention_heads": 20}
    assert mended({}, own, {"alignment_heads": [[1, 19]]}, TOKENS)["alignment_heads"] == [[1, 19]]


def test_heads_that_the_decoder_does_not_have_are_replaced() -> None:
    larger = {"alignment_heads": heads_of(CHECKPOINT_CONFIG | {"decoder_layers": 32})}
    assert mended({}, CHECKPOINT_CONFIG, larger, TOKENS)["alignment_heads"] == TURBO_HEADS


def test_a_shape_of_its_own_keeps_what_the_converter_chose() -> None:
    config = CHECKPOINT_CONFIG | {"d_model": 99}
    assert mended({"alignment_heads": [[1, 1]]}, config, {}, TOKENS)["alignment_heads"] == [[1, 1]]
    assert not usable("heads", config)


@pytest.mark.parametrize("layers", [(384, 4, 6), (512, 6, 8), (768, 12, 12), (1024, 24, 16), (1280, 32, 20)])
def test_every_published_head_exists_in_its_model(layers: tuple[int, int, int]) -> None:
    width, depth, heads = layers
    config = {"d_model": width, "decoder_layers": depth, "num_mel_bins": 80, "decoder_attention_heads": heads}
    assert usable(heads_of(config), config)


def test_languages_and_suppressed_tokens_are_filled_in() -> None:
    filled = mended({"suppress_ids": None}, CHECKPOINT_CONFIG, {}, TOKENS)
    assert (filled["lang_ids"], filled["suppress_ids"], filled["suppress_ids_begin"]) == ([101, 102], [], [])
    assert mended({"lang_ids": [7]}, CHECKPOINT_CONFIG, {}, TOKENS)["lang_ids"] == [7]


def test_a_model_of_128_bands_says_so(tmp_path: Path) -> None:
    source, target = checkpoint_folder(tmp_path / "mine"), model_folder(tmp_path / "target")
    complete(source, target)
    assert read_json(target / "preprocessor_config.json")["feature_size"] == 128
    (source / "preprocessor_config.json").write_text('{"feature_size": 80, "own": 1}')
    (target / "preprocessor_config.json").unlink()
    complete(source, target)
    assert read_json(target / "preprocessor_config.json")["own"] == 1


def test_a_tokenizer_without_whispers_tokens_is_told(tmp_path: Path) -> None:
    target = model_folder(tmp_path / "target")
    (target / "tokenizer.json").write_text(TOKENIZER.replace("<|translate|>", "<|other|>"))
    with pytest.raises(UserError, match=r"lacks <\|translate\|>; copy the tokenizer files"):
        complete(checkpoint_folder(tmp_path / "mine"), target)


@pytest.mark.parametrize(("dtype", "expected"), [("float32", 3), ("float16", 7), (None, 3)])
def test_the_space_needed_follows_the_type_of_the_checkpoint(tmp_path: Path, dtype: str | None, expected: int) -> None:
    assert bytes_after(checkpoint_folder(tmp_path / "m", CHECKPOINT_CONFIG | {"torch_dtype": dtype})) == expected


def test_the_head_of_the_weights_tells_size_and_type(tmp_path: Path) -> None:
    read = read_weights(model_folder(tmp_path, weights(values=1000)) / "model.bin")
    assert (read.parameters, read.quantisation) == (1000, "float16")
    demo = read_weights(models_dir() / "demo-zh" / "model.bin")
    assert (round(demo.parameters / 1e6), demo.quantisation) == (20, "int8")
    assert (read.width, read.decoder_layers) == (0, 0)
    assert (demo.width, demo.decoder_layers) == (256, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"weights", weights()[:-8], weights(name="TransformerSpec"), weights(type_number=9), b"\xff" * 64],
    ids=["empty", "text", "cut", "other", "type", "noise"],
)
def test_damaged_weights_are_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UserError, match="damaged or no CTranslate2 Whisper model") as error:
        read_weights(model_folder(tmp_path, content) / "model.bin")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000], ids=["empty", "list", "cut", "deep"])
def test_a_damaged_config_is_one_line(tmp_path: Path, content: str) -> None:
    (checkpoint_folder(tmp_path) / "config.json").write_text(content)
    with pytest.raises(UserError, match="cannot be read as JSON"):
        read_json(tmp_path / "config.json")
    assert json.loads(TOKENIZER)["added_tokens"]
