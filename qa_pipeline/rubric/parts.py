"""Walks over a rubric: every criterion and every check with its path in the file."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.checks.base import Check, walk
from qa_pipeline.rubric.model import Criterion, Rubric

#: Where in the document, as keys and list positions; and what is wrong there.
Mistake = tuple[tuple[str | int, ...], str]

#: Keys of a criterion under which a check stands.
CHECK_KEYS = ("when", "check", "partly")


def all_criteria(rubric: Rubric) -> Iterator[tuple[tuple[str | int, ...], Criterion]]:
    for i, section in enumerate(rubric.sections):
        for j, criterion in enumerate(section.criteria):
            yield ("sections", i, "criteria", j), criterion


def all_checks(rubric: Rubric) -> Iterator[tuple[tuple[str | int, ...], Check]]:
    """Every check of the file, nested ones too, with the path at which its name stands."""
    for name, check in rubric.conditions.items():
        yield from walk(check, ("conditions", name))
    for path, criterion in all_criteria(rubric):
        for key in CHECK_KEYS:
            check = getattr(criterion, key)
            if check is not None:
                yield from walk(check, (*path, key))
