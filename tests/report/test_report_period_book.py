"""The report of a period as a workbook: the page's tables with real numbers, and nothing that is a formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.insight.overview import overview
from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.figure_tables import Cell, Column, FigureTable
from qa_pipeline.report.links import Links
from qa_pipeline.report.period.period_view import PeriodView, period_view
from qa_pipeline.report.values import FailureRow
from qa_pipeline.report.wording import wording
from qa_pipeline.report.workbooks.archive import save
from qa_pipeline.report.workbooks.period_book import joined, write_period_book
from qa_pipeline.report.workbooks.style import Styles
from qa_pipeline.report.workbooks.table_sheet import write_table
from tests.report.workbook_samples import MADE, RUBRIC, formulas, summary, xml_parts

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
COLUMNS = (
    Column("班组"),
    Column("通话", "count"),
    Column("通过率", "share"),
    Column("变化", "change"),
    Column("时间", "time"),
)


def view_of(folder: Path, *calls: Any, lang: str = "zh", reviews: Any = ()) -> PeriodView:
    found = overview(calls, parse_period("2026-11"))
    failures = [FailureRow("=x.wav", "c9", "ingest", "empty_file", "=cmd|'/c calc'!A0", AT)]
    return period_view(found, RUBRIC, reviews, failures, Links(folder, lang), wording(lang), Plan(0, 20), MADE.made_at)


def table_of(tmp_path: Path, *rows: tuple[Cell, ...], columns: tuple[Column, ...] = COLUMNS, **more: Any) -> Any:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("t")
    write_table(sheet, Styles(book), FigureTable("t", "表", columns, rows, **more), "2026年11月", wording("zh"))
    save(book, tmp_path / "t.xlsx", None)
    return load_workbook(tmp_path / "t.xlsx").worksheets[0]


ROW = (
    Cell("一组", href="../teams/a.html"),
    Cell("1,200", 1200.0),
    Cell("67%", 2 / 3, "61–72% · n=130"),
    Cell("好转", 0.05, "+5 个百分点", mark="better"),
    Cell("2026年11月3日 14:05"),
)
SUM = (Cell("合计", mark="sum"), Cell("1,200", 1200.0), Cell("—"), Cell("—"), Cell("—"))


def test_numbers_are_numbers_and_small_print_has_its_own_column(tmp_path: Path) -> None:
    sheet = table_of(tmp_path, ROW, SUM)
    assert [cell.value for cell in sheet[2]] == [
        "班组", "通话", "通过率", "通过率（范围、通数）", "变化", "变化（差值）", "时间",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == [
        "一组", 1200, 2 / 3, "61–72% · n=130", "好转", 0.05, datetime(2026, 11, 3, 14, 5),
    ]  # fmt: skip
    assert [sheet.cell(3, at).number_format for at in (2, 3, 6)] == ["#,##0", "0.0%", "+0.0%;-0.0%;0.0%"]
    assert sheet["A3"].hyperlink.target == "../teams/a.html"


def test_what_is_not_known_is_a_dash_and_a_time_that_is_none_is_text(tmp_path: Path) -> None:
    sheet = table_of(tmp_path, SUM, (*ROW[:4], Cell("2026年13月3日 14:05")))
    assert [cell.value for cell in sheet[3]] == ["合计", 1200, "—", None, "—", None, "—"]
    assert sheet["G4"].value == "2026年13月3日 14:05"


def test_filters_leave_the_sum_out_and_the_head_stays(tmp_path: Path) -> None:
    sheet = table_of(tmp_path, ROW, ROW, SUM)
    assert sheet.auto_filter.ref == "A2:G4" and sheet.freeze_panes == "B3"
    assert sheet["A5"].font.b and not sheet["A4"].font.b


def test_a_change_of_points_is_no_share(tmp_path: Path) -> None:
    columns = (Column("坐席"), Column("平均分", "score"), Column("变化", "change"))
    sheet = table_of(tmp_path, (Cell("李"), Cell("82.4", 82.44), Cell("退步", -3.21, mark="worse")), columns=columns)
    assert (sheet["B3"].number_format, sheet["D3"].number_format) == ("0.0", "+0.0;-0.0;0.0")
    assert sheet["C3"].fill.fgColor.rgb == "00F8CBAD" and sheet["C3"].font.b


def test_shares_have_bars_from_nothing_to_all(tmp_path: Path) -> None:
    sheet = table_of(tmp_path, ROW, SUM)
    (area,) = list(sheet.conditional_formatting)
    assert str(area.sqref) == "C3:C4"
    assert [(end.type, end.val) for end in area.rules[0].dataBar.cfvo] == [("num", 0), ("num", 1)]


def test_a_table_without_rows_says_why(tmp_path: Path) -> None:
    sheet = table_of(tmp_path, empty="没有。", note="按日期计。")
    assert (sheet["A3"].value, sheet["A5"].value, sheet.auto_filter.ref) == ("没有。", "按日期计。", "A2:F3")


def test_tables_of_the_same_rows_are_joined() -> None:
    first = FigureTable(
        "a",
        "a",
        (Column("班组"), Column("n", "count")),
        ((Cell("一组"), Cell("1", 1.0)), (Cell("二组"), Cell("2", 2.0))),
    )
    second = replace(first, rows=((Cell("二组"), Cell("5", 5.0)),))
    made = joined((first, second, replace(first, rows=())))
    assert [column.title for column in made.columns] == ["班组", "n", "n (2)"]
    assert [[cell.text for cell in row] for row in made.rows] == [["一组", "1", "—"], ["二组", "2", "5"]]


def test_the_book_has_a_sheet_for_each_question(tmp_path: Path) -> None:
    review = Review("c1", "test", ReviewKind.APPEAL, "李", AT, "=1+1 我不同意")
    view = view_of(tmp_path, summary("c1"), summary("c2", state="redline"), reviews=(review,))
    path = write_period_book(view, tmp_path, "2026-11", MADE.made_at)
    assert path == tmp_path / "periods" / "2026-11.xlsx"
    book = load_workbook(path)
    assert {"概览", "班组", "坐席", "问题分布", "申诉与改判", "无录音订单"} <= set(book.sheetnames)
    assert all(sheet.auto_filter.ref and sheet.freeze_panes for sheet in book.worksheets[1:])
    assert all(sheet.page_setup.orientation == "landscape" for sheet in book.worksheets)
    overview_texts = [str(cell.value) for row in book["概览"].iter_rows() for cell in row if cell.value]
    assert view.heading in overview_texts and set(view.sentences) <= set(overview_texts)
    assert any(
        cell.value == "=1+1 我不同意" and cell.quotePrefix for row in book["申诉与改判"].iter_rows() for cell in row
    )
    assert formulas(path) == []


def test_ranges_and_counts_are_not_masked_as_one_long_number(tmp_path: Path) -> None:
    calls = [summary(f"c{n}", percent=61.3 + n % 9) for n in range(130)]
    book = load_workbook(write_period_book(view_of(tmp_path, *calls), tmp_path, "2026-11"))
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not any("*" in text for text in texts)
    assert any(text.startswith("可能范围 6") and text.endswith(" | 130 通") for text in texts)


def test_the_book_links_only_to_what_is_there(tmp_path: Path) -> None:
    calls = [summary(f"c{n}", agent_id="A01", team="一组") for n in range(5)]
    path = write_period_book(view_of(tmp_path, *calls), tmp_path, "2026-11")
    assert not [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "A01.html").touch()
    path = write_period_book(view_of(tmp_path, *calls), tmp_path, "2026-11")
    linked = [cell for row in load_workbook(path)["坐席"].iter_rows() for cell in row if cell.hyperlink]
    assert [cell.hyperlink.target for cell in linked] == ["../agents/A01.html"]


def test_long_sentences_get_the_height_that_they_need(tmp_path: Path) -> None:
    view = replace(view_of(tmp_path, summary()), sentences=("短", "长" * 300))
    sheet = load_workbook(write_period_book(view, tmp_path, "2026-11"))["概览"]
    rows = {cell.value: cell.row for cell in sheet["A"] if cell.value}
    short, long = (sheet.row_dimensions[rows[text]].height for text in view.sentences)
    assert long == 6 * short  # 600 half widths over columns of 110
    assert f"A{rows['短']}:D{rows['短']}" in {str(area) for area in sheet.merged_cells.ranges}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_calls_and_in_both_languages(tmp_path: Path, lang: str) -> None:
    path = write_period_book(view_of(tmp_path, lang=lang), tmp_path, "2026-11")
    names = load_workbook(path).sheetnames
    assert len(names) == len(set(names)) == 10
    assert ("Overview" in names) == (lang == "en")


def test_the_same_view_gives_the_same_bytes(tmp_path: Path) -> None:
    view = view_of(tmp_path, summary())
    first = write_period_book(view, tmp_path / "a", "2026-11", MADE.made_at).read_bytes()
    assert write_period_book(view, tmp_path / "b", "2026-11", MADE.made_at).read_bytes() == first


@pytest.mark.parametrize("text", ["=1+1", "＝1", "@x", "-1", "\u202e<b>", "x" * 40_000, "13912345678"])
def test_hostile_names_stay_text(tmp_path: Path, text: str) -> None:
    calls = [summary(f"{text}{i}", agent_id=text, agent_name=text, team=text, state="failed") for i in range(6)]
    path = write_period_book(view_of(tmp_path, *calls), tmp_path, "2026-11")
    assert formulas(path) == []
    assert not any("\u202e" in part or "13912345678" in part for part in xml_parts(path).values())
    for sheet in load_workbook(path).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
