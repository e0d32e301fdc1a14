"""Figures of acts, objections and certainty, counted by hand."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Role
from qa_pipeline.core.facts import Act
from qa_pipeline.stages.act_figures import ActFigures, count_acts, total
from qa_pipeline.stages.evaluate import Counts
from qa_pipeline.stages.evidence import ACTS
from tests.factories import A, C, U, turns

Acts = tuple[tuple[Act, ...], ...]
ALL = frozenset(name for _, name in ACTS)


def acts(*of_turns: str, probability: float | None = 0.9) -> Acts:
    return tuple(tuple(Act(name, probability) for name in names.split()) for names in of_turns)


def counted(
    roles: tuple[Role, ...],
    given: Acts,
    found: Acts,
    reasons: tuple[str, ...] = (),
    known: frozenset[str] = ALL,
) -> ActFigures:
    figures = ActFigures()
    count_acts(figures, turns((role, "嗯") for role in roles), given, found, reasons, known)
    return figures


def test_acts_are_counted_by_turn_and_party() -> None:
    given = acts("greet identify_self", "refuse", "farewell", "farewell")
    found = acts("greet", "refuse complain", "", "farewell")
    figures = counted((A, C, A, C), given, found)
    assert figures.acts[A, "greet"] == Counts(hits=1)
    assert figures.acts[A, "identify_self"] == Counts(missed=1)
    assert figures.acts[C, "complain"] == Counts(false=1)
    # The two parties' farewells are two acts.
    assert (figures.acts[A, "farewell"], figures.acts[C, "farewell"]) == (Counts(missed=1), Counts(hits=1))
    said = figures.as_dict()
    # 3 hits, 1 false, 2 missed: 6 / 9.
    assert said["micro_f1"] == pytest.approx(6 / 9)
    assert (said["calls"], said["turns"], said["refusal_f1"]) == (1, 4, 1.0)
    # Acts that were never labelled have no row.
    assert set(said["per_act"]) == {
        "agent.greet", "agent.identify_self", "agent.farewell", "customer.refuse", "customer.farewell",
    }  # fmt: skip
    assert said["per_act"]["agent.greet"] == {"precision": 1, "recall": 1, "f1": 1, "n": 1}


def test_figures_of_several_calls_add_up() -> None:
    figures = ActFigures()
    for found in ("refuse", ""):
        count_acts(figures, turns([(C, "不要")]), acts("refuse"), acts(found), (), ALL)
    assert (figures.calls, figures.turns) == (2, 2)
    assert figures.acts[C, "refuse"] == Counts(hits=1, missed=1)
    assert figures.as_dict()["refusal_f1"] == pytest.approx(2 / 3)


def test_a_call_of_which_nothing_was_found_misses_all() -> None:
    figures = counted((A, C), acts("greet", "object_price"), ())
    assert figures.acts[A, "greet"] == Counts(missed=1)
    assert figures.types["price"] == Counts(missed=1)
    assert figures.as_dict()["micro_f1"] == 0


def test_acts_that_nobody_looked_for_are_not_counted() -> None:
    figures = counted((A,), acts("greet"), acts("greet press"), known=frozenset({"greet"}))
    assert figures.acts[A, "press"] == Counts()
    assert sum(n for n, _, _ in figures.bins) == 1
    assert figures.as_dict()["micro_f1"] == 1.0


def test_turns_of_unknown_role_are_not_counted() -> None:
    assert total(counted((U,), acts("greet refuse"), acts("")).acts.values()) == Counts()


def test_the_reason_seen_in_labelled_objections() -> None:
    given = acts("object_price", "object_trust", "object_need object_time", "agree", "object_price")
    reasons = ("object_price", "object_price", "object_time", "stall", "stall")
    figures = counted((C, C, C, C, A), given, acts("", "", "", "", ""), reasons)
    # Right; taken for price; one of two reasons is enough; no objection; not a customer's turn.
    assert figures.types["price"] == Counts(hits=1, false=1)
    assert figures.types["trust"] == Counts(missed=1)
    assert figures.types["time"] == Counts(hits=1)
    assert (figures.types["need"], figures.types["delay"]) == (Counts(), Counts())
    said = figures.as_dict()
    assert set(said["per_objection_type"]) == {"price", "trust", "time"}
    assert said["objection_type_macro_f1"] == pytest.approx((2 / 3 + 0 + 1) / 3)


def test_calibration_by_hand() -> None:
    # Three claims of 0.9, two right: |2.7 - 2| = 0.7; one of 0.35, wrong: 0.35. Over four claims.
    figures = counted((A, A, A), acts("greet thank", "", ""), acts("greet thank", "press", ""))
    count_acts(figures, turns([(A, "嗯")]), acts(""), acts("press", probability=0.35), (), ALL)
    assert figures.bins[9] == [3, pytest.approx(2.7), 2]
    assert figures.bins[3] == [1, 0.35, 0]
    assert figures.calibration_error == pytest.approx((0.7 + 0.35) / 4)


def test_certainty_has_a_bin_and_nothing_claimed_has_no_error() -> None:
    assert counted((A,), acts("greet"), acts("greet", probability=None)).bins[9] == [1, 1.0, 1]
    assert counted((A,), acts("greet"), acts("")).calibration_error == 0.0
    assert ActFigures().as_dict()["objection_type_macro_f1"] == 0.0
