"""The agent page below its summary: charts, tables, agreed actions, links and hostile text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, TalkSummary
from qa_pipeline.insight.period import ALWAYS, parse_period
from qa_pipeline.report.agent.agent_view import SHOWN_CALLS, AgentView
from qa_pipeline.report.agent.write_agent import write_agent_page
from qa_pipeline.report.names import page_name
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import LANGUAGES
from tests.report.agent_samples import (
    MET,
    MISSED,
    NOVEMBER,
    TALK,
    action,
    agent_of,
    call,
    calls,
    form_of_three,
    two_months,
    view_of,
    world,
)

OPTIONS = PageOptions(version="0.1.0")


def rude() -> list[CallSummary]:
    """Eight calls of a colleague who greets nobody: the others are above the team in it."""
    return [call(f"rude{number}", greet=MISSED, agent="A04") for number in range(8)]


def html_of(summaries: list[CallSummary], out: Path, lang: str = "zh", key: str = "A01", **more: object) -> str:
    found = world(summaries, **more)  # type: ignore[arg-type]
    page = write_agent_page(agent_of(found, key), found, form_of_three(), out, OPTIONS, complete=True)
    return page.with_suffix(".en.html" if lang == "en" else ".html").read_text(encoding="utf-8")


def words_of(html: str) -> str:
    return re.sub(r"<[^<>]+>", "", html)


# --- charts and tables ----------------------------------------------------------------------------------------------


def test_the_growth_table_compares_sections() -> None:
    rows = {row.title: row for row in view_of(world(two_months())).sections}
    needs = rows["需求"]
    assert (needs.now, needs.before, needs.change, needs.direction) == ("25%", "60%", "−35", "down")
    assert (needs.team, needs.n) == ("66%", "12 / 10 / 32")
    assert rows["开场"].direction == "flat"


def test_too_few_calls_have_no_change_by_section() -> None:
    view = view_of(world(calls("a", [MET] * 9) + calls("old", [MISSED] * 3, "2026-10-07")))
    assert {(row.change, row.direction) for row in view.sections} == {("—", "few")}


def test_charts_are_drawn_for_weeks_and_sections() -> None:
    view = view_of(world(two_months()))
    assert view.trend is not None and "11月2日" in {row[0] for row in view.trend.table.rows}
    assert [chart.kind for chart in view.ability] == ["radar", "ability"]
    assert view.ability[0].table.columns[1:] == ("本期", "上期", "班组")


def test_criteria_without_losses_are_folded_away(tmp_path: Path) -> None:
    view = view_of(world(two_months()))
    assert [(row.title, row.cost, row.now.text, row.before.text) for row in view.problems] == [
        ("了解需求", "7.5", "75%", "40%")
    ]
    assert [row.title for row in view.quiet] == ["礼貌问候", "无虚假承诺"]
    assert "没有丢分的评分项（2 项）" in html_of(two_months(), tmp_path)


def test_a_behaviour_that_surely_changed_is_marked() -> None:
    view = view_of(world(calls("old", [MET] * 10, "2026-10-07") + calls("now", [MISSED] * 8 + [MET] * 2)))
    assert (view.problems[0].change, view.problems[0].change_text) == ("worse", "有退步")


def test_talk_is_compared_within_the_language_of_most_calls() -> None:
    english = replace(call("en", language="en"), talk=replace(TALK, units=10))
    view = view_of(world([*two_months(), english]))
    assert view.talk is not None and view.talk.language == "中文"
    rows = {row.label: row for row in view.talk.rows}
    assert (rows["语速"].now.text, rows["语速"].now.n) == ("240 字/分", "12 通")
    assert (rows["每通提问"].now.text, rows["每通提问"].team.n) == ("4 次", "32 通")
    assert (rows["坐席说话占比"].now.text, rows["坐席说话占比"].now.n) == ("—", "")
    assert view.talk.unknown


def test_calls_without_talk_say_so(tmp_path: Path) -> None:
    silent = [replace(one, talk=None) for one in two_months()]
    assert view_of(world(silent)).talk is None
    assert "本期没有可以统计的语音数据" in html_of(silent, tmp_path)


def test_known_shares_are_percentages() -> None:
    talk = TalkSummary(100.0, 30.0, 20.0, interruptions=3)
    view = view_of(world([replace(call(f"c{i}"), talk=talk) for i in range(4)]))
    assert view.talk is not None
    rows = {row.label: row.now.text for row in view.talk.rows}
    assert (rows["坐席说话占比"], rows["每通打断客户"]) == ("60%", "3 次")


@pytest.mark.parametrize("count", [0, 1, SHOWN_CALLS, 500])
def test_any_number_of_calls(count: int, tmp_path: Path) -> None:
    summaries = calls("c", [MET] * count)
    view = view_of(world(summaries))
    assert len(view.calls) == min(count, SHOWN_CALLS)
    assert len(view.more_calls) == max(0, count - SHOWN_CALLS)
    html = html_of(summaries, tmp_path)
    assert html.count('<th scope="row" role="rowheader" class="num c-started">2026') == count
    assert ("其余" in words_of(html)) == (count > SHOWN_CALLS)


def test_a_call_row() -> None:
    found = world([call("c1", MISSED, promise=MISSED)])
    (row,) = view_of(found).calls
    assert (row.started, row.duration, row.outcome) == ("2026年11月4日 10:00", "2:00", "成交")
    assert row.state_text == "疑似红线 · 未通过"
    assert (row.state, row.red_lines, row.lost) == ("redline", ("无虚假承诺",), "了解需求、无虚假承诺")
    assert row.score == "33.3"


# --- agreed actions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "trend", "text"),
    [
        ([MISSED] * 9 + [MET], [MET] * 9 + [MISSED], "better", "有进步"),
        ([MET] * 9 + [MISSED], [MISSED] * 9 + [MET], "worse", "有退步"),
        ([MET, MISSED] * 4, [MET, MISSED] * 4, "unclear", "差异在正常波动范围内"),
        ([MISSED] * 9, [MET] * 3, "too_few", "约定后只有 3 通，还不能下结论"),
        ([MISSED] * 2, [MET] * 9, "too_few", "约定前只有 2 通，还不能下结论"),
        ([MISSED] * 9, [], "too_few", "约定后还没有相关通话"),
    ],
)
def test_whether_a_behaviour_changed_since(before: list[Verdict], after: list[Verdict], trend: str, text: str) -> None:
    found = world(calls("old", before, "2026-10-20") + calls("now", after), [action()])
    (shown,) = view_of(found).actions
    assert (shown.trend, shown.text, shown.criterion) == (trend, text, "了解需求")
    assert f"（{len(before)} 通）" in shown.before
    assert f"（{len(after)} 通）" in shown.after


def test_an_action_shows_its_dates_and_the_newest_first() -> None:
    due = action("2026-11-02", due_on=date(2026, 11, 3))
    later = action("2026-11-03", None, due_on=date(2026, 12, 1))
    newest, oldest = view_of(world(two_months(), [due, later])).actions
    assert (oldest.agreed_on, oldest.due, oldest.leader) == (
        "2026年11月2日",
        "目标日期 2026年11月3日（已到期）",
        "周组长",
    )
    assert (newest.due, newest.trend) == ("目标日期 2026年12月1日", "none")
    assert newest.text == "没有对应的评分项，约定后 12 通，请面谈时回顾"


def test_actions_of_others_are_left_out() -> None:
    other = replace(action(), agent="A02")
    elsewhere = replace(action(), rubric_id="another")
    assert view_of(world(two_months(), [other, elsewhere])).actions == ()


def test_without_actions_the_page_says_how_to_record_one(tmp_path: Path) -> None:
    html = html_of(two_months(), tmp_path)
    assert "还没有记录改进约定" in html
    assert "qa-pipeline sheets 文件名.xlsx" in html.split('id="h-made"')[1], "commands stand in the notes at the end"
    assert 'href="../coaching/A01.xlsx"' in html


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_agent_without_scored_calls_is_told_what_to_do(lang: str, tmp_path: Path) -> None:
    nothing = [replace(call("c1"), criteria=(), sections=(), percent=None, state="none", talk=None)]
    html = html_of(nothing, tmp_path, lang)
    assert ("请先导入通话并评分" if lang == "zh" else "Import and score calls first") in html
    assert "None" not in words_of(html)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_agent_without_any_call(lang: str, tmp_path: Path) -> None:
    html = html_of(two_months(), tmp_path, lang, key="A99")
    assert ("本期没有通话。" if lang == "zh" else "No calls in this period.") in html


def test_links_lead_to_pages_that_exist(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "A01-now0.html").touch()
    html = html_of(two_months(), tmp_path)
    linked = set(re.findall(r'href="(\.\./calls/[^"]+)"', html))
    assert linked == {"../calls/A01-now0.html"}, "the weakest passage is of another call, which has no page"
    (tmp_path / "calls" / "A01-now8.html").touch()
    assert "../calls/A01-now8.html#t=12.0" in html_of(two_months(), tmp_path)
    assert "../calls/A01-now8.en.html#t=12.0" in html_of(two_months(), tmp_path, "en")


def test_the_ends_of_all_links_in_the_page_exist(tmp_path: Path) -> None:
    html = html_of([*two_months(), *rude(), call("bad", promise=MISSED)], tmp_path)
    ids = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids
    assert {"good-1", "work-1", "red-1"} <= ids


def test_both_languages_point_at_each_other(tmp_path: Path) -> None:
    found = world(two_months())
    page = write_agent_page(agent_of(found), found, form_of_three(), tmp_path, OPTIONS, "-2026-11")
    assert page == tmp_path / "agents" / "A01-2026-11.html"
    assert 'href="A01-2026-11.en.html"' in page.read_text(encoding="utf-8")
    english = page.with_name("A01-2026-11.en.html").read_text(encoding="utf-8")
    assert 'href="A01-2026-11.html"' in english
    assert "Asks what is needed" in english and "costs 7.5 points a call" in english
    assert not re.search(r"没做到|班组其他|平均", english)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    summaries = two_months()
    assert html_of(summaries, tmp_path / "a") == html_of(summaries[::-1], tmp_path / "b")


HOSTILE = [
    "<script>alert(1)</script>",
    "{{7*7}}",
    '=HYPERLINK("x")',
    "../../etc/passwd",
    "\u202egnp.exe",
    "长" * 10_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str, tmp_path: Path) -> None:
    hostile = [
        replace(one, agent_name=text, team=text, call_id=f"{text}{one.call_id}") for one in calls("x", [MISSED] * 6)
    ]
    html = html_of(hostile, tmp_path, actions=[replace(action(), action=text, leader=text)])
    assert "<script" not in html.replace('<script type="application/json"', "")
    assert "\u202e" not in html
    assert "49" not in words_of(html) or "7*7" in html
    (page,) = (path for path in tmp_path.rglob("*.html") if ".en." not in path.name)
    assert page.parent == tmp_path / "agents"


def test_a_hostile_key_stays_in_the_folder(tmp_path: Path) -> None:
    found = world(calls("x", [MET] * 3, agent="../../x"))
    page = write_agent_page(found.agents["../../x"], found, form_of_three(), tmp_path, OPTIONS)
    assert page == tmp_path / "agents" / f"{page_name('../../x')}.html"


def test_phone_numbers_are_masked(tmp_path: Path) -> None:
    secret = [replace(one, agent_name="小林13812345678") for one in calls("x", [MET] * 3)]
    assert "13812345678" not in html_of(secret, tmp_path)


def test_all_calls_have_no_period_before_them(tmp_path: Path) -> None:
    undated = replace(call("undated"), started_at=None)
    found = world([*two_months(), undated], period=ALWAYS)
    view = view_of(found)
    assert (view.head.period, view.head.previous) == ("全部通话", "")
    assert view.head.counts.startswith("本期 23 通")
    assert view.trend is not None and len(view.trend.table.rows) == 5
    assert len(view.made) == 5, "a call without a time is one of all"


def test_calls_without_a_time_are_left_out_and_counted() -> None:
    view = view_of(world([*two_months(), replace(call("undated"), started_at=None)]))
    assert view.head.counts.startswith("本期 12 通")
    assert view.made[-1] == "另有 1 通没有通话时间，未计入任何周期。"


@pytest.mark.parametrize(
    ("period", "title"), [("2026-W45", "2026年第45周"), ("2026-11-01..2026-11-10", "2026年11月1日–10日")]
)
def test_other_periods(period: str, title: str) -> None:
    view: AgentView = view_of(world(two_months(), period=parse_period(period)))
    assert view.head.period == title
    assert view.head.counts.startswith("本期 12 通")


def test_what_made_it_is_told() -> None:
    made = view_of(world(two_months(), period=NOVEMBER)).made
    assert made[0] == "评分表：电销评分表，版本 1.0。"
    assert "不足 5 通不下结论" in made[2]


def test_an_unknown_outcome_is_a_dash() -> None:
    row = view_of(world([replace(call("c1"), outcome=None)])).calls[0]
    assert row.outcome == "—"
    assert {view_of(world([replace(call("c1"), outcome=o)])).calls[0].outcome for o in CallOutcome} >= {"投诉", "拒绝"}
