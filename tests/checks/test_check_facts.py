"""``fact``: what is said in figures and names, and facts that an earlier step stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import Call
from qa_pipeline.core.facts import Fact
from qa_pipeline.core.score import How
from tests.factories import A, C, U, ask, call, check, quoted, timed

TALK = call(
    *timed(
        (A, "您好，我姓陈，工号三零七二。"),
        (C, "我们厂一百来号人，月费多少？"),
        (A, "一个月一百二，合约两年，打八折。"),
        (C, "那你打我电话幺三八零零一三八零零零。"),
        (A, "好的，明天下午三点半联系您。"),
    )
)
#: The same call after a step that looked for providers and found one.
LOOKED = replace(TALK, facts=(Fact("provider", "移动", 1, 0, 2),))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"any": ["price"], "role": "agent"}, ["一百二"]),
        ({"any": ["own_name"], "role": "agent"}, ["陈"]),
        ({"any": ["staff_number"]}, ["三零七二"]),
        ({"any": ["phone"], "role": "customer"}, ["幺三八零零一三八零零零"]),
        ({"any": ["company_size"]}, ["一百来号人"]),
        ({"all": ["date", "time_of_day"]}, ["明天", "下午三点半"]),
        ({"any": ["duration"]}, ["两年"]),
        ({"any": ["discount", "price"], "min_hits": 2}, ["一百二", "八折"]),
    ],
)
def test_said_facts_are_quoted(params: dict[str, Any], said: list[str]) -> None:
    finding = ask(TALK, fact=params)
    assert (finding.state, finding.reason.code) == (State.HOLDS, "fact_found")
    assert [text.removeprefix("打") for text in quoted(TALK, finding.hits)] == said
    assert all(hit.how is How.FACT and hit.span is not None for hit in finding.hits)


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"any": ["price"], "role": "customer"}, "price"),
        ({"any": ["price"], "min_hits": 2}, "price"),
        ({"all": ["price", "percentage", "phone"], "role": "agent"}, "percentage, phone"),
    ],
)
def test_miss_names_what_is_absent_and_the_window(params: dict[str, Any], wanted: str) -> None:
    finding = ask(TALK, fact=params)
    assert (finding.state, finding.reason.code, finding.reason.values) == (
        State.FAILS,
        "fact_missing",
        {"wanted": wanted},
    )
    assert finding.evidence.searched


def test_none_turns_the_answer_round() -> None:
    assert ask(TALK, fact={"none": ["percentage"]}).reason.code == "facts_none"
    crossed = ask(TALK, fact={"none": ["price"]})
    assert (crossed.state, crossed.reason.values) == (State.FAILS, {"phrase": "price", "count": 1})


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ({"max": 120}, State.HOLDS),
        ({"max": 119}, State.FAILS),
        ({"min": 100, "max": 200}, State.HOLDS),
        ({"min": 121}, State.FAILS),
    ],
)
def test_number_bounds_the_facts_that_count(number: dict[str, float], state: State) -> None:
    assert ask(TALK, fact={"any": ["price"], "number": number}).state is state


def test_a_fact_without_a_number_lies_in_no_bounds() -> None:
    assert ask(TALK, fact={"any": ["phone"], "number": {"min": 0}}).state is State.FAILS


def test_stored_facts_count_beside_derived_ones() -> None:
    assert ask(LOOKED, fact={"any": ["provider"]}).state is State.HOLDS
    both = ask(LOOKED, fact={"all": ["provider", "price"]})
    assert [hit.matched for hit in both.hits] == ["provider", "price"]
    assert ask(LOOKED, fact={"any": ["decision_maker"]}).state is State.FAILS


def test_a_passage_that_is_stored_and_derived_is_one_hit_though_one_of_them_is_longer() -> None:
    again = replace(TALK, facts=(Fact("price", "120", 2, 4, 7, 120.0),))
    assert len(ask(again, fact={"any": ["price"]}).hits) == 1
    assert len(ask(again, fact={"all": ["price"]}).hits) == 1


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({"any": ["provider"]}, State.UNKNOWN),
        ({"any": ["price", "provider"]}, State.HOLDS),
        ({"any": ["percentage", "provider"]}, State.UNKNOWN),
        ({"all": ["price", "provider"]}, State.UNKNOWN),
        ({"all": ["percentage", "provider"]}, State.FAILS),
        ({"none": ["provider"]}, State.UNKNOWN),
        ({"none": ["price", "provider"]}, State.FAILS),
    ],
)
def test_facts_that_nobody_looked_for_matter_only_where_they_decide(params: dict[str, Any], state: State) -> None:
    finding = ask(TALK, fact=params)
    assert finding.state is state
    if state is State.UNKNOWN:
        assert (finding.reason.code, finding.reason.values) == ("facts_unknown", {"wanted": "provider"})


def test_every_turn() -> None:
    finding = ask(TALK, fact={"any": ["price", "own_name", "date"], "role": "agent", "every_turn": True})
    assert finding.state is State.HOLDS
    missing = ask(TALK, fact={"any": ["price", "own_name"], "role": "agent", "every_turn": True})
    assert (missing.state, missing.evidence.searched) == (State.FAILS, (4,))


@pytest.mark.parametrize(
    ("asked", "code"),
    [(call(), "no_speech"), (call((U, "一个月一百二")), "roles_unknown"), (call((C, "喂")), "party_silent")],
)
def test_what_is_missing_is_named(asked: Call, code: str) -> None:
    finding = ask(asked, fact={"any": ["price"], "role": "agent"})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"any": ["price"], "all": ["phone"]},
        {"any": ["Price"]},
        {"any": ["price"], "min_hits": 0},
        {"none": ["price"], "min_hits": 2},
        {"all": ["price"], "every_turn": True},
        {"any": ["price"], "number": {}},
        {"any": ["price"], "number": {"min": 2, "max": 1}},
        {"any": ["price"], "number": {"min": float("nan")}},
        {"any": ["price"], "number": {"max": float("inf")}},
    ],
)
def test_impossible_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(fact=params)


@pytest.mark.parametrize("key", ["any", "all", "none"])
def test_a_misspelt_fact_is_refused_with_the_one_meant(key: str) -> None:
    with pytest.raises(ValidationError, match=r"there is no fact pirce; did you mean price\?"):
        check(fact={key: ["pirce"]})
    assert check(fact={key: ["provider"]}).params.wanted == ("provider",)
