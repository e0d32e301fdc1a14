"""How far a rubric's verdicts agree with labelled calls: ``python -m training.calls.agreement CALLS.jsonl``.

Per criterion: calls, Cohen's kappa over yes, no, na (not scorable counts as na), and the share that agrees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from qa_pipeline.core.score import Verdict
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.steps import build_imported_call
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled

_LABELS = {Verdict.MET: "yes", Verdict.PARTLY: "yes", Verdict.MISSED: "no"}

Pair = tuple[str, str]


def pairs(calls: Sequence[LabelledCall], rubric: LoadedRubric) -> dict[str, list[Pair]]:
    """Per criterion that is labelled: (label, verdict as a label) of each call."""
    found: dict[str, list[Pair]] = {}
    for call in calls:
        card = score(build_imported_call(call.call_id, call.conversation, call.metadata), rubric)
        for outcome in card.outcomes:
            label = call.labels.get(outcome.criterion_id)
            if label:
                found.setdefault(outcome.criterion_id, []).append((label, _LABELS.get(outcome.verdict, "na")))
    return found


def kappa(rows: Sequence[Pair]) -> float:
    """Cohen's kappa; 1 where both give one and the same label to all calls."""
    labels, verdicts = zip(*rows, strict=True)
    if len(set(labels) | set(verdicts)) == 1:
        return 1.0
    return float(cohen_kappa_score(labels, verdicts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--rubric", default="telesales-basic")
    given = parser.parse_args()
    found = pairs(read_labelled(given.calls), load_rubric(given.rubric))
    print(f"{'criterion':<30}{'n':>5}{'kappa':>8}{'agree':>8}")
    for criterion, rows in found.items():
        agree = sum(label == verdict for label, verdict in rows) / len(rows)
        print(f"{criterion:<30}{len(rows):>5}{kappa(rows):>8.2f}{agree:>8.2f}")
    print(f"macro kappa {sum(map(kappa, found.values())) / len(found):.2f}")


if __name__ == "__main__":
    main()
