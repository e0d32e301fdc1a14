"""Points that do not add up, frames that cut them off, and pass lines that decide nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

from qa_pipeline.core.score import Fatal, PointKind
from qa_pipeline.rubric.model import Rubric, Section, section_possible
from qa_pipeline.rubric.parts import Mistake

#: Differences below this are rounding, not mistakes.
TOLERANCE = 1e-6


def points(rubric: Rubric) -> Iterator[Mistake]:
    """Mistakes of sums, frames and pass lines."""
    for i, section in enumerate(rubric.sections):
        yield from _section(("sections", i), section)
    possible = _possible(rubric)
    if rubric.total_points is not None and abs(possible - rubric.total_points) > TOLERANCE:
        yield ("total_points",), f"start and points add up to {possible:g}, not {rubric.total_points:g}"
    if possible <= 0:
        yield ("sections",), "no points can be earned: give a start, or criteria with points"
    else:
        yield from _frame((), possible, rubric.floor, rubric.ceiling)
        yield from _pass_lines(rubric, possible)


def _possible(rubric: Rubric) -> float:
    """The most that a call can have. A section counts as it says: where its own sum is wrong, that is said there."""
    declared = [section_possible(s) if s.points is None else s.points for s in rubric.sections]
    return rubric.start + math.fsum(declared)


def _section(path: tuple[str | int, ...], section: Section) -> Iterator[Mistake]:
    possible = section_possible(section)
    if section.points is not None and abs(possible - section.points) > TOLERANCE:
        yield (*path, "points"), f"the criteria add up to {possible:g}, not {section.points:g}"
    yield from _frame(path, possible, section.floor, section.ceiling)
    if possible > 0:
        return
    for j, criterion in enumerate(section.criteria):
        if criterion.fatal is Fatal.SECTION:
            yield (
                (*path, "criteria", j, "fatal"),
                "the section has no points to lose: give it a start, or use fatal: call",
            )


def _frame(
    path: tuple[str | int, ...], possible: float, floor: float | None, ceiling: float | None
) -> Iterator[Mistake]:
    """Floor and ceiling against each other and against the most that can be had."""
    if floor is not None and ceiling is not None and floor > ceiling:
        yield (*path, "floor"), f"the floor {floor:g} lies above the ceiling {ceiling:g}"
    elif ceiling is not None and possible > ceiling + TOLERANCE:
        yield (*path, "ceiling"), f"{possible:g} points can be earned: the ceiling {ceiling:g} would cut them off"
    elif floor is not None and possible > 0 and floor >= possible:
        yield (*path, "floor"), f"no call could have less than all {possible:g} points"


def _pass_lines(rubric: Rubric, possible: float) -> Iterator[Mistake]:
    floor = rubric.floor
    if rubric.pass_percent is not None and floor is not None and 100 * floor >= rubric.pass_percent * possible:
        yield ("pass_percent",), "every call passes that crosses no red line"
    if rubric.pass_points is None:
        return
    if rubric.pass_points > possible + TOLERANCE:
        yield ("pass_points",), f"no call can reach {rubric.pass_points:g}: {possible:g} is the most without a bonus"
    elif floor is not None and floor >= rubric.pass_points:
        yield ("pass_points",), f"every call passes that crosses no red line: none has less than {floor:g}"
    if any(c.kind is PointKind.EARNED for c in rubric.criteria):
        yield (
            ("pass_points",),
            "criteria that do not apply lower what can be earned: use pass_percent, or start with all points",
        )
