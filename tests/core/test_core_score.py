"""Verdicts need evidence; the arithmetic of a scorecard."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.score import Evidence, Outcome, Quote, Reason, Scorecard, Verdict
from tests.factories import outcome, scorecard

COUNTING = [Verdict.MET, Verdict.PARTLY, Verdict.MISSED]
SILENT = [Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE]


@st.composite
def outcome_lists(draw: st.DrawFn) -> list[Outcome]:
    """Outcomes whose points are whole halves, so that sums are exact in any order."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(list(Verdict)), st.integers(1, 40), st.booleans()), max_size=8))
    return [outcome(f"c{i}", verdict, None, float(p), fatal=f) for i, (verdict, p, f) in enumerate(drawn)]


def figures(card: Scorecard) -> tuple[Any, ...]:
    """All that is shown of a scorecard as a number."""
    return card.points, card.points_before_red_lines, card.points_possible, card.percent, card.passed, card.scored


@pytest.mark.parametrize("verdict", COUNTING)
def test_verdict_without_evidence_is_refused(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match="greet: a verdict without evidence is not given"):
        outcome(verdict=verdict, evidence=Evidence())


@pytest.mark.parametrize("evidence", [Evidence(hits=(Quote(0, 0, 2),)), Evidence(searched=(0,))])
def test_a_hit_or_a_searched_turn_is_evidence(evidence: Evidence) -> None:
    assert outcome(evidence=evidence).evidence is evidence


@pytest.mark.parametrize("verdict", SILENT)
def test_no_verdict_needs_no_evidence_and_has_no_points(verdict: Verdict) -> None:
    assert outcome(verdict=verdict).points is None
    with pytest.raises(ValueError, match="points belong to met"):
        outcome(verdict=verdict, points=0.0)


@pytest.mark.parametrize("verdict", COUNTING)
def test_counting_verdict_needs_points(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match="points belong to met"):
        replace(outcome(verdict=verdict), points=None)


@pytest.mark.parametrize("points", [-0.5, 10.5, math.nan, math.inf])
def test_points_lie_between_zero_and_the_possible(points: float) -> None:
    with pytest.raises(ValueError, match=r"greet: .* of 10\.0 points"):
        outcome(points=points)


@pytest.mark.parametrize(("turn", "start", "end"), [(-1, 0, 1), (0, -1, 1), (0, 3, 2)])
def test_impossible_quote_is_refused(turn: int, start: int, end: int) -> None:
    with pytest.raises(ValueError, match="a quote needs"):
        Quote(turn, start, end)


def test_reason_needs_a_code() -> None:
    with pytest.raises(ValueError, match="a reason needs a code"):
        Reason("")


def test_scorecard_holds_each_criterion_once() -> None:
    with pytest.raises(ValueError, match="each criterion once"):
        scorecard(outcome("a"), outcome("a", Verdict.MISSED))


def test_known_answer() -> None:
    # 10 of 10, 5 of 10, 0 of 20; 30 not applicable and 40 not scorable leave the denominator: 15 of 40.
    card = scorecard(
        outcome("a"),
        outcome("b", Verdict.PARTLY),
        outcome("c", Verdict.MISSED, None, 20.0),
        outcome("d", Verdict.NOT_APPLICABLE, None, 30.0),
        outcome("e", Verdict.NOT_SCORABLE, None, 40.0),
        pass_percent=37.5,
    )
    assert figures(card) == (15.0, 15.0, 40.0, 37.5, True, 3)
    assert card.count(Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE) == 2
    assert replace(card, pass_percent=38.0).passed is False
    assert replace(card, pass_percent=None).passed is None


@pytest.mark.parametrize("outcomes", [(), (outcome(verdict=Verdict.NOT_SCORABLE),)])
def test_nothing_scorable_gives_no_percent_and_no_pass(outcomes: tuple[Outcome, ...]) -> None:
    card = scorecard(*outcomes, pass_percent=0.0)
    assert (card.percent, card.passed, card.points_possible) == (None, None, 0)


def test_missed_red_line_takes_all_points_and_fails_even_at_pass_line_zero() -> None:
    card = scorecard(outcome("a"), outcome("b", Verdict.MISSED, None, 1.0, fatal=True), pass_percent=0.0)
    assert (card.points, card.percent, card.passed) == (0.0, 0.0, False)
    assert card.points_before_red_lines == 10.0
    assert [o.criterion_id for o in card.red_lines] == ["b"]


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.MISSED])
def test_red_line_that_was_not_missed_costs_nothing(verdict: Verdict) -> None:
    card = scorecard(outcome("a"), outcome("b", verdict, fatal=True))
    assert not card.red_lines
    assert card.points == card.points_before_red_lines >= 10.0


@given(outcome_lists(), st.integers(0, 100))
def test_figures_stay_in_bounds(outcomes: list[Outcome], line: int) -> None:
    card = scorecard(*outcomes, pass_percent=float(line))
    assert 0 <= card.points <= card.points_before_red_lines <= card.points_possible
    assert card.percent is None or 0 <= card.percent <= 100
    assert (card.percent is None) == (card.scored == 0) == (card.passed is None)
    assert not (card.red_lines and (card.points or card.passed))
    assert sum(card.count(v) for v in Verdict) == len(outcomes)


@given(outcome_lists(), st.randoms(), st.integers(0, 100))
def test_figures_do_not_depend_on_the_order_of_criteria(outcomes: list[Outcome], random: Any, line: int) -> None:
    shuffled = list(outcomes)
    random.shuffle(shuffled)
    assert figures(scorecard(*shuffled, pass_percent=line)) == figures(scorecard(*outcomes, pass_percent=line))


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8), st.randoms())
def test_pass_does_not_depend_on_the_order_of_decimal_points(tenths: list[int], random: Any) -> None:
    met = [outcome(f"c{i}", possible=t / 10) for i, t in enumerate(tenths)]
    missed = [outcome(f"m{i}", Verdict.MISSED, None, t / 10) for i, t in enumerate(tenths)]
    shuffled = met + missed
    random.shuffle(shuffled)
    # Half of the points is exactly the pass line, whatever the order of the additions.
    assert scorecard(*shuffled, pass_percent=50.0).passed is True


@given(outcome_lists(), st.sampled_from(SILENT), st.booleans())
def test_a_criterion_without_verdict_changes_nothing_else(
    outcomes: list[Outcome], silent: Verdict, fatal: bool
) -> None:
    more = [*outcomes, outcome("added", silent, None, 50.0, fatal=fatal)]
    assert figures(scorecard(*more, pass_percent=60.0)) == figures(scorecard(*outcomes, pass_percent=60.0))


@given(outcome_lists())
def test_earning_a_missed_criterion_never_costs_points(outcomes: list[Outcome]) -> None:
    better = [outcome(o.criterion_id, Verdict.MET, None, o.points_possible) if o.points == 0 else o for o in outcomes]
    assert scorecard(*better).points >= scorecard(*outcomes).points
