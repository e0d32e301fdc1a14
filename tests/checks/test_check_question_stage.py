"""``question`` and ``stage_present``: hit, miss and edge."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.span import Span
from tests.factories import A, C, ask, call, check, quoted, timed


@pytest.mark.parametrize(
    "text",
    [
        "您现在用什么套餐？",
        "您现在用什么套餐?",
        "您现在用什么套餐",
        "一个月大概多少钱",
        "方便吗",
        "您呢，",
        "可不可以加个微信",
        "您家几口人",
        "您用什麼套餐",
        "方便嗎",
        "您要幾個",
        "這是為什麼",
        "对吧？",
        "What do you use",
        "how much is it",
        "Are you there?",
        "ＷＨＡＴ？",
    ],
)
def test_question_with_or_without_its_mark(text: str) -> None:
    assert ask(call((A, text)), question={}).state is State.HOLDS


@pytest.mark.parametrize("text", ["您好。", "我给您介绍一下", "这个套餐很划算！", "", "？", "This is fine.", "I know"])
def test_statement_is_no_question(text: str) -> None:
    finding = ask(call((A, text)), question={})
    assert (finding.state, finding.reason.values) == (State.FAILS, {"count": 0, "wanted": 1})


@pytest.mark.parametrize("text", ["没什么问题。", "有什么需要您随时联系我。", "Have a nice day.", "Will do."])
def test_statement_with_a_question_word_is_no_question(text: str) -> None:
    assert ask(call((A, text)), question={}).state is State.FAILS


def test_question_is_quoted_as_its_own_sentence() -> None:
    asked = call((A, "您好。您现在用什么？我先说说。方便吗"))
    assert quoted(asked, ask(asked, question={}).hits) == ["您现在用什么？", "方便吗"]


@pytest.mark.parametrize(("count", "state"), [(1, State.HOLDS), (2, State.HOLDS), (3, State.FAILS)])
def test_questions_are_counted_over_turns(count: int, state: State) -> None:
    asked = call((A, "您现在用什么？"), (C, "移动。你呢？"), (A, "多少钱？"))
    assert ask(asked, question={"role": "agent", "min_count": count}).state is state


def test_question_about_something_holds_it_in_the_same_sentence() -> None:
    about = {"about": ["套餐", "現在"]}
    assert ask(call((A, "您的套，餐是多少钱？")), question=about).state is State.HOLDS
    assert ask(call((A, "您现在方便吗")), question=about).state is State.HOLDS
    assert ask(call((A, "我们有套餐。您几点方便？")), question=about).state is State.FAILS


@pytest.mark.parametrize("params", [{"about": ["？"]}, {"about": [""]}])
def test_topic_without_words_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="at least one letter"):
        check(question=params)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("您现在用什么套餐", "open"),
        ("一个月大概多少钱？", "open"),
        ("方便吗", "closed"),
        ("您觉得行不行", "closed"),
        ("What do you use?", "open"),
        ("Do you use fibre?", "closed"),
    ],
)
def test_open_and_closed_questions(text: str, kind: str) -> None:
    asked = call((A, text))
    assert ask(asked, question={"kind": kind}).state is State.HOLDS
    assert ask(asked, question={"kind": "open" if kind == "closed" else "closed"}).state is State.FAILS
    assert ask(asked, question={"kind": "any"}).state is State.HOLDS


def test_every_turn_needs_a_question() -> None:
    asked = call((A, "方便吗？"), (C, "嗯"), (A, "好的"))
    failed = ask(asked, question={"role": "agent", "every_turn": True})
    assert (failed.state, failed.reason.code, failed.evidence.searched) == (State.FAILS, "turns_without", (2,))
    assert ask(asked, question={"role": "agent", "first_turns": 1, "every_turn": True}).state is State.HOLDS


STAGED = call(*timed((A, "一"), (C, "二"), (A, "三"), (C, "四")), stages="onnc")


@pytest.mark.parametrize(
    ("params", "holds"),
    [
        ({"any": ["needs"]}, True),
        ({"any": ["objection", "close"]}, True),
        ({"any": ["objection"]}, False),
        ({"any": ["needs"], "min_turns": 2}, True),
        ({"any": ["needs"], "min_turns": 3}, False),
        ({"all": ["opening", "close"]}, True),
        ({"all": ["opening", "objection"]}, False),
        ({"all": ["needs", "close"], "min_turns": 2}, False),
    ],
)
def test_stage_present(params: dict[str, Any], holds: bool) -> None:
    finding = ask(STAGED, stage_present=params)
    assert finding.state is (State.HOLDS if holds else State.FAILS)
    assert finding.evidence.searched == (0, 1, 2, 3)


def test_stage_hit_is_its_first_turn_and_miss_names_the_first_absent_stage() -> None:
    held = ask(STAGED, stage_present={"any": ["objection", "needs"]})
    assert (held.hits[0].turn, held.hits[0].span, held.reason.values) == (1, Span(2, 4), {"stage": "needs"})
    missed = ask(STAGED, stage_present={"all": ["close", "objection", "recommendation"]})
    assert missed.reason.values == {"stage": "objection"}


@pytest.mark.parametrize(("lines", "code"), [([], "no_speech"), ([(A, "好")], "stages_unknown")])
def test_stage_of_a_call_without_stages_is_unknown(lines: list[Any], code: str) -> None:
    finding = ask(call(*lines), stage_present={"any": ["close"]})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize("params", [{}, {"any": []}, {"any": ["close"], "all": ["close"]}, {"any": ["end"]}])
def test_impossible_stage_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(stage_present=params)
