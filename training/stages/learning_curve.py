"""How much training data matters.

``python -m training.stages.learning_curve CALLS.jsonl --also MORE.jsonl … --passages PASSAGES.jsonl``

Figures of stages and acts on held-out calls of the first file, by models of ever more calls: parts of the first file,
then the further files, then the passages. Prints JSON lines, one per amount.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from qa_pipeline.cli.stage_figures import figures_of
from qa_pipeline.stages.tagging import tag
from qa_pipeline.stages.training import TaughtCall, fit_stage_model
from qa_pipeline.stages.validation import parts_of, taught_calls
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from training.stages.measure import others_of, training_files

OWN_SHARES = (0.25, 0.5, 1.0)
MORE_SHARES = (0.5, 1.0)


def amounts(own: Sequence[TaughtCall], others: Sequence[TaughtCall]) -> Iterator[list[TaughtCall]]:
    """Ever more to learn from."""
    whole = [call for call in others if call.whole]
    for share in OWN_SHARES:
        yield list(own[: round(share * len(own))])
    for share in MORE_SHARES:
        yield [*own, *whole[: round(share * len(whole))]]
    if len(whole) < len(others):
        yield [*own, *others]


def curve(
    calls: Sequence[LabelledCall], others: Sequence[TaughtCall], parts: int, seed: int, jobs: int
) -> Iterator[dict[str, Any]]:
    """Figures by amount, over the calls of the first ``parts`` parts."""
    taught, part_of = taught_calls(calls), parts_of(len(calls), seed)
    folds = [
        (
            list(amounts([c for c, p in zip(taught, part_of, strict=True) if p != part], others)),
            [c for c, p in zip(calls, part_of, strict=True) if p == part],
        )
        for part in range(parts)
    ]
    for step in range(len(folds[0][0])):
        found, learnt = [], folds[0][0][step]
        for steps, held_out in folds:
            model = fit_stage_model("zh", steps[step], jobs)
            found += [(call, tag(call.conversation, model)) for call in held_out]
        figures = figures_of(found)
        yield {
            "calls": sum(call.whole for call in learnt),
            "passages": sum(not call.whole for call in learnt),
            "stage_macro_f1": figures["macro_f1"],
            "boundary_f1": figures["boundary_f1"],
            "act_micro_f1": figures["acts"]["micro_f1"],
            "refusal_f1": figures["acts"]["refusal_f1"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    training_files(parser)
    parser.add_argument("--parts", type=int, default=5, help="of five parts, how many are held out in turn")
    given = parser.parse_args()
    for row in curve(read_labelled(given.calls), others_of(given), given.parts, given.seed, given.jobs):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
