"""What the rubric language expects at a path: which keys, which kind of value, and harmless values of that kind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from qa_pipeline.checks import registry  # noqa: F401 - registers every check
from qa_pipeline.checks.base import KINDS, Check
from qa_pipeline.checks.stage import StagePresentParams
from qa_pipeline.core.call import Stage
from qa_pipeline.rubric.model import Rubric

#: Keys and list positions from the top of the file.
Path = tuple[str | int, ...]

#: No value of this kind can be made up.
NOTHING = object()

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


def kind_at(path: Path) -> Any:
    """The type of what stands at a path; None where the language expects nothing."""
    kind: Any = Rubric
    for part in path:
        kind = _inside(kind, part)
    return kind


def is_check(path: Path) -> bool:
    """Whether a check is expected at a path."""
    return _bare(kind_at(path)) is Check


def keys_at(path: Path) -> tuple[str, ...]:
    """Keys that may stand in the mapping at a path."""
    kind = _bare(kind_at(path))
    if kind is Check:
        return tuple(KINDS)
    return tuple(_fields(kind)) if _is_model(kind) else ()


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _inside(kind: Any, part: str | int) -> Any:
    """What stands under one key or list position of a kind of value."""
    kind = _bare(kind)
    if kind is Check:
        return KINDS[part].params if isinstance(part, str) and part in KINDS else None
    if _is_model(kind):
        info = _fields(kind).get(str(part))
        if info is None:
            return None
        return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    if get_origin(kind) in (tuple, dict):
        return get_args(kind)[1 if get_origin(kind) is dict else 0]
    return None


def _bare(kind: Any) -> Any:
    """Without annotations, and without the None of what may be left out."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    return kind


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class StandIns:
    """Valid values that mean nothing and equal no other; those of variant 0 never equal those of variant 1."""

    def __init__(self, variant: int) -> None:
        self._variant = variant
        self._numbers = itertools.count(1 + variant, 2)

    def of(self, kind: Any) -> Any:
        """A value that the kind takes; NOTHING where none is found."""
        if kind is None:
            return NOTHING
        adapter = TypeAdapter(list[kind], config=_STRICT)
        for candidate in self._candidates(_bare(kind)):
            try:
                adapter.validate_python([candidate])
            except ValidationError:
                continue
            return candidate
        return NOTHING

    def check(self) -> Check:
        return Check(
            "stage_present", StagePresentParams(any=(Stage.OPENING,), min_turns=1_000_000 + next(self._numbers))
        )

    def _candidates(self, kind: Any) -> Iterator[Any]:
        """Values of all sorts; the kind itself decides which it takes."""
        number = next(self._numbers)
        name = f"x{number}"
        yield from self._option(kind)
        yield from (name, "xy"[self._variant] * 2, str(number), name * 10)
        yield from (number, 1 + self._variant, number / (number + 1000), bool(self._variant))
        yield -20.0 - number % 100  # levels in dB below full scale
        yield self.check()
        inner = _inside(kind, 0)
        if inner is not None:
            yield from ([self.of(inner)], [self.of(inner), self.of(inner)])
        yield from ({"points": number}, {"min": number}, {"check": self.check()})
        yield from (self._criterion(name, number), self._section(name, number), {})

    def _option(self, kind: Any) -> list[Any]:
        """One of the words that may stand there."""
        options = list(kind) if isinstance(kind, type) and issubclass(kind, Enum) else []
        options += get_args(kind) if get_origin(kind) is Literal else []
        return options[-1:] if self._variant else options[:1]

    def _criterion(self, name: str, points: int) -> dict[str, Any]:
        return {"id": name, "title": name, "points": points, "check": self.check()}

    def _section(self, name: str, points: int) -> dict[str, Any]:
        return {"id": name, "title": name, "criteria": [self._criterion(f"{name}c", points)]}
