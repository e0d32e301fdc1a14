"""How well acts, objections and refusals are found, against labelled calls: counts are kept, shares are divided last.

Every act of every turn counts; micro figures add the counts of all acts. The figures of objection types look only at
customer turns that are labelled as objections, and ask which reason is seen in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import OBJECTIONS, Act
from qa_pipeline.stages.evaluate import Counts
from qa_pipeline.stages.evidence import ACTS
from qa_pipeline.stages.signals import TYPE_OF_ACT

ActName = tuple[Role, str]

REFUSAL: ActName = (Role.CUSTOMER, "refuse")


@dataclass(slots=True)
class ActFigures:
    """Counts over the calls whose acts are labelled."""

    calls: int = 0
    turns: int = 0
    acts: dict[ActName, Counts] = field(default_factory=lambda: {act: Counts() for act in ACTS})
    types: dict[str, Counts] = field(default_factory=lambda: {kind.value: Counts() for kind in TYPE_OF_ACT.values()})
    bins: list[list[float]] = field(default_factory=lambda: [[0, 0.0, 0] for _ in range(10)])
    """Per tenth of probability: acts claimed, sum of their probabilities, how many were right."""

    def as_dict(self) -> dict[str, Any]:
        seen = {act: counts for act, counts in self.acts.items() if counts.hits + counts.missed}
        typed = {kind: counts for kind, counts in self.types.items() if counts.hits + counts.missed}
        return {
            "calls": self.calls,
            "turns": self.turns,
            "micro_f1": total(self.acts.values()).f1,
            "refusal_f1": self.acts[REFUSAL].f1,
            "objection_type_macro_f1": _mean(counts.f1 for counts in typed.values()),
            "calibration_error": self.calibration_error,
            "per_act": {f"{role.value}.{act}": counts.as_dict() for (role, act), counts in seen.items()},
            "per_objection_type": {kind: counts.as_dict() for kind, counts in typed.items()},
        }

    @property
    def calibration_error(self) -> float:
        """Mean distance between probability and share of right ones, over tenths weighted by their number."""
        claimed = sum(n for n, _, _ in self.bins)
        return sum(abs(p - right) for n, p, right in self.bins if n) / claimed if claimed else 0.0


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 0.0


def total(counts: Iterable[Counts]) -> Counts:
    added = Counts()
    for one in counts:
        added.hits += one.hits
        added.false += one.false
        added.missed += one.missed
    return added


def count_acts(
    figures: ActFigures,
    turns: Sequence[Turn],
    given: Sequence[Sequence[Act]],
    found: Sequence[Sequence[Act]],
    reasons: Sequence[str],
    known: frozenset[str],
) -> None:
    """Add one call; ``found`` and ``reasons`` may be empty: then every given act is missed.

    ``known``: acts that whoever labelled the calls looked for; others are not counted.
    """
    figures.calls += 1
    for turn in turns:
        truth = {act.name for act in given[turn.index]}
        claimed = [act for act in found[turn.index] if act.name in known] if found else []
        claims = {act.name: act.sureness for act in claimed}
        figures.turns += 1
        for act, counts in figures.acts.items():
            if act[0] is turn.role and act[1] in known:
                _count(counts, act[1] in truth, act[1] in claims)
        if turn.role is Role.CUSTOMER:
            _count_types(figures, truth, reasons[turn.index] if reasons else "")
        for name, probability in claims.items():
            row = figures.bins[min(9, int(probability * 10))]
            row[0] += 1
            row[1] += probability
            row[2] += name in truth


def _count(counts: Counts, true: bool, claimed: bool) -> None:
    counts.hits += true and claimed
    counts.false += claimed and not true
    counts.missed += true and not claimed


def _count_types(figures: ActFigures, truth: set[str], reason: str) -> None:
    """One count per labelled objection: the reason seen in it is right if it is among the labelled ones."""
    labelled = [act for act in OBJECTIONS if act in truth]
    if not labelled:
        return
    if reason in labelled:
        figures.types[TYPE_OF_ACT[reason].value].hits += 1
        return
    figures.types[TYPE_OF_ACT[labelled[0]].value].missed += 1
    if reason:
        figures.types[TYPE_OF_ACT[reason].value].false += 1
