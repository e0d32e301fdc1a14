"""A transformers folder of a Whisper as openai-whisper checkpoint, ggml file and CTranslate2 folder.

Only the layout changes; numbers are rounded where a format is smaller than 32 bits (float16, int8, q8_0).
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.float32]]

_MODULES = {
    "self_attn.q_proj": "attn.query",
    "self_attn.k_proj": "attn.key",
    "self_attn.v_proj": "attn.value",
    "self_attn.out_proj": "attn.out",
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn.q_proj": "cross_attn.query",
    "encoder_attn.k_proj": "cross_attn.key",
    "encoder_attn.v_proj": "cross_attn.value",
    "encoder_attn.out_proj": "cross_attn.out",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "fc1": "mlp.0",
    "fc2": "mlp.2",
    "final_layer_norm": "mlp_ln",
}
_WHOLE = {
    "encoder.embed_positions.weight": "encoder.positional_embedding",
    "decoder.embed_positions.weight": "decoder.positional_embedding",
    "decoder.embed_tokens.weight": "decoder.token_embedding.weight",
    "encoder.layer_norm.weight": "encoder.ln_post.weight",
    "encoder.layer_norm.bias": "encoder.ln_post.bias",
    "decoder.layer_norm.weight": "decoder.ln.weight",
    "decoder.layer_norm.bias": "decoder.ln.bias",
}
_LAYER = re.compile(r"(encoder|decoder)\.layers\.(\d+)\.(.+)\.(weight|bias)")

MAGIC = 0x67676D6C
#: ggml's numbers of its types, and of files that hold mostly one type.
F32, F16, Q8_0 = 0, 1, 8
FILE_TYPE = {F32: 0, F16: 1, Q8_0: 7}
#: Values that share a scale in q8_0.
BLOCK = 32
#: Kept as float32 in every file.
_ALWAYS_F32 = {"encoder.positional_embedding", "decoder.positional_embedding"}


def openai_name(name: str) -> str | None:
    """What openai-whisper calls a weight of transformers; None for the copy of the embedding that scores tokens."""
    if name == "proj_out.weight":
        return None
    bare = name.removeprefix("model.")
    layer = _LAYER.fullmatch(bare)
    if layer is None:
        return _WHOLE.get(bare, bare)
    half, number, module, kind = layer.groups()
    return f"{half}.blocks.{number}.{_MODULES[module]}.{kind}"


def openai_weights(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The same weights under openai-whisper's names."""
    return {new: value for name, value in weights.items() if (new := openai_name(name)) is not None}


def dimensions(config: Mapping[str, Any]) -> dict[str, int]:
    """openai-whisper's ``dims`` of a transformers configuration, in the order of a ggml header."""
    return {
        "n_vocab": config["vocab_size"],
        "n_audio_ctx": config["max_source_positions"],
        "n_audio_state": config["d_model"],
        "n_audio_head": config["encoder_attention_heads"],
        "n_audio_layer": config["encoder_layers"],
        "n_text_ctx": config["max_target_positions"],
        "n_text_state": config["d_model"],
        "n_text_head": config["decoder_attention_heads"],
        "n_text_layer": config["decoder_layers"],
        "n_mels": config["num_mel_bins"],
    }


def write_openai(folder: Path, path: Path) -> None:
    """A checkpoint that ``whisper.load_model`` opens."""
    import torch
    from safetensors.torch import load_file

    weights = {name: value.float().contiguous() for name, value in load_file(folder / "model.safetensors").items()}
    torch.save({"dims": dimensions(_config(folder)), "model_state_dict": openai_weights(weights)}, path)


def write_ctranslate2(folder: Path, out: Path, quantization: str) -> None:
    """A folder that faster-whisper opens."""
    from ctranslate2.converters import TransformersConverter

    copied = ["tokenizer.json", "preprocessor_config.json"]
    TransformersConverter(str(folder), copy_files=copied).convert(str(out), quantization=quantization)


def write_ggml(folder: Path, path: Path, kind: int) -> None:
    """A file that whisper.cpp opens; ``kind``: F32, F16 or Q8_0."""
    from safetensors.numpy import load_file

    weights = openai_weights(load_file(folder / "model.safetensors"))
    with path.open("wb") as file:
        write_ggml_model(file, dimensions(_config(folder)), mel_filters(), vocabulary(), weights, kind)


def write_ggml_model(
    file: BinaryIO,
    dims: Mapping[str, int],
    filters: NDArray[np.float32],
    tokens: list[bytes],
    weights: Arrays,
    kind: int,
) -> None:
    """Header, mel filters (bands, bins), tokens in order of their ids, weights under openai-whisper's names."""
    file.write(struct.pack("<12i", MAGIC, *dims.values(), FILE_TYPE[kind]))
    file.write(struct.pack("<2i", *filters.shape) + filters.astype("<f4").tobytes())
    file.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        file.write(struct.pack("<i", len(token)) + token)
    for name, values in weights.items():
        _write_tensor(file, name, np.asarray(values, np.float32), kind)


def _write_tensor(file: BinaryIO, name: str, values: NDArray[np.float32], kind: int) -> None:
    if name.startswith("encoder.conv") and name.endswith("bias"):
        values = values[:, None]
        kind = F32
    elif values.ndim < 2 or name in _ALWAYS_F32:
        kind = F32
    elif values.ndim == 3:
        kind = min(kind, F16)  # convolutions are never quantised
    file.write(struct.pack("<3i", values.ndim, len(name), kind))
    file.write(struct.pack(f"<{values.ndim}i", *reversed(values.shape)) + name.encode())
    file.write(_raw(values, kind))


def _raw(values: NDArray[np.float32], kind: int) -> bytes:
    if kind == Q8_0:
        return q8_0(values)
    return values.astype("<f4" if kind == F32 else "<f2").tobytes()


def q8_0(values: NDArray[np.float32]) -> bytes:
    """Blocks of 32 values: a float16 scale and 32 numbers of 8 bits."""
    blocks = values.reshape(-1, BLOCK)
    scales = np.abs(blocks).max(1, keepdims=True) / 127
    numbers = np.round(np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales > 0)).astype(np.int8)
    packed = np.empty(len(blocks), np.dtype([("scale", "<f2"), ("numbers", "i1", BLOCK)]))
    packed["scale"], packed["numbers"] = scales[:, 0], numbers
    return packed.tobytes()


def mel_filters() -> NDArray[np.float32]:
    """The filters that every Whisper of 80 bands listens through, shape (80, 201)."""
    from faster_whisper.feature_extractor import FeatureExtractor

    return np.asarray(FeatureExtractor.get_mel_filters(16_000, 400, 80), np.float32)


def vocabulary() -> list[bytes]:
    """Whisper's multilingual tokens by id, special ones left out, from the file that openai-whisper carries."""
    import whisper

    path = Path(whisper.__file__).parent / "assets" / "multilingual.tiktoken"
    pairs = (line.split() for line in path.read_bytes().splitlines() if line)
    return [base64.b64decode(token) for token, _ in sorted(pairs, key=lambda pair: int(pair[1]))]


def _config(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return found
