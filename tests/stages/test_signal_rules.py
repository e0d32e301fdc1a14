"""Objections, buying signals and refusals, told from labelled acts by hand."""

from __future__ import annotations

import pytest

from qa_pipeline.core.facts import OBJECTIONS, Act
from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals
from qa_pipeline.stages.signals import (
    ANSWER_TURNS,
    SAME_OBJECTION_TURNS,
    TYPE_OF_ACT,
    find_signals,
    raised_reason,
)
from tests.factories import A, C, turns

ROLES = {"A": A, "C": C}


def found(*said: str, reasons: tuple[str, ...] = ()) -> Signals:
    """Signals of a call written as ``"C object_price"``: who speaks, and the acts of the turn."""
    lines = [one.split() for one in said]
    acts = [tuple(Act(name) for name in names) for _, *names in lines]
    signals = find_signals(turns((ROLES[role], "嗯") for role, *_ in lines), acts, reasons)
    assert signals is not None
    return signals


def only(*said: str) -> Objection:
    (objection,) = found(*said).objections
    return objection


# -- which there are ----------------------------------------------------------


def test_without_acts_nobody_looked() -> None:
    assert find_signals(turns([(C, "太贵了")]), ()) is None
    assert find_signals((), ()) is None


def test_acts_without_resistance_give_no_signals() -> None:
    assert found("A greet", "C greet", "A farewell") == Signals()


@pytest.mark.parametrize("act", OBJECTIONS)
def test_every_objecting_act_has_its_type(act: str) -> None:
    assert only("A greet", f"C {act}") == Objection(TYPE_OF_ACT[act], 1, 1.0)


def test_another_offer_is_about_the_competitor_and_thinking_about_it_is_delay() -> None:
    assert only("C object_competitor").type is ObjectionType.COMPETITOR
    assert only("C stall").type is ObjectionType.DELAY
    assert len(set(TYPE_OF_ACT.values())) == len(ObjectionType)


def test_a_delay_gives_way_to_a_reason_and_the_surest_reason_counts() -> None:
    assert only("C stall object_need").type is ObjectionType.NEED
    acts = (Act("object_need", 0.4), Act("stall", 0.9), Act("object_time", 0.7))
    assert raised_reason(acts, "") == Act("object_time", 0.7)
    assert raised_reason((Act("stall", 0.3), Act("agree", 0.9)), "") == Act("stall", 0.3)
    assert raised_reason((Act("agree", 0.9),), "") is None


def test_only_customers_object_want_and_refuse() -> None:
    assert found("A object_price buying_signal refuse", "C agree") == Signals()


def test_the_reason_that_suits_best_decides_the_type_but_not_whether() -> None:
    objection, other = (
        found("C object_need", "A", "C agree", "C stall", reasons=("object_price",) * 4).objections[:1] * 2
    )
    assert (objection.type, objection.turn) == (ObjectionType.PRICE, 0)
    # With reasons, both turns are the same objection: the second repeats the first.
    assert other.repeated == (3,)
    assert found("C agree", "C give_info", reasons=("object_price", "object_trust")).objections == ()


def test_a_probability_is_kept_and_labels_are_certain() -> None:
    acts = [(Act("object_price", 0.62, "太贵"),), (Act("buying_signal", 0.7),)]
    signals = find_signals(turns([(C, "太贵了"), (C, "怎么付")]), acts)
    assert signals is not None
    assert (signals.objections[0].probability, signals.buying_signals[0].probability) == (0.62, 0.7)
    assert Act("refuse").sureness == 1.0
    assert Act("refuse", 0.0).sureness == 0.0


# -- what became of an objection ----------------------------------------------


def test_the_same_reason_again_repeats_the_objection() -> None:
    objection = only("C object_price", "A press", "C object_price", "A press", "C object_price")
    assert (objection.turn, objection.repeated) == (0, (2, 4))


def test_another_reason_is_another_objection() -> None:
    first, second = found("C object_price", "A", "C object_trust").objections
    assert [(o.type, o.turn, o.repeated) for o in (first, second)] == [
        (ObjectionType.PRICE, 0, ()),
        (ObjectionType.TRUST, 2, ()),
    ]


