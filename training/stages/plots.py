"""Draws the pictures of docs/stages.md: ``python -m training.stages.plots --figures FIGURES.json --curve CURVE.jsonl``.

Needs the extra ``plots``. FIGURES is what ``stages evaluate --json`` prints, CURVE what learning_curve prints.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "qa-pipeline"  # the same figures give the same file

from matplotlib import pyplot  # noqa: E402 - the drawing surface is chosen first

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def draw_confusion(confusion: Mapping[str, Mapping[str, int]], path: Path) -> None:
    """Rows: labelled stage, columns: found stage; shares of the row, with the number of turns."""
    names = list(confusion)
    counts = [[confusion[true][found] for found in names] for true in names]
    shares = [[n / max(1, sum(row)) for n in row] for row in counts]
    figure, axes = pyplot.subplots(figsize=(6.4, 5.2), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, line in enumerate(shares):
        for column, share in enumerate(line):
            colour = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{share:.0%}\n{counts[row][column]}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("found")
    axes.set_ylabel("labelled")
    figure.savefig(path, metadata={"Date": None})


def draw_curve(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Figures over the amount of training data; passages are a last point of their own."""
    figure, axes = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
    labels = [f"{row['calls']}" + (f" +\n{row['passages']} passages" if row["passages"] else "") for row in rows]
    for name in ("stage_macro_f1", "boundary_f1", "act_micro_f1", "refusal_f1"):
        axes.plot(range(len(rows)), [row[name] for row in rows], marker="o", label=name.replace("_", " "))
    axes.set_xticks(range(len(rows)), labels)
    axes.set_xlabel("training calls")
    axes.set_ylim(0.4, 1.0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path)
    parser.add_argument("--curve", type=Path)
    given = parser.parse_args()
    if given.figures:
        draw_confusion(
            json.loads(given.figures.read_text(encoding="utf-8"))["confusion"], IMAGES / "stage-confusion.svg"
        )
    if given.curve:
        rows = [json.loads(line) for line in given.curve.read_text(encoding="utf-8").splitlines()]
        draw_curve(rows, IMAGES / "stage-learning-curve.svg")


if __name__ == "__main__":
    main()
