"""YAML read strictly, with the line of every value: duplicate keys, aliases and YAML 1.1 traps are problems."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import yaml

#: A path into the document, as pydantic writes it: keys and list positions.
Path = tuple[str | int, ...]

_BOOLEANS = {"true": True, "false": False}

#: What the parser says, and what the mistake mostly is.
_HINTS = (
    ("'\\t'", "a tab stands where spaces are needed"),
    ("mapping values are not allowed", "a colon inside text, or keys that are not aligned; put the text in quotes"),
    ("unknown escape character", "in double quotes a backslash begins an escape; use single quotes"),
    ("cannot start any token", "put the text in quotes"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("could not find expected ':'", "the colon after a key is missing, or the indentation is wrong"),
    ("unexpected end of stream", "a quote is not closed"),
    ("expected ',' or", "the bracket opened in line {line} is not closed, or a text in it needs quotes"),
    ("another document", "one rubric per file; remove the line ---"),
)

_TAB_INDENT = re.compile(r"^ *\t[ \t]*(?=\S)", re.MULTILINE)

#: How wide a tab may have been meant; 0: it is to be left out.
_TAB_WIDTHS = (2, 4, 8, 0)

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
    numbers: dict[Path, str] = field(default_factory=dict)
    """Numbers as they are written: 1.10 is not 1.1 once it is a version."""
    doubtful: dict[Path, Any] = field(default_factory=dict)
    """Values that were reported here, with what may be meant instead: the second one of a key that stands twice."""
    copies: dict[Path, Path] = field(default_factory=dict)
    """Where an alias stands → where its value is written."""
    nodes: dict[int, Path] = field(default_factory=dict)
    """The first path of each part of the parsed text."""
    readable: bool = True
    """False where the text is no YAML at all."""

    def line_of(self, path: Path) -> int:
        """The line of a path, or of the closest thing around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def original(self, path: Path) -> Path:
        """The path without aliases: the same for all places that share what is written once."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.copies:
                return self.original(self.copies[path[:end]] + path[end:])
        return path

    def complain(self, line: int, path: Path, message: str, instead: Any = None) -> None:
        self.problems.append(Problem(line, path, message))
        self.doubtful[path] = instead


def read(text: str) -> Document:
    """Parse YAML text; never raises for a mistake in the text."""
    document = _parsed(text)
    tabs = [text.count("\n", 0, found.start()) + 1 for found in _TAB_INDENT.finditer(text)]
    # Tabs are no mistake within a text of several lines: only what cannot be read is mended.
    if document.readable or not tabs:
        return document
    mended = [_parsed(_TAB_INDENT.sub(partial(_spaces, width), text)) for width in _TAB_WIDTHS]
    best = min(mended, key=_wrongness)
    best.problems += [Problem(line, (), "a tab is used for indentation; use spaces") for line in tabs]
    return best


def _wrongness(document: Document) -> tuple[bool, int, int]:
    """Smaller is better: what can be read, with fewer mistakes, or at least further down."""
    lines = [problem.line for problem in document.problems]
    return not document.readable, len(lines), -max(lines, default=0)


def _spaces(width: int, indent: re.Match[str]) -> str:
    return indent[0].expandtabs(width)


def _parsed(text: str) -> Document:
    document = Document()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        document.problems.append(_syntax_problem(error))
        document.readable = False
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
    opened = getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or "nested too deeply or not text"
    if "unexpected end of stream" in what and opened:
        mark = opened  # where the quote begins, not where the file ends
    hint = next((hint for part, hint in _HINTS if part in what), "")
    hint = hint.format(line=opened.line + 1 if opened else "?")
    return Problem(mark.line + 1 if mark else 1, (), f"not valid YAML: {what}" + (f": {hint}" if hint else ""))


def _convert(node: yaml.Node, path: Path, document: Document, above: frozenset[int]) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    first = document.nodes.setdefault(id(node), path)
    if first != path:
        document.copies[path] = first
    if id(node) in above:
        document.complain(node.start_mark.line + 1, path, "refers to itself")
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
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.problems.append(Problem(line, path, "keys are plain words"))
            continue
        # Keys are words: `no:` and `on:` as keys are the words no and on, never True or False.
        key = str(key_node.value)
        here = (*path, key)
        document.lines.setdefault(here, line)
        value = _convert(value_node, here, document, above)
        if key == "<<":
            document.complain(line, here, "merging (<<) is not supported: write the keys out")
            merged |= value if isinstance(value, dict) else {}
        elif key in result:
            document.complain(line, here, f"the key stands twice (first in line {document.lines[here]})", value)
        else:
            result[key] = value
    # So that what was to be merged is not missing on top of that.
    for key in merged.keys() - result.keys():
        document.copies[(*path, key)] = (*path, "<<", key)
    return merged | result


def _scalar(node: yaml.Node, path: Path, document: Document) -> Any:
    raw = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1]
    trap = _trap(kind, raw)
    if trap:
        document.complain(node.start_mark.line + 1, path, trap)
        return raw
    if kind == "bool":
        return _BOOLEANS[raw.lower()]
    if kind == "null":
        return None
    if kind not in ("int", "float"):
        return raw
    document.numbers[path] = raw
    return int(raw.replace("_", "")) if kind == "int" else float(raw.replace("_", ""))


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
