"""Train, or cross-validate, the behaviour model: ``python -m training.behaviours.train CALLS.jsonl … --model FOLDER``.

With ``--cross-validate FILE``: the calls of FILE are cut into five parts; each part is scored under a rubric with a
model trained on the other parts and on all other files. Whole calls are held out, never turns. ``--homophones SHARE``
damages the held-out calls first, as a recogniser would.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qa_pipeline.core.score import Scorecard
from qa_pipeline.insight.agreement import agreement
from qa_pipeline.language.behaviour_model import substituted
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.stages.validation import FOLDS, SEED, parts_of
from qa_pipeline.steps import build_imported_call
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from training.behaviours.dataset import TrainingCall, read_calls
from training.behaviours.fit import fit
from training.behaviours.save import save
from training.homophones import Homophones

Damage = Callable[[LabelledCall], LabelledCall]


def cross_validated(
    file: Path, others: Sequence[TrainingCall], rubric: str, seed: int, jobs: int, damage: Damage
) -> Iterator[tuple[LabelledCall, Scorecard]]:
    """Each call of the file with its scorecard under a model that never saw it."""
    loaded, calls, labelled = load_rubric(rubric), read_calls([file]), read_labelled(file)
    part_of = parts_of(len(calls), seed)
    for part in range(FOLDS):
        model = fit([*(c for c, p in zip(calls, part_of, strict=True) if p != part), *others], jobs)
        with substituted("behaviours", model):
            for call, p in zip(labelled, part_of, strict=True):
                if p == part:
                    yield call, score(build_imported_call(damage(call)), loaded)


def damaging(calls: Sequence[LabelledCall], share: float) -> Damage:
    """Replaces a share of the Chinese characters by homophones, the same ones in every run."""
    homophones = Homophones(turn.text for call in calls for turn in call.conversation.turns)

    def damage(call: LabelledCall) -> LabelledCall:
        chance = random.Random(call.call_id)
        turns = tuple(replace(t, text=homophones.damaged(t.text, share, chance)) for t in call.conversation.turns)
        return replace(call, conversation=replace(call.conversation, turns=turns))

    return damage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path, nargs="+", help="labelled calls to train on")
    parser.add_argument("--model", type=Path, help="folder to write the model to")
    parser.add_argument("--cross-validate", type=Path, help="one of the files: measure on its calls")
    parser.add_argument("--rubric", default="telesales-coaching")
    parser.add_argument("--seed", type=int, default=SEED, help="how the calls are cut into parts")
    parser.add_argument("--homophones", type=float, default=0.0, help="share of characters to damage when measuring")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    if given.cross_validate:
        others = read_calls([path for path in given.calls if path != given.cross_validate])
        damage = damaging(read_labelled(given.cross_validate), given.homophones)
        scored = cross_validated(given.cross_validate, others, given.rubric, given.seed, given.jobs, damage)
        figures = agreement((call.labels, call.evidence, card) for call, card in scored)
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    if given.model:
        save(fit(read_calls(given.calls), given.jobs), given.model)


if __name__ == "__main__":
    main()
