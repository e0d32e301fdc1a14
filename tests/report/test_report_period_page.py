"""The weekly and monthly report: plan, pass rates, findings, changed verdicts and orders, counted by hand."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pytest

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.review import ReviewKind
from qa_pipeline.core.score import Reason
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.insight.period import ALWAYS, parse_period
from qa_pipeline.report.period.write_period import write_period_report
from qa_pipeline.report.values import FailureRow, PageOptions
from qa_pipeline.report.wording import wording
from tests.factories import form
from tests.report.agent_samples import MET, MISSED, call, calls, form_of_three, world
from tests.report.team_samples import (
    NO_PLAN,
    PLAN,
    appeal,
    complaining,
    confirmed,
    crowd,
    ended_as_complaint,
    hostile,
    month,
    period_of,
    review,
    row,
    suspected,
)
from tests.summary_samples import criterion_summary, summary

FAILED = FailureRow("坏文件.wav", "c9", "ingest", "undecodable", "文件损坏", datetime(2026, 11, 20, 9))


def _texts(view: object, name: str) -> list[list[str]]:
    return [[cell.text for cell in cells] for cells in getattr(view, name).rows]


def test_titles_name_the_period_and_when_it_is_due() -> None:
    november = period_of(world(month()))
    assert (november.title, november.due) == ("质检月报 · 2026年11月", "应于2026年12月5日前提交")
    week = period_of(world(month(), period=parse_period("2026-W45")))
    assert (week.heading, week.days) == ("质检周报", "2026年第45周（2026年11月2日–8日）")
    assert week.due == "应于11月6日周五提交"
    days = period_of(world(month(), period=parse_period("2026-11-01..2026-11-09")))
    assert (days.heading, days.due) == ("质检报告", "")
    everything = period_of(world(month(), period=ALWAYS))
    assert (everything.days, everything.previous, everything.running) == ("全部通话", "", "")


def test_a_period_that_is_not_over_says_so() -> None:
    found = world(month())  # the newest call is of 12 November
    assert period_of(found).running.startswith("数据截至2026年11月12日，本期未满")
    assert period_of(found, made_at=datetime(2026, 11, 30, 20)).running
    assert period_of(found, made_at=datetime(2026, 12, 1, 8)).running == ""
    over = world(month(), period=parse_period("2026-10"))
    assert period_of(over).running == ""
    # A wrong clock does not bring the report into the future.
    assert period_of(found, made_at=datetime(2026, 11, 10)).running.startswith("数据截至2026年11月10日")


def test_inspected_calls_stand_against_the_plan() -> None:
    view = period_of(world(month()))  # five a month
    assert _texts(view, "coverage_teams") == [
        ["一组", "2", "12", "12", "10", "10", "100%", "2"],
        ["二组", "1", "2", "2", "5", "2", "40%", "0"],
        ["合计", "3", "14", "14", "15", "12", "80%", "2"],
    ]
    assert row(view.coverage_agents, "坐席A03") == ["坐席A03", "二组", "2", "2", "5", "3", "40%"]
    assert _texts(view, "coverage_agents")[0][0] == "坐席A03"  # who lacks most stands first
    without = period_of(world(month()), plan=NO_PLAN)
    assert _texts(without, "coverage_teams")[-1] == ["合计", "3", "14", "14", "—", "—", "—", "—"]
    assert any("inspect_per_agent_month" in note for note in without.notes)
    assert not any("inspect_per_agent" in note for note in view.notes)


def test_pass_rates_are_told_with_interval_and_n() -> None:
    view = period_of(world(month()))
    first, second, everybody = view.passed.rows
    # 11 of 14; Wilson's interval of 11/14 is 52.4–92.4 %.
    assert [cell.text for cell in everybody[:4]] == ["合计", "14", "11", "79%"]
    assert everybody[3].note == "52–92% | 14 通"
    assert (first[3].text, second[3].text, second[3].note) == ("92%", "0%", "2 通")
    assert everybody[4].text == "100%"  # October: five of five
    assert view.pass_text.startswith("按评分表的及格线 60% 判定")


def test_without_a_pass_line_the_report_says_what_to_set() -> None:
    rubric = form({"id": "main", "criteria": form_of_three().criteria}).rubric
    view = period_of(world([replace(one, state="open") for one in calls("n", [MET] * 5)]), rubric=rubric)
    assert "没有及格率" in view.pass_text and any("pass_percent" in note for note in view.notes)
    assert _texts(view, "passed")[-1][1:4] == ["0", "—", "—"]
    assert not any(item.title.startswith("与") for item in view.todo)


def test_findings_are_grouped_by_section_red_lines_apart() -> None:
    view = period_of(world(month()))
    assert row(view.red_lines, "无虚假承诺") == ["无虚假承诺", "1", "0", "0", "7%"]
    # need 5, greet 2, promise 1 of 8 findings in 14 calls.
    assert _texts(view, "sections") == [
        ["开场", "2", "25%", "14.3", "0", "20"],
        ["需求", "5", "62%", "35.7", "0", "50"],
        ["收尾", "1", "12%", "7.1", "0", "10"],
    ]
    assert [cells[:4] for cells in _texts(view, "findings")] == [
        ["礼貌问候", "开场", "20", "14%"],
        ["了解需求", "需求", "50", "36%"],
        ["无虚假承诺", "收尾", "10", "7%"],
    ]
    assert view.findings.rows[2][0].note == "红线（含疑似）1 通"


def _changed() -> list[CallSummary]:
    """A02-now0 was missed by the rules and changed to met by a person."""
    verdicts = [criterion_summary("need", MET, section="needs", machine_verdict=MISSED)]
    return [*month(), summary("fixed", verdicts, agent="A02", day="2026-11-11")]


def test_disputed_and_changed_verdicts_are_listed_with_who_and_why() -> None:
    found = world(_changed())
    view = period_of(found, [review("fixed", "2026-11-12"), appeal("A01-now0"), appeal("A03-0", "2026-10-01")])
    given = row(view.reviews, "2026年11月12日 15:00")
    assert given[1:] == [
        "改判",
        "fixed",
        "坐席A02",
        "一组",
        "了解需求",
        "未达成 → 达成",
        "李质检",
        "客户已经说了需求",
        "—",
    ]
    assert row(view.reviews, "2026年11月6日 15:00")[1] == "申诉"
    # 14 calls of three verdicts and one of one.
    assert _texts(view, "review_teams")[-1] == ["合计", "1", "1", "1", "0", "43", "2%"]
    assert [cells[0] for cells in _texts(view, "review_teams")] == ["一组", "二组", "合计"]
    assert "坐席申诉 1 条（待处理 1 条），改判 1 项" in view.reviews_text
    assert any(item.title == "处理坐席申诉" for item in view.todo)


def test_without_reviews_there_is_a_sentence() -> None:
    view = period_of(world(month()))
    assert (view.reviews_text, view.reviews.rows, view.review_teams.rows) == ("本期没有申诉，也没有改判。", (), ())


def _orders() -> list[CallSummary]:
    sold = [replace(one, recording="a.mp3") for one in calls("ok", [MET] * 2)]
    bare = call("bare")
    cut = replace(call("cut"), recording="b.mp3", criteria=(), unscorable=(Reason("recording_truncated"),))
    cut = replace(cut, percent=None, state="none")
    refused = replace(call("no"), outcome=CallOutcome.REFUSAL)
    return [*sold, bare, cut, refused]


def test_orders_without_a_proper_recording_are_listed() -> None:
    view = period_of(world(_orders()))
    assert view.no_proof_text == "本期成交 4 单，其中 2 单没有能作凭证的录音。"
    found = {cells[0]: (cells[4], cells[5][:4]) for cells in _texts(view, "no_proof")}
    assert found == {"bare": ("没有录音文件", "请从录音"), "cut": ("录音不完整", "请从录音")}
    assert any(item.title == "补齐订单录音" for item in view.todo)


def test_transcripts_without_recordings_prove_nothing_either_way() -> None:
    view = period_of(world(calls("n", [MET] * 3)))
    assert "3 单成交有没有录音无法核对" in view.no_proof_text
    assert "calls.csv" not in view.no_proof_text and "calls.csv" in view.notes[-1]
    assert view.no_proof.rows == ()
    refused = [replace(one, outcome=CallOutcome.REFUSAL) for one in calls("n", [MET])]
    assert period_of(world(refused)).no_proof_text == "本期没有登记为成交的通话。"


def test_failures_of_the_period_are_counted() -> None:
    late, undated = replace(FAILED, at=datetime(2026, 12, 1)), replace(FAILED, at=None, recording="x.wav")
    view = period_of(world(month()), failures=[FAILED, late, undated])
    assert [cells[0] for cells in _texts(view, "failures")] == ["坏文件.wav", "x.wav"]
    assert view.failures_text.startswith("2 个录音没有处理成功")
    assert period_of(world(month())).failures.empty == "没有处理失败的录音。"


def test_red_lines_and_complaints_are_listed_with_their_words() -> None:
    ended = ended_as_complaint(call("ended", day="2026-11-03"))
    view = period_of(world([*month(), complaining(call("angry", day="2026-11-20")), ended]))
    found = _texts(view, "alerts")
    assert [(cells[0], cells[1], cells[7]) for cells in found] == [
        ("疑似红线（待人工确认）", "A01-red", "我保证您一定赚钱。"),
        ("投诉结案", "ended", "—"),
        ("客户不满或投诉（待确认）", "angry", "我要投诉你们"),
    ]
    assert view.alerts_text == (
        "疑似红线 1 通（待人工确认）；投诉结案 1 通、客户不满或投诉 1 通（待确认）。先看原文、先确认，再谈。"
    )
    assert view.alerts_text in view.sentences


def test_a_red_line_is_confirmed_by_the_last_verdict_of_a_person() -> None:
    looked_at = [confirmed(one) if one.call_id == "A01-red" else one for one in month()]
    view = period_of(world([*looked_at, suspected("other")]))
    kinds = {cells[1]: cells[0] for cells in _texts(view, "alerts")}
    assert kinds == {"A01-red": "红线（已确认）", "other": "疑似红线（待人工确认）"}
    assert row(view.red_lines, "无虚假承诺")[1:3] == ["2", "1"]
    assert "红线 1 通（已确认）、疑似红线 1 通（待人工确认）" in view.alerts_text
    # A remark or an appeal confirms nothing.
    for told in ([review("A01-red", kind=ReviewKind.COMMENT, criterion="promise")], [appeal("A01-red")]):
        assert "已确认" not in period_of(world([*month(), suspected("other")]), told).alerts_text


def test_the_report_links_only_to_what_is_there(tmp_path: Path) -> None:
    poor = [call(f"p{n}", MISSED, greet=MISSED, agent="A04") for n in range(5)]
    view = period_of(world([*month(), *poor]), complete=False)
    assert view.todo[2].links == ()
    assert {cell.href for table in view.tables for cells in table.rows for cell in cells} == {""}
    found = world([*month(), *poor])
    for complete in (False, True):
        page = write_period_report(found, form_of_three(), [], [], tmp_path, PageOptions(), PLAN, complete)
        html = page.read_text(encoding="utf-8")
        assert 'href=""' not in html
        assert ("../coaching/A04.html" in html, "../teams/" in html) == (complete, complete)


def test_the_report_of_another_period_links_to_pages_of_that_period(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    for name in ("A01.html", "A01.2026-11.html"):
        (tmp_path / "agents" / name).touch()
    made = (world(month()), form_of_three(), [], [], tmp_path, PageOptions(), PLAN, False)
    marked = write_period_report(*made, ".2026-11").read_text(encoding="utf-8")
    assert "../agents/A01.2026-11.html" in marked and "../agents/A01.html" not in marked
    assert "../agents/A01.html" in write_period_report(*made).read_text(encoding="utf-8")


def test_what_to_do_next_follows_from_the_figures() -> None:
    poor = [call(f"p{n}", MISSED, greet=MISSED, agent="A04", team="二组") for n in range(5)]
    view = period_of(world([*month(), *poor]))
    titles = [item.title for item in view.todo]
    assert titles == [
        "先看疑似红线和投诉通话的原文",
        "全员一起练「了解需求」",
        "与 1 名平均分低于及格线的坐席面谈（得分通数不少于 5）",
        "补齐抽检",
    ]
    assert view.todo[1].clip is not None
    assert view.todo[2].links == (("坐席A04", "../coaching/A04.html"),)
    assert view.todo[2].text.startswith("坐席A04 33.3 分")
    assert view.todo[3].text == "还差：坐席A03（3 通）。"


def test_agents_with_few_calls_are_not_called_in() -> None:
    poor = [call(f"p{n}", MISSED, greet=MISSED) for n in range(4)]
    assert not any("低于及格线" in item.title for item in period_of(world(poor)).todo)


def test_calls_without_a_team_are_in_the_sum_alone() -> None:
    view = period_of(world([*month(), *calls("x", [MET] * 2, agent="A09", team="")]))
    assert view.teams_note == "另有 2 通没有登记班组，只计入合计。"
    assert _texts(view, "coverage_teams")[-1][2] == "16"
    alone = period_of(world(calls("x", [MET] * 2, team="")))
    assert (alone.teams_note, len(alone.passed.rows)) == ("", 1)


def test_an_empty_period_has_no_figures_and_no_errors() -> None:
    view = period_of(world([], period=parse_period("2026-W50")))
    assert view.sentences == ("本期没有通话。请核对日期范围，或导入录音后再生成报告。",)
    assert (view.has_calls, view.todo, view.sections_chart) == (False, (), None)
    assert _texts(view, "coverage_teams") == [["合计", "0", "0", "0", "0", "0", "—", "0"]]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("summaries", [[], month()[:1], _changed(), crowd()], ids=["none", "one", "month", "crowd"])
def test_views_are_plain_data_and_tables_are_whole(summaries: list[CallSummary], lang: str) -> None:
    view = period_of(world(summaries), [review("fixed"), appeal("A01-now0")], [FAILED], lang)
    json.dumps(asdict(view))
    assert len({table.key for table in view.tables}) == len(view.tables) == 11
    for table in view.tables:
        assert all(len(cells) == len(table.columns) for cells in table.rows)
        assert table.rows or table.empty


def test_both_languages_have_every_title() -> None:
    for lang in ("zh", "en"):
        assert all(wording(lang).text(f"period.title.{kind}") for kind in ("week", "month", "range", "all"))


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "../../x", "a\u202eb", "长" * 10_000])
def test_hostile_text_is_shown_as_text(text: str, tmp_path: Path) -> None:
    found = world(hostile(text))
    told = [review("red", author=text, text=text), appeal("good")]
    failed = [FailureRow(text, text, text, text, text)]
    page = write_period_report(found, form_of_three(), told, failed, tmp_path, PageOptions(), PLAN)
    html = page.read_text(encoding="utf-8")
    assert page == tmp_path / "periods" / "2026-11.html"
    assert "<script" not in html
    assert "\u202e" not in html
    assert "<bdi>49</bdi>" not in html
    assert 'href="2026-11.en.html"' in html
