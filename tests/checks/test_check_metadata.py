"""``metadata``: expressions over what the business knows about a call."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import CallMetadata, CallOutcome, Direction
from tests.factories import A, C, ask, call, check, timed

SAID = CallMetadata(
    agent_id="a-7",
    team="华东一组",
    started_at=datetime(2026, 11, 3, 14, 5),
    direction=Direction.OUTBOUND,
    outcome=CallOutcome.DEAL,
    amount=129.0,
    refunded=False,
    extra={
        "deposit": "30",
        "回款（元）": "1,280",
        "vip": "是",
        "code": "007",
        "mobile": "13800138000",
        "note": " ",
        "score": "nan",
    },
)
TALK = call(*timed((A, "您好"), (C, "喂")), metadata=SAID)


@pytest.mark.parametrize(
    ("expression", "state"),
    [
        ('outcome == "deal"', State.HOLDS),
        ('outcome in ("deal", "followup") and direction == "outbound"', State.HOLDS),
        ('outcome == "refusal"', State.FAILS),
        ("amount > 3 * deposit", State.HOLDS),
        ("amount - deposit == 99", State.HOLDS),
        ("100 <= amount < 129", State.FAILS),
        ("refunded", State.FAILS),
        ("not refunded", State.HOLDS),
        ("refunded == no", State.HOLDS),
        ("vip == yes", State.HOLDS),
        ('vip == "是"', State.HOLDS),
        ('code == "007"', State.HOLDS),
        ('"138" in mobile', State.HOLDS),
        ("hour >= 9 and hour < 18", State.HOLDS),
        ("weekday == 2", State.HOLDS),
        ('started_at >= "2026-11-01"', State.HOLDS),
        ("duration_s == 4", State.HOLDS),
        ('"华东" in team', State.HOLDS),
        ("回款_元 == 1280", State.HOLDS),
    ],
)
def test_expressions_on_a_call(expression: str, state: State) -> None:
    finding = ask(TALK, metadata={"expression": expression})
    assert finding.state is state
    assert finding.reason.code == ("metadata_true" if state is State.HOLDS else "metadata_false")
    assert finding.reason.values == {"expression": expression}
    assert (finding.evidence.searched, finding.hits) == ((0, 1), ())


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("customer_id == 'x'", "customer_id"),
        ("margin > 1", "margin"),
        ("note == 'x'", "note"),
        ("wrap_up_s > 3", "wrap_up_s"),
    ],
)
def test_what_the_metadata_does_not_say_is_unknown(expression: str, name: str) -> None:
    finding = ask(TALK, metadata={"expression": expression})
    assert (finding.state, finding.reason.code, finding.reason.values) == (
        State.UNKNOWN,
        "metadata_unknown",
        {"name": name},
    )


def test_a_missing_value_matters_only_where_it_decides() -> None:
    assert ask(TALK, metadata={"expression": "amount > 1 or customer_id == 'x'"}).state is State.HOLDS
    assert ask(TALK, metadata={"expression": "amount > 1 and customer_id == 'x'"}).state is State.UNKNOWN
    assert ask(TALK, metadata={"expression": "customer_id == 'x' and amount < 1"}).state is State.FAILS


@pytest.mark.parametrize(
    "expression", ["amount / 0 > 1", "team > 3", "team + 1 > 2", "score > 1", "'x' in amount", "agent_id - 1 > 0"]
)
def test_what_cannot_be_computed_is_unknown_and_shows_no_value(expression: str) -> None:
    finding = ask(TALK, metadata={"expression": expression})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "metadata_unusable")
    shown = str(finding.reason.values["problem"])
    assert not any(secret in shown for secret in ("129", "华东", "a-7", "nan"))


ANSWERS = CallMetadata(
    extra={"vip": "no", "complained": "否", "trial": " Yes ", "member": "true", "loyal": "是", "rank": "金牌"}
)


@pytest.mark.parametrize(
    ("expression", "state"),
    [
        ("vip", State.FAILS),
        ("not vip", State.HOLDS),
        ("complained", State.FAILS),
        ("not complained", State.HOLDS),
        ("trial and member and loyal", State.HOLDS),
        ("vip or complained", State.FAILS),
        ("vip or loyal", State.HOLDS),
        ("loyal and not (vip or complained)", State.HOLDS),
        ("complained == vip", State.FAILS),  # two texts are compared as texts
        ("rank or loyal", State.HOLDS),  # decided without the rank
        ("vip and rank", State.FAILS),
    ],
)
def test_a_text_that_says_yes_or_no_is_a_truth_value(expression: str, state: State) -> None:
    assert ask(call((A, "您好"), metadata=ANSWERS), metadata={"expression": expression}).state is state


@pytest.mark.parametrize("expression", ["rank", "not rank", "rank and loyal", "rank or vip"])
def test_any_other_text_is_no_truth_value(expression: str) -> None:
    finding = ask(call((A, "您好"), metadata=ANSWERS), metadata={"expression": expression})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "metadata_unusable")
    assert "金牌" not in str(finding.reason.values)


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("outcom == 'deal'", "there is no column outcom; did you mean outcome?"),
        ("amuont > 1", "did you mean amount?"),
        ("Amount > 1", "did you mean amount?"),
        ("duration > 30", "did you mean duration_s?"),
        ("outcome == 'deel'", "outcome is never deel; did you mean deal?"),
        ("'Deal' == outcome", "did you mean deal?"),
        ("outcome in ('deal', 'refusel')", "did you mean refusal?"),
        ("amount > 1 or direction != 'outbuond'", "did you mean outbound?"),
    ],
)
def test_a_slip_in_a_name_or_a_value_is_refused(expression: str, hint: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(hint)):
        check(metadata={"expression": expression})


@pytest.mark.parametrize(
    "expression",
    ["customer == 'x'", "amount_2 > 1", "vip", "成交金额 > 3", "'wrong' in outcome", "team == 'deel'", "1 < hour < 9"],
)
def test_further_columns_and_other_texts_are_let_pass(expression: str) -> None:
    assert check(metadata={"expression": expression}).params.expression == expression


def test_columns_of_the_sheet_do_not_hide_known_metadata() -> None:
    asked = call((A, "您好"), metadata=CallMetadata(amount=5.0, extra={"amount": "99"}))
    assert ask(asked, metadata={"expression": "amount == 5"}).state is State.HOLDS


def test_duration_is_not_known_without_times() -> None:
    assert ask(call((A, "您好")), metadata={"expression": "duration_s > 1"}).reason.values == {"name": "duration_s"}
    assert ask(call((A, "您好"), recording_s=9), metadata={"expression": "duration_s == 9"}).state is State.HOLDS


def test_a_call_without_turns_has_nothing_to_show() -> None:
    finding = ask(call(metadata=SAID), metadata={"expression": "amount > 1"})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "no_speech")


@pytest.mark.parametrize(
    "params", [{}, {"expression": ""}, {"expression": "amount >"}, {"expression": "amount = 3"}, {"expr": "1"}]
)
def test_impossible_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(metadata=params)
