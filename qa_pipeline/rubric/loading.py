"""Read a rubric file: all mistakes at once, each as ``file:line: path: message``."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.rubric.mending import mistakes_of
from qa_pipeline.rubric.model import LoadedRubric, Rubric
from qa_pipeline.rubric.yaml_lines import Document, Problem, read
from qa_pipeline.rubric.yaml_lines import Path as Place

#: A scoring form of a thousand criteria is far below this.
MAX_BYTES = 1_000_000

#: Mistakes listed before the rest is only counted.
MAX_PROBLEMS = 200


class RubricError(UserError):
    """A rubric that cannot be used, with every problem found in it."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = sorted(problems, key=lambda p: (p.line, str(p.path)))
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        listed = self.problems[:MAX_PROBLEMS]
        shown = [f"{self.path}:{p.line}: " + _one_line(_dotted(p.path) + p.message) for p in listed]
        rest = len(self.problems) - len(shown)
        return shown + ([f"… and {rest} more"] if rest else [])


def shipped_ids() -> list[str]:
    """Ids of the rubrics that come with the program."""
    return sorted(path.stem for path in rubrics_dir().glob("*.yaml"))


def locate(name: str) -> Path:
    """The file of a rubric named by path or by the id of a shipped one."""
    path, shipped = Path(name), rubrics_dir() / f"{name}.yaml"
    try:
        if path.is_file():
            return path
        if path.name == name and shipped.is_file():
            return shipped
        if path.is_dir():
            raise UserError(f"{name}: is a folder; name one rubric file")
    except (OSError, ValueError) as error:
        raise UserError(f"{name:.80}: cannot be a file name ({type(error).__name__}); name a rubric file") from None
    close = difflib.get_close_matches(name, shipped_ids(), n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; shipped rubrics: {', '.join(shipped_ids())}"
    raise UserError(f"{name}: no such rubric file{hint}")


def load_rubric(name: str) -> LoadedRubric:
    """Load a rubric by path or shipped id; raises RubricError with every mistake."""
    path = locate(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); check the permissions") from None
    if len(content) > MAX_BYTES:
        raise UserError(f"{path}: {len(content)} bytes is too large for a rubric (limit {MAX_BYTES})")
    return LoadedRubric(_parse(path, content), path, hashlib.sha256(content).hexdigest())


def _parse(path: Path, content: bytes) -> Rubric:
    document = read(_decode(path, content))
    rubric, found = _validate(document) if document.value is not None else (None, [])
    problems = _without_echoes(document, document.problems + found)
    if problems or rubric is None:
        raise RubricError(path, problems or [Problem(1, (), "the file is empty")])
    return rubric


def _decode(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path}: is neither UTF-8 nor GB18030 text; save it as UTF-8")


def _validate(document: Document) -> tuple[Rubric | None, list[Problem]]:
    if not isinstance(document.value, dict):
        return None, [Problem(1, (), "a rubric is a mapping with id, version, title and sections")]
    try:
        rubric, found = mistakes_of(document.value, document.doubtful, document.numbers)
    except RecursionError:
        return None, [Problem(1, (), "nested too deeply")]
    return rubric, _repeated_ids(document) + [Problem(document.line_of(path), path, text) for path, text in found]


def _repeated_ids(document: Document) -> list[Problem]:
    """Ids of sections and criteria used twice, with the line of the first."""
    first: dict[str, int] = {}
    problems = []
    for path, used in _ids(document.value, ("sections",)):
        line = document.line_of(path)
        if used in first:
            problems.append(Problem(line, path, f"the id {used} is used twice (first in line {first[used]})"))
        first.setdefault(used, line)
    return problems


def _ids(parent: Any, path: Place) -> Iterator[tuple[Place, str]]:
    """The ids of a list and of what stands under it, in the order of the file."""
    members = parent.get(path[-1]) if isinstance(parent, dict) else None
    for i, member in enumerate(members if isinstance(members, list) else ()):
        if isinstance(member, dict) and isinstance(member.get("id"), str):
            yield (*path, i, "id"), member["id"]
        if path == ("sections",):
            yield from _ids(member, (*path, i, "criteria"))


def _without_echoes(document: Document, problems: list[Problem]) -> list[Problem]:
    """What is written once and used by alias in several places is reported once."""
    unique = {(p.line, document.original(p.path), p.message): p for p in reversed(problems)}
    return list(reversed(unique.values()))


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{text.lstrip('.')}: " if text else ""


def _one_line(text: str) -> str:
    """Keys and values may hold line breaks and control characters, a report line must not."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
