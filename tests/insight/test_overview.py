"""Figures of agents and teams over a period: by hand, whatever the order of the calls."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from qa_pipeline.core.call import CallOutcome, Stage
from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Fatal, Reason, Verdict
from qa_pipeline.core.summary import Clip, StageSummary, TalkSummary
from qa_pipeline.insight.coaching import against_others, rest_misses
from qa_pipeline.insight.figures import Figures, figures_of, merge
from qa_pipeline.insight.overview import Overview, lacks_proof, overview
from qa_pipeline.insight.period import ALWAYS, parse_period
from tests.summary_samples import criterion_summary, met_and_missed, summary

NOVEMBER = parse_period("2026-11")


def test_an_agents_figures_by_hand() -> None:
    calls = met_and_missed("A01", 3, 1) + met_and_missed("A02", 1, 0) + met_and_missed("A01", 0, 2, day="2026-10-08")
    found = overview(calls, NOVEMBER)
    agent = found.agents["A01"]
    assert (agent.now.calls, agent.before.calls, found.everybody.now.calls) == (4, 2, 5)
    greet = agent.now.criteria["greet"]
    assert (greet.n, greet.failed, greet.lost, greet.lost_per_call) == (4, 1.0, 10.0, 2.5)
    # Three calls with all of 20 points, one with half of them.
    assert sorted(agent.now.percents) == [50.0, 100.0, 100.0, 100.0]
    assert agent.now.sections["main"].percent == pytest.approx(100 * 70 / 80)
    assert agent.now.states == {"passed": 3, "failed": 1}
    assert found.team_of(agent) is found.teams["一组"]


def test_partly_is_half_a_miss() -> None:
    figures = figures_of([summary("a", [criterion_summary("x", Verdict.PARTLY)])])
    assert (figures.criteria["x"].failed, figures.criteria["x"].lost) == (0.5, 5.0)


def test_what_does_not_count_is_in_no_share() -> None:
    verdicts = [criterion_summary("x", v) for v in (Verdict.NOT_APPLICABLE,)] + [criterion_summary("y")]
    figures = figures_of([summary("a", verdicts)])
    assert figures.criteria["x"].n == 0 and figures.criteria["x"].miss_share is None


def test_too_little_scored_makes_no_score() -> None:
    figures = figures_of([summary("a"), summary("b", state="few"), summary("c", [], state="none", percent=None)])
    assert (figures.calls, figures.scored, figures.judged) == (3, 1, 1)


def test_calls_without_a_time_belong_to_no_month_but_to_all() -> None:
    calls = [summary("a"), summary("b", day="")]
    monthly, always = overview(calls, NOVEMBER), overview(calls, ALWAYS)
    assert (monthly.everybody.now.calls, monthly.undated, monthly.newest) == (1, 1, date(2026, 11, 4))
    assert (always.everybody.now.calls, always.everybody.before.calls) == (2, 0)


def test_agents_without_an_id_go_by_their_name_and_unknown_ones_have_no_page() -> None:
    calls = [summary("a", agent="", agent_name="林佳怡"), summary("b", agent="", agent_name="", team="")]
    found = overview(calls, NOVEMBER)
    assert set(found.agents) == {"林佳怡 (一组)"} and set(found.teams) == {"一组"}
    assert found.everybody.now.calls == 2


def _parts(found: Overview) -> object:
    return [
        (group.key, group.now.states, sorted(group.now.percents), group.weeks.keys(), [c.call_id for c in group.calls],
         group.clips.fingerprint())
        for group in (found.everybody, *(found.agents[k] for k in sorted(found.agents)))
    ]  # fmt: skip


def test_the_order_of_calls_changes_nothing() -> None:
    calls = met_and_missed("A01", 2, 2) + met_and_missed("A02", 3, 1) + met_and_missed("A03", 1, 3)
    shuffled = random.Random(3).sample(calls, len(calls))
    assert _parts(overview(calls, NOVEMBER)) == _parts(overview(shuffled, NOVEMBER))


def test_adding_one_by_one_is_adding_at_once() -> None:
    calls = met_and_missed("A01", 2, 1)
    totals = []
    for ordered in permutations(calls):
        figures = Figures()
        for call in ordered:
            figures.add(call)
        totals.append((figures.calls, figures.criteria["greet"].lost, sorted(figures.percents)))
    assert len({str(total) for total in totals}) == 1


def test_a_trend_has_every_week_from_the_first_call_on() -> None:
    calls = met_and_missed("A01", 1, 0, day="2026-11-03") + met_and_missed("A01", 1, 1, day="2026-11-17")
    trend = overview(calls, NOVEMBER).agents["A01"].trend(date(2026, 11, 30))
    assert [(week.isoformat(), len(values)) for week, values in trend] == [
        ("2026-11-02", 1), ("2026-11-09", 0), ("2026-11-16", 2), ("2026-11-23", 0), ("2026-11-30", 0),
    ]  # fmt: skip


def test_a_line_names_what_cost_most_and_the_newest_comes_first() -> None:
    dear = [criterion_summary("a", Verdict.MISSED, limit=3.0), criterion_summary("b", Verdict.MISSED, limit=9.0)]
    calls = [summary("old", dear, day="2026-11-01"), summary("new", day="2026-11-09")]
    lines = overview(calls, NOVEMBER).everybody.calls
    assert [line.call_id for line in lines] == ["new", "old"]
    assert lines[1].lost_most == ("b", "a")


def test_red_lines_and_complaints_are_counted_once_per_call() -> None:
    crossed = criterion_summary("fair", Verdict.MISSED, fatal=Fatal.CALL)
    calls = [
        summary("a", [crossed], outcome=CallOutcome.COMPLAINT, complaint=Clip(3, "我要投诉你们", 9.0, 12.0)),
        summary("b", complaint=Clip(3, "我要投诉", 9.0, 12.0)),
        summary("c"),
    ]
    now = overview(calls, NOVEMBER).everybody.now
    assert (now.red_lines, now.complaints, now.states["redline"]) == ({"fair": 1}, 2, 1)


def test_talk_is_added_in_parts_and_languages_stay_apart() -> None:
    talk = TalkSummary(100.0, agent_speech_s=60.0, customer_speech_s=20.0, units=300, units_s=60.0, interruptions=2)
    long_talk = TalkSummary(300.0, agent_speech_s=60.0, customer_speech_s=100.0, units=150, units_s=60.0)
    guessed = TalkSummary(50.0, agent_speech_s=40.0, customer_speech_s=1.0, estimated=True)
    calls = [summary(str(i), talk=one) for i, one in enumerate((talk, long_talk, guessed))]
    calls.append(summary("en", language="en", talk=talk))
    figures = figures_of(calls).talk
    assert figures["zh"].agent_share == pytest.approx(120 / 240), "seconds are added, shares are not averaged"
    assert figures["zh"].rate_cpm == pytest.approx(225.0)
    assert (figures["zh"].calls, figures["zh"].shared_calls, figures["zh"].interruption_calls) == (3, 2, 1)
    assert figures["en"].calls == 1


def test_stages_are_counted_by_call() -> None:
    both = (StageSummary(Stage.OPENING, 10.0), StageSummary(Stage.NEEDS, 20.0))
    calls = [summary("a", stages=both, in_order=True), summary("b", stages=both[1:], in_order=True), summary("c")]
    calls.append(summary("d", stages=both[::-1], in_order=False))
    now = figures_of(calls)
    assert (now.stages[Stage.OPENING], now.stages[Stage.NEEDS], now.staged, now.in_order) == (2, 3, 4 - 1, 2)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"outcome": CallOutcome.DEAL, "recording": ""}, "no_recording"),
        ({"outcome": CallOutcome.DEAL, "recording": "a.wav"}, ""),
        ({"outcome": CallOutcome.DEAL, "recording": "a.wav", "unscorable": (Reason("no_speech"),)}, "no_speech"),
        ({"outcome": CallOutcome.DEAL, "recording": "a.wav", "unscorable": (Reason("other_language"),)}, ""),
        ({"outcome": CallOutcome.REFUSAL, "recording": ""}, ""),
    ],
)
def test_an_order_needs_a_recording_that_proves_it(more: dict[str, object], why: str) -> None:
    line = overview([summary("a", **more)], NOVEMBER).everybody.calls[0]
    assert lacks_proof(line) == why


def test_an_agreed_action_is_followed_up() -> None:
    action = AgreedAction("A01", "test", "先问候", date(2026, 11, 10), criterion_id="greet")
    calls = met_and_missed("A01", 1, 3, day="2026-11-03") + met_and_missed("A01", 4, 1, day="2026-11-10")
    calls += met_and_missed("A01", 5, 0, day="2026-08-01") + met_and_missed("A02", 0, 9, day="2026-11-12")
    progress = overview(calls, NOVEMBER, [action]).progress[0]
    assert (progress.before.n, progress.before.failed) == (4, 3.0), "more than two months ago does not count"
    assert (progress.after.n, progress.after.failed, progress.calls_after) == (5, 1.0, 5), "the day itself counts"


def test_the_newest_call_says_team_and_name_whatever_the_order() -> None:
    old = summary("z", team="甲", agent_name="小林", day="2024-01-08")
    new = summary("a", team="乙", agent_name="林佳怡", day="2026-11-09")
    for calls in ([old, new], [new, old]):
        agent = overview(calls, NOVEMBER).agents["A01"]
        assert (agent.team, agent.name) == ("乙", "林佳怡")


def test_who_changed_the_team_counts_where_the_calls_were_made() -> None:
    moved = met_and_missed("X", 0, 6, team="甲", tag="a") + met_and_missed(
        "X", 6, 0, team="乙", tag="b", day="2026-11-20"
    )
    stayed = met_and_missed("Y", 0, 6, team="甲") + met_and_missed("Z", 6, 0, team="乙")
    found = overview([*moved, *stayed], NOVEMBER)
    agent, team = found.agents["X"], found.team_of(found.agents["X"])
    assert (team.key, agent.part_in(team).calls, agent.part_in(found.everybody).calls) == ("乙", 6, 12)
    change, others = against_others(agent, team)
    # X has 6 calls with 50 and 6 with 100; the others of the team are Z's six with 100.
    assert others is not None and (others.value, others.n) == (100.0, 6)
    assert change.difference is not None and change.difference.value == pytest.approx(-25.0)
    misses = rest_misses("greet", agent, team)
    assert misses is not None and (misses.value, misses.n) == (0.0, 6)


def test_namesakes_of_two_teams_are_two_people() -> None:
    calls = [summary(team, agent="", agent_name="王芳", team=team) for team in ("一组", "二组")]
    assert sorted(overview(calls, NOVEMBER).agents) == ["王芳 (一组)", "王芳 (二组)"]


def test_an_order_of_a_call_that_was_not_scored_is_judged_by_its_sound() -> None:
    deal = {"outcome": CallOutcome.DEAL, "recording": "a.wav"}
    second = (Reason("other_language"), Reason("party_missing"))
    lines = overview(
        [summary("a", unscorable=second, **deal), summary("b", notices=("truncated",), **deal)], NOVEMBER
    ).everybody.calls
    assert {line.call_id: lacks_proof(line) for line in lines} == {"a": "party_missing", "b": "recording_truncated"}


def test_weeks_end_with_the_period() -> None:
    october = parse_period("2026-10")
    calls = [summary(f"c{day}", day=f"2026-{day}") for day in ("10-26", "10-31", "11-01", "11-02")]
    agent = overview(calls, october).agents["A01"]
    assert agent.now.calls == 2
    assert [(week.isoformat(), len(values)) for week, values in agent.trend(october.last)] == [("2026-10-26", 2)]


def test_a_red_line_that_a_person_confirmed_is_told_apart() -> None:
    suspected = criterion_summary("promise", Verdict.MISSED, fatal=Fatal.CALL)
    confirmed = replace(suspected, by_person=True)
    agent = overview([summary("c1", [suspected]), summary("c2", [confirmed])], NOVEMBER).agents["A01"]
    assert (agent.now.red_calls, agent.now.red_confirmed) == (2, 1)
    assert {line.call_id: line.red_confirmed for line in agent.calls} == {"c1": False, "c2": True}


def test_merged_figures_are_those_of_all_calls_and_leave_their_parts_alone() -> None:
    calls = [*met_and_missed("A01", 3, 2), summary("few", state="few"), summary("c", outcome=CallOutcome.COMPLAINT)]
    calls[0] = replace(calls[0], talk=TalkSummary(60.0, 30.0, 20.0, units=100, units_s=30.0, questions=2))
    whole = figures_of(calls)
    for cut in range(len(calls) + 1):
        first, second = figures_of(calls[:cut]), figures_of(calls[cut:])
        before = deepcopy(second)
        merged = Figures()
        merge(merged, first)
        merge(merged, second)
        merge(merged, Figures())
        assert merged == whole and second == before
