"""Every criterion of a rubric with its path in the file."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rubric.model import Criterion, Rubric

#: Where in the document, as keys and list positions; and what is wrong there.
Mistake = tuple[tuple[str | int, ...], str]


def all_criteria(rubric: Rubric) -> Iterator[tuple[tuple[str | int, ...], Criterion]]:
    for i, section in enumerate(rubric.sections):
        for j, criterion in enumerate(section.criteria):
            yield ("sections", i, "criteria", j), criterion
