"""The page of talk metrics names the constants of the code as they are, and marks the sources that nobody saw."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "talk-metrics.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([\w.]+)` \| ([\d.]+) \|", PAGE, flags=re.MULTILINE)


def value_of(path: str) -> Any:
    """A constant of a module, or the default of a field of an options object."""
    *parts, name = path.split(".")
    holder = importlib.import_module("qa_pipeline." + ".".join(part for part in parts if part.islower()))
    for part in (part for part in parts if not part.islower()):
        holder = getattr(holder, part)
    if dataclasses.is_dataclass(holder):
        return {field.name: field.default for field in dataclasses.fields(holder)}[name]
    return getattr(holder, name)


@pytest.mark.parametrize(("path", "value"), ROWS, ids=[path for path, _ in ROWS])
def test_constants_are_those_of_the_code(path: str, value: str) -> None:
    assert value_of(path) == float(value)


def test_the_constants_of_who_holds_the_floor_are_all_named() -> None:
    floor = importlib.import_module("qa_pipeline.acoustics.floor")
    constants = [name for name, value in vars(floor).items() if name.isupper() and isinstance(value, float)]
    assert [name for name in constants if f"`acoustics.floor.{name}`" not in PAGE] == []


@pytest.mark.parametrize("source", re.findall(r"(Goldman-Eisler 1968|Heldner and Edlund 2010)", PAGE))
def test_sources_from_memory_are_marked_where_they_are_cited(source: str) -> None:
    assert all(PAGE[m.end() :].startswith(" †") for m in re.finditer(source, PAGE))
