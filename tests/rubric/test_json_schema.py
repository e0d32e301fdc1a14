"""The JSON Schema says what the program reads: it is whole, and takes and refuses what the program does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_pipeline.checks.base import KINDS
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.rubric.json_schema import rubric_schema
from qa_pipeline.rubric.model import Criterion, Rubric, Section

SCHEMA = rubric_schema()
FORMS = [*sorted(rubrics_dir().glob("*.yaml")), Path(__file__).with_name("rich.yaml")]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}

#: Every keyword that the schema uses; all belong to JSON Schema 2020-12 (core, applicator, validation, metadata).
KEYWORDS = {
    *("$schema", "$ref", "$defs", "title", "description", "default", "type", "properties", "required", "items"),
    *("additionalProperties", "minProperties", "maxProperties", "patternProperties", "minItems", "maxItems", "enum"),
    *("const", "anyOf", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum",),
}


def subschemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it."""
    yield schema
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from subschemas(schema[key])
    for key in ("properties", "patternProperties", "$defs"):
        for inner in schema.get(key, {}).values():
            yield from subschemas(inner)
    for inner in schema.get("anyOf", ()):
        yield from subschemas(inner)


def faults(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """Where a value breaks a schema: the part of 2020-12 that the schema uses, written out from the standard."""
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], at)
    if "anyOf" in schema:
        tried = [faults(value, option, at) for option in schema["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    return [
        *([f"{at}: type"] if not _fits(value, schema.get("type")) else []),
        *([f"{at}: enum"] if value not in schema.get("enum", [value]) or schema.get("const", value) != value else []),
        *(_mapping_faults(value, schema, at) if isinstance(value, dict) else []),
        *(_list_faults(value, schema, at) if isinstance(value, list) else []),
        *(_text_faults(value, schema, at) if isinstance(value, str) else []),
        *(_number_faults(value, schema, at) if _is_number(value) else []),
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(value: Any, kind: str | None) -> bool:
    if kind in (None, "number", "integer"):
        return kind is None or (_is_number(value) and (kind == "number" or value == int(value)))
    return isinstance(value, TYPES[kind])


def _mapping_faults(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{at}.{key}: required" for key in schema.get("required", ()) if key not in value]
    found += [f"{at}: properties"] * (
        not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 999)
    )
    for key, part in value.items():
        named = [inner for form, inner in schema.get("patternProperties", {}).items() if re.search(form, key)]
        if key in properties or named:
            found += faults(part, properties[key] if key in properties else named[0], f"{at}.{key}")
        elif more is not True:
            found += faults(part, more, f"{at}.{key}") if more else [f"{at}.{key}: unknown"]
    return found


def _list_faults(value: list[Any], schema: dict[str, Any], at: str) -> list[str]:
    fits = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
    inner = [fault for i, part in enumerate(value) for fault in faults(part, schema.get("items", {}), f"{at}[{i}]")]
    return ([] if fits else [f"{at}: items"]) + inner


def _text_faults(value: str, schema: dict[str, Any], at: str) -> list[str]:
    fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    return [] if fits and re.search(schema.get("pattern", ""), value) else [f"{at}: text"]


def _number_faults(value: float, schema: dict[str, Any], at: str) -> list[str]:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    above, below = schema.get("exclusiveMinimum", value - 1), schema.get("exclusiveMaximum", value + 1)
    return [] if low <= value <= high and above < value < below else [f"{at}: bounds"]


def test_it_is_one_document_of_json_schema_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert {key for inner in subschemas(SCHEMA) for key in inner} <= KEYWORDS


def test_every_reference_leads_somewhere_and_no_definition_is_idle() -> None:
    used = {inner["$ref"] for inner in subschemas(SCHEMA) if "$ref" in inner}
    assert used == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}
    assert not any("$defs" in inner for inner in subschemas(SCHEMA) if inner is not SCHEMA)


def test_types_patterns_and_defaults_are_right() -> None:
    for inner in subschemas(SCHEMA):
        assert inner.get("type") in {None, "number", "integer", *TYPES}
        re.compile(inner.get("pattern", ""))
        if inner.get("default") is not None:
            assert faults(inner["default"], inner) == []


def test_every_key_of_the_language_stands_in_it_with_an_explanation() -> None:
    for model, schema in (
        (Rubric, SCHEMA),
        (Section, SCHEMA["$defs"]["Section"]),
        (Criterion, SCHEMA["$defs"]["Criterion"]),
    ):
        assert set(schema["properties"]) == {info.alias or name for name, info in model.model_fields.items()}
        assert schema["additionalProperties"] is False
    checks = SCHEMA["$defs"]["Check"]["properties"]
    assert set(checks) == set(KINDS)
    assert all(check["description"].startswith(KINDS[name].summary) for name, check in checks.items())
    assert (SCHEMA["$defs"]["Check"]["minProperties"], SCHEMA["$defs"]["Check"]["maxProperties"]) == (1, 1)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_fits(path: Path) -> None:
    assert faults(yaml.safe_load(path.read_text(encoding="utf-8")), SCHEMA) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda form: form.pop("title"), ".title: required"),
        (lambda form: form.update(titel="x"), ".titel: unknown"),
        (lambda form: form.update(version=1.0), ".version: type"),
        (lambda form: form.update(id="Bad Id"), ".id: text"),
        (lambda form: form.update(pass_percent=101), ".pass_percent: bounds"),
        (lambda form: form.update(conditions={"Bad": {"use": "x"}}), ".conditions.Bad: unknown"),
        (lambda form: form["sections"].append("x"), ".sections[3]: type"),
        (
            lambda form: form["sections"][0]["criteria"][0]["check"]["phrases"].update(role="unknown"),
            ".sections[0].criteria[0].check.phrases.role: enum",
        ),
        (lambda form: form["sections"][0].update(criteria=[]), ".sections[0].criteria: items"),
        (lambda form: form["sections"][0]["criteria"][0].update(fatal="all"), ".sections[0].criteria[0].fatal: enum"),
        (lambda form: form["sections"][0]["criteria"][0].update(points=0), ".sections[0].criteria[0].points: bounds"),
        (
            lambda form: form["sections"][0]["criteria"][0].update(check={}),
            ".sections[0].criteria[0].check: properties",
        ),
        (
            lambda form: form["sections"][0]["criteria"][0].update(check={"phrase": {}}),
            ".sections[0].criteria[0].check.phrase: unknown",
        ),
        (
            lambda form: form["sections"][0]["criteria"][0].update(check={"not": {"any": [{"regex": {}}]}}),
            ".sections[0].criteria[0].check.not.any[0].regex.pattern: required",
        ),
        (
            lambda form: form["sections"][0]["criteria"][0]["check"]["phrases"].update(after={"check": {"use": 5}}),
            ".sections[0].criteria[0].check.phrases.after.check.use: type",
        ),
    ],
)
def test_what_the_program_refuses_breaks_the_schema(change: Any, fault: str) -> None:
    form = yaml.safe_load(FORMS[-1].read_text(encoding="utf-8"))
    change(form)
    assert faults(form, SCHEMA) == [fault]
