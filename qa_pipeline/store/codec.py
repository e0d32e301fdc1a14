"""Core values to JSON and back; every value checks itself again when it is read."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")

_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Building one takes milliseconds, so each is built once."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: object, *, brief: bool = False) -> str:
    """A frozen core value as JSON text; ``brief`` leaves out what has its default value."""
    return _adapter(type(value)).dump_json(value, exclude_defaults=brief).decode()


def decode(kind: type[Value], text: str) -> Value:
    """The core value of JSON text; pydantic.ValidationError when the text does not hold one."""
    value: Value = _adapter(kind).validate_json(text)
    return value
