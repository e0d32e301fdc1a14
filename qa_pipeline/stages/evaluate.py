"""How well stages are found, against labelled calls: counts are kept, shares are divided last.

Pk: Beeferman et al. 1999; WindowDiff: Pevzner and Hearst 2002; k is half the mean length of the call's segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.core.call import Stage
from qa_pipeline.stages.evidence import STAGES

#: A boundary counts as found within this many turns.
BOUNDARY_TOLERANCE_TURNS = 1

Labels = Sequence[Stage]


@dataclass(slots=True)
class Counts:
    """True positives, false positives and false negatives."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 0.0

    @property
    def f1(self) -> float:
        total = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / total if total else 0.0

    def as_dict(self) -> dict[str, float]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "n": self.hits + self.missed}


@dataclass(slots=True)
class StageFigures:
    """Counts over all calls. ``windows``: probes of Pk and WindowDiff; ``confusion``: by true, then by found stage."""

    calls: int = 0
    turns: int = 0
    right: int = 0
    stages: dict[Stage, Counts] = field(default_factory=lambda: {stage: Counts() for stage in STAGES})
    confusion: dict[Stage, dict[Stage, int]] = field(
        default_factory=lambda: {true: dict.fromkeys(STAGES, 0) for true in STAGES}
    )
    boundaries: Counts = field(default_factory=Counts)
    windows: int = 0
    pk_errors: int = 0
    window_errors: int = 0

    @property
    def macro_f1(self) -> float:
        return sum(counts.f1 for counts in self.stages.values()) / len(STAGES)

    def as_dict(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "turns": self.turns,
            "accuracy": self.right / self.turns if self.turns else 0.0,
            "macro_f1": self.macro_f1,
            "boundary_f1": self.boundaries.f1,
            "pk": self.pk_errors / self.windows if self.windows else 0.0,
            "windowdiff": self.window_errors / self.windows if self.windows else 0.0,
            "per_stage": {stage.value: counts.as_dict() for stage, counts in self.stages.items()},
            "confusion": {
                true.value: {found.value: n for found, n in row.items()} for true, row in self.confusion.items()
            },
        }


def evaluate_stages(pairs: Sequence[tuple[Labels, Labels]]) -> StageFigures:
    """Figures over calls given as (reference, found); a call for which nothing was found counts as all wrong."""
    figures = StageFigures()
    for reference, found in pairs:
        figures.calls += 1
        figures.turns += len(reference)
        for i, stage in enumerate(reference):
            _count_turn(figures, stage, found[i] if found else None)
        _count_boundaries(figures.boundaries, boundaries(reference), boundaries(found))
        _count_windows(figures, reference, found)
    return figures


def _count_turn(figures: StageFigures, stage: Stage, found: Stage | None) -> None:
    if found is not None:
        figures.confusion[stage][found] += 1
    if found is stage:
        figures.right += 1
        figures.stages[stage].hits += 1
        return
    figures.stages[stage].missed += 1
    if found is not None:
        figures.stages[found].false += 1


def boundaries(stages: Labels) -> list[int]:
    """Indices of turns whose stage differs from the turn before."""
    return [i for i in range(1, len(stages)) if stages[i] is not stages[i - 1]]


def _count_boundaries(counts: Counts, reference: list[int], found: list[int]) -> None:
    """Each reference boundary is matched with at most one found boundary, in order."""
    left = list(found)
    for boundary in reference:
        near = next((f for f in left if abs(f - boundary) <= BOUNDARY_TOLERANCE_TURNS), None)
        if near is None:
            counts.missed += 1
        else:
            counts.hits += 1
            left.remove(near)
    counts.false += len(left)


def _count_windows(figures: StageFigures, reference: Labels, found: Labels) -> None:
    marks, guesses = set(boundaries(reference)), set(boundaries(found))
    k = max(1, round(len(reference) / (len(marks) + 1) / 2))
    for start in range(len(reference) - k):
        inside = range(start + 1, start + k + 1)
        true, guess = sum(i in marks for i in inside), sum(i in guesses for i in inside)
        figures.windows += 1
        figures.pk_errors += (true > 0) != (guess > 0)
        figures.window_errors += true != guess
