"""A check as it stands in a rubric, and the registry of all that can be asked.

A family registers its checks where they are defined; ``registry`` imports every family. Nothing here knows one of
them, so that a new check is one function with its parameters in one file.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypedDict

from qa_pipeline.checks.finding import Finding

#: Marks a nested check in a generated JSON Schema; ``rubric/json_schema.py`` puts the real reference there.
NESTED_CHECK = {"x-check": True}


class CheckParams(BaseModel):
    """Base of all parameters that stand in rubric files: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Kind:
    """One registered check: its name in rubrics, what may stand under it, and the function that answers it."""

    name: str
    params: Any
    function: Callable[[Any, Any], Finding]
    adapter: TypeAdapter[Any]
    of_words: bool = False
    """The answer rests on what was said, so that words that may never have been said cannot give it: see ``doubt``."""
    asked_once: bool = False
    """Too dear to be asked with such words and without: asked without."""

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


KINDS: dict[str, Kind] = {}

Function = TypeVar("Function", bound=Callable[..., Finding])


def register(
    name: str, params: Any, *, of_words: bool = False, asked_once: bool = False
) -> Callable[[Function], Function]:
    """Make ``function(params, context) -> Finding`` known to rubrics under ``name``."""

    def keep(function: Function) -> Function:
        # A mapping of one key, so that the path of a mistake names the check.
        shape = TypedDict(name, {name: params})  # type: ignore[misc]
        KINDS[name] = Kind(name, params, function, TypeAdapter(shape), of_words, asked_once)
        return function

    return keep


@dataclass(frozen=True, eq=False)
class Check:
    """One check: a mapping with exactly one key, the name of a registered check."""

    name: str
    params: Any

    @classmethod
    def parse(cls, value: object) -> Check:
        """A check from plain values; pydantic.ValidationError with the path to every mistake."""
        return TypeAdapter(cls).validate_python(value)

    @classmethod
    def _validated(cls, value: object) -> Check:
        if isinstance(value, Check):
            return value
        if not isinstance(value, dict) or len(value) != 1:
            found = f" (found {', '.join(map(str, value))})" if isinstance(value, dict) else ""
            raise PydanticCustomError(
                "check_shape", "a check is a mapping with exactly one check name{f}", {"f": found}
            )
        (name,) = value
        if name not in KINDS:
            close = difflib.get_close_matches(str(name), KINDS, n=1, cutoff=0.6)
            hint = f"did you mean {close[0]}?" if close else f"known checks: {', '.join(KINDS)}"
            raise PydanticCustomError("unknown_check", "there is no check {n}; {h}", {"n": str(name), "h": hint})
        return cls(name, KINDS[name].adapter.validate_python(value)[name])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated, serialization=core_schema.plain_serializer_function_ser_schema(lambda check: check.plain())
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(NESTED_CHECK)

    def plain(self) -> dict[str, Any]:
        """Back to plain values, defaults left out."""
        kind = KINDS[self.name]
        value: dict[str, Any] = kind.adapter.dump_python(
            {self.name: self.params}, mode="json", by_alias=True, exclude_defaults=True
        )
        return value


def nested_checks(params: object) -> Iterator[tuple[tuple[str | int, ...], Check]]:
    """The checks inside parameters, each with its path from there; not those inside these."""
    if isinstance(params, Check):
        yield (), params
    elif isinstance(params, BaseModel):
        for name, info in type(params).model_fields.items():
            for path, check in nested_checks(getattr(params, name)):
                yield (info.alias or name, *path), check
    elif isinstance(params, tuple):
        for index, part in enumerate(params):
            for path, check in nested_checks(part):
                yield (index, *path), check


def walk(check: Check, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Check]]:
    """The check and all inside it, each with the path at which its name stands."""
    here = (*path, check.name)
    yield here, check
    for inner, nested in nested_checks(check.params):
        yield from walk(nested, (*here, *inner))


#: A list of texts as YAML writes it.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Checks = Annotated[tuple[Check, ...], Field(strict=False, min_length=1)]
