"""``rubric show``: a rubric as the form that people know, with what each line is worth and when it applies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa_pipeline.checks.base import Check
    from qa_pipeline.rubric.model import Criterion, Rubric, Section

#: Characters of a condition that still read as one line beside a criterion.
MAX_CHECK_CHARS = 80
_UNNAMED = ("role", "any", "pattern")


def form(rubric: Rubric) -> Iterator[str]:
    """The lines of the form; points are those that scores are made of, all weights included."""
    yield f"{rubric.title}  {rubric.id} {rubric.version}  ({rubric.language})"
    head = [f"start {rubric.start:g}"] if rubric.start else []
    head += [f"{rubric.points_possible:g} points in all"]
    head += [f"pass at {rubric.pass_points:g} points"] if rubric.pass_points is not None else []
    head += [f"pass at {rubric.pass_percent:g} %"] if rubric.pass_percent is not None else []
    yield ", ".join(head)
    for section in rubric.sections:
        yield ""
        yield f"{section.title}  [{section.id}]"
        yield from (_criterion_line(section, criterion) for criterion in section.criteria)
    if rubric.conditions:
        yield ""
        yield "Conditions"
        yield from (f"  {name}: {short(check)}" for name, check in rubric.conditions.items())


def _criterion_line(section: Section, criterion: Criterion) -> str:
    marks = [f"red line: {criterion.fatal}"] if criterion.fatal else []
    marks += [criterion.severity.value] if criterion.severity.value != "minor" else []
    marks += [f"when: {short(criterion.when)}"] if criterion.when else []
    line = f"  {_points(section, criterion):>6}  {criterion.title}  ({criterion.id})"
    return line + (f"  {', '.join(marks)}" if marks else "")


def _points(section: Section, criterion: Criterion) -> str:
    """What the criterion can change, with its weight and that of its section."""
    limit = section.weight * criterion.limit
    if criterion.deduct is None:
        return f"+{limit:g} bonus" if criterion.bonus is not None else f"{limit:g}"
    if criterion.deduct.cap is None:
        return f"-{limit:g}"
    per_hit = section.weight * criterion.weight * criterion.deduct.points
    return f"-{per_hit:g}/hit, at most -{limit:g}"


def short(check: Check) -> str:
    """A check in a few words: ``refused``, ``model applies ask_need``, ``phrases customer, 不需要``."""
    text = " ".join(_words(check).split())
    return text if len(text) <= MAX_CHECK_CHARS else f"{text[: MAX_CHECK_CHARS - 1]}…"


def _words(check: Check) -> str:
    if check.name == "use":
        return str(check.params)
    if check.name == "not":
        return f"not {_inner(check.params)}"
    if check.name in ("all", "any"):
        return {"all": " and ", "any": " or "}[check.name].join(map(_inner, check.params))
    if check.name == "at_least":
        return f"at least {check.params.n} of ({', '.join(map(_inner, check.params.of))})"
    if check.name == "criterion_model":
        return f"model {'applies' if check.params.ask == 'applies' else 'done'} {check.params.criterion}"
    return f"{check.name} {_values(check.plain()[check.name])}".strip()


def _inner(check: Check) -> str:
    """In brackets where several checks are joined inside another."""
    joins = check.name in ("all", "any") and len(check.params) > 1
    return f"({_words(check)})" if joins else _words(check)


def _values(value: Any) -> str:
    """Parameters; those whose names go without saying stand first."""
    if isinstance(value, list):
        return ", ".join(map(_values, value))
    if not isinstance(value, dict):
        return f"{value:g}" if isinstance(value, float) else str(value)
    names = sorted(value, key=lambda name: name not in _UNNAMED)
    return ", ".join(_values(value[k]) if k in _UNNAMED else f"{k}: {_values(value[k])}" for k in names)
