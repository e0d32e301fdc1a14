"""Read lead rules: all mistakes at once, each as ``file:line: path: message``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from qa_pipeline.core.errors import UserError
from qa_pipeline.leads.rules import Condition, GradeRule, LeadRules
from qa_pipeline.rubric.loading import RubricError
from qa_pipeline.rubric.wording import wording
from qa_pipeline.rubric.yaml_lines import Document, Problem, read
from qa_pipeline.rubric.yaml_lines import Path as Place

#: Rules to use where the user gives none; copy this file to change them.
DEFAULT = Path(__file__).parent / "default.yaml"
MAX_BYTES = 1_000_000


class LeadRulesError(RubricError):
    """Lead rules that cannot be used, with every problem found in them."""


def load_lead_rules(path: Path | None = None) -> LeadRules:
    """The rules of a file, or the shipped ones; UserError where it cannot be read, LeadRulesError with its mistakes."""
    path = path or DEFAULT
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); name a file with lead rules") from None
    if len(content) > MAX_BYTES:
        raise UserError(f"{path}: {len(content)} bytes is too large for lead rules (limit {MAX_BYTES})")
    try:
        document = read(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    rules, problems = _validate(document)
    if rules is None or document.problems:
        raise LeadRulesError(path, document.problems + problems)
    return rules


@lru_cache(maxsize=1)
def default_rules() -> LeadRules:
    """The rules that come with the program."""
    return load_lead_rules(DEFAULT)


def _validate(document: Document) -> tuple[LeadRules | None, list[Problem]]:
    if document.problems and document.value is None:
        return None, []
    if not isinstance(document.value, dict):
        return None, [Problem(1, (), "lead rules are a mapping with id, version, title, fields, effective and grades")]
    try:
        return LeadRules.model_validate(document.value), []
    except ValidationError as error:
        return None, [_problem(detail, document) for detail in error.errors(include_url=False)]


def _problem(detail: Any, document: Document) -> Problem:
    path: Place = tuple(detail["loc"])
    message = wording(detail, _keys_at(path[:-1]), document.numbers.get(path))
    return Problem(document.line_of(path), path, message)


def _keys_at(path: Place) -> list[str]:
    """The keys that may stand at a place of the file."""
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    models: dict[str, type[BaseModel]] = {"": LeadRules, "grades": GradeRule}
    model = models.get(last, Condition)
    return [field.alias or name for name, field in model.model_fields.items()]
