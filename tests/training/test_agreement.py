"""Agreement of verdicts with labels, by known answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.transcribe.labelled import read_labelled
from training.calls.agreement import kappa, pairs

CALLS = Path(__file__).parents[2] / "training" / "data" / "train.jsonl"


def test_kappa_of_a_table_worked_by_hand() -> None:
    # 20 both yes, 15 both no, 5 and 10 apart: observed 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    rows = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(rows) == pytest.approx(0.4)


def test_one_label_for_all_agrees_fully() -> None:
    assert kappa([("yes", "yes")] * 3) == 1.0


def test_the_shipped_rubric_agrees_with_labels_beyond_chance() -> None:
    found = pairs(read_labelled(CALLS)[:80], load_rubric("telesales-basic"))
    assert len(found) == 18
    assert sum(map(kappa, found.values())) / len(found) > 0.35
