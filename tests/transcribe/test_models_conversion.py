"""A real conversion of a tiny checkpoint with random weights; needs the extra ``convert``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models.convert import convert_checkpoint, convert_into
from qa_pipeline.transcribe.models.folder import SOURCE, read_json
from qa_pipeline.transcribe.models.storage import stored
from qa_pipeline.transcribe.models.weights import read_weights

pytestmark = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")), reason="needs the extra convert"
)

#: The bundled model has Whisper's own tokenizer.
TOKENIZER = models_dir() / "demo-zh" / "tokenizer.json"
MEL_BANDS = 128


def checkpoint(folder: Path, *, slow: bool) -> Path:
    """A Whisper of two layers and 32 channels, with the tokenizer as training leaves it."""
    import transformers

    config = transformers.WhisperConfig(
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_mel_bins=MEL_BANDS,
    )
    transformers.WhisperForConditionalGeneration(config).save_pretrained(str(folder))
    if slow:
        tokenizer = json.loads(TOKENIZER.read_text(encoding="utf-8"))
        merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]]
        (folder / "vocab.json").write_text(json.dumps(tokenizer["model"]["vocab"]))
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
        (folder / "added_tokens.json").write_text(json.dumps(added_tokens()))
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "WhisperTokenizer"}))
    else:
        shutil.copy(TOKENIZER, folder)
    return folder


def added_tokens() -> dict[str, int]:
    tokenizer = json.loads(TOKENIZER.read_text(encoding="utf-8"))
    return {entry["content"]: entry["id"] for entry in tokenizer["added_tokens"]}


@pytest.mark.parametrize("slow", [True, False], ids=["slow-tokenizer", "tokenizer.json"])
def test_a_checkpoint_becomes_a_model_that_faster_whisper_runs(tmp_path: Path, slow: bool) -> None:
    from faster_whisper import WhisperModel

    source = checkpoint(tmp_path / "mine", slow=slow)
    folder = convert_into(tmp_path / "models", "mine", source, None, {"source": "mine"})
    assert stored(tmp_path / "models", "mine") == folder
    assert read_weights(folder / "model.bin").quantisation == "float16"
    assert read_json(folder / "preprocessor_config.json")["feature_size"] == MEL_BANDS
    assert read_json(folder / SOURCE)["kind"] == "converted"
    model = WhisperModel(str(folder), device="cpu", compute_type="int8")
    assert model.feature_extractor.mel_filters.shape[0] == MEL_BANDS
    tokens = added_tokens()
    config = read_json(folder / "config.json")
    assert config["lang_ids"] == list(range(tokens["<|en|>"], tokens["<|translate|>"]))
    assert config["alignment_heads"] == [[1, 0], [1, 1]]  # a shape of its own: the upper half of the decoder
    assert model.model.is_multilingual
    noise = np.random.default_rng(1).normal(0, 0.1, 16000 * 3).astype(np.float32)
    segments, _ = model.transcribe(noise, language="zh", word_timestamps=True, max_new_tokens=5, temperature=0)
    assert all(0 <= word.start <= word.end <= 30 for segment in segments for word in segment.words)


def test_the_tokens_keep_their_numbers(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    source = checkpoint(tmp_path / "mine", slow=True)
    target = tmp_path / "target"
    convert_checkpoint(source, target)
    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    assert {token: tokenizer.token_to_id(token) for token in added_tokens()} == added_tokens()
    said = tokenizer.encode("您好，13.9元 hello", add_special_tokens=False).ids
    assert said == Tokenizer.from_file(str(TOKENIZER)).encode("您好，13.9元 hello", add_special_tokens=False).ids


def test_pickled_weights_are_converted_too(tmp_path: Path) -> None:
    import torch
    import transformers

    source = checkpoint(tmp_path / "mine", slow=False)
    model = transformers.WhisperForConditionalGeneration.from_pretrained(str(source))
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    folder = convert_into(tmp_path / "models", "mine", source, None, {})
    assert read_weights(folder / "model.bin").quantisation == "float16"


def damage_weights(source: Path) -> None:
    (source / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")


def lose_tokenizer(source: Path) -> None:
    (source / "tokenizer.json").unlink()


@pytest.mark.parametrize("harm", [damage_weights, lose_tokenizer])
def test_a_checkpoint_that_cannot_be_converted_is_one_line(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    source = checkpoint(tmp_path / "mine", slow=False)
    harm(source)
    with pytest.raises(UserError, match=r"mine: (cannot be converted|the tokenizer)") as error:
        convert_into(tmp_path / "models", "mine", source, None, {})
    assert "\n" not in str(error.value)
    assert list((tmp_path / "models").iterdir()) == []
