"""Lead records: fields, effective calls, grades in order, what cannot be known, and mistakes in the rules file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, CallMetadata, CallOutcome, Stage
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Act, Fact
from qa_pipeline.leads.loading import DEFAULT, LeadRulesError, default_rules, load_lead_rules
from qa_pipeline.leads.record import Answer, Ground, answer, lead_record
from qa_pipeline.leads.rules import Condition, LeadRules
from tests.factories import A, C, U, call

#: Turn 0 agent, 1 customer, 2 agent, 3 customer.
TALK = call((A, "您好，请问是周先生吗？"), (C, "是我。"), (A, "周三上午给您打，还是周四？"), (C, "周四吧，听着还行。"))


def acts(*turns: str) -> tuple[tuple[Act, ...], ...]:
    """Acts per turn, as words: ``acts("greet", "", "ask_order", "agree buying_signal")``."""
    return tuple(tuple(Act(name) for name in turn.split()) for turn in turns)


def fact(name: str, turn: int, value: str = "x") -> Fact:
    return Fact(name, value, turn, 0, 1)


def heard(*turns: str, facts: tuple[Fact, ...] = (), **more: Any) -> Call:
    return replace(TALK, turn_acts=acts(*turns), facts=facts, **more)


def condition(**keys: Any) -> Condition:
    return Condition.model_validate(keys)


@pytest.mark.parametrize(
    ("keys", "holds"),
    [
        ({"facts": ["contact"]}, True),
        ({"facts": ["contact", "phone"]}, False),
        ({"facts": ["contact", "phone"], "min": 1}, True),
        ({"acts": ["agree", "refuse"]}, True),
        ({"acts": ["agree", "refuse"], "min": 2}, False),
        ({"acts": ["refuse"]}, False),
        ({"stages": ["needs"]}, True),
        ({"stages": ["close"]}, False),
        ({"outcome": ["followup"]}, True),
        ({"outcome": ["deal"]}, False),
        ({"customer_turns": 2}, True),
        ({"customer_turns": 3}, False),
        ({"not": {"acts": ["refuse"]}}, True),
        ({"all": [{"facts": ["contact"]}, {"acts": ["agree"]}]}, True),
        ({"all": [{"facts": ["contact"]}, {"acts": ["refuse"]}]}, False),
        ({"any": [{"facts": ["phone"]}, {"acts": ["agree"]}]}, True),
        ({"any": [{"facts": ["phone"]}, {"acts": ["refuse"]}]}, False),
    ],
)
def test_condition(keys: dict[str, Any], holds: bool) -> None:
    said = heard(
        "greet",
        "",
        "propose_next_step",
        "agree",
        facts=(fact("contact", 0),),
        turn_stages=(Stage.OPENING, Stage.OPENING, Stage.NEEDS, Stage.NEEDS),
        metadata=CallMetadata(outcome=CallOutcome.FOLLOWUP),
    )
    assert answer(condition(**keys), said).holds is holds


@pytest.mark.parametrize(
    ("keys", "holds"),
    [
        ({"facts": ["contact"]}, None),
        ({"acts": ["agree"]}, None),
        ({"stages": ["needs"]}, None),
        ({"not": {"acts": ["agree"]}}, None),
        ({"any": [{"acts": ["agree"]}, {"customer_turns": 1}]}, True),
        ({"any": [{"acts": ["agree"]}, {"customer_turns": 9}]}, None),
        ({"all": [{"acts": ["agree"]}, {"customer_turns": 1}]}, None),
        ({"all": [{"acts": ["agree"]}, {"customer_turns": 9}]}, False),
        ({"outcome": ["deal"]}, False),
    ],
)
def test_what_was_never_looked_for_is_unknown(keys: dict[str, Any], holds: bool | None) -> None:
    assert answer(condition(**keys), TALK).holds is holds


def test_customer_turns_are_unknown_without_roles() -> None:
    assert answer(condition(customer_turns=1), call((U, "喂"), (U, "您好"))).holds is None


def test_grounds_are_the_first_turns_that_show_it() -> None:
    said = heard("", "agree", "", "agree", facts=(fact("phone", 3), fact("phone", 1)))
    assert answer(condition(acts=["refuse", "agree"]), said) == Answer(True, (Ground(1, "agree"),))
    assert answer(condition(facts=["phone"]), said).grounds == (Ground(3, "phone"),)


def test_every_act_that_is_claimed_counts() -> None:
    said = replace(TALK, turn_acts=((), (Act("agree", 0.3),), (), ()))
    assert answer(condition(acts=["agree"]), said).holds is True
    assert answer(condition(acts=["refuse"]), said).holds is False


def test_fields_keep_their_order_and_take_the_first_or_the_last_fact() -> None:
    times = (fact("appointment_time", 2, "周三上午"), fact("appointment_time", 3, "周四"))
    names = (fact("contact", 0, "周先生"), fact("contact", 3, "周航"))
    record = lead_record(heard("", "", "", "", facts=times + names), default_rules())
    assert [field.name for field in record.fields] == list(default_rules().fields)
    contact, appointment = record.fact("contact"), record.fact("appointment_time")
    assert contact is not None and (contact.value, contact.turn) == ("周先生", 0)
    assert appointment is not None and (appointment.value, appointment.turn) == ("周四", 3)
    assert record.fact("budget") is None and record.fact("unheard_of") is None
    assert record.rules == "telesales 1.0"


ORDER = ("greet", "agree", "ask_order", "buying_signal state_need")


@pytest.mark.parametrize(
    ("turns", "facts", "grade"),
    [
        (ORDER, (fact("phone", 1),), "A"),
        (ORDER, (), "C"),  # nobody to send it to, and nothing agreed
        (("greet", "", "propose_next_step", "buying_signal"), (), "B"),
        (("greet", "", "ask_need", "ask_price"), (), "C"),
        (("greet", "", "press", "refuse"), (), "E"),
        (("greet", "", "press", "refuse buying_signal"), (), "C"),
        (("greet", "", "ask_need", "object_need"), (), "D"),
    ],
)
def test_default_grades(turns: tuple[str, ...], facts: tuple[Fact, ...], grade: str) -> None:
    stages = (Stage.OPENING, Stage.NEEDS, Stage.NEEDS, Stage.NEEDS)
    record = lead_record(heard(*turns, facts=facts, turn_stages=stages), default_rules())
    assert (record.grade, record.reason) == (grade, "")
    assert record.title


def test_the_outcome_of_the_business_counts() -> None:
    deal = heard("", "", "", "", metadata=CallMetadata(outcome=CallOutcome.DEAL))
    assert lead_record(deal, default_rules()).grade == "A"
    wrong = heard(*ORDER, metadata=CallMetadata(outcome=CallOutcome.WRONG_NUMBER))
    record = lead_record(wrong, default_rules())
    assert (record.grade, record.reason, record.effective) == (None, "too_little", False)


def test_hang_up_in_the_opening_gets_no_grade() -> None:
    short = replace(
        call((A, "您好。"), (C, "打错了。"), (A, "抱歉。"), (C, "嗯。")), facts=(), turn_acts=acts("greet", "", "", "")
    )
    record = lead_record(replace(short, turn_stages=(Stage.OPENING,) * 4), default_rules())
    assert (record.grade, record.reason, record.effective) == (None, "too_little", False)


def test_without_acts_the_grade_is_unknown() -> None:
    record = lead_record(replace(TALK, facts=()), default_rules())
    assert (record.grade, record.reason) == (None, "unknown")


def test_effective_needs_a_customer_who_talks_and_something_of_use() -> None:
    lines = ((A, "您好"), (C, "嗯"), (A, "您贵姓？"), (C, "我姓曲"), (A, "多少人？"), (C, "三个"))
    talk = replace(call(*lines), turn_acts=acts("", "", "", "", "", ""))
    two = (fact("contact", 3), fact("headcount", 5))
    assert lead_record(replace(talk, facts=two), default_rules()).effective is True
    assert lead_record(replace(talk, facts=two[:1]), default_rules()).effective is False
    assert lead_record(replace(talk, facts=None), default_rules()).effective is None


def test_no_rule_may_hold() -> None:
    rules = _rules(grades=[{"grade": "A", "title": "a", "when": {"customer_turns": 99}}])
    assert lead_record(TALK, rules).reason == "no_rule"


def _plain(**changes: Any) -> dict[str, Any]:
    grades = [{"grade": "A", "title": "a", "when": {"customer_turns": 1}}]
    return {
        "id": "x",
        "version": "1.0",
        "title": "x",
        "fields": ["contact"],
        "effective": {"customer_turns": 1},
        "grades": grades,
    } | changes


def _rules(**changes: Any) -> LeadRules:
    return LeadRules.model_validate(_plain(**changes))


@given(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"))
def test_the_first_grade_that_holds_is_given(first: str, second: str) -> None:
    holds = {"customer_turns": 1}
    rules = _rules(grades=[{"grade": grade, "title": grade, "when": holds} for grade in (first, second)])
    assert lead_record(TALK, rules).grade == first


def test_users_can_give_their_own_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.yaml"
    path.write_text(yaml.safe_dump(_plain()), encoding="utf-8")
    assert load_lead_rules(path).id == "x"
    assert load_lead_rules(DEFAULT) == default_rules()


MISTAKES = """\
id: Telesales
version: "1.0"
title: x
fields: [contact, appointment_tme]
effective: {customer_turns: 0}
grades:
  - grade: F
    title: x
    when: {actz: [agree]}
  - grade: A
    when:
      any:
        - acts: [agre]
        - facts: [contact]
          min: 2
