"""Figures of stage finding: known answers counted by hand."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Stage
from qa_pipeline.stages.evaluate import boundaries, evaluate_stages
from tests.factories import STAGE_LETTERS


def path(letters: str) -> tuple[Stage, ...]:
    return tuple(STAGE_LETTERS[letter] for letter in letters)


def figures(*pairs: tuple[str, str]) -> dict[str, object]:
    return evaluate_stages([(path(a), path(b)) for a, b in pairs]).as_dict()


def test_a_perfect_answer() -> None:
    found = figures(("oonnrrbbcc", "oonnrrbbcc"))
    assert (found["macro_f1"], found["boundary_f1"], found["pk"], found["windowdiff"]) == (1, 1, 0, 0)
    assert found["accuracy"] == 1


def test_turns_are_counted_by_stage() -> None:
    # opening: 2 hits, 1 false; needs: 1 hit, 1 missed. Three stages never occur and count 0.
    found = evaluate_stages([(path("oonn"), path("ooon"))])
    assert found.stages[Stage.OPENING].precision == pytest.approx(2 / 3)
    assert found.stages[Stage.OPENING].recall == 1
    assert found.stages[Stage.NEEDS].f1 == pytest.approx(2 / 3)
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3) / 5)


@pytest.mark.parametrize(
    ("found", "hits", "false", "missed"),
    [
        ("ooonnn", 1, 0, 0),
        ("oonnnn", 1, 0, 0),
        ("oooonn", 1, 0, 0),
        ("onnnnn", 0, 1, 1),
        ("oooooo", 0, 0, 1),
        ("oononn", 1, 2, 0),
    ],
)
def test_a_boundary_is_found_within_one_turn_and_only_once(found: str, hits: int, false: int, missed: int) -> None:
    counts = evaluate_stages([(path("ooonnn"), path(found))]).boundaries
    assert (counts.hits, counts.false, counts.missed) == (hits, false, missed)


def test_pk_and_windowdiff_by_hand() -> None:
    # 8 turns, 2 segments: k = round(8 / 2 / 2) = 2, six windows, each over 2 steps.
    # Reference boundary at 4, found at 6. Windows with the reference one: starts 2, 3; with the found one: 4, 5.
    found = figures(("oooonnnn", "oooooonn"))
    assert found["pk"] == pytest.approx(4 / 6)
    assert found["windowdiff"] == pytest.approx(4 / 6)


def test_windowdiff_sees_a_second_boundary_that_pk_does_not() -> None:
    # Boundaries found at 3, 4 and 5: window 2 holds 3, 4 and window 3 holds 4, 5 where the reference has one each.
    found = figures(("oooonnnn", "ooononnn"))
    assert (found["pk"], found["windowdiff"]) == (pytest.approx(2 / 6), pytest.approx(4 / 6))


def test_boundaries_are_the_turns_that_begin_a_stage() -> None:
    assert boundaries(path("oonnoc")) == [2, 4, 5]
    assert boundaries(()) == []


def test_an_empty_answer_is_all_wrong() -> None:
    found = evaluate_stages([(path("oonn"), ())])
    assert (found.right, found.macro_f1, found.boundaries.missed) == (0, 0, 1)
    assert found.pk_errors > 0


def test_no_calls_give_zeros_and_no_error() -> None:
    assert figures()["macro_f1"] == 0


def test_confusion_by_true_then_found_stage() -> None:
    found = figures(("oonrc", "onnrr"), ("o", ""))["confusion"]
    assert isinstance(found, dict)
    assert found["opening"] == {"opening": 1, "needs": 1, "recommendation": 0, "objection": 0, "close": 0}
    assert found["close"]["recommendation"] == 1
    # Nothing was found for the second call: its turn is nowhere in the table.
    assert sum(n for row in found.values() for n in row.values()) == 5


def test_calls_are_added_before_anything_is_divided() -> None:
    # 4 of 4 and 0 of 1 right: 0.8, not the mean of the calls.
    assert figures(("oooo", "oooo"), ("c", "o"))["accuracy"] == pytest.approx(0.8)
