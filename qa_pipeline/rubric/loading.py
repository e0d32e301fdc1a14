"""Read a rubric file: all mistakes at once, each as ``file:line: path: message``."""

from __future__ import annotations

import difflib
import functools
import hashlib
import operator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from qa_pipeline.checks import order, phrases, question, regex, stage
from qa_pipeline.checks.registry import Check
from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric, Section
from qa_pipeline.rubric.yaml_lines import Document, Problem, read

#: A scoring form of a thousand criteria is far below this.
MAX_BYTES = 1_000_000

#: Mistakes listed before the rest is only counted.
MAX_PROBLEMS = 200

_MODELS: tuple[type[BaseModel], ...] = (
    Rubric,
    Section,
    Criterion,
    Check,
    phrases.PhrasesParams,
    regex.RegexParams,
    question.QuestionParams,
    stage.StagePresentParams,
    order.OrderParams,
    order.WithinParams,
)


class RubricError(UserError):
    """A rubric that cannot be used, with every problem found in it."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = sorted(problems, key=lambda p: (p.line, str(p.path)))
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        shown = [f"{self.path}:{p.line}: {_dotted(p.path)}{p.message}" for p in self.problems[:MAX_PROBLEMS]]
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
    problems = document.problems + found
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
    repeated = _repeated_ids(document)
    try:
        return Rubric.model_validate(document.value), []
    except ValidationError as error:
        # Ids used twice are seen in the file itself; the rubric as a whole, (), has no other rule.
        known = {problem.path for problem in document.problems} | {()}
        details = [d for d in error.errors(include_url=False) if not _is_echo(d) and d["loc"] not in known]
        return None, repeated + [_problem(document, detail) for detail in details]


def _repeated_ids(document: Document) -> list[Problem]:
    """Ids of sections and criteria used twice, reported beside every other mistake."""
    first: dict[str, int] = {}
    problems = []
    for path, line in document.lines.items():
        if path[0:1] == ("sections",) and path[-1] == "id" and len(path) in (3, 5):
            used = functools.reduce(operator.getitem, path, document.value)
            if not isinstance(used, str):
                continue
            if used in first:
                problems.append(Problem(line, path, f"the id {used} is used twice (first in line {first[used]})"))
            first.setdefault(used, line)
    return problems


def _is_echo(detail: Any) -> bool:
    """Pydantic adds "too short" to a list whose members failed; the members' own mistakes say it better."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _problem(document: Document, detail: Any) -> Problem:
    path = tuple(detail["loc"])
    return Problem(document.line_of(path), path, _wording(detail))


def _wording(detail: Any) -> str:
    kind, name = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(name, _known_names(), n=1, cutoff=0.7)
        return "unknown key" + (f"; did you mean {close[0]}?" if close else "")
    if kind == "missing":
        return "is required"
    if kind == "value_error":
        return str(detail["msg"]).removeprefix("Value error, ")
    if kind == "tuple_type":
        return "must be a list"
    if kind == "model_type":
        return "must be a mapping"
    if kind == "string_type" and isinstance(detail["input"], int | float):
        return f"must be text: put {detail['input']} in quotes"
    message = str(detail["msg"]).replace("Input should be", "must be").replace("String should", "must")
    given = detail["input"]
    return f"{message} (found {given!r:.60})" if isinstance(given, str | int | float) else message


@lru_cache(maxsize=1)
def _known_names() -> tuple[str, ...]:
    fields = (field.alias or name for model in _MODELS for name, field in model.model_fields.items())
    return tuple(sorted(set(fields)))


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{text.lstrip('.')}: " if text else ""
