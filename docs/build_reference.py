"""Writes the reference of the rubric language from the program itself: ``python docs/build_reference.py`` (make docs).

One page per check (docs/checks/NAME.md) around a runnable example (docs/checks/examples/NAME.yaml) and what is worth
knowing about it (docs/checks/notes.yaml), an index of them, the tables of rubric keys and scope keys, and the JSON
Schema beside the shipped rubrics. A test holds them in step.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qa_pipeline.checks.base import KINDS, Check, Kind
from qa_pipeline.checks.ranges import Amount, Bounds, Count, MeasuredScope, Percent
from qa_pipeline.checks.registry import FAMILIES
from qa_pipeline.checks.scope import Anchor, Scope
from qa_pipeline.checks.spoken import SpokenScope
from qa_pipeline.rubric.json_schema import rubric_schema
from qa_pipeline.rubric.model import Criterion, Deduction, ExampleSet, Rubric, Section
from qa_pipeline.rubric.recording_limits import RecordingLimits

DOCS = Path(__file__).resolve().parent
CHECKS = DOCS / "checks"
KEYS_PAGE = "../rubric-keys.md"

#: The parts of a rubric file: heading, what it is, model.
PARTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    (
        "Rubric",
        "The file as a whole. Ids are lower-case letters, digits, `-` and `_`, and begin with a letter.",
        Rubric,
    ),
    (
        "Recording",
        "What recordings must be like, so that their calls are scored; each limit has a value that switches it off. "
        "[Calls that cannot be scored](scoring.md#calls-that-cannot-be-scored) says what they mean.",
        RecordingLimits,
    ),
    ("Section", "Criteria that belong together.", Section),
    ("Criterion", "One scored line: exactly one of `points`, `bonus`, `deduct`.", Criterion),
    ("Deduct", "Points that a finding costs.", Deduction),
    ("Examples", "Snippets or small dialogues; how they are written: [Rubrics](rubrics.md#examples).", ExampleSet),
    ("Scope", "Where a check looks. Without any key: the whole call, both parties.", Scope),
    ("Spoken scope", "More keys of `phrases`, `regex` and `similar`.", SpokenScope),
    ("Anchor", "The value of `before`, `after` and `around`.", Anchor),
    ("Bounds", "Limits of what is counted or measured, written `{min: 2}`, `{max: 5}` or `{min: 2, max: 5}`.", Bounds),
)

_NAMED: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Check: "[check](README.md)",
    **{model: f"[{title.lower()}]({KEYS_PAGE}#{title.lower()})" for title, _, model in PARTS},
}
_NAMED |= {Amount: f"{_NAMED[Bounds]} of 0 or more", Count: f"{_NAMED[Bounds]} in whole numbers"}
_NAMED |= {Percent: f"{_NAMED[Bounds]} in percent"}
_LIMITS = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ ", "min_length": "≥ ", "max_length": "≤ "}


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated file with its content."""
    notes: dict[str, str] = yaml.safe_load((CHECKS / "notes.yaml").read_text(encoding="utf-8"))
    for kind in KINDS.values():
        yield CHECKS / f"{kind.name}.md", check_page(kind, notes[kind.name])
    yield CHECKS / "README.md", index_page()
    yield DOCS / "rubric-keys.md", keys_page()
    schema = json.dumps(rubric_schema(), ensure_ascii=False, indent=1)
    yield DOCS.parent / "rubrics" / "rubric.schema.json", schema + "\n"


