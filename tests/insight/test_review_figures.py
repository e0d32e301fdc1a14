"""Appeals and changed verdicts of a period: counted by their own day, against what was there before them."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.core.review import ReviewKind
from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import Clip
from qa_pipeline.insight.coaching import Trend, pass_change
from qa_pipeline.insight.figures import figures_of
from qa_pipeline.insight.overview import Overview, Whose, overview
from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.review_figures import confirmed_red_lines, review_counts, review_lines
from tests.report.team_samples import MET, MISSED, appeal, review
from tests.summary_samples import criterion_summary, met_and_missed, summary

NOVEMBER = parse_period("2026-11")


def _found(before: Verdict | None = MISSED, day: str = "2026-10-30") -> Overview:
    """A call of October under review; ``before``: what the rules said where a person changed it."""
    changed = criterion_summary("need", MET, machine_verdict=before)
    return overview([summary("c1", [changed], day=day), summary("c2", agent="A02", team="二组")], NOVEMBER)


def test_a_change_of_this_period_counts_though_its_call_is_older() -> None:
    (line,) = review_lines([review("c1"), review("c1", "2026-12-01"), review("c1", "2026-10-31")][:1], _found())
    assert (line.before, line.is_changed, line.is_confirmed) == (MISSED, True, False)
    assert line.whose == Whose("A01", "坐席A01", "一组")
    assert review_lines([review("c1", "2026-12-01"), review("c1", "2026-10-31")], _found()) == []


def test_the_second_change_starts_from_the_first() -> None:
    first, second = review("c1", "2026-11-06", verdict=Verdict.PARTLY), review("c1", "2026-11-07", verdict=MET)
    lines = review_lines([second, first], _found())
    assert [line.before for line in lines] == [MISSED, Verdict.PARTLY]


def test_giving_the_same_verdict_confirms_it() -> None:
    (line,) = review_lines([review("c1", verdict=MET)], _found(before=None))
    assert (line.before, line.is_changed, line.is_confirmed) == (MET, False, True)


def test_coming_back_to_the_rules_is_a_change() -> None:
    # The rules said met; somebody gave missed, somebody else met again: the summary tells of no change.
    told = [review("c1", "2026-11-06", verdict=MISSED), review("c1", "2026-11-07", verdict=MET)]
    lines = review_lines(told, _found(None))
    assert [(line.before, line.is_changed) for line in lines] == [(MET, True), (MISSED, True)]


def test_an_appeal_is_open_until_somebody_else_answers() -> None:
    found = _found()
    own = review("c1", "2026-11-08", ReviewKind.COMMENT, author="坐席A01", text="补充")
    other = review("c1", "2026-11-08", criterion="greet")
    answer = review("c1", "2026-12-08", ReviewKind.COMMENT, text="维持")
    assert [line.is_open for line in review_lines([appeal("c1")], found)] == [True]
    assert review_lines([appeal("c1"), own, other], found)[0].is_open  # the own comment, another criterion
    assert not review_lines([appeal("c1"), answer], found)[0].is_open
    assert not review_lines([appeal("c1", criterion=None), other], found)[0].is_open  # about the whole call


def test_counts_and_unknown_calls() -> None:
    told = [review("c1"), review("c2", verdict=MET), appeal("c2", "2026-11-09"), review("gone")]
    lines = review_lines(told, _found())
    counts = review_counts(lines)
    # c2 and the one that is gone: nothing tells of another verdict before.
    assert (counts.appeals, counts.open, counts.changed, counts.confirmed) == (1, 1, 1, 2)
    assert [line.whose is None for line in lines if line.review.call_id == "gone"] == [True]


def test_comments_are_no_changes() -> None:
    assert review_lines([review("c1", kind=ReviewKind.COMMENT)], _found()) == []


def test_the_overview_knows_whose_every_call_is_and_keeps_the_red_passage() -> None:
    clip = Clip(2, "保证赚钱", 5.0, 7.0)
    crossed = criterion_summary("promise", MISSED, fatal=Fatal.CALL, clip=clip)
    found = overview([summary("c1", [crossed]), summary("old", day="2025-01-01")], NOVEMBER)
    assert found.everybody.calls[0].red_clip == clip
    assert (found.everybody.now.red_calls, set(found.whose)) == (1, {"c1", "old"})


def test_the_pass_share_changes_only_with_enough_calls() -> None:
    good, poor = figures_of(met_and_missed("A01", 20, 0)), figures_of(met_and_missed("A01", 20, 0))
    poor.states.update({"failed": 20})
    assert pass_change(poor, good).trend is Trend.BETTER
    assert pass_change(figures_of([]), good).difference is None
    few = figures_of([replace(one, state="failed") for one in met_and_missed("A01", 4, 0)])
    assert pass_change(few, good).trend is Trend.TOO_FEW


def _crossed(before: Verdict | None = None) -> Overview:
    line = criterion_summary("need", MISSED, fatal=Fatal.CALL, machine_verdict=before, by_person=before is not None)
    return overview([summary("c1", [line]), summary("c2", [line])], NOVEMBER)


def test_a_red_line_that_nobody_looked_at_is_not_confirmed() -> None:
    assert confirmed_red_lines(_crossed()) == frozenset()


def test_a_red_line_is_confirmed_by_a_person_who_gave_it_or_let_it_stand() -> None:
    stands = criterion_summary("need", MISSED, fatal=Fatal.CALL, by_person=True)
    found = overview([summary("c1", [stands]), summary("c2", [replace(stands, verdict=MET)])], NOVEMBER)
    assert confirmed_red_lines(found) == {("c1", "need")}


def test_a_red_line_that_a_person_found_needs_no_reviews() -> None:
    assert confirmed_red_lines(_crossed(before=MET)) == {("c1", "need"), ("c2", "need")}
