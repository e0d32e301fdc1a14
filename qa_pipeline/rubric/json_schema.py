"""The JSON Schema of rubric files, for editors that complete and check YAML while it is written."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter

from qa_pipeline.checks import registry  # noqa: F401 - registers every check
from qa_pipeline.checks.base import KINDS, NESTED_CHECK, Kind
from qa_pipeline.core.call import Role
from qa_pipeline.rubric.model import Rubric

_CHECK = {"$ref": "#/$defs/Check"}


def rubric_schema() -> dict[str, Any]:
    """A self-contained schema (JSON Schema 2020-12) of the whole rubric language."""
    definitions: dict[str, Any] = {}
    schema = _lifted(Rubric.model_json_schema(), definitions)
    options = {name: _option(KINDS[name], definitions) for name in sorted(KINDS)}
    definitions["Check"] = {
        "title": "Check",
        "description": "A mapping with exactly one key, the name of a check.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": options,
    }
    # Of a party in a rubric, unknown is no choice: the program refuses it.
    definitions["Role"]["enum"].remove(Role.UNKNOWN.value)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


def _option(kind: Kind, definitions: dict[str, Any]) -> dict[str, Any]:
    """What may stand under the name of one check, with what it asks and what its parameters mean."""
    is_model = isinstance(kind.params, type) and issubclass(kind.params, BaseModel)
    schema = kind.params.model_json_schema() if is_model else TypeAdapter(kind.params).json_schema()
    option = _lifted(schema, definitions)
    about = " ".join([kind.summary, *option.get("description", "").split()])
    return {**option, "description": about.replace("``", "")}


def _lifted(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema with its own definitions moved to the common ones and nested checks as references."""
    for name, definition in schema.pop("$defs", {}).items():
        definitions[name] = _linked(definition)
    linked: dict[str, Any] = _linked(schema)
    return linked


def _linked(value: Any) -> Any:
    if isinstance(value, list):
        return [_linked(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.items() >= NESTED_CHECK.items():
        return _CHECK | {key: part for key, part in value.items() if key == "description"}
    linked = {key: _linked(part) for key, part in value.items()}
    # Names of conditions have a form, and no other names may stand there.
    return linked | {"additionalProperties": False} if "patternProperties" in value else linked
