"""What the head of a CTranslate2 weights file tells: number of parameters, number type, shape, whether it is whole.

The layout is that of ``ModelSpec._serialize`` in ctranslate2/specs/model_spec.py, binary versions 5 and 6:
little-endian, strings as 16-bit length (with the final zero) and bytes; then per variable its name, shape, type, size
and data.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from qa_pipeline.core.errors import UserError

_VERSIONS = (5, 6)
_TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
_MAX_VARIABLES = 100_000
_MAX_RANK = 8
#: One row per written position, as wide as the model; never quantised.
_POSITIONS = "decoder/position_encodings/encodings"
_DECODER_LAYER = re.compile(r"decoder/layer_(\d+)/")


@dataclass(frozen=True, slots=True)
class Weights:
    """``quantisation`` is the type that holds most bytes; ``width`` and ``decoder_layers`` are 0 where the file names
    no such parts."""

    parameters: int
    quantisation: str
    width: int = 0
    decoder_layers: int = 0


def read_weights(path: Path) -> Weights:
    """The head of every variable, the data left out; UserError where the file is damaged or of another program."""
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size)
    except (struct.error, ValueError, IndexError, UnicodeDecodeError):
        raise UserError(f"{path}: damaged or no CTranslate2 Whisper model; copy or fetch it again") from None


def _read(file: BinaryIO, size: int) -> Weights:
    version, name = _number(file, "<I"), _text(file)
    _number(file, "<I")
    variables = _number(file, "<I")
    if version not in _VERSIONS or "Whisper" not in name or variables > _MAX_VARIABLES:
        raise ValueError(name)
    bytes_by_type: Counter[str] = Counter()
    parameters = width = 0
    layers: set[str] = set()
    for _ in range(variables):
        label, dimensions, type_name, held = _variable(file, size)
        bytes_by_type[type_name] += held
        parameters += 0 if label.endswith("_scale") else math.prod(dimensions)
        if label == _POSITIONS and dimensions:
            width = dimensions[-1]
        if layer := _DECODER_LAYER.match(label):
            layers.add(layer[1])
    return Weights(parameters, bytes_by_type.most_common(1)[0][0], width, len(layers))


def _variable(file: BinaryIO, size: int) -> tuple[str, tuple[int, ...], str, int]:
    name, rank = _text(file), _number(file, "<B")
    if rank > _MAX_RANK:
        raise ValueError(rank)
    dimensions = tuple(_number(file, "<I") for _ in range(rank))
    type_name, held = _TYPES[_number(file, "<B")], _number(file, "<I")
    if file.tell() + held > size:
        raise ValueError("cut short")
    file.seek(held, 1)
    return name, dimensions, type_name, held


def _number(file: BinaryIO, code: str) -> int:
    (number,) = struct.unpack(code, file.read(struct.calcsize(code)))
    return int(number)


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "<H")).rstrip(b"\0").decode()
