"""The list of calls: order, totals with their n, failures in words, empty and hostile input."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, CallOutcome, Conversation
from qa_pipeline.core.score import Evidence, Outcome, Reason, Verdict
from qa_pipeline.core.summary import CallSummary, CriterionSummary
from qa_pipeline.report import (
    CallResult,
    FailureRow,
    IndexRow,
    PageOptions,
    index_row,
    write_index,
    write_static,
)
from qa_pipeline.report.index.index_data import COLUMNS
from qa_pipeline.report.index.index_view import OPEN_FAILURES, PAGE_ROWS, index_view
from qa_pipeline.report.wording import number, wording
from tests.report.index_samples import row_of_result
from tests.report.samples import MADE, PHONE, make_call, make_card, make_dealings, make_result, make_rubric
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def _row(call_id: str, percent: float | None, state: str = "passed", red: bool = False) -> IndexRow:
    row = row_of_result(make_result(call_id, red_line=red))
    return replace(row, percent=percent, state=state)


def _write(rows: list[IndexRow], failures: list[FailureRow], out: Path) -> tuple[str, str]:
    path = write_index(rows, failures, out, MADE)
    return path.read_text("utf-8"), (out / "index.en.html").read_text("utf-8")


def test_a_row_holds_what_the_list_shows() -> None:
    row = row_of_result(make_result("call-002", red_line=True))
    assert (row.agent, row.team, row.page, row.state) == ("张三", "北京一组", "call-002", "redline")
    assert (row.points, row.points_possible, row.percent) == (0.0, 70.0, 0.0)
    assert (row.scored, row.criteria, row.not_scorable) == (5, 7, 1)
    assert row.red_lines == (("不作虚假承诺", "No false promises"),)
    assert row.recording == "138****5678_01.wav"
    assert row.duration_s == 38.0


def test_a_row_counts_the_objections_that_were_left(tmp_path: Path) -> None:
    rows = [row_of_result(make_result("call-001")), row_of_result(make_dealings("call-002"))]
    assert [row.unresolved for row in rows] == [None, 1]
    assert {view.call_id: view.unresolved for view in index_view(rows, [], ZH, MADE).rows} == {
        "call-001": "—",
        "call-002": "1",
    }
    zh, en = _write(rows, [], tmp_path)
    assert "未化解异议" in Page(zh).text and "Objections left" in Page(en).text


def test_a_row_without_a_scorecard_or_metadata() -> None:
    row = row_of_result(CallResult(Call("x", Conversation("zh", ()))))
    assert (row.state, row.percent, row.points, row.agent, row.duration_s) == (
        "unscored",
        None,
        None,
        "",
        None,
    )
    view = index_view([row], [], ZH, MADE).rows[0]
    assert (view.agent, view.percent, view.started, view.duration, view.scored) == ("—",) * 5
    assert (view.percent_key, view.points, view.review) == (None, "", "")


def test_folders_of_a_recording_are_not_shown() -> None:
    """They hold names of people more often than not."""
    call = make_call()
    assert call.recording
    for path in ("/data/李四/a.wav", "C:\\data\\李四\\a.wav"):
        row = row_of_result(make_result(call=replace(call, recording=replace(call.recording, path=path))))
        assert row.recording == "a.wav"


def test_red_lines_come_first_then_low_scores_then_no_score() -> None:
    rows = [
        _row("a", 90.0),
        _row("b", None, "none"),
        _row("c", 40.0, "failed"),
        _row("d", 0.0, "redline", True),
    ]
    assert [row.call_id for row in index_view(rows, [], ZH, MADE).rows] == ["d", "c", "a", "b"]


def test_totals_divide_last_and_show_n() -> None:
    rows = [
        _row("a", 90.0),
        _row("b", None, "none"),
        _row("c", 41.0, "failed"),
        _row("d", 0.0, "redline", True),
    ]
    failures = [FailureRow("x.wav", "x", "ingest", "corrupt", "damaged")]
    totals = [(t.label, t.value, t.note, t.warn) for t in index_view(rows, failures, ZH, MADE).totals]
    assert totals == [
        ("通话", "4", "", False),
        ("平均得分 %", "43.7", "3 通有得分", False),  # (90 + 41 + 0) / 3
        ("通过", "1", "/ 3 通", False),
        ("红线", "1", "", True),
        ("无法评分", "1", "", False),
        ("需人工复核", "2", "", False),  # the red line, and what could not be scored for no known reason
        ("处理失败", "1", "", True),
    ]


def test_a_card_of_which_nothing_could_be_scored_is_not_zero() -> None:
    nothing = Outcome("greet", "start", Verdict.NOT_SCORABLE, Reason("no_speech"), Evidence(), None, 10.0)
    view = index_view([row_of_result(make_result(scorecard=make_card(outcomes=(nothing,))))], [], ZH, MADE)
    assert (view.rows[0].percent, view.rows[0].state_text) == ("—", "无法评分")
    assert view.totals[1].value == "—"


def test_failures_are_worded_and_unknown_ones_keep_their_reason() -> None:
    failures = [
        FailureRow("/d/x.wav", "x", "ingest", "corrupt", "damaged"),
        FailureRow(f"{PHONE}.wav", PHONE, "sing", "out_of_tune", f"cannot sing {PHONE}", MADE.made_at),
    ]
    first, second = index_view([], failures, ZH, MADE).failures
    assert (first.recording, first.step, first.reason) == ("x.wav", "读取录音", "录音文件已损坏，无法解码")
    assert (second.recording, second.step, second.reason) == (
        "138****5678.wav",
        "sing",
        "cannot sing 138****5678",
    )
    assert second.at == "2026年11月4日 9:05"
    assert index_view([], failures, EN, MADE).failures[0].step == "Reading"


def test_links_stay_in_the_readers_language() -> None:
    row = row_of_result(make_result())
    assert index_view([row], [], ZH, MADE).rows[0].href == "calls/call-001.html"
    assert index_view([row], [], EN, MADE).rows[0].href == "calls/call-001.en.html"
    assert index_view([row], [], EN, MADE).other_page == "index.html"


def test_the_view_is_plain_data() -> None:
    data = json.loads(json.dumps(asdict(index_view([row_of_result(make_result())], [], EN, MADE))))
    assert data["rows"][0]["outcome"] == "Follow-up"
    assert data["rows"][0]["started"] == "3 Nov 2026, 14:05"


def test_the_title_can_be_given() -> None:
    assert index_view([], [], ZH, PageOptions(title="十一月")).title == "十一月"
    assert index_view([], [], EN, PageOptions()).title == "Call quality and coaching"


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    zh, en = _write([], [], tmp_path)
    assert "还没有通话" in zh
    assert "No calls yet" in en
    assert not Page(zh).all("table")


def _summary(call_id: str = "c1", **changes: object) -> CallSummary:
    criteria = tuple(
        CriterionSummary(o.criterion_id, o.section_id, o.verdict, o.points, o.points_limit, o.kind, o.fatal)
        for o in make_card(red_line=True).outcomes
    )
    known = CallSummary(
        call_id, "r", "1", "A07", "张三", "北京一组", datetime(2026, 11, 3, 14, 5), None, CallOutcome.DEAL,
        duration_s=75.4, recording=f"{PHONE}.wav", state="redline", percent=0.0, points=0.0, points_possible=70.0,
        criteria=criteria, notices=("mono", "mono"), unresolved=2,
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


def test_a_row_is_made_of_a_summary() -> None:
    row = index_row(_summary(), make_rubric(), "agents/A07")
    assert (row.agent, row.team, row.page, row.state) == ("张三", "北京一组", "c1", "redline")
    assert (row.scored, row.criteria, row.not_scorable, row.unresolved) == (5, 7, 1, 2)
    assert row.red_lines == (("不作虚假承诺", "No false promises"),)
    assert (row.recording, row.notices) == ("138****5678.wav", ("mono",))
    assert index_row(_summary()).red_lines[0][0] == row_ids(_summary())[0]  # without a rubric
    assert PHONE not in repr(index_row(_summary(PHONE, agent_name=PHONE, agent_id=PHONE, team=PHONE)))


def row_ids(summary: CallSummary) -> list[str]:
    return [criterion.criterion_id for criterion in summary.red_lines]


def test_a_summary_and_its_call_give_the_same_row() -> None:
    row = row_of_result(make_result("c1"))
    same = _summary(
        criteria=tuple(replace(c, fatal=None, points=None) for c in _summary().criteria), state=row.state,
        percent=row.percent, points=row.points, points_possible=row.points_possible, recording="a/b.wav",
        notices=row.notices, unresolved=None, duration_s=row.duration_s, outcome=row.outcome,
    )  # fmt: skip
    assert replace(index_row(same, make_rubric()), scored=row.scored, not_scorable=row.not_scorable,
                   recording=row.recording) == row  # fmt: skip


def test_an_agents_name_leads_to_the_page_of_the_agent_where_there_is_one(tmp_path: Path) -> None:
    rows = [index_row(_summary("c1"), None, "agents/A07"), index_row(_summary("c2", agent_id="A08"))]
    zh, en = _write(rows, [], tmp_path)
    assert [link["href"] for link in Page(zh).all("a") if "agents" in (link["href"] or "")] == ["agents/A07.html"]
    assert [link["href"] for link in Page(en).all("a") if "agents" in (link["href"] or "")] == ["agents/A07.en.html"]
    assert json.loads(Page(zh).data)["agents"] == [
        ["A07", "张三 (A07)", "agents/A07.html", "A07"],
        ["A08", "张三 (A08)", "", "A08"],
    ]


def test_agents_are_told_apart_only_where_they_share_a_name() -> None:
    rows = [index_row(_summary("c1")), index_row(_summary("c2", agent_id="", agent_name="李雷"))]
    assert [row.agent for row in index_view(rows, [], ZH, MADE).rows] == ["张三", "李雷"]


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),  # a red line
        ({"criteria": (), "state": "passed"}, False),
        ({"criteria": (), "state": "few"}, True),
        ({"criteria": (), "state": "none"}, True),
        ({"criteria": (), "state": "none", "unscorable": (Reason("low_confidence", {"percent": 4}),)}, True),
        ({"criteria": (), "state": "none", "unscorable": (Reason("recording_too_short", {}),)}, False),
        ({"criteria": (), "state": "passed", "notices": ("roles_conflict",)}, True),
        ({"criteria": (), "state": "unscored"}, False),
    ],
)
def test_which_calls_a_person_must_look_at(changes: dict[str, Any], needed: bool) -> None:
    row = index_row(_summary(**changes))
    assert row.needs_human is needed
    assert bool(index_view([row], [], ZH, MADE).rows[0].review) is needed


def test_the_head_names_the_rubric_and_leads_to_overviews(tmp_path: Path) -> None:
    made = write_index([], [], tmp_path, MADE, make_rubric(), lambda words: [(f"{words.lang}<b>", "teams/x.html")])
    for path, title, label in ((made, "评分表：", "zh<b>"), (tmp_path / "index.en.html", "Rubric: ", "en<b>")):
        page = Page(path.read_text("utf-8"))
        assert title in page.text and f"{make_rubric().version}" in page.text
        assert label in page.text
        assert "teams/x.html" in [link["href"] for link in page.all("a")]
    assert index_view([], [], ZH, MADE).rubric == ""


def test_data_writes_each_text_once_and_rows_by_their_place() -> None:
    rows = [index_row(_summary(f"c{i}"), make_rubric()) for i in range(3)]
    data = json.loads(json.dumps(index_view(rows, [], EN, MADE).data))
    assert (data["teams"], data["days"]) == ([["北京一组"]], [["2026-11-03", "3 Nov 2026"]])
    assert (data["outcomes"], data["red"]) == ([["deal", "Deal"]], [["不作虚假承诺", "No false promises"]])
    row = dict(zip(data["columns"], data["rows"][1], strict=True))
    assert row == {
        "id": "c1", "page": None, "recording": "138****5678.wav", "agent": 0, "team": 0, "day": 0, "second": 50700,
        "length": 75, "outcome": 0, "state": 0, "percent": 0.0, "points": "0 / 70", "red": [0], "scored": 5,
        "criteria": 7, "unresolved": 2, "notices": [0], "reasons": [], "human": 1,
    }  # fmt: skip


def test_what_is_unknown_is_null_in_the_data() -> None:
    data = index_view([row_of_result(CallResult(Call("x", Conversation("zh", ()))))], [], ZH, MADE).data
    row = dict(zip(COLUMNS, data["rows"][0], strict=True))  # type: ignore[index]
    names = ("recording", "agent", "team", "day", "second", "length", "outcome", "percent", "points", "unresolved")
    assert [row[name] for name in names] == [None] * 10


def test_only_the_first_rows_stand_in_the_page_and_all_in_its_data(tmp_path: Path) -> None:
    zh, _ = _write([_row(f"c{i:04d}", 90.0) for i in range(PAGE_ROWS + 5)], [], tmp_path)
    page = Page(zh)
    assert len(page.all("tr")) == PAGE_ROWS + 1
    assert len(json.loads(page.data)["rows"]) == PAGE_ROWS + 5
    assert f"只列出前 {PAGE_ROWS} 通" in page.text  # for readers without scripts


def test_many_failures_are_folded(tmp_path: Path) -> None:
    failures = [FailureRow(f"{i}.wav", f"c{i}", "ingest", "corrupt", "damaged") for i in range(1000)]
    zh, en = _write([], failures, tmp_path)
    assert "还有 950 条" in Page(zh).text and "950 more" in Page(en).text
    assert len(Page(zh).all("li")) == 1000
    assert not Page(_write([], failures[:OPEN_FAILURES], tmp_path)[0]).all("details")


def test_choices_are_offered_where_calls_differ() -> None:
    rows = [
        index_row(_summary("c1"), make_rubric()),
        index_row(_summary("c2", criteria=(), state="none", team="上海二组", unscorable=(Reason("no_speech"),))),
    ]
    found = {choice.name: choice.options for choice in index_view(rows, [], EN, MADE).choices}
    assert found == {
        "team": (("上海二组", "上海二组"), ("北京一组", "北京一组")),
        "state": (("redline", "Red line · not passed"), ("none", "Not scorable")),
        "red": (("*", "With a red line"), ("-", "Without red lines"), ("不作虚假承诺", "No false promises")),
        "why": (("no_speech", "No speech"),),
    }
    assert [choice.name for choice in index_view(rows[:1], [], EN, MADE).choices] == ["red"]


def test_periods_are_counted_from_the_newest_call() -> None:
    days = (datetime(2026, 3, 3, 9), datetime(2026, 1, 5), None)
    rows = [index_row(_summary(f"c{i}", started_at=day)) for i, day in enumerate(days)]
    assert [(p.text, p.first, p.last, p.days) for p in index_view(rows, [], ZH, MADE).periods] == [
        ("本周", "2026-03-02", "2026-03-08", "3月2日–8日"),
        ("上周", "2026-02-23", "2026-03-01", "2月23日–3月1日"),
        ("本月", "2026-03-01", "2026-03-31", "3月1日–31日"),
        ("上月", "2026-02-01", "2026-02-28", "2月1日–28日"),
    ]


@pytest.mark.parametrize("moment", [None, datetime(9999, 12, 31, 23), datetime(1, 1, 1)])
def test_without_a_day_that_can_be_counted_from_there_are_no_periods(moment: datetime | None) -> None:
    assert index_view([index_row(_summary(started_at=moment))], [], ZH, MADE).periods == ()


def test_long_names_are_cut_where_they_would_fill_the_row() -> None:
    row = index_row(_summary("x" * 10_000, agent_name="长" * 10_000, team="W" * 81, recording="a.wav"))
    view = index_view([row], [], ZH, MADE).rows[0]
    assert {len(text) for text in (view.call_id, view.agent, view.team)} == {80}
    assert view.agent.endswith("…")
    assert index_view([row], [], ZH, MADE).data["rows"][0][0] == view.call_id  # type: ignore[index]


@given(st.floats(-300, 300) | st.integers(-1200, 1200).map(lambda n: n / 4))
def test_scores_are_rounded_before_they_part(percent: float) -> None:
    """Four decimals: what the page and its script show comes from one number."""
    row = _row("a", percent)
    view = index_view([row], [], ZH, MADE)
    assert view.rows[0].percent_key == view.data["rows"][0][COLUMNS.index("percent")]  # type: ignore[index]
    assert view.rows[0].percent == number(round(percent, 4))


def test_rows_may_come_from_a_generator(tmp_path: Path) -> None:
    write_index((row_of_result(make_result(f"c{i}")) for i in range(3)), [], tmp_path, MADE)
    for name in ("index.html", "index.en.html"):
        assert len(Page((tmp_path / name).read_text("utf-8")).all("tr")) == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_rows_are_shown_and_never_act(text: str, tmp_path: Path) -> None:
    call = make_call(text if text.strip() else "x")
    assert call.recording
    call = replace(
        call,
        metadata=replace(call.metadata, agent_name=text, team=text),
        recording=replace(call.recording, path=text),
    )
    failure = FailureRow(text, text, text, text, text)
    for html in _write([row_of_result(CallResult(call, make_card(), None, None, (text,)))], [failure], tmp_path):
        page = Page(html)
        assert len(page.all("script")) == 3
        assert not page.all("img")
        assert not any(name.startswith("on") for _, found in page.elements for name in found)
        assert not any((link["href"] or "").startswith(("javascript:", "/", "..")) for link in page.all("a"))
        json.loads(page.data)


def test_numbers_of_people_are_nowhere(tmp_path: Path) -> None:
    call = make_call(f"call{PHONE}")
    call = replace(call, metadata=replace(call.metadata, agent_name=PHONE, team=PHONE))
    row = row_of_result(CallResult(call, make_card(), None, None, (PHONE,)))
    assert PHONE not in repr(row)
    for html in _write([row], [FailureRow(PHONE, PHONE, PHONE, PHONE, PHONE)], tmp_path):
        assert PHONE not in html


def test_same_input_same_bytes_in_any_order(tmp_path: Path) -> None:
    rows = [_row("a", 90.0), _row("b", 90.0), _row("c", 40.0)]
    assert _write(rows, [], tmp_path / "1") == _write(rows[::-1], [], tmp_path / "2")


def test_static_files_ask_for_nothing_outside(tmp_path: Path) -> None:
    write_static(tmp_path)
    write_static(tmp_path)
    files = sorted(tmp_path.rglob("*"))
    assert {"report.css", "index.css", "rows.js", "index.js", "player.js"} <= {path.name for path in files}
    for path in filter(Path.is_file, files):
        text = path.read_text("utf-8")
        assert not any(word in text for word in ("http", "//cdn", "@import", "url(", "eval(", "innerHTML", "fetch("))
        assert len(text.splitlines()) <= 500