def check_page(kind: Kind, note: str) -> str:
    """What a check asks, its parameters, what to know about it, and its example."""
    example = (CHECKS / "examples" / f"{kind.name}.yaml").read_text(encoding="utf-8")
    file = f"docs/checks/examples/{kind.name}.yaml"
    command, does = ("test", "runs its examples") if "examples:" in example else ("check", "reads it")
    parts = [f"# `{kind.name}`", f"Holds when: {_lower(kind.summary)}", *_parameters(kind)]
    parts += [
        "## Good to know",
        note.strip(),
        "## Example",
        f"A whole rubric; `qa-pipeline rubric {command} {file}` {does}.",
    ]
    parts += [f"```yaml\n{example.strip()}\n```", "[All checks](README.md) · [Rubrics](../rubrics.md)"]
    return "\n\n".join(parts) + "\n"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _parameters(kind: Kind) -> list[str]:
    if not (isinstance(kind.params, type) and issubclass(kind.params, BaseModel)):
        one = {"use": "The name of a condition of the rubric.", "not": "One [check](README.md)."}
        return ["## Value", one.get(kind.name, "A list of [checks](README.md).")]
    scope = Scope.model_fields if issubclass(kind.params, Scope) else {}
    # What the check itself defines stands before what it shares with others.
    defined = inspect.get_annotations(kind.params)
    names = sorted((n for n in kind.params.model_fields if n not in scope), key=lambda name: name not in defined)
    own = {name: kind.params.model_fields[name] for name in names}
    about = " ".join((kind.params.__doc__ or "").split()).replace("``", "`")
    parts = ["## Parameters", *([about] if about else []), table(own)]
    # Figures of a whole scope cannot be asked of each turn.
    shared = [name for name in scope if not (name == "every_turn" and issubclass(kind.params, MeasuredScope))]
    if shared:
        keys = ", ".join(f"`{name}`" for name in shared)
        parts.append(f"And the keys of the [scope]({KEYS_PAGE}#scope): {keys}.")
    return parts


def table(fields: dict[str, FieldInfo]) -> str:
    """Name, form, default and meaning of each key."""
    rows = [
        f"| `{field.alias or name}` | {_form(field)} | {_default(field)} | {field.description or ''} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| key | form | default | meaning |", "|---|---|---|---|", *rows])


def _form(field: FieldInfo) -> str:
    """The type in words, with the limits of numbers and lengths."""
    unit = " characters" if field.annotation is str else " items"
    limits = [
        f"{sign}{limit:g}{unit if 'length' in key else ''}"
        for limits in field.metadata
        for key, sign in _LIMITS.items()
        # That something must be there is what "required" says already.
        if (limit := getattr(limits, key, None)) is not None and not (key == "min_length" and limit == 1)
    ]
    return ", ".join([form_of(field.annotation), *limits])


def form_of(kind: Any) -> str:
    """A type in words: what may stand in the file."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return form_of(inner[0])
    if origin is Literal:
        return ", ".join(f"`{option}`" for option in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(form_of(option) for option in inner if option is not type(None))
    if origin is tuple:
        return f"list: {form_of(inner[0])}"
    if origin is dict:
        return f"names, each with a {form_of(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind if member.value != "unknown")
    return _NAMED[kind]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value in (None, (), "", {}):
        return "–"
    if isinstance(value, BaseModel):
        plain = value.model_dump(exclude_defaults=True)
        return f"`{{{', '.join(f'{name}: {limit:g}' for name, limit in plain.items())}}}`" if plain else "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{str(value).lower()}`"


def index_page() -> str:
    """All checks by what they ask about."""
    intro = "A check is a mapping with exactly one key, its name. Each page has its parameters and a runnable example."
    parts = ["# Checks", intro]
    for about, modules in FAMILIES.items():
        kinds = [kind for m in modules for kind in KINDS.values() if kind.function.__module__ == m.__name__]
        rows = [f"| [`{kind.name}`]({kind.name}.md) | {_lower(kind.summary)} |" for kind in kinds]
        parts += [f"## {about.capitalize()}", "\n".join(["| check | holds when |", "|---|---|", *rows])]
    parts.append("[Where a check looks: scope](../rubric-keys.md#scope) · [Rubrics](../rubrics.md)")
    return "\n\n".join(parts) + "\n"


def keys_page() -> str:
    """Every key that may stand in a rubric, besides the parameters of checks."""
    parts = ["# Keys of a rubric file", "Made from the program; `qa-pipeline rubric schema` prints it as JSON Schema."]
    for title, about, model in PARTS:
        inherited = Scope.model_fields if model is SpokenScope else {}
        fields = {name: field for name, field in model.model_fields.items() if name not in inherited}
        parts += [
            f"## {title}",
            about,
            table(fields).replace(KEYS_PAGE, "").replace("(README.md)", "(checks/README.md)"),
        ]
    parts.append("[Rubrics](rubrics.md) · [Checks](checks/README.md)")
    return "\n\n".join(parts) + "\n"


def main() -> None:
    for path, text in pages():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
