"""A checkpoint to go on training from, read back from a converted model.

Usage: python -m training.demo_asr.read_back MODEL_DIR --syllables CHECKPOINT_DIR --out CHECKPOINT_DIR

The model holds no syllable classifier (only training uses it): that comes from an older checkpoint.
"""

import argparse
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from training.demo_asr.checkpoint import Checkpoint, Weights
from training.demo_asr.convert import UNUSED_BIAS
from training.demo_asr.network import MAX_FRAMES, Network, Size, sinusoids

#: Number types of CTranslate2's model files, by their number in the file.
TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

NORM = {"gamma": "weight", "beta": "bias"}
#: Layers of CTranslate2 whose matrices hold several of transformers' ones, one below the other.
FUSED = {
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
}
NORMS = {
    "self_attention/layer_norm": "self_attn_layer_norm",
    "attention/layer_norm": "encoder_attn_layer_norm",
    "ffn/layer_norm": "final_layer_norm",
}


def read_number(file: BinaryIO, form: str) -> int:
    """One little-endian number."""
    (value,) = struct.unpack(f"<{form}", file.read(struct.calcsize(form)))
    return int(value)


def read_name(file: BinaryIO) -> str:
    """A string with its length before it and a zero after it."""
    return file.read(read_number(file, "H"))[:-1].decode()


def variables(path: Path) -> Iterator[tuple[str, Tensor]]:
    """Every variable of a CTranslate2 model file as it lies there."""
    with path.open("rb") as file:
        read_number(file, "I")  # version of the format
        read_name(file)
        read_number(file, "I")  # revision of the specification
        for _ in range(read_number(file, "I")):
            name = read_name(file)
            shape = [read_number(file, "I") for _ in range(read_number(file, "B"))]
            kind = TYPES[read_number(file, "B")]
            raw = file.read(read_number(file, "I"))
            yield name, torch.tensor(np.frombuffer(raw, kind).reshape(shape))


def floats(path: Path) -> Weights:
    """The model's weights as float32: int8 rows divided by their scales."""
    raw = dict(variables(path))
    found: Weights = {}
    for name, value in raw.items():
        scale = raw.get(f"{name}_scale")
        if scale is not None:
            value = value.float() / scale.view(-1, *[1] * (value.dim() - 1))
        if not name.endswith("_scale"):
            found[name] = value.float()
    return found


def layer_weights(weights: Weights, half: str, number: int) -> Weights:
    """One layer under transformers' names."""
    found: Weights = {}
    prefix = f"{half}/layer_{number}"
    for packed, parts in FUSED.items():
        if f"{prefix}/{packed}/weight" not in weights:
            continue
        for kind in ("weight", "bias"):
            pieces = weights[f"{prefix}/{packed}/{kind}"].chunk(len(parts))
            found |= {f"{half}.layers.{number}.{part}.{kind}": piece for part, piece in zip(parts, pieces, strict=True)}
    for packed, part in NORMS.items():
        for theirs, ours in NORM.items():
            if f"{prefix}/{packed}/{theirs}" in weights:
                found[f"{half}.layers.{number}.{part}.{ours}"] = weights[f"{prefix}/{packed}/{theirs}"]
    return {name: value for name, value in found.items() if not name.endswith("k_proj.bias")}


def read_back(model: Path, syllables: Checkpoint) -> Checkpoint:
    """The checkpoint behind a converted model, but for what rounding to 8 bits took."""
    weights = floats(model / "model.bin")
    embedding = weights["decoder/embeddings/weight"]
    trained = torch.nonzero((embedding[:, 0] - UNUSED_BIAS).abs() > 1).flatten()
    size = Size(vocabulary=len(trained), syllables=len(syllables.syllables) + 1)
    found: Weights = {
        "decoder.embed_tokens.weight": embedding[trained],
        "decoder.embed_positions.weight": weights["decoder/position_encodings/encodings"],
        "encoder.pos": sinusoids(MAX_FRAMES, size.width),
        **{name: syllables.weights[name] for name in ("ctc.weight", "ctc.bias")},
    }
    for conv in ("conv1", "conv2"):
        found |= {f"encoder.{conv}.{kind}": weights[f"encoder/{conv}/{kind}"] for kind in ("weight", "bias")}
    for half, layers in (("encoder", size.encoder_layers), ("decoder", size.decoder_layers)):
        found |= {f"{half}.layer_norm.{ours}": weights[f"{half}/layer_norm/{theirs}"] for theirs, ours in NORM.items()}
        for number in range(layers):
            found |= layer_weights(weights, half, number)
    whole = Network(size).state_dict()
    network = Network(size)
    network.load_state_dict({**{name: whole[name] for name in ("decoder.m", "decoder.c")}, **found})
    return Checkpoint(size, trained.tolist(), syllables.syllables, network.state_dict())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--syllables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    read_back(options.model, Checkpoint.load(options.syllables)).save(options.out, torch.float16)


if __name__ == "__main__":
    main()
