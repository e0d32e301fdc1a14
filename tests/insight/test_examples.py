"""A rubric's own examples: what becomes of a snippet, and which examples hold."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.core.call import Role, Stage
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.insight.examples import ExampleResult, example_call, run_examples
from qa_pipeline.rubric.snippets import SnippetError
from tests.factories import criterion, rubric

CLOSED = {"phrases": {"role": "agent", "any": ["再见"]}}


def results(**fields: Any) -> list[ExampleResult]:
    return list(run_examples(rubric(criterion(**fields))))


def summary(**fields: Any) -> list[tuple[str, int, str, bool]]:
    """Expected, number, verdict and whether the example holds."""
    return [
        (r.expected, r.number, r.outcome.verdict.value if r.outcome else r.problem, r.passed) for r in results(**fields)
    ]


def test_examples_are_run_in_order_and_counted_by_verdict() -> None:
    examples = {"met": ["您好", "喂"], "missed": ["喂"], "na": ["客户：您好"]}
    assert summary(examples=examples, when=CLOSED) == [
        ("met", 1, "not_applicable", False),
        ("met", 2, "not_applicable", False),
        ("missed", 1, "not_applicable", False),
        ("na", 1, "not_scorable", False),  # the agent says nothing: nobody can tell
    ]
    assert summary(examples={"met": ["您好", "喂"], "missed": ["喂"]}) == [
        ("met", 1, "met", True),
        ("met", 2, "missed", False),
        ("missed", 1, "missed", True),
    ]


def test_partly_met_is_a_verdict_of_its_own() -> None:
    fields = {"partly": CLOSED, "examples": {"met": ["再见"], "partly": ["再见", "您好"]}}
    assert summary(**fields) == [
        ("met", 1, "partly", False),
        ("partly", 1, "partly", True),
        ("partly", 2, "met", False),
    ]


def test_only_the_examples_own_criterion_is_asked() -> None:
    first = criterion("first", examples={"met": ["您好"]})
    second = criterion("second", check=CLOSED, examples={"missed": ["您好"]})
    assert [(r.criterion_id, r.passed) for r in run_examples(rubric(first, second))] == [
        ("first", True),
        ("second", True),
    ]


def test_conditions_of_the_rubric_are_known_to_examples() -> None:
    loaded = rubric(criterion(when={"use": "late"}, examples={"na": ["您好"]}), conditions={"late": CLOSED})
    assert [r.passed for r in run_examples(loaded)] == [True]


def test_an_example_that_cannot_be_read_does_not_hold() -> None:
    (result,) = results(examples={"met": ["[clsoe] 坐席：您好"]})
    assert (result.passed, result.outcome) == (False, None)
    assert "did you mean close?" in result.problem


def test_a_language_model_is_never_asked() -> None:
    (result,) = results(check={"llm": {"question": "坐席是否问候了客户？请回答"}}, examples={"met": ["您好"]})
    assert (result.unasked, result.passed) == (True, False)
    assert not results(examples={"met": ["喂"]})[0].unasked


# -- the call of a snippet ------------------------------------------------------


def test_a_snippet_becomes_a_call_without_times() -> None:
    call = example_call("坐席：您好\n客户：喂")
    assert [(t.role, t.text, t.span) for t in call.turns] == [(Role.AGENT, "您好", None), (Role.CUSTOMER, "喂", None)]
    assert (call.turn_voices, call.overlaps, call.ended_by) == ((), None, None)
    assert "greet" in {act.name for act in call.turn_acts[0]}
    assert len(call.turn_stages) == 2  # found by the stage model


def test_a_written_stage_takes_the_place_of_the_found_one() -> None:
    call = example_call("坐席：您好\n[objection] 客户：太贵了\n[close] 坐席：好的")
    assert call.turn_stages[1:] == (Stage.OBJECTION, Stage.CLOSE)
    assert [span.stage for span in call.stages][-2:] == [Stage.OBJECTION, Stage.CLOSE]


def test_stages_in_a_language_without_a_model_are_those_written() -> None:
    assert example_call("[close] agent: tchau", "pt").turn_stages == (Stage.CLOSE,)
    assert example_call("[close] agent: tchau\ncustomer: tchau", "pt").turn_stages == ()


def test_acts_and_voices_count_for_all_lines_once_one_has_some() -> None:
    call = example_call("[+greet +thank rate_cpm=300] 坐席：您好\n客户：喂")
    assert [[act.name for act in acts] for acts in call.turn_acts] == [["greet", "thank"], []]
    assert call.turn_voices == (TurnVoice(rate_cpm=300), TurnVoice())


def test_lines_that_overlap_in_time_are_overlaps() -> None:
    call = example_call("[0-3] 坐席：您好\n[2-5] 客户：等一下\n[4-4.5] 坐席：好的\n[4.2-6] 坐席：那个")
    assert call.overlaps is not None
    assert [(overlap.span, overlap.by_agent) for overlap in call.overlaps] == [
        (Span(2, 3), False),
        # Two lines of one party that overlap are one stretch of its speech.
        (Span(4, 5), True),
    ]
    assert example_call("[0-3] 坐席：您好\n[3-5] 客户：喂").overlaps == ()
    assert example_call("[0-3] 坐席：您好\n客户：喂").overlaps is None


def test_metadata_and_who_hung_up_reach_the_call() -> None:
    call = example_call("@ outcome: deal\n@ deposit: 600\n@ ended_by: customer\n坐席：您好")
    assert (call.metadata.outcome, call.metadata.extra, call.ended_by) == ("deal", {"deposit": "600"}, Role.CUSTOMER)


@pytest.mark.parametrize(
    ("check", "example", "verdict"),
    [
        ({"metadata": {"expression": "connected"}}, "@ connected: yes\n您好", "met"),
        ({"metadata": {"expression": "amount > 3 * deposit"}}, "@ amount: 9\n@ deposit: 3\n您好", "missed"),
        ({"ended_by": {"role": "agent"}}, "@ ended_by: customer\n坐席：您好", "missed"),
        ({"act": {"any": ["greet"]}}, "[+greet] 坐席：您好", "met"),
        ({"speech_rate": {"bounds": {"max": 300}}}, "[rate_cpm=310] 坐席：您好", "missed"),
        ({"overlap": {"by": "agent"}}, "[0-3] 客户：我想问\n[2-5] 坐席：您听我说", "missed"),
        ({"duration": {"max": 10}}, "[0-3] 客户：喂\n[4-5] 坐席：您好", "met"),
        ({"stage_present": {"any": ["close"]}}, "[close] 坐席：再见", "met"),
    ],
)
def test_what_a_snippet_says_is_what_checks_see(check: dict[str, Any], example: str, verdict: str) -> None:
    ((_, _, got, passed),) = summary(check=check, examples={verdict: [example]})
    assert (got, passed) == (verdict, True)


def test_a_snippet_that_cannot_be_read_raises() -> None:
    with pytest.raises(SnippetError, match="line 2"):
        example_call("坐席：您好\n客户：")