@pytest.mark.parametrize(("between", "repeated"), [(SAME_OBJECTION_TURNS - 1, (14,)), (SAME_OBJECTION_TURNS, None)])
def test_much_later_the_same_reason_is_a_new_objection(between: int, repeated: tuple[int, ...] | None) -> None:
    objections = found("C object_price", *["A"] * between, "C object_price").objections
    assert [o.repeated for o in objections] == ([repeated] if repeated else [(), ()])


def test_repetitions_reach_from_the_last_one() -> None:
    step = ["A"] * 9
    assert only("C object_need", *step, "C object_need", *step, "C object_need").repeated == (10, 20)


def test_only_the_next_agent_turn_acknowledges() -> None:
    assert only("C object_price", "A acknowledge", "C").acknowledged == (1,)
    assert only("C object_price", "C", "A acknowledge").acknowledged == (2,)
    assert only("C object_price", "A press", "A acknowledge").acknowledged == ()


def test_a_repetition_may_be_acknowledged_and_answered_too() -> None:
    objection = only("C object_need", "A press", "C object_need", "A acknowledge answer_objection", "C agree")
    assert (objection.acknowledged, objection.answered, objection.repeated) == ((3,), (3,), (2,))


def test_answers_count_for_a_while() -> None:
    assert only("C object_trust", "A answer_objection", "C", "A answer_objection").answered == (1, 3)
    late = ["A"] * (ANSWER_TURNS - 1)
    assert only("C object_trust", *late, "A answer_objection").answered == (ANSWER_TURNS,)
    assert only("C object_trust", *late, "A", "A answer_objection").answered == ()


def test_an_answer_after_the_next_objection_belongs_to_that() -> None:
    price, trust = found("C object_price", "A", "C object_trust", "A acknowledge answer_objection").objections
    assert (price.answered, price.acknowledged) == ((), ())
    assert (trust.answered, trust.acknowledged) == ((3,), (3,))


def test_customers_answer_nothing() -> None:
    assert only("C object_price", "C answer_objection acknowledge", "A").answered == ()


@pytest.mark.parametrize(
    ("after", "resolved"),
    [
        (("A", "C agree"), True),
        (("A", "C buying_signal"), True),
        # Something else first, then agreement.
        (("A", "C give_info", "A", "C agree"), True),
        (("A", "C small_talk", "A", "C agree"), True),
        # Going on with questions or facts, and never refusing.
        (("A", "C ask_product"), True),
        (("A", "C state_need", "A", "C farewell"), True),
        # The customer agrees first; a later refusal is about something else.
        (("A", "C agree", "A", "C refuse"), True),
        (("A", "C refuse"), False),
        (("A", "C complain", "A", "C agree"), False),
        (("A", "C give_info", "A", "C refuse"), False),
        (("A", "C small_talk", "A", "C farewell"), False),
        # The call ends, or only the agent goes on.
        ((), False),
        (("A answer_objection", "A farewell"), False),
        # Repeated, and then no more.
        (("A", "C object_price"), False),
        (("A", "C object_price", "A", "C agree"), True),
    ],
)
def test_resolved_or_not(after: tuple[str, ...], resolved: bool) -> None:
    assert only("A quote_price", "C object_price", *after).resolved is resolved


def test_an_objection_that_refuses_is_not_resolved() -> None:
    assert not only("C object_price refuse", "A", "C agree").resolved


# -- buying signals and refusals ----------------------------------------------


@pytest.mark.parametrize(
    ("after", "taken_up"),
    [
        (("A ask_order",), 1),
        (("A", "A confirm_terms"), 2),
        (("A small_talk", "C", "A collect_info"), 3),
        (("C", "A propose_next_step"), 2),
        (("A present_product", "A press", "A ask_order"), None),
        (("C ask_order",), None),
        ((), None),
    ],
)
def test_a_buying_signal_is_taken_up_within_two_agent_turns(after: tuple[str, ...], taken_up: int | None) -> None:
    assert found("C buying_signal", *after).buying_signals == (BuyingSignal(0, 1.0, taken_up),)


def test_every_refusal_is_told_in_order() -> None:
    signals = found("C refuse", "A refuse", "C object_need refuse", "A", "C agree")
    assert signals.refusals == (0, 2)
    assert [o.turn for o in signals.objections] == [2]
