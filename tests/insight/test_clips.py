"""Which passages are kept: exemplary ones, one per agent, the same whatever the order of the calls."""

from __future__ import annotations

import random

import pytest

from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.clips import KEPT, ClipBook
from tests.summary_samples import criterion_summary, summary


def book_of(calls: list[CallSummary]) -> ClipBook:
    book = ClipBook()
    for call in calls:
        book.add(call)
    return book


def good(agent: str, percent: float, call_id: str | None = None, **more: object) -> CallSummary:
    return summary(call_id or f"{agent}-{percent}", [criterion_summary("greet", **more)], agent=agent, percent=percent)


def test_the_best_call_comes_first_with_one_clip_per_agent() -> None:
    book = book_of([good("A", 70), good("A", 95), good("B", 80), good("C", 99)])
    assert [(c.agent, c.percent) for c in book.good("greet")] == [("C", 99), ("A", 95), ("B", 80)]
    assert next(book.good("greet", other_than="C")).agent == "A"


def test_an_agents_own_book_has_one_clip_per_call() -> None:
    book = ClipBook(of_one=True)
    for call in (good("A", 70), good("A", 95), good("A", 80), good("A", 95)):
        book.add(call)
    assert [c.percent for c in book.good("greet")] == [95, 80, 70]


def test_calls_of_unknown_agents_stand_for_themselves() -> None:
    assert len(list(book_of([good("", 70, "a"), good("", 80, "b")]).good("greet"))) == 2


def test_only_some_are_kept() -> None:
    book = book_of([good(f"A{i}", float(60 + i)) for i in range(20)])
    assert [c.percent for c in book.good("greet")] == [79.0, 78.0, 77.0, 76.0, 75.0]
    assert len(list(book.good("greet"))) == KEPT


@pytest.mark.parametrize(
    "call",
    [
        summary("failed", [criterion_summary("greet"), criterion_summary("x", Verdict.MISSED, limit=90.0)]),
        good("A", 90, text="您好"),
        good("A", 90, is_hit=False),
        good("A", 90, clip=None),
    ],
    ids=["failed call", "too short", "not a hit", "no passage"],
)
def test_what_is_no_model(call: CallSummary) -> None:
    assert list(book_of([call]).good("greet")) == []


def test_the_weakest_cost_most_and_words_show_more_than_a_place() -> None:
    said = criterion_summary("greet", Verdict.MISSED)
    place = criterion_summary("greet", Verdict.MISSED, clip=Clip(0, "", 1.0, 9.0))
    half = criterion_summary("greet", Verdict.PARTLY)
    book = book_of([summary(n, [c], agent=n) for n, c in (("place", place), ("half", half), ("said", said))])
    assert [c.call_id for c in book.weak("greet")] == ["said", "place", "half"]


def test_the_order_of_calls_does_not_matter() -> None:
    calls = [good(f"A{i % 7}", float(60 + (i * 13) % 40), f"c{i}") for i in range(40)]
    books = [book_of(random.Random(seed).sample(calls, len(calls))).fingerprint() for seed in range(5)]
    assert len(set(books)) == 1


@pytest.mark.parametrize(
    "more", [{"machine_verdict": Verdict.MISSED}, {"is_said": False}], ids=["changed by a person", "measured"]
)
def test_what_was_found_for_something_else_is_no_model(more: dict[str, object]) -> None:
    assert list(book_of([good("A", 90, **more)]).good("greet")) == []


def test_calls_of_which_too_little_was_scored_give_no_clips() -> None:
    missed = summary("a", [criterion_summary("greet", Verdict.MISSED)], state="few")
    assert list(book_of([missed]).weak("greet")) == []
