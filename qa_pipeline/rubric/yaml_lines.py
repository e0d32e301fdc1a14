"""YAML read strictly, with the line of every value: duplicate keys, aliases and YAML 1.1 traps are problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

#: A path into the document, as pydantic writes it: keys and list positions.
Path = tuple[str | int, ...]

_BOOLEANS = {"true": True, "false": False}

#: Values in one file; aliases of aliases can blow a small file up far beyond this.
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: 1-based line, where in the document, what is wrong."""

    line: int
    path: Path
    message: str


@dataclass(slots=True)
class Document:
    """Plain values with the line of each path, and the mistakes seen on the way."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    values: int = 0
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a path, or of the closest thing around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """Parse YAML text; never raises for a mistake in the text."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        document.problems.append(_syntax_problem(error))
        return document
    if node is None:
        document.problems.append(Problem(1, (), "the file is empty"))
        return document
    try:
        document.value = _convert(node, (), document, frozenset())
    except RecursionError:
        document.problems.append(Problem(1, (), "nested too deeply"))
    if document.values > MAX_VALUES:
        document.problems.append(Problem(1, (), f"more than {MAX_VALUES} values: remove the aliases"))
    return document


def _syntax_problem(error: yaml.YAMLError | RecursionError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    what = getattr(error, "problem", None) or "nested too deeply or not text"
    if "'\\t'" in what:
        what = "a tab is used for indentation: use spaces"
    return Problem(line, (), f"not valid YAML: {what}")


def _convert(node: yaml.Node, path: Path, document: Document, above: frozenset[int]) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in above:
        document.problems.append(Problem(node.start_mark.line + 1, path, "refers to itself"))
        return None
    document.values += 1
    if document.values > MAX_VALUES:
        return None
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, above)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, (*path, i), document, above) for i, child in enumerate(node.value)]
    return _scalar(node, path, document)


def _mapping(node: yaml.MappingNode, path: Path, document: Document, above: frozenset[int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        # Keys are words: `no:` and `on:` as keys are the words no and on, never True or False.
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        if key == "?" or key == "<<":
            document.problems.append(Problem(line, path, "keys are plain words; merging (<<) is not supported"))
            continue
        if key in result:
            first = document.lines[(*path, key)]
            document.problems.append(Problem(line, (*path, key), f"the key stands twice (first in line {first})"))
            continue
        document.lines[(*path, key)] = line
        result[key] = _convert(value_node, (*path, key), document, above)
    return result


def _scalar(node: yaml.Node, path: Path, document: Document) -> Any:
    raw = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1]
    trap = _trap(kind, raw)
    if trap:
        document.problems.append(Problem(node.start_mark.line + 1, path, trap))
        return raw
    if kind == "bool":
        return _BOOLEANS[raw.lower()]
    if kind == "null":
        return None
    if kind == "int":
        return int(raw.replace("_", ""))
    return float(raw.replace("_", "")) if kind == "float" else raw


def _trap(kind: str, raw: str) -> str | None:
    """Plain words and numbers that YAML 1.1 silently turns into something else."""
    if kind == "bool" and raw.lower() not in _BOOLEANS:
        return f"YAML reads {raw} as true or false: put it in quotes, or write true or false"
    if kind in ("int", "float") and ":" in raw:
        return f"YAML reads {raw} as a number to the base 60: put it in quotes"
    if kind in ("int", "float") and not _plain_number(raw, int if kind == "int" else float):
        return f"{raw} is an unusual number: write it as a plain decimal, or put it in quotes"
    return None


def _plain_number(raw: str, kind: type[int] | type[float]) -> bool:
    try:
        number = float(kind(raw.replace("_", "")))
    except (ValueError, OverflowError):
        return False
    return number == number and abs(number) != float("inf") and not raw.lstrip("+-").startswith(("0x", "0o", "0b"))
