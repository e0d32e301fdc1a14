"""Verdicts need evidence; the arithmetic of a scorecard."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.score import (
    Decider,
    Evidence,
    Fatal,
    Frame,
    Outcome,
    PointKind,
    Quote,
    Reason,
    Scorecard,
    Severity,
    Subtotal,
    Verdict,
)
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
    with pytest.raises(ValueError, match=r"greet: .* points do not lie in 0\.0\.\.10\.0"):
        outcome(points=points)


@pytest.mark.parametrize("points", [-10.5, 0.5, math.nan, -math.inf])
def test_deducted_points_lie_between_minus_the_limit_and_zero(points: float) -> None:
    with pytest.raises(ValueError, match=r"greet: .* points do not lie in -10\.0\.\.0\.0"):
        deducted("greet", points)


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


def deducted(id: str, points: float, limit: float = 10.0, **more: Any) -> Outcome:
    """A deduction that cost ``points`` (0 or below) of at most ``limit``."""
    verdict = Verdict.MET if points == 0 else Verdict.MISSED
    return replace(outcome(id, verdict, 0.0), points=points, points_limit=limit, kind=PointKind.DEDUCTED, **more)


def bonus(id: str, points: float, limit: float = 10.0) -> Outcome:
    verdict = Verdict.MET if points else Verdict.MISSED
    return replace(outcome(id, verdict, 0.0), points=points, points_limit=limit, kind=PointKind.BONUS)


def framed(*outcomes: Outcome, **more: Any) -> Scorecard:
    """A scorecard with ``frame``, ``sections`` or pass lines."""
    return replace(scorecard(*outcomes), **more)


@pytest.mark.parametrize(
    ("frame", "points", "bounded"),
    [
        (Frame(), -1.0, 0.0),
        (Frame(), 7.0, 7.0),
        (Frame(floor=None), -1.0, -1.0),
        (Frame(floor=-3.0), -5.0, -3.0),
        (Frame(ceiling=5.0), 7.0, 5.0),
        (Frame(floor=2.0, ceiling=2.0), 7.0, 2.0),
    ],
)
def test_frame_bounds_points(frame: Frame, points: float, bounded: float) -> None:
    assert frame.bound(points) == bounded


def test_frame_that_nothing_can_lie_in_is_refused() -> None:
    with pytest.raises(ValueError, match="floor 5 lies above the ceiling 4"):
        Frame(floor=5, ceiling=4)


def test_subtotal_of_nothing_has_no_percent() -> None:
    assert Subtotal(0.0, 0.0, 0, 3).percent is None
    assert Subtotal(5.0, 20.0, 1, 1).percent == 25.0
    assert Subtotal(-5.0, 20.0, 1, 1).percent == -25.0


def test_deductions_come_off_the_start() -> None:
    # A form of 100 points: 5 and 20 are lost, the third criterion is kept, the fourth does not apply.
    card = framed(
        deducted("a", -5.0),
        deducted("b", -20.0, 20.0),
        deducted("c", 0.0),
        outcome("d", Verdict.NOT_APPLICABLE),
        frame=Frame(100.0),
        pass_points=75.0,
    )
    assert (card.points, card.points_possible, card.percent, card.passed) == (75.0, 100.0, 75.0, True)
    assert replace(card, pass_points=75.5).passed is False
    assert [o.lost for o in card.outcomes] == [5.0, 20.0, 0.0, 0.0]


def test_floor_and_ceiling_bound_the_total() -> None:
    ruined = framed(deducted("a", -10.0), deducted("b", -10.0), frame=Frame(10.0))
    assert (ruined.points, ruined.percent) == (0.0, 0.0)
    assert framed(deducted("a", -10.0), frame=Frame(5.0, floor=None)).points == -5.0
    assert framed(outcome("a"), bonus("b", 10.0), frame=Frame(ceiling=15.0)).points == 15.0


def test_bonus_adds_points_and_no_denominator() -> None:
    card = framed(outcome("a"), bonus("b", 5.0))
    assert (card.points, card.points_possible, card.percent) == (15.0, 10.0, 150.0)
    missed = framed(outcome("a"), bonus("b", 0.0))
    assert (missed.points, missed.percent, missed.outcomes[1].lost) == (10.0, 100.0, 0.0)


def in_section(outcome: Outcome, section: str) -> Outcome:
    return replace(outcome, section_id=section)


def test_sections_have_frames_of_their_own() -> None:
    # Service starts with 20 and loses 30, but never falls below 5; sales earn 10 of 10.
    card = framed(
        in_section(deducted("a", -30.0, 30.0), "service"),
        in_section(outcome("b"), "sales"),
        sections={"service": Frame(20.0, floor=5.0)},
    )
    assert card.section_ids == ("service", "sales")
    assert card.section("service") == Subtotal(5.0, 20.0, 1, 1)
    assert card.section("sales") == Subtotal(10.0, 10.0, 1, 1)
    assert (card.points, card.points_possible, card.percent) == (15.0, 30.0, 50.0)


def test_ceiling_of_a_section_keeps_a_bonus_within_it() -> None:
    card = framed(
        in_section(outcome("a"), "s"), in_section(bonus("b", 10.0), "s"), sections={"s": Frame(0.0, None, 12.0)}
    )
    assert (card.points, card.section("s").percent) == (12.0, 120.0)


def test_missed_red_line_of_a_section_takes_that_section_alone() -> None:
    fatal = replace(outcome("b", Verdict.MISSED, None, 5.0), fatal=Fatal.SECTION)
    card = framed(
        in_section(outcome("a"), "sales"),
        in_section(fatal, "sales"),
        in_section(outcome("c"), "service"),
        pass_percent=10.0,
    )
    assert (card.section("sales").points, card.section("service").points) == (0.0, 10.0)
    assert (card.points, card.points_before_red_lines, card.points_possible) == (10.0, 20.0, 25.0)
    assert [o.criterion_id for o in card.red_lines] == ["b"]
    assert card.passed is False


def test_missed_red_line_of_the_call_goes_below_a_floor() -> None:
    card = framed(outcome("a"), outcome("b", Verdict.MISSED, fatal=True), frame=Frame(10.0, floor=5.0))
    assert (card.points, card.points_before_red_lines) == (0.0, 20.0)


def test_missed_red_line_of_a_section_never_lifts_it() -> None:
    lost = in_section(deducted("a", -10.0), "service")
    fatal = in_section(deducted("b", -5.0, fatal=Fatal.SECTION), "service")
    assert framed(lost, fatal, frame=Frame(100.0)).points <= framed(lost, frame=Frame(100.0)).points


def test_critical_criteria_have_a_subtotal_that_nothing_makes_up_for() -> None:
    critical = {"severity": Severity.CRITICAL}
    card = framed(
        replace(outcome("a"), **critical),
        replace(outcome("b", Verdict.MISSED, None, 20.0), **critical),
        deducted("c", -4.0, 8.0, **critical),
        replace(bonus("d", 10.0), **critical),
        replace(outcome("e", Verdict.NOT_SCORABLE), **critical),
        outcome("f", Verdict.MISSED),
    )
    # 10 of 10, 0 of 20, 4 of 8 kept; the bonus counts as a verdict, not as points.
    assert card.critical == Subtotal(14.0, 38.0, 4, 5)
    assert framed(outcome("a")).critical == Subtotal(0.0, 0.0, 0, 0)


@pytest.mark.parametrize(
    ("points", "percent", "passed"),
    [(10.0, None, True), (10.5, None, False), (None, 50.0, True), (10.0, 60.0, False), (11.0, 50.0, False)],
)
def test_each_pass_line_must_be_reached(points: float | None, percent: float | None, passed: bool) -> None:
    card = framed(outcome("a"), outcome("b", Verdict.MISSED), pass_points=points, pass_percent=percent)
    assert card.passed is passed


@pytest.mark.parametrize(("share", "enough", "passed"), [(60.0, True, True), (61.0, False, None)])
def test_too_little_that_could_be_scored_decides_nothing(share: float, enough: bool, passed: bool | None) -> None:
    # 10 points and a deduction of 20 are scored, 20 are not; a bonus weighs nothing: 30 of 50.
    card = framed(
        outcome("a"),
        deducted("b", 0.0, 20.0),
        outcome("c", Verdict.NOT_SCORABLE, None, 20.0),
        bonus("d", 0.0, 100.0),
        frame=Frame(20.0),
        pass_percent=50.0,
        min_scored_percent=share,
    )
    assert (card.enough_scored, card.passed) == (enough, passed)


def test_verdicts_are_counted_by_who_gave_them() -> None:
    reviewed = replace(outcome("b"), decided_by=Decider.REVIEWER)
    card = framed(outcome("a"), reviewed, outcome("c", Verdict.MISSED))
    assert card.count(Verdict.MET) == 2
    assert card.count(Verdict.MET, decided_by=Decider.REVIEWER) == 1
    assert card.count(Verdict.MET, Verdict.MISSED, decided_by=Decider.RULE) == 2


@pytest.mark.parametrize("similarity", [-0.1, 1.1, math.nan])
def test_similarity_of_a_quote_is_a_share(similarity: float) -> None:
    with pytest.raises(ValueError, match="similarity must lie"):
        Quote(0, 0, 1, similarity=similarity)
    assert Quote(0, 0, 1, similarity=0.75).distance == 0.25
    assert Quote(0, 0, 1).distance is None


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


def test_a_section_in_which_nothing_could_be_judged_gives_no_start() -> None:
    blind = in_section(outcome("a", Verdict.NOT_SCORABLE), "service")
    missed = in_section(outcome("b", Verdict.MISSED), "close")
    card = framed(blind, missed, frame=Frame(), sections={"service": Frame(20.0)})
    assert (card.points, card.points_possible, card.percent) == (0.0, 10.0, 0.0)
    assert card.section("service").percent is None