"""


def test_every_mistake_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "leads.yaml"
    path.write_text(MISTAKES, encoding="utf-8")
    with pytest.raises(LeadRulesError) as caught:
        load_lead_rules(path)
    lines = [line.removeprefix(f"{path}:") for line in caught.value.lines]
    for begin in (
        "1: id: must begin with a small letter",
        "5: effective.customer_turns: ",
        "7: grades[0].grade: must be 'A', 'B'",
        "9: grades[0].when.actz: unknown key; did you mean acts?",
        "10: grades[1].title: is required",
        "13: grades[1].when.any[0]: there is no act agre; did you mean agree?",
        "14: grades[1].when.any[1]: min goes with facts or acts",
    ):
        assert any(line.startswith(begin) for line in lines), (begin, lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("- a", "lead rules are a mapping"),
        ("id: [", "not valid YAML"),
        (yaml.safe_dump(_plain(fields=["contact", "appointment_tme"])), "did you mean appointment_time?"),
        (yaml.safe_dump(_plain(latest=["phone"])), "latest names phone"),
        (yaml.safe_dump(_plain(fields=["contact", "contact"])), "names a fact twice"),
        (yaml.safe_dump(_plain(effective={"acts": ["agree"], "customer_turns": 2})), "exactly one of"),
        (yaml.safe_dump(_plain(effective={})), "exactly one of"),
    ],
)
def test_mistake(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "leads.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LeadRulesError, match=r"leads\.yaml:\d+: .*" + message.replace("?", r"\?")):
        load_lead_rules(path)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load_lead_rules(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="UTF-8"):
        load_lead_rules(tmp_path / "bytes.yaml")


def test_every_shipped_grade_has_a_title_in_both_languages() -> None:
    for rule in default_rules().grades:
        assert rule.title and rule.title_en.isascii() and rule.title_en
