"""Core values to JSON and back, and to the compressed form in which the store keeps them.

What is stored begins with the number of its format. Raise ``FORMAT`` when stored values change in a way that the
classes cannot read by themselves (a new field with a default needs nothing) and write in ``upgrades.py`` how the old
JSON becomes the new one; ``tests/data/old`` keeps a sample of every format that was ever written.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from qa_pipeline.store.upgrades import UPGRADES

Value = TypeVar("Value")

#: Format 1 was plain JSON text; 2 is deflated JSON.
FORMAT = 2
#: Of 9: transcripts become a ninth of their size, 9 saves another 5 % for three times the work.
_LEVEL = 4
#: No stored value is larger: a guard against a crafted store that swells when it is read.
_MAX_BYTES = 256 * 2**20

_adapters: dict[type[Any], TypeAdapter[Any]] = {}


class Unreadable(ValueError):
    """A stored value that this version cannot read. It quotes nothing of the value."""


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Building one takes milliseconds, so each is built once."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: object, *, brief: bool = False) -> str:
    """A frozen core value as JSON text; ``brief`` leaves out what has its default value."""
    return _adapter(type(value)).dump_json(value, exclude_defaults=brief).decode()


def decode(kind: type[Value], text: str | bytes) -> Value:
    """The core value of JSON text; pydantic.ValidationError when the text does not hold one."""
    value: Value = _adapter(kind).validate_json(text)
    return value


def pack(value: object, *, brief: bool = False) -> bytes:
    """A frozen core value as it is stored: one byte that numbers the format, then the value."""
    return packed_text(encode(value, brief=brief))


def packed_text(text: str) -> bytes:
    """JSON text of a value in the present format."""
    return bytes([FORMAT]) + zlib.compress(text.encode(), _LEVEL)


def unpack(kind: type[Value], stored: bytes | str) -> Value:
    """The core value of what :func:`pack` gave, in this or an older format; Unreadable for anything else."""
    try:
        written, text = _opened(stored)
        steps = UPGRADES.get(kind.__name__, {})
        for number in range(written, FORMAT):
            if number in steps:
                text = json.dumps(steps[number](json.loads(text)), ensure_ascii=False)
        return decode(kind, text)
    except (ValidationError, ValueError, zlib.error, KeyError, TypeError):
        # Without the cause: it would quote what was said.
        raise Unreadable(f"a stored {kind.__name__} of another version") from None


def _opened(stored: bytes | str) -> tuple[int, str | bytes]:
    """Format and JSON of what is stored."""
    if isinstance(stored, str):
        return 1, stored
    if not stored or not 2 <= stored[0] <= FORMAT:
        raise ValueError("unknown format")
    inflater = zlib.decompressobj()
    text = inflater.decompress(stored[1:], _MAX_BYTES)
    if inflater.unconsumed_tail or not inflater.eof:
        raise ValueError("too large or cut off")
    return stored[0], text
