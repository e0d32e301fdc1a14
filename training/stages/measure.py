"""What damage costs: ``python -m training.stages.measure CALLS.jsonl --also MORE.jsonl … --passages PASSAGES.jsonl``.

Five-fold cross-validation over whole calls; each held-out call is judged as it is and damaged in every way, by the same
model. Prints JSON: stage figures by kind of damage; with ``--dealings dealings.jsonl`` also how well objections,
signals and refusals are told in the calls as they are.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.core.call import Stage
from qa_pipeline.stages.evaluate import evaluate_stages
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.signals import find_signals
from qa_pipeline.stages.tagging import tag
from qa_pipeline.stages.training import TaughtCall, fit_stage_model
from qa_pipeline.stages.validation import held_out_models, taught_calls
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from training.stages.damage import damages
from training.stages.signal_figures import Marks, SignalFigures, read_marks


def measured(
    calls: Sequence[LabelledCall], others: Sequence[TaughtCall], marks: Mapping[str, Marks], seed: int, jobs: int
) -> dict[str, Any]:
    """Stage figures by kind of damage, and signal figures of the calls that are marked."""
    signals = SignalFigures()
    pairs: dict[str, list[tuple[Sequence[Stage], Sequence[Stage]]]] = defaultdict(list)
    kinds = damages(calls)

    def fit(language: str, learnt: Sequence[TaughtCall]) -> StageModel:
        return fit_stage_model(language, learnt, jobs)

    for model, held_out in held_out_models(calls, others, fit, seed):
        for call in held_out:
            for kind, damage in kinds.items():
                conversation, stages = damage(call)
                pairs[kind].append((stages, tag(conversation, model).stages))
            found = tag(call.conversation, model)
            told = find_signals(call.conversation.turns, found.acts, found.reasons, found.compared)
            if told and call.call_id in marks:
                signals.add(marks[call.call_id], told)
    stages_by_kind = {kind: evaluate_stages(found).as_dict() for kind, found in pairs.items()}
    return {"stages": stages_by_kind, "signals": signals.as_dict() if marks else None}


def training_files(parser: argparse.ArgumentParser) -> None:
    """The options that name labelled calls."""
    parser.add_argument("calls", type=Path, help="labelled calls to measure on")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="labelled calls in every training part")
    parser.add_argument("--passages", type=Path, nargs="*", default=[], help="labelled passages in every training part")
    parser.add_argument("--seed", type=int, default=0, help="how the calls are cut into parts")
    parser.add_argument("--jobs", type=int, default=2)


def others_of(given: argparse.Namespace) -> list[TaughtCall]:
    whole = [call for path in given.also for call in taught_calls(read_labelled(path))]
    return whole + [call for path in given.passages for call in taught_calls(read_labelled(path), whole=False)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    training_files(parser)
    parser.add_argument("--dealings", type=Path, help="marks of objections, signals and refusals of the same calls")
    given = parser.parse_args()
    marks = read_marks(given.dealings) if given.dealings else {}
    figures = measured(read_labelled(given.calls), others_of(given), marks, given.seed, given.jobs)
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
