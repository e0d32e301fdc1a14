"""Measures stage models on calls that they were not trained on: five-fold cross-validation over whole calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from qa_pipeline.core.call import Conversation
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.tagging import Tagged, tag
from qa_pipeline.stages.training import STEPS, Progress, TaughtCall, fit_stage_model
from qa_pipeline.transcribe.labelled import LabelledCall

FOLDS = 5
SEED = 0

#: Steps of progress that a cross-validation reports.
VALIDATION_STEPS = FOLDS * STEPS

Damage = Callable[[LabelledCall], Conversation]
Fit = Callable[[str, Sequence[TaughtCall]], StageModel]


def taught_calls(calls: Sequence[LabelledCall], *, whole: bool = True) -> list[TaughtCall]:
    """What there is to learn from the calls of one file, with a stage for every turn; ``whole``: no passages.

    An act that no call of the file carries is taken for one that nobody looked for.
    """
    known = frozenset(act.name for call in calls for of_turn in call.annotations.turn_acts for act in of_turn)
    return [
        TaughtCall(call.conversation.turns, call.stages, _acts_of(call), whole, known) for call in calls if call.stages
    ]


def _acts_of(call: LabelledCall) -> tuple[frozenset[str], ...] | None:
    acts = call.annotations.turn_acts
    return tuple(frozenset(act.name for act in of_turn) for of_turn in acts) if acts else None


def parts_of(calls: int, seed: int = SEED) -> list[int]:
    """The part that each call belongs to."""
    return [int(part) for part in np.random.default_rng(seed).permutation(np.arange(calls) % FOLDS)]


def held_out_models(
    calls: Sequence[LabelledCall], others: Sequence[TaughtCall], fit: Fit, seed: int = SEED
) -> Iterator[tuple[StageModel, list[LabelledCall]]]:
    """For each part: a model of all other parts and of ``others``, and the calls of the part."""
    language = calls[0].conversation.language.split("-")[0]
    part_of, taught = parts_of(len(calls), seed), taught_calls(calls)
    for part in range(FOLDS):
        learnt = [call for call, p in zip(taught, part_of, strict=True) if p != part]
        yield fit(language, [*learnt, *others]), [c for c, p in zip(calls, part_of, strict=True) if p == part]


def cross_validated(
    calls: Sequence[LabelledCall],
    others: Sequence[TaughtCall],
    jobs: int = 1,
    progress: Progress = lambda name, steps: None,
    seed: int = SEED,
) -> Iterator[tuple[LabelledCall, Tagged]]:
    """Each call with what a model that never saw it finds in it."""

    def fit(language: str, learnt: Sequence[TaughtCall]) -> StageModel:
        return fit_stage_model(language, learnt, jobs, progress)

    for model, held_out in held_out_models(calls, others, fit, seed):
        for call in held_out:
            yield call, tag(call.conversation, model)
