"""``question``: forms with and without marks, open and closed, counted and in every turn."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.score import How
from tests.factories import A, C, U, ask, call, check, quoted

OPEN = [
    "您现在用的是什么套餐？",
    "您一个月大概花多少钱",
    "您觉得哪个合适",
    "能告诉我您现在用什么套餐吗",
    "您说什么时候方便",
    "您家几口人",
    "What plan are you on?",
    "So how much do you pay",
    "Could you tell me what you pay?",
]
CLOSED = [
    "您方便吗？",
    "您有什么问题吗",
    "有没有什么想问的？",
    "您是想要一百兆还是两百兆？",
    "价格呢",
    "收到了没有",
    "晚上付行不",
    "对吧",
    "Are you happy with it?",
    "do you have a minute",
]
STATEMENTS = [
    "有什么都行。",
    "没什么要紧",
    "我不知道怎么弄的",
    "他说什么都行",
    "我在开会呢",
    "我不",
    "要不",
    "那么",
    "怎么都行",
    "哪怕贵一点也好",
    "多少有一点",
    "好几个人都办了",
    "那我看看，是这样，他就问我哪天有空。",
    "when you are ready call me",
    "I know what you mean.",
    "That costs 3.5 a month.",
]


@pytest.mark.parametrize("kind", ["any", "open", "closed"])
@pytest.mark.parametrize("text", [*OPEN, *CLOSED, *STATEMENTS])
def test_kind_of_question(text: str, kind: str) -> None:
    wanted = {"any": text not in STATEMENTS, "open": text in OPEN, "closed": text in CLOSED}[kind]
    assert ask(call((A, text)), question={"kind": kind}).state is (State.HOLDS if wanted else State.FAILS)


def test_a_full_stop_is_believed_unless_the_form_leaves_no_doubt() -> None:
    assert ask(call((A, "您看是什么套餐。")), question={}).state is State.FAILS
    assert ask(call((A, "您看是什么套餐")), question={}).state is State.HOLDS
    assert ask(call((A, "您现在方便吗。")), question={}).state is State.HOLDS


def test_sentences_end_at_full_stops_but_not_inside_numbers() -> None:
    asked = call((A, "It is 3.5 euros. What do you pay? Thanks."))
    assert [text.strip() for text in quoted(asked, ask(asked, question={}).hits)] == ["What do you pay?"]


def test_hit_is_playable_and_says_how_it_was_found() -> None:
    asked = call((A, "您好。您要什么？", 0, 8), word_size=1)
    (hit,) = ask(asked, question={}).hits
    assert hit.how is How.QUESTION
    assert hit.span is not None
    assert [hit.span.start_s, hit.span.end_s] == pytest.approx([3.0, 8.0])


def test_every_turn_shows_the_turns_without_a_question() -> None:
    asked = call((A, "您方便吗"), (C, "方便"), (A, "好的"), (C, "嗯"), (A, "您用什么套餐"))
    finding = ask(asked, question={"role": "agent", "every_turn": True})
    assert (finding.state, finding.reason.code, finding.evidence.searched) == (State.FAILS, "turns_without", (2,))
    both = ask(asked, question={"role": "agent", "every_turn": True, "last_turns": 1})
    assert both.state is State.HOLDS


@pytest.mark.parametrize(
    ("lines", "params", "code"),
    [
        ((), {}, "no_speech"),
        (((U, "您方便吗"),), {"role": "agent"}, "roles_unknown"),
        (((C, "您方便吗"),), {"role": "agent"}, "party_silent"),
        (((A, "您方便吗"),), {"stage": ["needs"]}, "stages_unknown"),
        (((A, "您方便吗"),), {"first_seconds": 3}, "times_unknown"),
    ],
)
def test_what_is_missing_is_named(lines: Any, params: dict[str, Any], code: str) -> None:
    finding = ask(call(*lines), question=params)
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize(
    "params",
    [{"min_count": 0}, {"min_count": 2, "every_turn": True}, {"kind": "rhetorical"}, {"about": ["？"]}, {"any": ["a"]}],
)
def test_impossible_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(question=params)
