"""The list of calls: order, totals with their n, failures in words, empty and hostile input."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call, Conversation
from qa_pipeline.core.score import Evidence, Outcome, Reason, Verdict
from qa_pipeline.report import (
    CallResult,
    FailureRow,
    IndexRow,
    PageOptions,
    index_row,
    write_index,
    write_static,
)
from qa_pipeline.report.index_view import index_view
from qa_pipeline.report.wording import wording
from tests.report.samples import MADE, PHONE, make_call, make_card, make_dealings, make_result
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def _row(call_id: str, percent: float | None, state: str = "passed", red: bool = False) -> IndexRow:
    row = index_row(make_result(call_id, red_line=red))
    return replace(row, percent=percent, state=state)


def _write(rows: list[IndexRow], failures: list[FailureRow], out: Path) -> tuple[str, str]:
    path = write_index(rows, failures, out, MADE)
    return path.read_text("utf-8"), (out / "index.en.html").read_text("utf-8")


def test_a_row_holds_what_the_list_shows() -> None:
    row = index_row(make_result("call-002", red_line=True))
    assert (row.agent, row.team, row.page, row.state) == ("张三", "北京一组", "call-002", "redline")
    assert (row.points, row.points_possible, row.percent) == (0.0, 70.0, 0.0)
    assert (row.scored, row.criteria, row.not_scorable) == (5, 7, 1)
    assert row.red_lines == (("不作虚假承诺", "No false promises"),)
    assert row.recording == "138****5678_01.wav"
    assert row.duration_s == 38.0


def test_a_row_counts_the_objections_that_were_left(tmp_path: Path) -> None:
    rows = [index_row(make_result("call-001")), index_row(make_dealings("call-002"))]
    assert [row.unresolved for row in rows] == [None, 1]
    assert {view.call_id: view.unresolved for view in index_view(rows, [], ZH, MADE).rows} == {
        "call-001": "—",
        "call-002": "1",
    }
    zh, en = _write(rows, [], tmp_path)
    assert "未化解异议" in Page(zh).text and "Objections left" in Page(en).text


def test_a_row_without_a_scorecard_or_metadata() -> None:
    row = index_row(CallResult(Call("x", Conversation("zh", ()))))
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
        row = index_row(make_result(call=replace(call, recording=replace(call.recording, path=path))))
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
        ("处理失败", "1", "", True),
    ]


def test_a_card_of_which_nothing_could_be_scored_is_not_zero() -> None:
    nothing = Outcome("greet", "start", Verdict.NOT_SCORABLE, Reason("no_speech"), Evidence(), None, 10.0)
    view = index_view([index_row(make_result(scorecard=make_card(outcomes=(nothing,))))], [], ZH, MADE)
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
    row = index_row(make_result())
    assert index_view([row], [], ZH, MADE).rows[0].href == "calls/call-001.html"
    assert index_view([row], [], EN, MADE).rows[0].href == "calls/call-001.en.html"
    assert index_view([row], [], EN, MADE).other_page == "index.html"


def test_the_view_is_plain_data() -> None:
    data = json.loads(json.dumps(asdict(index_view([index_row(make_result())], [], EN, MADE))))
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


def test_rows_may_come_from_a_generator(tmp_path: Path) -> None:
    write_index((index_row(make_result(f"c{i}")) for i in range(3)), [], tmp_path, MADE)
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
    for html in _write([index_row(CallResult(call, make_card(), None, None, (text,)))], [failure], tmp_path):
        page = Page(html)
        assert len(page.all("script")) == 2
        assert not page.all("img")
        assert not any(name.startswith("on") for _, found in page.elements for name in found)
        assert not any((link["href"] or "").startswith(("javascript:", "/", "..")) for link in page.all("a"))
        json.loads(page.data)


def test_numbers_of_people_are_nowhere(tmp_path: Path) -> None:
    call = make_call(f"call{PHONE}")
    call = replace(call, metadata=replace(call.metadata, agent_name=PHONE, team=PHONE))
    row = index_row(CallResult(call, make_card(), None, None, (PHONE,)))
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
    assert [path.name for path in files] == ["static", "index.js", "player.js", "report.css"]
    for path in files[1:]:
        text = path.read_text("utf-8")
        assert not any(word in text for word in ("http", "//cdn", "@import", "url(", "eval(", "innerHTML", "fetch("))
        assert len(text.splitlines()) <= 500
