"""The rubrics that come with the program: each holds its own examples, and says what to do about every line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest

from qa_pipeline.checks.base import walk
from qa_pipeline.core.call import Call
from qa_pipeline.core.score import Scorecard, Verdict
from qa_pipeline.insight.agreement import agreement
from qa_pipeline.insight.examples import ExampleResult, example_call, run_examples
from qa_pipeline.rubric.loading import load_rubric, shipped_ids
from qa_pipeline.rubric.model import Criterion, LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.steps import build_imported_call
from qa_pipeline.transcribe.labelled import read_labelled

SHIPPED = shipped_ids()

#: Checks of what is heard: their examples must say when, or how loud.
HEARD = {
    "silence",
    "response_time",
    "overlap",
    "monologue",
    "talk_ratio",
    "speech_rate",
    "pitch_range",
    "loudness",
    "loudness_jump",
}
_MARKS = re.compile(r"^\[[^\]]*(?:\d-\d|=)[^\]]*\]", re.MULTILINE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")

CALLS = Path(__file__).parents[2] / "training" / "data"


@lru_cache
def loaded(rubric_id: str) -> LoadedRubric:
    return load_rubric(rubric_id)


@lru_cache
def results(rubric_id: str) -> tuple[ExampleResult, ...]:
    return tuple(run_examples(loaded(rubric_id)))


def scored(rubric_id: str, text: str) -> Scorecard:
    rubric = loaded(rubric_id)
    return score(example_call(text, rubric.rubric.language), rubric)


def ids(criteria: list[Criterion]) -> list[str]:
    return [criterion.id for criterion in criteria]


each_rubric = pytest.mark.parametrize("rubric_id", SHIPPED)


def test_the_forms_that_are_promised_are_there() -> None:
    wanted = {"telesales-coaching", "ten-point-inspection", "vas-15-seconds", "recruit-training", "sales-en"}
    assert wanted <= set(SHIPPED)


@each_rubric
def test_loads_without_a_mistake_under_the_name_of_its_file(rubric_id: str) -> None:
    rubric = loaded(rubric_id).rubric
    assert rubric.id == rubric_id
    assert rubric.title and rubric.title_en
    assert all(section.title_en for section in rubric.sections)


@each_rubric
def test_every_example_gets_its_verdict(rubric_id: str) -> None:
    wrong = [f"{r.criterion_id} {r.expected} {r.number} {r.problem}" for r in results(rubric_id) if not r.passed]
    assert results(rubric_id)
    assert wrong == []


@each_rubric
def test_every_criterion_has_examples_of_each_verdict_that_it_can_give(rubric_id: str) -> None:
    criteria = loaded(rubric_id).rubric.criteria
    assert ids([c for c in criteria if not (c.examples.met and c.examples.missed)]) == []
    assert ids([c for c in criteria if c.when is not None and not c.examples.na]) == []
    assert ids([c for c in criteria if c.partly is not None and not c.examples.partly]) == []


@each_rubric
def test_every_criterion_coaches_in_both_languages(rubric_id: str) -> None:
    for criterion in loaded(rubric_id).rubric.criteria:
        chinese = (criterion.title, criterion.advice, criterion.praise)
        english = (criterion.title_en, criterion.advice_en, criterion.praise_en)
        assert all(_CHINESE.search(text) for text in chinese), criterion.id
        assert all(text and not _CHINESE.search(text) for text in english), criterion.id


@each_rubric
def test_examples_of_what_is_heard_say_when_or_how(rubric_id: str) -> None:
    for criterion in loaded(rubric_id).rubric.criteria:
        if {check.name for _, check in walk(criterion.check)} & HEARD:
            examples = (*criterion.examples.met, *criterion.examples.missed)
            assert all(_MARKS.search(text) for text in examples), criterion.id


@each_rubric
def test_no_verdict_of_an_example_is_without_evidence(rubric_id: str) -> None:
    for result in results(rubric_id):
        assert result.outcome is not None
        if result.outcome.verdict.counts:
            evidence = result.outcome.evidence
            assert evidence.hits or evidence.searched, result.criterion_id


@each_rubric
def test_is_deterministic(rubric_id: str) -> None:
    criterion = loaded(rubric_id).rubric.criteria[0]
    text = (*criterion.examples.met, *criterion.examples.missed)[0]
    assert scored(rubric_id, text) == scored(rubric_id, text)


@each_rubric
def test_red_lines_are_critical_and_have_two_ways_to_be_crossed(rubric_id: str) -> None:
    for criterion in loaded(rubric_id).rubric.criteria:
        if criterion.fatal:
            assert criterion.severity == "critical", criterion.id
            assert len(criterion.examples.missed) >= 2, criterion.id


# ---- ten-point-inspection ----

CLEAN_CALL = """\
@ outcome: deal
坐席：您好，我是云桥通信的陈雨桐，工号三零七二，请问是周先生吗？
客户：是我，你说。
坐席：您的套餐这个月到期，续约七十九块钱一个月，五十个G，您同意办理吗？
客户：可以，同意办理。
坐席：那我跟您核对一下，七十九块钱一个月，五十个G，合约十二个月，下月一号生效，没错吧？
客户：没错。
坐席：已经为您办理成功了，感谢您的支持，祝您生活愉快，再见。
客户：好，再见。"""


def test_a_clean_call_keeps_its_ten_points_and_passes() -> None:
    card = scored("ten-point-inspection", CLEAN_CALL)
    assert (card.points, card.passed, card.red_lines) == (10.0, True, ())


def test_one_point_may_be_lost_and_two_may_not() -> None:
    without_greeting = CLEAN_CALL.replace("您好，我是", "我是")
    assert scored("ten-point-inspection", without_greeting).points == 9.5
    assert scored("ten-point-inspection", without_greeting).passed is True
    rude = CLEAN_CALL.replace("没错吧？", "没错吧？怎么这么啰嗦，随便你。")
    card = scored("ten-point-inspection", rude)
    assert (card.points, card.passed, card.red_lines) == (8.0, False, ())


def test_a_red_line_brings_ten_points_to_zero() -> None:
    card = scored("ten-point-inspection", CLEAN_CALL.replace("没错吧？", "百分之百不亏，零风险，没错吧？"))
    assert (card.points, card.passed) == (0.0, False)
    assert [outcome.criterion_id for outcome in card.red_lines] == ["no_misleading_promise"]


def test_an_order_without_a_yes_crosses_the_line_and_a_yes_of_any_kind_does_not() -> None:
    def verdict(answer: str) -> Verdict:
        text = f"坐席：会员三十块钱一个月，给您开一个吧？\n客户：{answer}\n坐席：好的已经给您开通了"
        card = scored("ten-point-inspection", text)
        return next(o.verdict for o in card.outcomes if o.criterion_id == "order_with_consent")

    assert [verdict(answer) for answer in ("嗯", "哦", "多少钱")] == [Verdict.MISSED] * 3
    assert [verdict(answer) for answer in ("可以", "行吧", "同意", "那就开吧", "要得")] == [Verdict.MET] * 5


@lru_cache
def excellent_calls() -> tuple[Call, ...]:
    """The training calls that are rated excellent: nothing in them may cross a red line."""
    path = CALLS / "train.jsonl"
    rated = {
        row["id"] for row in map(json.loads, path.read_text("utf-8").splitlines()) if row["quality"] == "excellent"
    }
    return tuple(build_imported_call(call) for call in read_labelled(path) if call.call_id in rated)


@pytest.mark.parametrize("rubric_id", ["ten-point-inspection", "vas-15-seconds", "recruit-training"])
def test_excellent_calls_cross_no_red_line(rubric_id: str) -> None:
    assert len(excellent_calls()) == 35
    crossed = {
        call.call_id: [outcome.criterion_id for outcome in score(call, loaded(rubric_id)).red_lines]
        for call in excellent_calls()
    }
    assert {call_id: lines for call_id, lines in crossed.items() if lines} == {}


def cost(criterion_id: str, *lines: str) -> float | None:
    card = scored("ten-point-inspection", "\n".join(lines))
    return next(o.points for o in card.outcomes if o.criterion_id == criterion_id)


@pytest.mark.parametrize(("times", "points"), [(3, 0.0), (4, -0.5), (5, -1.0), (9, -1.0)])
def test_fillers_cost_only_from_the_fourth_on(times: int, points: float) -> None:
    assert cost("service_terms", "坐席：" + "，好，".join(["反正呢"] * times), "客户：嗯") == points


@pytest.mark.parametrize(("times", "points"), [(1, 0.0), (2, -0.5), (3, -1.0)])
def test_interruptions_cost_only_from_the_second_on(times: int, points: float) -> None:
    pairs = [(f"[{9 * i}-{9 * i + 4}] 客户：我想问", f"[{9 * i + 2}-{9 * i + 8}] 坐席：您说") for i in range(times)]
    assert cost("no_interrupting", *(text for pair in pairs for text in pair)) == points


# ---- vas-15-seconds ----


def in_time(*lines: str) -> dict[str, Verdict]:
    """The verdicts of the lines that are measured from the beginning of the pitch."""
    card = scored("vas-15-seconds", "\n".join(lines))
    return {o.criterion_id: o.verdict for o in card.outcomes if o.criterion_id.endswith("_in_15s")}


def test_fifteen_seconds_run_from_the_pitch_and_not_from_the_beginning_of_the_call() -> None:
    late = in_time(
        "[0-4] 坐席：您好", "[5-58] 客户：你等我一下", "[60-64] 坐席：给您推荐视频彩铃，能看小视频，每月六块钱"
    )
    assert set(late.values()) == {Verdict.MET}


@pytest.mark.parametrize(("start_s", "verdict"), [(19.0, Verdict.MET), (19.1, Verdict.MISSED)])
def test_the_tariff_is_due_fifteen_seconds_after_the_pitch(start_s: float, verdict: Verdict) -> None:
    found = in_time("[0-4] 坐席：给您推荐", "[5-6] 客户：嗯", f"[{start_s}-22] 坐席：六元")
    assert found["tariff_in_15s"] is verdict


def test_a_tariff_that_may_or_may_not_come_in_time_is_not_judged() -> None:
    found = in_time("[0-4] 坐席：给您推荐视频彩铃", "[5-6] 客户：嗯", "[18-22] 坐席：每月六块钱")
    assert found["tariff_in_15s"] is Verdict.NOT_SCORABLE


def test_without_times_the_clock_lines_are_left_out_and_the_words_are_still_judged() -> None:
    card = scored("vas-15-seconds", "给您推荐视频彩铃，别人打给您能看小视频，一个月六块钱。")
    verdicts = {outcome.criterion_id: outcome.verdict for outcome in card.outcomes}
    assert verdicts["tariff_in_15s"] is Verdict.NOT_SCORABLE
    assert verdicts["pitch_in_one_go"] is Verdict.MET


# ---- recruit-training ----

#: Percent below which a call is a beginner's lesson, and from which on an advanced one; see the head of the file.
BEGINNER_BELOW, ADVANCED_FROM = 40, 70


def test_the_percentage_of_a_recruiting_call_is_its_level() -> None:
    def percents(texts: Iterable[str]) -> list[float]:
        return [scored("recruit-training", text).percent or 0.0 for text in texts]

    rubric = loaded("recruit-training").rubric
    skilled = rubric.criterion("level_intermediate").examples
    advanced = rubric.criterion("level_advanced").examples
    between = set(skilled.met) - set(advanced.met)
    assert len(skilled.missed) == 2 and len(between) == 1 and len(advanced.met) == 1
    assert all(percent < BEGINNER_BELOW for percent in percents(skilled.missed))
    assert all(BEGINNER_BELOW <= percent < ADVANCED_FROM for percent in percents(between))
    assert all(percent >= ADVANCED_FROM for percent in percents(advanced.met))


def test_a_forbidden_statement_makes_the_best_call_a_beginners_lesson() -> None:
    best = loaded("recruit-training").rubric.criterion("level_advanced").examples.met[0]
    spoilt = best + "\n坐席：我是看到你在招聘网站上投的简历。"
    assert (scored("recruit-training", spoilt).percent or 0) < BEGINNER_BELOW


# ---- sales-en ----


def test_the_english_form_keeps_its_agreement_with_the_twelve_labelled_calls() -> None:
    """A guard against losing what was tuned; it says nothing about other calls."""
    calls = list(read_labelled(CALLS / "train.en.jsonl"))
    cards = [score(build_imported_call(call), loaded("sales-en")) for call in calls]
    rows = zip(calls, cards, strict=True)
    figures = agreement((call.labels, call.evidence, card) for call, card in rows)
    assert len(calls) == 12
    assert isinstance(figures["macro_kappa"], float) and figures["macro_kappa"] >= 0.85
