"""Figures of objections, signals and refusals against marked calls, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals
from qa_pipeline.stages.evaluate import Counts
from training.stages.signal_figures import SignalFigures, read_marks

DEALINGS = Path(__file__).parents[2] / "training" / "data" / "dealings.jsonl"


def mark(turn: int, kind: str = "price", **more: Any) -> dict[str, Any]:
    plain = {"acknowledged": [], "answered": [], "repeated": [], "resolved": False}
    return {"turn": turn, "type": kind, **plain, **more}


def marks(
    *objections: dict[str, Any], refusals: tuple[int, ...] = (), buying: dict[int, int | None] | None = None
) -> dict[str, Any]:
    signals = [{"turn": turn, "taken_up": taken} for turn, taken in (buying or {}).items()]
    return {"objections": list(objections), "refusals": list(refusals), "buying_signals": signals}


def objection(turn: int, kind: str = "price", **more: Any) -> Objection:
    return Objection(ObjectionType(kind), turn, 1.0, **more)


def figures(marked: dict[str, Any], found: Signals) -> SignalFigures:
    counted = SignalFigures()
    counted.add(marked, found)
    return counted


def test_an_objection_is_found_if_it_shares_a_turn_whatever_its_type() -> None:
    marked = marks(mark(3, repeated=[7]), mark(11, "trust"), mark(20, "need"))
    found = Signals((objection(7, "need"), objection(11, "trust"), objection(15, "time")))
    counted = figures(marked, found)
    assert counted.objections == Counts(hits=2, false=1, missed=1)
    # By turn and type: 3 and 20 missed, 7 taken for need, 11 right, 15 nothing.
    assert counted.types["price"] == Counts(missed=2)
    assert counted.types["need"] == Counts(false=1, missed=1)
    assert counted.types["trust"] == Counts(hits=1)
    assert counted.types["time"] == Counts(false=1)
    assert counted.as_dict()["objection_turns"]["n"] == 4


def test_one_found_objection_stands_for_one_marked_one() -> None:
    counted = figures(marks(mark(3), mark(5)), Signals((objection(3, repeated=(5,)),)))
    assert counted.objections == Counts(hits=1, missed=1)


def test_what_became_of_objections_is_compared_where_they_were_found() -> None:
    marked = marks(mark(3, answered=[4], resolved=True), mark(9, acknowledged=[10]), mark(15, answered=[16]))
    found = Signals((objection(3, answered=(6,)), objection(9, acknowledged=(10,), resolved=True)))
    told = figures(marked, found).as_dict()["of_objections_found"]
    # The turn does not matter, only whether; the third objection was not found.
    assert (told["answered"]["f1"], told["answered"]["agree"]) == (1, 1)
    assert (told["acknowledged"]["f1"], told["acknowledged"]["n"]) == (1, 1)
    assert (told["resolved"]["f1"], told["resolved"]["agree"]) == (0, 0)
    assert (told["repeated"]["n"], told["repeated"]["agree"]) == (0, 1)


def test_refusals_and_buying_signals_are_turns() -> None:
    marked = marks(refusals=(3, 5), buying={7: 8, 9: None, 11: None})
    found = Signals((), (BuyingSignal(7, 1.0, 10), BuyingSignal(9, 1.0, 10), BuyingSignal(13, 1.0)), (5, 6))
    counted = figures(marked, found)
    assert counted.refusals == Counts(hits=1, false=1, missed=1)
    assert counted.buying_signals == Counts(hits=2, false=1, missed=1)
    assert counted.calls_with_refusal == Counts(hits=1)
    # Of the two that were found, one was taken up as told.
    assert counted.as_dict()["of_objections_found"]["taken_up"]["agree"] == pytest.approx(0.5)


def test_calls_add_up_and_nothing_marked_nothing_found_is_no_error() -> None:
    counted = SignalFigures()
    assert counted.as_dict()["objections"]["f1"] == 0
    counted.add(marks(), Signals())
    counted.add(marks(refusals=(1,)), Signals())
    counted.add(marks(), Signals(refusals=(1,)))
    assert counted.refusals == counted.calls_with_refusal == Counts(false=1, missed=1)


def test_marks_are_read_by_id(tmp_path: Path) -> None:
    lines = [{"id": name, **marks(mark(1))} for name in ("a", "b")]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    assert read_marks(tmp_path / "m.jsonl") == {line["id"]: line for line in lines}


def test_the_marked_calls_name_known_types() -> None:
    known = {kind.value for kind in ObjectionType}
    given = read_marks(DEALINGS).values()
    assert {said["type"] for call in given for said in call["objections"]} <= known
    assert len(given) > 100
