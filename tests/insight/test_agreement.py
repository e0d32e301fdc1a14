"""Agreement with labels: every figure against a table worked out by hand, kappa also against scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score

from qa_pipeline.core.score import Evidence, Outcome, Quote, Reason, Scorecard, Verdict
from qa_pipeline.insight.agreement import ANSWERS, agreement, kappa
from tests.factories import scorecard

VERDICTS = {
    "yes": Verdict.MET,
    "partly": Verdict.PARTLY,
    "no": Verdict.MISSED,
    "na": Verdict.NOT_APPLICABLE,
    "not_scorable": Verdict.NOT_SCORABLE,
}
Row = tuple[str, str]


def outcome(criterion: str, answer: str, hits: Sequence[int] = ()) -> Outcome:
    verdict = VERDICTS[answer]
    evidence = Evidence(tuple(Quote(turn, 0, 1) for turn in hits), (0,) if verdict.counts else ())
    points = {Verdict.MET: 10.0, Verdict.PARTLY: 5.0, Verdict.MISSED: 0.0}.get(verdict)
    return Outcome(criterion, "main", verdict, Reason("x"), evidence, points, 10.0)


def card(**answers: str) -> Scorecard:
    return scorecard(*(outcome(name, answer) for name, answer in answers.items()))


def of(*rows: Row) -> dict[str, object]:
    """The figures of one criterion over (label, answer) rows, one call each."""
    found = agreement(({"a": label}, {}, card(a=answer)) for label, answer in rows)
    criteria = found["criteria"]
    assert isinstance(criteria, dict)
    figures: dict[str, object] = criteria["a"]
    return figures


#          answer   yes  no  na  not scorable   labelled
# label yes          6   2   0   1               9
#       no           1   4   1   0               6
#       na           0   1   3   1               5
# answered           7   7   4   2              20
TABLE: list[Row] = [
    *[("yes", "yes")] * 6,
    *[("yes", "no")] * 2,
    ("yes", "not_scorable"),
    ("no", "yes"),
    *[("no", "no")] * 4,
    ("no", "na"),
    ("na", "no"),
    *[("na", "na")] * 3,
    ("na", "not_scorable"),
]


def test_every_figure_of_a_table_worked_out_by_hand() -> None:
    figures = of(*TABLE)
    assert figures["n"] == 20
    assert figures["prevalence"] == pytest.approx(9 / 15)  # yes among yes and no
    assert figures["agree"] == pytest.approx(13 / 20)  # 6 + 4 + 3
    # By chance: (9·7 + 6·7 + 5·4 + 0·2) / 20² = 125/400 = 0.3125; kappa = (0.65 − 0.3125) / (1 − 0.3125).
    assert figures["kappa"] == pytest.approx(0.3375 / 0.6875)
    assert figures["precision"] == pytest.approx(6 / 7)  # of 7 times yes
    assert figures["recall"] == pytest.approx(6 / 9)  # of 9 labels yes
    assert figures["f1"] == pytest.approx(2 * 6 / (7 + 9))
    assert figures["no"] == pytest.approx({"precision": 4 / 7, "recall": 4 / 6, "f1": 2 * 4 / (7 + 6)})
    assert figures["confusion"] == {
        "yes": {"yes": 6, "no": 2, "na": 0, "not_scorable": 1},
        "no": {"yes": 1, "no": 4, "na": 1, "not_scorable": 0},
        "na": {"yes": 0, "no": 1, "na": 3, "not_scorable": 1},
    }


def test_a_larger_table_worked_out_by_hand() -> None:
    """200 calls: observed 140/200 = 0.70, by chance (120·100 + 60·60 + 20·40) / 200² = 0.41; kappa = 0.29 / 0.59."""
    counts = np.zeros((4, 4), dtype=np.int64)
    counts[:3, :3] = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    assert kappa(counts) == pytest.approx(0.29 / 0.59)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("yes", "yes"), ("no", "no"), ("na", "na")], 1.0),
        ([("yes", "no"), ("no", "yes")], -1.0),
        ([("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")], 0.0),
        ([("yes", "yes")] * 5, 1.0),  # 0/0: nobody ever said anything else
        ([("yes", "no")] * 5, 0.0),  # never agreed, and by chance never would
        ([("yes", "yes"), ("no", "partly")], 0.0),  # partly counts as yes
        ([("yes", "not_scorable"), ("no", "not_scorable")], 0.0),
    ],
)
def test_kappa_at_its_corners(rows: list[Row], expected: float) -> None:
    assert of(*rows)["kappa"] == pytest.approx(expected)


rows = st.lists(st.tuples(st.sampled_from(ANSWERS[:3]), st.sampled_from(ANSWERS)), min_size=1, max_size=40)


@settings(max_examples=30, deadline=None)
@given(rows)
def test_figures_are_those_of_scikit_learn(rows: list[Row]) -> None:
    labels, answers = [label for label, _ in rows], [answer for _, answer in rows]
    assume(len({*labels, *answers}) > 1)
    figures = of(*rows)
    assert figures["kappa"] == pytest.approx(cohen_kappa_score(labels, answers, labels=list(ANSWERS)))
    for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        expected = score(labels, answers, labels=["yes"], average="macro", zero_division=np.nan)
        assert figures[name] == (None if np.isnan(expected) else pytest.approx(expected))


@settings(max_examples=20, deadline=None)
@given(rows)
def test_the_order_of_calls_changes_nothing(rows: list[Row]) -> None:
    there, back = of(*rows), of(*reversed(rows))
    drawn = {"kappa_low", "kappa_high", "differ"}  # intervals are drawn, differences are listed in order
    assert {k: v for k, v in there.items() if k not in drawn} == {k: v for k, v in back.items() if k not in drawn}


def test_what_was_never_said_has_no_precision_and_no_recall() -> None:
    figures = of(("no", "no"), ("no", "na"))
    assert (figures["precision"], figures["recall"], figures["f1"]) == (None, None, None)
    assert figures["no"] == pytest.approx({"precision": 1.0, "recall": 0.5, "f1": 2 / 3})
    assert of(("na", "na"))["prevalence"] is None


# -- evidence -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("labelled", "hits", "shared"),
    [((0, 2), (2, 5), 1.0), ((0, 2), (1,), 0.0), ((), (1,), None), ((0,), (), None)],
)
def test_evidence_is_shared_where_a_hit_lies_in_a_labelled_turn(
    labelled: tuple[int, ...], hits: tuple[int, ...], shared: float | None
) -> None:
    pairs = [({"a": "yes"}, {"a": labelled}, scorecard(outcome("a", "yes", hits)))]
    criteria = agreement(pairs)["criteria"]
    assert isinstance(criteria, dict)
    assert criteria["a"]["evidence_shared"] == shared


# -- intervals ----------------------------------------------------------------


def test_the_interval_holds_kappa_and_narrows_with_more_calls() -> None:
    few, many = of(*TABLE), of(*TABLE * 16)
    widths = []
    for figures in (few, many):
        low, value, high = (figures[name] for name in ("kappa_low", "kappa", "kappa_high"))
        assert isinstance(low, float) and isinstance(value, float) and isinstance(high, float)
        assert low < value < high
        widths.append(high - low)
    # 16 times the calls: a quarter of the width.
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.25)


def test_the_interval_is_close_to_the_large_sample_formula() -> None:
    """Fleiss, Cohen and Everitt (1969): for a 2×2 table of agreement p and chance e, se ≈ √(p(1−p) / (n(1−e)²)).

    320 calls, 128 + 128 agree, 32 + 32 do not: p = 0.8, e = 0.5, kappa 0.6, se = √(0.16 / (320·0.25)) = 0.0447.
    """
    figures = of(*[("yes", "yes"), ("no", "no")] * 128, *[("yes", "no"), ("no", "yes")] * 32)
    assert figures["kappa"] == pytest.approx(0.6)
    assert figures["kappa_low"] == pytest.approx(0.6 - 1.96 * 0.0447, abs=0.015)
    assert figures["kappa_high"] == pytest.approx(0.6 + 1.96 * 0.0447, abs=0.015)


def test_the_same_calls_give_the_same_interval() -> None:
    assert of(*TABLE) == of(*TABLE)


# -- all criteria together -----------------------------------------------------


def test_the_mean_counts_every_criterion_once() -> None:
    """a: 4 labelled calls, kappa 1; b: 2, kappa −1; the labels of c have no criterion, d has no labels."""
    calls = [
        ({"a": "yes", "b": "yes", "c": "no"}, {}, card(a="yes", b="no", d="yes")),
        ({"a": "no", "b": "no"}, {}, card(a="no", b="yes", d="yes")),
        ({"a": "yes"}, {}, card(a="yes", b="no", d="no")),
        ({"a": "no"}, {}, card(a="no", b="no", d="no")),
    ]
    found = agreement(calls)
    assert (found["calls"], found["macro_kappa"]) == (4, pytest.approx(0.0))
    criteria = found["criteria"]
    assert isinstance(criteria, dict)
    assert {name: row["n"] for name, row in criteria.items()} == {"a": 4, "b": 2}
    assert found["macro_kappa_low"] is not None and found["macro_kappa_high"] is not None


def test_the_interval_of_the_mean_draws_whole_calls() -> None:
    """Twice the same criterion is no more certain than once: drawn apart, the interval would shrink."""
    once = agreement(({"a": label}, {}, card(a=answer)) for label, answer in TABLE)
    twice = agreement(({"a": label, "b": label}, {}, card(a=answer, b=answer)) for label, answer in TABLE)
    for name in ("macro_kappa", "macro_kappa_low", "macro_kappa_high"):
        assert twice[name] == pytest.approx(once[name])


def test_without_labels_there_are_no_figures() -> None:
    assert agreement([({}, {}, card(a="yes"))]) == {
        "calls": 1,
        "macro_kappa": None,
        "macro_kappa_low": None,
        "macro_kappa_high": None,
        "criteria": {},
    }


def test_the_calls_that_differ_are_named() -> None:
    figures = of(("yes", "yes"), ("yes", "no"), ("na", "partly"))
    assert figures["differ"] == [
        {"call_id": "call-1", "label": "yes", "answer": "no"},
        {"call_id": "call-1", "label": "na", "answer": "yes"},
    ]
