"""How far a rubric's verdicts agree with labelled calls, criterion by criterion.

Cohen's kappa (1960) over yes, no and not applicable; partly met counts as yes. A verdict that could not be given is an
answer of its own and agrees with no label. Intervals by bootstrap over calls (Efron 1979, percentiles).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.score import Outcome, Scorecard, Verdict

#: Labels, and the answers that verdicts give; the last one no label gives.
ANSWERS = ("yes", "no", "na", "not_scorable")
_ANSWER_OF = {
    Verdict.MET: "yes",
    Verdict.PARTLY: "yes",
    Verdict.MISSED: "no",
    Verdict.NOT_APPLICABLE: "na",
    Verdict.NOT_SCORABLE: "not_scorable",
}

RESAMPLES = 1000
SEED = 0

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compared:
    """One criterion of one call: the label, the answer, and whether a hit lies in a turn that the label names."""

    call: int
    label: str
    answer: str
    evidence_shared: bool | None
    call_id: str = ""

    @property
    def code(self) -> int:
        """The cell of the confusion table, counted row by row."""
        return len(ANSWERS) * ANSWERS.index(self.label) + ANSWERS.index(self.answer)


@dataclass(slots=True)
class CriterionAgreement:
    """All calls that carry a label for one criterion."""

    rows: list[Compared] = field(default_factory=list)

    @property
    def codes(self) -> Counts:
        return np.array([row.code for row in self.rows], dtype=np.int64)

    @property
    def confusion(self) -> Counts:
        """Shape (4, 4): labels by answers, in the order of ANSWERS."""
        return _confusion(self.codes)

    def as_dict(self) -> dict[str, object]:
        counts = self.confusion
        low, high = _interval(self.codes)
        return {
            "n": len(self.rows),
            "prevalence": _share(counts[0].sum(), counts[:2].sum()),
            "kappa": kappa(counts),
            "kappa_low": low,
            "kappa_high": high,
            "agree": _share(np.trace(counts), counts.sum()),
            **_answer_figures(counts, 0),
            "no": _answer_figures(counts, 1),
            "evidence_shared": _shared(self.rows),
            "confusion": {
                label: {answer: int(n) for answer, n in zip(ANSWERS, row, strict=True)}
                for label, row in zip(ANSWERS[:3], counts, strict=False)
            },
            "differ": [
                {"call_id": row.call_id, "label": row.label, "answer": row.answer}
                for row in self.rows
                if row.label != row.answer
            ],
        }


def agreement(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, Sequence[int]], Scorecard]]) -> dict[str, object]:
    """Figures over calls given as (labels, evidence turns, scorecard)."""
    criteria: dict[str, CriterionAgreement] = {}
    calls = 0
    for labels, evidence, card in pairs:
        for outcome in card.outcomes:
            label = labels.get(outcome.criterion_id)
            if label is not None:
                row = _compared(calls, label, evidence.get(outcome.criterion_id, ()), outcome, card.call_id)
                criteria.setdefault(outcome.criterion_id, CriterionAgreement()).rows.append(row)
        calls += 1
    kappas = [kappa(found.confusion) for found in criteria.values()]
    low, high = _macro_interval(list(criteria.values()), calls)
    return {
        "calls": calls,
        "macro_kappa": float(np.mean(kappas)) if kappas else None,
        "macro_kappa_low": low,
        "macro_kappa_high": high,
        "criteria": {name: found.as_dict() for name, found in criteria.items()},
    }


def _compared(call: int, label: str, evidence: Sequence[int], outcome: Outcome, call_id: str) -> Compared:
    hits = {quote.turn for quote in outcome.evidence.hits}
    shared = bool(set(evidence) & hits) if evidence and hits else None
    return Compared(call, label, _ANSWER_OF[outcome.verdict], shared, call_id)


def kappa(counts: Counts) -> float:
    """Cohen's kappa of a square table; 1 where both sides give one and the same answer to all calls."""
    total = counts.sum()
    if not total:
        return 0.0
    agree = np.trace(counts) / total
    chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / total**2
    return 1.0 if chance >= 1.0 else float((agree - chance) / (1.0 - chance))


def _confusion(codes: Counts) -> Counts:
    size = len(ANSWERS)
    return np.bincount(codes, minlength=size * size).reshape(size, size)


def _answer_figures(counts: Counts, answer: int) -> dict[str, float | None]:
    """Precision, recall and F1 of one answer; None where it was never given, or never right to give."""
    hits, given, labelled = counts[answer, answer], counts[:, answer].sum(), counts[answer].sum()
    return {
        "precision": _share(hits, given),
        "recall": _share(hits, labelled),
        "f1": _share(2 * hits, given + labelled),
    }


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _shared(rows: Sequence[Compared]) -> float | None:
    """Of the verdicts with hits on calls with labelled evidence: the share that points at a labelled turn."""
    known = [row.evidence_shared for row in rows if row.evidence_shared is not None]
    return _share(sum(known), len(known))


def _interval(codes: Counts) -> tuple[float, float]:
    """95 % bootstrap interval of kappa over calls."""
    random = np.random.default_rng(SEED)
    return _middle([kappa(_confusion(random.choice(codes, len(codes)))) for _ in range(RESAMPLES)])


def _macro_interval(criteria: Sequence[CriterionAgreement], calls: int) -> tuple[float | None, float | None]:
    """The same for the mean over criteria: whole calls are drawn, since the labels of one call hang together."""
    if not criteria:
        return None, None
    cells = np.full((len(criteria), calls), -1, dtype=np.int64)
    for i, criterion in enumerate(criteria):
        cells[i, [row.call for row in criterion.rows]] = criterion.codes
    random = np.random.default_rng(SEED)
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        picked = cells[:, random.integers(0, calls, calls)]
        # A criterion none of whose labelled calls was drawn says nothing this time.
        kappas = [kappa(_confusion(row[row >= 0])) for row in picked if (row >= 0).any()]
        drawn += [float(np.mean(kappas))] if kappas else []
    return _middle(drawn)


def _middle(drawn: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
