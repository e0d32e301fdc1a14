"""Cross-validation: every call is judged once, by a model that never saw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from qa_pipeline.core.facts import Annotations
from qa_pipeline.stages import validation
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.tagging import tag
from qa_pipeline.stages.training import Progress, TaughtCall
from qa_pipeline.stages.validation import FOLDS, cross_validated, held_out_models, parts_of, taught_calls
from qa_pipeline.transcribe.labelled import LabelledCall
from tests.stage_models import labelled_calls, small_stage_model


class Spy:
    """Stands for the fit: remembers what each model was taught."""

    def __init__(self) -> None:
        self.taught: list[Sequence[TaughtCall]] = []
        self.languages: list[str] = []

    def __call__(self, language: str, calls: Sequence[TaughtCall]) -> StageModel:
        self.languages.append(language)
        self.taught.append(calls)
        return replace(small_stage_model(), name=f"model {len(self.taught)}")


def told_apart() -> list[LabelledCall]:
    """Calls of which no two have the same turns."""
    calls = []
    for number, call in enumerate(labelled_calls()):
        first, *rest = call.conversation.turns
        marked = (replace(first, text=f"{first.text}第{number}通"), *rest)
        calls.append(replace(call, conversation=replace(call.conversation, turns=marked)))
    return calls


def test_every_call_is_judged_once_by_a_model_that_never_saw_it() -> None:
    spy, calls = Spy(), told_apart()
    judged = Counter[str]()
    for number, (model, held_out) in enumerate(held_out_models(calls, [], spy)):
        assert model.name == f"model {number + 1}"
        seen = {taught.turns for taught in spy.taught[-1]}
        for call in held_out:
            judged[call.call_id] += 1
            assert call.conversation.turns not in seen
        assert len(spy.taught[-1]) + len(held_out) == len(calls)
    assert judged == Counter(call.call_id for call in calls)
    assert len(spy.taught) == FOLDS


def test_other_calls_are_in_every_training_part_and_never_judged() -> None:
    spy, calls = Spy(), told_apart()
    others = taught_calls(calls[10:]) + taught_calls(calls[9:10], whole=False)
    judged = [call.call_id for _, held_out in held_out_models(calls[:9], others, spy) for call in held_out]
    assert sorted(judged) == [call.call_id for call in calls[:9]]
    assert all(list(taught[-len(others) :]) == others for taught in spy.taught)


@pytest.mark.parametrize("count", [5, 10, 14, 23])
def test_parts_are_equally_large_and_follow_the_seed(count: int) -> None:
    sizes = Counter(parts_of(count))
    assert set(sizes) == set(range(FOLDS))
    assert max(sizes.values()) - min(sizes.values()) <= 1
    assert parts_of(count, 3) == parts_of(count, 3)


def test_another_seed_cuts_otherwise() -> None:
    assert len({tuple(parts_of(20, seed)) for seed in range(5)}) == 5


def test_the_seed_reaches_the_parts_that_are_judged() -> None:
    def judged(seed: int) -> list[list[str]]:
        return [[call.call_id for call in held_out] for _, held_out in held_out_models(told_apart(), [], Spy(), seed)]

    assert judged(1) == judged(1)
    assert judged(1) != judged(2)
    assert [len(part) for part in judged(1)] == [Counter(parts_of(14, 1))[part] for part in range(FOLDS)]


def test_a_region_of_the_language_does_not_matter() -> None:
    spy, calls = Spy(), told_apart()
    calls = [replace(call, conversation=replace(call.conversation, language="zh-TW")) for call in calls]
    list(held_out_models(calls, [], spy))
    assert set(spy.languages) == {"zh"}


def test_what_is_found_belongs_to_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[tuple[int, int]] = []

    def fit(language: str, calls: Sequence[TaughtCall], jobs: int, progress: Progress) -> StageModel:
        fits.append((len(calls), jobs))
        progress("evidence", 1)
        return small_stage_model()

    monkeypatch.setattr(validation, "fit_stage_model", fit)
    told: list[str] = []
    found = list(cross_validated(labelled_calls(), [], 3, lambda name, steps: told.append(name)))
    assert sorted(call.call_id for call, _ in found) == [call.call_id for call in labelled_calls()]
    assert all(tagged == tag(call.conversation, small_stage_model()) for call, tagged in found)
    assert sorted(fits) == [(11, 3)] * 4 + [(12, 3)]
    assert told == ["evidence"] * FOLDS


def test_what_a_call_teaches() -> None:
    labelled = labelled_calls(2)
    first, second = taught_calls(labelled)
    assert (first.turns, first.stages, first.whole) == (labelled[0].conversation.turns, labelled[0].stages, True)
    assert first.acts is not None and first.acts[0] == {"greet", "verify_customer"}
    # Both calls were labelled by whoever looked for the acts of both.
    assert first.known == second.known
    assert "identify_self" in first.known and "refuse" not in first.known
    assert not taught_calls(labelled, whole=False)[0].whole


def test_a_call_without_labelled_acts_or_stages_teaches_less_or_nothing() -> None:
    first, second = (replace(call, annotations=Annotations()) for call in labelled_calls(2))
    (no_acts,) = taught_calls([first, replace(second, stages=())])
    assert (no_acts.turns, no_acts.acts, no_acts.known) == (first.conversation.turns, None, frozenset())
