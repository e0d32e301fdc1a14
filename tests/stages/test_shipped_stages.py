"""The models that come with the program: small enough, good enough, and sensible where a call leads to nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from qa_pipeline.core.call import CallOutcome, Role, Stage
from qa_pipeline.resources import demo_dir, models_dir
from qa_pipeline.stages.evaluate import evaluate_stages
from qa_pipeline.stages.model import FILES, SHIPPED, StageModel, find_stage_model
from qa_pipeline.stages.tagging import Tagged, tag
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from tests.factories import A, C, call

DATA = Path(__file__).parents[2] / "training" / "data"
LANGUAGES = ("zh", "en")
MAX_BYTES = 10_000_000

#: Figures of stages that every shipped model reaches: on the demo calls, which no model learnt from; on its own calls.
MIN_DEMO_F1 = 0.85
MIN_OWN_F1 = 0.7


def model(language: str) -> StageModel:
    found = find_stage_model(SHIPPED, language)
    assert found is not None
    return found


@cache
def demo() -> tuple[tuple[LabelledCall, Tagged], ...]:
    calls = [call for call in read_labelled(demo_dir() / "reference.jsonl") if call.stages]
    return tuple((call, tag(call.conversation, model("zh"))) for call in calls)


def demo_calls(outcome: CallOutcome) -> list[tuple[LabelledCall, Tagged]]:
    return [(call, found) for call, found in demo() if call.metadata.outcome is outcome]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shipped_model_is_small_and_says_what_it_was_made_from(language: str) -> None:
    folder = models_dir() / f"{SHIPPED}-{language}"
    assert sum((folder / file).stat().st_size for file in FILES) <= MAX_BYTES
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"**{part}**" in card for part in ("Made from", "Command", "Result"))
    assert "stages train" in card
    assert model(language).language == language


def test_stages_of_the_demo_calls_are_found() -> None:
    figures = evaluate_stages([(call.stages, found.stages) for call, found in demo()])
    assert figures.macro_f1 >= MIN_DEMO_F1
    assert figures.boundaries.f1 >= 0.7


@pytest.mark.parametrize(("file", "language"), [("train.jsonl", "zh"), ("train.en.jsonl", "en")])
def test_a_shipped_model_fits_its_own_calls(file: str, language: str) -> None:
    calls = [call for call in read_labelled(DATA / file) if call.stages][:12]
    figures = evaluate_stages([(call.stages, tag(call.conversation, model(language)).stages) for call in calls])
    assert figures.macro_f1 >= MIN_OWN_F1


def test_a_wrong_number_is_offered_nothing() -> None:
    calls = demo_calls(CallOutcome.WRONG_NUMBER)
    assert calls
    assert all(Stage.RECOMMENDATION not in found.stages for _, found in calls)


def test_an_early_hang_up_has_no_close() -> None:
    calls = demo_calls(CallOutcome.HANGUP)
    assert calls
    assert all(Stage.CLOSE not in found.stages for _, found in calls)


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        (
            [
                (A, "您好，请问是陈先生吗？"),
                (C, "打错了吧，我不姓陈。"),
                (A, "请问您这个号码是一三八开头的吗？"),
                (C, "是，但是我不认识什么陈先生，这号码我刚办的。"),
                (A, "哦，那不好意思，打扰您了，我这边把资料更正一下，再见。"),
                (C, "没事，再见。"),
            ],
            Stage.RECOMMENDATION,
        ),
        (
            [
                (A, "您好，我是云桥宽带的客服，我们最近有个优惠活动。"),
                (C, "不需要，在开会。"),
                (A, "先生，就耽误您一分钟……"),
                (C, "说了不要。"),
            ],
            Stage.CLOSE,
        ),
    ],
    ids=["wrong number", "early hang-up"],
)
def test_a_call_that_leads_to_nothing_lacks_the_stages_that_it_never_had(
    lines: list[tuple[Role, str]], missing: Stage
) -> None:
    assert missing not in tag(call(*lines).conversation, model("zh")).stages


def test_acts_and_refusals_of_the_demo_calls_are_seen() -> None:
    greeted = [any(act.name == "greet" for acts in found.acts[:2] for act in acts) for _, found in demo()]
    assert sum(greeted) / len(greeted) >= 0.7
    refused = [
        any(act.name == "refuse" for acts in found.acts for act in acts) for _, found in demo_calls(CallOutcome.REFUSAL)
    ]
    assert refused and all(refused)
