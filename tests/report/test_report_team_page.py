"""A team's page: figures that were counted by hand, places that intervals allow, and what stands where nothing is."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from qa_pipeline.core.call import Stage
from qa_pipeline.core.summary import CallSummary, StageSummary
from qa_pipeline.insight.coaching import ProblemKind, Trend
from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.team.write_team import write_team_page
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import wording
from tests.factories import form
from tests.report.agent_samples import MET, MISSED, call, calls, form_of_three, world
from tests.report.team_samples import (
    NO_PLAN,
    PLAN,
    WIDE_FORM,
    complaining,
    crowd,
    ended_as_complaint,
    found_by_a_person,
    hostile,
    month,
    recorded,
    row,
    suspected,
    team_of,
)
from tests.summary_samples import criterion_summary, summary

NOTHING = parse_period("2026-12")


def test_the_head_says_score_pass_rate_and_alarms_with_n() -> None:
    view = team_of(world(month()))
    score, passed, counted, red, complaints = view.cards
    # (3 x 66.67 + 2 x 100 + 66.67 + 6 x 100 + 2 x 33.33) / 14 = 80.95; 11 of 14 passed.
    assert (score.value, passed.value, counted.value, red.value, complaints.value) == ("81", "79%", "14", "1", "0")
    assert score.note.startswith("可能范围 ") and score.note.endswith(" | 14 通")
    assert (red.warn, complaints.warn) == (True, False)
    assert view.sentences[0].startswith("平均 81 分（14 通），比上期低 ")
    assert "及格率 79%（14 通），及格线 60%，11 通及格。" in view.sentences
    assert view.sentences[-1] == "最该一起练的是「了解需求」：14 通里 36% 没做到，共丢 50 分。"


def test_the_change_against_the_last_period_concludes_only_from_enough_calls() -> None:
    many = calls("now", [MISSED, MET] * 10) + calls("old", [MET] * 19 + [MISSED], "2026-10-07")
    assert team_of(world(many)).cards[0].change_mark == "worse"
    few = calls("now", [MISSED] * 4) + calls("old", [MET] * 4, "2026-10-07")
    view = team_of(world(few))
    assert view.cards[0].change == "样本不足（上期 4 通，本期 4 通），不下结论"
    assert team_of(world(calls("now", [MET] * 6))).cards[0].change == "上期没有可比的数据"


def test_red_lines_and_complaints_lead_to_the_passage() -> None:
    view = team_of(world([*month(), complaining(call("angry", day="2026-11-06"))]))
    (red,) = view.red_lines.items
    assert (red.call_id, red.what, red.text, red.time) == ("A01-red", "无虚假承诺", "我保证您一定赚钱。", "0:12–0:18")
    (angry,) = view.complaints.items
    assert (angry.text, angry.time, angry.agent) == ("我要投诉你们", "0:30–0:34", "坐席A01")


def test_a_red_line_is_suspected_until_a_person_has_confirmed_it() -> None:
    view = team_of(world([suspected("r1"), found_by_a_person("r2"), suspected("r3"), call("good")]))
    assert view.red_lines.head == "红线 1 通（已确认）、疑似红线 2 通（待人工确认）"
    assert [(item.call_id, item.kind_text) for item in view.red_lines.items] == [
        ("r1", "疑似红线（待人工确认）"),
        ("r2", "红线（已确认）"),
        ("r3", "疑似红线（待人工确认）"),
    ]
    assert view.cards[3].label == "红线（含疑似）"
    assert view.cards[3].note == "已确认 1 通，待确认 2 通 · 上期 0 通"
    alone = team_of(world([suspected("r1")]))
    assert (alone.cards[3].label, alone.cards[3].note) == ("疑似红线", "待人工确认 · 上期 0 通")
    assert alone.red_lines.head == "疑似红线 1 通（待人工确认）"
    sure = team_of(world([found_by_a_person("r2")]))
    assert (sure.cards[3].label, sure.cards[3].note) == ("红线", "已确认 · 上期 0 通")
    assert team_of(world([call("good")])).red_lines.head == "没有疑似红线"


def test_no_page_calls_a_suspected_red_line_a_fact(tmp_path: Path) -> None:
    found = world(month())
    page = write_team_page(found.everybody, found, form_of_three(), tmp_path, PageOptions(), PLAN)
    html = page.read_text(encoding="utf-8")
    assert "触碰" not in html and "红线通话" not in html
    assert "疑似红线 1 通（待人工确认）" in html


def test_calls_that_ended_as_complaints_come_before_those_that_sound_like_it() -> None:
    said = complaining(call("said", day="2026-11-08"))
    both = ended_as_complaint(complaining(call("both", day="2026-11-05"), "我找你们领导"))
    ended = ended_as_complaint(call("ended", day="2026-11-04"))
    view = team_of(world([said, both, ended, call("good")]))
    assert view.complaints.head == "投诉结案 2 通、客户不满或投诉 1 通（待确认）"
    assert [(item.call_id, item.what, item.text) for item in view.complaints.items] == [
        ("both", "投诉结案：通话结果为投诉", "我找你们领导"),
        ("ended", "投诉结案：通话结果为投诉", ""),
        ("said", "客户不满或投诉（待确认）", "我要投诉你们"),
    ]
    card = view.cards[4]
    assert (card.label, card.value, card.warn) == ("投诉结案", "2", True)
    assert card.note == "另有客户不满或投诉 1 通（待确认） · 上期 0 通"
    assert [row(view.against, name)[2] for name in ("投诉结案", "客户不满或投诉（待确认）")] == ["2", "1"]
    assert (view.agents.rows[0][3].text, view.agents.rows[0][3].note) == ("2", "另 1 通待确认")


@pytest.mark.parametrize(("has_sound", "word"), [(True, "先听、先确认，再谈。"), (False, "先看原文、先确认，再谈。")])
def test_nobody_is_told_to_listen_where_there_is_nothing_to_hear(has_sound: bool, word: str, tmp_path: Path) -> None:
    made = [*month(), complaining(call("angry", day="2026-11-06"))]
    found = world([recorded(one) if has_sound else one for one in made])
    view = team_of(found)
    assert view.red_lines.first == view.complaints.first == word
    assert view.red_lines.items[0].is_recorded is has_sound
    (tmp_path / "calls").mkdir()
    for one in made:
        (tmp_path / "calls" / f"{one.call_id}.html").touch()
    html = write_team_page(found.everybody, found, form_of_three(), tmp_path, PageOptions(), PLAN).read_text("utf-8")
    assert ("播放" in html, "▶" in html, "看原文 0:12–0:18" in html) == (has_sound, has_sound, not has_sound)


def test_alerts_beyond_the_first_are_folded_and_counted() -> None:
    alerts = team_of(world([call(f"r{n}", promise=MISSED) for n in range(23)])).red_lines
    assert (len(alerts.items), len(alerts.folded), alerts.more[:6]) == (3, 17, "还有 3 通")


def test_problems_are_ordered_by_what_they_cost() -> None:
    view = team_of(world(month()))
    assert [cells[0].text for cells in view.problems.rows] == ["了解需求", "礼貌问候", "无虚假承诺"]
    need = view.problems.rows[0]
    # 5 misses in 14 calls, 10 points each; none of five in October.
    assert [cell.value for cell in need[2:5]] == [50, pytest.approx(5 / 14), 0]
    assert (need[1].text, need[6].value, need[7].value, need[8].value) == ("共性问题", 5, 0, pytest.approx(50 / 14))
    assert view.problems_chart is not None
    assert [cells[0] for cells in view.problems_chart.table.rows] == ["了解需求", "礼貌问候", "无虚假承诺"]


def test_a_problem_of_few_calls_is_called_none() -> None:
    view = team_of(world(calls("now", [MISSED] * 4)))
    assert view.problems.rows[0][1].text == "样本不足"
    assert len(view.sentences) == 2  # nothing to practise is concluded
    assert view.training is None


def test_what_costs_most_is_practised_together_not_what_is_missed_most_often() -> None:
    cheap = [criterion_summary("greet", MISSED, limit=1) for _ in range(10)]
    dear = [criterion_summary("need", MISSED if n < 4 else MET, limit=10) for n in range(10)]
    found = world([summary(f"c{n}", pair) for n, pair in enumerate(zip(cheap, dear, strict=True))])
    view = team_of(found)
    assert view.training is not None
    assert (view.training.criterion, view.training.why) == ("了解需求", "10 通里 40% 没做到，共丢 40 分")
    assert view.problems.rows[0][0].text == "了解需求"


def test_what_hardly_anybody_misses_is_no_matter_for_all() -> None:
    view = team_of(world(calls("now", [MISSED] + [MET] * 19)))
    assert view.training is None and "一起练" not in "".join(view.sentences)


def test_more_misses_have_a_plus_and_are_worse() -> None:
    worse = world(calls("now", [MISSED, MET] * 10) + calls("old", [MET] * 20, "2026-10-07"))
    cell = team_of(worse).problems.rows[0][5]
    assert (cell.text, cell.note, cell.value) == ("变差", "+50 个百分点", pytest.approx(0.5))
    better = world(calls("now", [MISSED] + [MET] * 19) + calls("old", [MISSED, MET] * 10, "2026-10-07"))
    cell = team_of(better).problems.rows[0][5]
    assert (cell.text, cell.note, cell.value) == ("有进步", "−45 个百分点", pytest.approx(-0.45))


def _swapped() -> list[CallSummary]:
    """As many points as before, lost for ``need`` instead of ``greet``; red lines 1 of 20 -> 4 of 20."""
    now = [call(f"n{n}", MISSED if n < 14 else MET, greet=MISSED if n < 1 else MET) for n in range(16)]
    old = [
        call(f"o{n}", MISSED if n < 1 else MET, greet=MISSED if n < 16 else MET, day="2026-10-07") for n in range(19)
    ]
    return [*now, *(suspected(f"r{n}") for n in range(4)), *old, suspected("old-red", day="2026-10-08")]


def test_a_mean_within_normal_variation_does_not_hide_what_got_worse() -> None:
    view = team_of(world(_swapped()))
    assert "差异在正常波动范围内" in view.sentences[0]
    assert view.sentences[1] == (
        "平均分看不出变化，但要留意：红线（含疑似）由上期 20 通里的 1 通增加到 20 通里的 4 通；"
        "比上期变差的有「了解需求」（没做到 5%→70%）。"
    )
    assert view.sentences[2] == "有进步的是「礼貌问候」（没做到 80%→5%）。"


def test_a_few_more_red_lines_of_many_calls_alarm_nobody() -> None:
    made = [*(suspected(f"r{n}") for n in range(11)), *calls("g", [MET] * 9)]
    made += [*(suspected(f"o{n}", day="2026-10-07") for n in range(10)), *calls("p", [MET] * 10, "2026-10-08")]
    assert not any("留意" in line for line in team_of(world(made)).sentences)


def test_calls_with_too_little_scored_are_told_from_those_without_a_score() -> None:
    few = replace(call("few"), state="few", percent=None)
    none = replace(call("none"), state="unscored", percent=None, criteria=())
    view = team_of(world([*calls("g", [MET] * 3), few, none]))
    assert view.cards[2].note == "共 5 通：可评分不足、不计入平均 1 通、没有评分 1 通"


def test_ranks_say_what_the_intervals_allow_and_few_calls_give_none() -> None:
    good, middling = calls("g", [MET] * 9 + [MISSED], agent="A02"), calls("m", [MET] * 8 + [MISSED] * 2, agent="A03")
    poor = [call(f"p{n}", MISSED, greet=MISSED if n % 5 else MET, agent="A04") for n in range(10)]
    view = team_of(world([*good, *middling, *poor, *calls("few", [MET] * 4)]))
    assert [cells[0].text for cells in view.ranking.rows] == [
        "第 1 名（可能在 1–2 名之间）",
        "第 2 名（可能在 1–2 名之间）",
        "第 3 名",
    ]
    assert view.too_few == "样本不足，不排名（少于 5 通）：坐席A01（4 通）。"
    assert team_of(world(calls("few", [MET] * 4))).ranking.rows == ()


def test_the_heat_map_has_a_row_per_agent_and_only_what_is_missed() -> None:
    chart = team_of(world(month())).heat_map
    assert chart is not None
    assert chart.table.columns[1:] == ("礼貌问候", "了解需求", "无虚假承诺")
    assert [cells[0] for cells in chart.table.rows] == ["坐席A02", "坐席A01", "坐席A03"]
    assert chart.table.rows[1][2].startswith("50%")  # A01: 3 of 6
    assert team_of(world(calls("now", [MET] * 5))).heat_map is None


def test_stages_show_how_many_calls_have_each() -> None:
    parts = (StageSummary(Stage.OPENING, 9.0), StageSummary(Stage.CLOSE, 5.0))
    staged = [replace(one, stages=parts[: 1 + n % 2], in_order=n > 0) for n, one in enumerate(calls("n", [MET] * 4))]
    view = team_of(world(staged))
    assert view.stages is not None
    shares = {cells[0]: cells[1] for cells in view.stages.table.rows}
    assert [shares[name] for name in ("开场", "成交收尾", "需求挖掘", "按话术顺序")] == ["100%", "50%", "0%", "75%"]
    assert view.stages_note.startswith("4 通分出了阶段")


def test_what_is_practised_is_shown_by_agents_who_are_models() -> None:
    training = team_of(world(month())).training
    assert training is not None
    # A01 has a red line, A03 misses it always: A02 alone can show it.
    assert [item.clip.agent for item in training.clips] == ["坐席A02"]
    assert (training.why, training.advice) == ("14 通里 36% 没做到，共丢 50 分", "先问再推荐。")
    # The other problem of the month is greeting, for which there is nobody else either.
    assert [(item.clip.criterion, item.clip.agent) for item in team_of(world(month())).clips] == [
        ("礼貌问候", "坐席A02")
    ]


def test_a_team_without_good_words_borrows_those_of_another() -> None:
    view = team_of(world(month()), "二组")
    assert view.clips
    assert all(item.is_other and item.clip.agent == "坐席A02" for item in view.clips)
    training = team_of(world(month()), "一组").training
    assert training is not None and [item.is_other for item in training.clips] == [False]


def test_the_plan_is_counted_per_agent() -> None:
    view = team_of(world(month()))  # five a month: A01 6, A02 6, A03 2
    assert "3 名坐席中 2 名已完成" in view.coverage_text
    assert "12/15 通（80%）" in view.coverage_text
    assert row(view.coverage, "坐席A03")[2:] == ["2", "2", "5", "3", "40%"]


@pytest.mark.parametrize(
    ("period", "setting"), [("2026-11", "inspect_per_agent_month"), ("2026-W45", "per_agent_week")]
)
def test_without_a_plan_the_page_says_how_to_set_one(period: str, setting: str) -> None:
    view = team_of(world(month(), period=parse_period(period)), plan=NO_PLAN)
    assert "数据说明" in view.coverage_text and setting not in view.coverage_text
    assert setting in view.notes[-1]
    assert {cells[4].text for cells in view.coverage.rows} == {"—"}
    other = team_of(world(month(), period=parse_period("2026-11-01..2026-11-09")), plan=Plan(2, 5))
    assert "周报或月报" in other.coverage_text


def test_weeks_stand_beside_each_other_the_newest_first() -> None:
    view = team_of(world(month()))
    newest, before = view.weeks.rows[0], view.weeks.rows[1]
    # 9–15 November: six of 100 and two of 33.33; 2–8 November: four of 66.67 and two of 100.
    assert (newest[0].text, newest[1].value, newest[2].text) == ("11月9日", 8, "83.3")
    assert (before[1].value, before[2].text) == (6, "77.8")
    assert (newest[4].text, newest[4].note) == ("正常波动", "+5.6 分")
    assert view.weeks.rows[-1][4].text == "—"  # nothing came before
    assert row(view.against, "已质检通数") == ["已质检通数", "5", "14", ""]


def test_a_week_of_few_calls_has_no_interval() -> None:
    view = team_of(world([*calls("now", [MET, MISSED] * 3), *calls("few", [MET, MISSED], "2026-11-11")]))
    assert view.weeks_chart is not None
    assert [cells[2] == "—" for cells in view.weeks_chart.table.rows] == [False, True]
    assert [cells[3].text == "—" for cells in view.weeks.rows] == [True, False]


def test_teams_are_listed_on_the_page_of_everybody_alone() -> None:
    found = world(month())
    view = team_of(found)
    assert [cells[0].text for cells in view.teams.rows] == ["一组", "二组"]
    # 一组: (3 x 66.67 + 2 x 100 + 66.67 + 600) / 12 = 88.9; one red line, two agents
    first = [cell.text for cell in view.teams.rows[0]]
    assert (first[1:5], first[-2:]) == (["88.9", "1", "0", "了解需求"], ["12", "2"])
    assert team_of(found, "一组").teams.rows == ()
    assert team_of(found, "一组").all_href == "../teams/all.html"


def test_agents_are_linked_with_what_costs_them_most() -> None:
    view = team_of(world(month()), "一组")
    first = view.agents.rows[0]
    assert (first[0].href, first[5].href) == ("../agents/A01.html", "../coaching/A01.html")
    # What is acted on stands first: red lines, complaints, the dearest criterion.
    assert [cell.text for cell in first[2:5]] == ["1", "0", "了解需求"]
    assert row(view.agents, "坐席A02")[4] == "—"
    assert row(team_of(world(month()), "一组", complete=False).agents, "坐席A01")[5] == "—"


def test_a_problem_of_all_may_be_greater_with_one_agent() -> None:
    rest = [one for agent in ("A02", "A03") for one in calls("c", [MISSED] * 8 + [MET] * 12, agent=agent)]
    view = team_of(world([*calls("c", [MISSED] * 19 + [MET]), *rest]))
    notes = [cells[4].note for cells in view.agents.rows]
    assert notes == ["班组共性，本人更突出", "共性问题", "共性问题"]


def test_every_kind_of_problem_and_trend_has_a_word() -> None:
    for lang in ("zh", "en"):
        assert all(wording(lang).text(f"group.kind.{kind}") for kind in ProblemKind)
        assert all(wording(lang).text(f"group.trend.{trend}") for trend in Trend)


def test_namesakes_are_told_apart() -> None:
    twins = [replace(call(f"c{key}", agent=key), agent_name="王芳") for key in ("A1", "A2")]
    assert [cells[0].text for cells in team_of(world(twins)).agents.rows] == ["王芳（A1）", "王芳（A2）"]


def test_an_empty_period_says_what_to_do() -> None:
    view = team_of(world([], period=NOTHING))
    assert view.sentences == ("本期没有通话。请核对日期范围，或导入录音后再生成报告。",)
    assert not view.has_calls
    assert (view.weeks.rows, view.against.rows, view.coverage.rows) == ((), (), ())
    assert [card.note for card in view.cards[:3]] == ["没有得分", "没有可判定的通话", "没有通话"]
    assert view.weeks_chart is view.heat_map is view.problems_chart is view.ranking_chart is None


def test_without_a_pass_line_there_is_no_pass_rate() -> None:
    rubric = form({"id": "main", "criteria": form_of_three().criteria}).rubric
    open_ones = [replace(one, state="open") for one in calls("n", [MET] * 5)]
    view = team_of(world(open_ones), rubric=rubric)
    assert view.cards[1].value == "—"
    assert "评分表没有设及格线" in view.sentences[1]


def test_calls_without_team_names_are_on_the_page_of_everybody() -> None:
    view = team_of(world(calls("n", [MET] * 5, team="")))
    assert (view.teams.rows, view.teams.empty[:9]) == ((), "通话没有登记班组。")
    assert view.agents.rows[0][-1].text == "未分班组"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_views_are_plain_data(lang: str) -> None:
    for summaries in ([], month()[:1], month(), crowd()):
        json.dumps(asdict(team_of(world(summaries), lang=lang)))


def test_a_crowd_has_everybody_in_its_tables() -> None:
    view = team_of(world(crowd(each=6)), rubric=WIDE_FORM)
    assert (len(view.ranking.rows), len(view.agents.rows), len(view.problems.rows)) == (40, 40, 25)
    assert view.heat_map is not None
    assert len(view.heat_map.table.rows) == 40


HOSTILE = (
    "<script>alert(1)</script>",
    "{{7*7}}",
    '=HYPERLINK("http://x","y")',
    "../../etc/passwd",
    "abc\u202ecba",
    "长" * 10_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_as_text(text: str, tmp_path: Path) -> None:
    found = world(hostile(text))
    for team in (found.everybody, *found.teams.values()):
        page = write_team_page(team, found, form_of_three(), tmp_path, PageOptions(), Plan(5, 20))
        assert page.parent == tmp_path / "teams"
        html = page.read_text(encoding="utf-8")
        assert "<script" not in html
        assert "\u202e" not in html
        assert ("{{7*7}}" in html, "<bdi>49</bdi>" in html) == (text == "{{7*7}}", False)
    assert {path.parent for path in tmp_path.rglob("*.html")} == {tmp_path / "teams"}


def test_pages_of_both_languages_lead_to_each_other(tmp_path: Path) -> None:
    found = world(month())
    page = write_team_page(found.teams["一组"], found, form_of_three(), tmp_path, PageOptions(), NO_PLAN, "-2026-11")
    english = page.with_name(page.name.replace(".html", ".en.html"))
    assert page.name.endswith("-2026-11.html")
    assert f'href="{english.name}"' in page.read_text(encoding="utf-8")
    assert f'href="{page.name}"' in english.read_text(encoding="utf-8")
    assert "Common problems" in english.read_text(encoding="utf-8")
