"""The coaching workbook: what is written comes back filled in, and what cannot be understood names its cell."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from qa_pipeline.core.errors import UserError
from qa_pipeline.core.review import AgreedAction
from qa_pipeline.insight.overview import overview
from qa_pipeline.report.workbooks import marker
from qa_pipeline.report.workbooks.coaching_book import read_coaching_book
from qa_pipeline.report.workbooks.typed_dates import read_day
from tests.factories import form, line
from tests.report.coaching_samples import PERIOD, RUBRIC, WEAK, calls, usual, written

TALK = date(2026, 11, 27)
HOSTILE = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return written(tmp_path, usual()).with_suffix(".xlsx")


def _row_of(sheet: Any, label: str) -> int:
    return next(cell.row for cell in sheet["A"] if cell.value == label)


def _fill(path: Path, *rows: dict[str, Any], talk: Any = TALK, change: Callable[[Any], None] | None = None) -> int:
    """Fill in rows of the agreement (by column letter) and save; the number of the first row is returned."""
    workbook = load_workbook(path)
    sheet = workbook.worksheets[0]
    first = _row_of(sheet, "约定行动") + 1
    for number, row in enumerate(rows):
        for column, value in row.items():
            sheet[f"{column}{first + number}"] = value
    sheet["F3"] = talk
    sheet["B4"] = "王组长"
    if change:
        change(sheet)
    workbook.save(path)
    return first


def test_what_is_filled_in_comes_back(book: Path) -> None:
    _fill(
        book,
        {"A": "先复述再推荐", "C": "确认需求", "D": "从 40% 到 70%", "E": date(2026, 12, 5), "F": date(2026, 12, 7)},
        {"C": "礼貌问候", "E": "2026-12-05"},
        {"A": " 每天听一通录音 "},
    )
    assert read_coaching_book(book) == [
        AgreedAction(
            "A01", "test", "先复述再推荐（目标：从 40% 到 70%）", TALK, "王组长", "confirm_need", date(2026, 12, 5)
        ),
        AgreedAction("A01", "test", "每天听一通录音", TALK, "王组长"),
    ]


def test_an_empty_sheet_agrees_nothing(book: Path) -> None:
    assert read_coaching_book(book) == []


@pytest.mark.parametrize("name", ["confirm_need", "确认需求", " 确认需求 ", "confirms the NEED"])
def test_a_criterion_goes_by_title_or_id(book: Path, name: str) -> None:
    _fill(book, {"A": "先复述", "C": name})
    assert read_coaching_book(book)[0].criterion_id == "confirm_need"


def test_criteria_with_the_same_title_are_told_apart(tmp_path: Path) -> None:
    rubric = form(
        {"id": "m", "criteria": (line("a", title="礼貌", points=1), line("b", title="礼貌", points=1))}
    ).rubric
    path = written(tmp_path, usual(), rubric=rubric).with_suffix(".xlsx")
    _fill(path, {"A": "一", "C": "礼貌 (b)"}, {"A": "二", "C": "a"})
    assert [a.criterion_id for a in read_coaching_book(path)] == ["b", "a"]
    _fill(path, {"C": "礼貌"})
    with pytest.raises(UserError, match="no criterion “礼貌”"):
        read_coaching_book(path)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-12-05", "2026/12/5", "2026.12.5", "2026年12月5日", "12月5日", "12 月 5 号", "20261205", "46361", 46361,
        46361.5, datetime(2026, 12, 5, 9, 30), date(2026, 12, 5), "２０２６－１２－０５", "2026-12-05 00:00:00",
    ],
)  # fmt: skip
def test_dates_are_understood_as_people_type_them(book: Path, typed: Any) -> None:
    # Cells for dates hold numbers as dates; a number in a plain cell stays one.
    def plain(sheet: Any) -> None:
        for row in sheet.iter_rows(min_col=5, max_col=5):
            row[0].number_format = "General" if not isinstance(typed, date) else row[0].number_format

    _fill(book, {"A": "先复述", "E": typed}, change=plain)
    assert read_coaching_book(book)[0].due_on == date(2026, 12, 5)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_way_of_writing_a_day_is_the_same_day(day: date) -> None:
    epoch = datetime(1899, 12, 30)
    ways = (f"{day}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}")
    short = f"{day.month}月{day.day}日"
    assert {read_day(way, day, epoch) for way in (*ways, short, day, (day - epoch.date()).days)} == {day}


def test_a_day_without_a_year_after_the_turn_of_the_year() -> None:
    epoch = datetime(1899, 12, 30)
    assert read_day("1月5日", date(2026, 12, 20), epoch) == date(2027, 1, 5)
    assert read_day("12月1日", date(2026, 12, 20), epoch) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "typed", ["下周五", "2026-13-01", "2月30日", "12/5", 12.5, "明天", True, "2026-12-05 前", -3, 1e300]
)
def test_what_is_no_date_names_the_cell(book: Path, typed: Any) -> None:
    first = _fill(book, {"A": "先复述", "E": typed})
    with pytest.raises(UserError, match=rf"A01\.xlsx: 面谈表!E{first}: .* is no date; write it as 2026-12-05"):
        read_coaching_book(book)


def test_every_mistake_is_told_at_once(book: Path) -> None:
    first = _fill(
        book,
        {"A": "一", "C": "没有这一项", "E": "随便"},
        {"A": "二", "E": date(2026, 11, 1)},
        {"A": "三", "F": "2026-11-26"},
        {"C": "不看没有行动的行", "E": "也不看"},
    )
    with pytest.raises(UserError) as caught:
        read_coaching_book(book)
    lines = str(caught.value).split("\n")
    assert [line.split("!")[1].split(":")[0] for line in lines] == [
        f"E{first}", f"C{first}", f"E{first + 1}", f"F{first + 2}",
    ]  # fmt: skip
    assert "the form has no criterion “没有这一项”; pick one from the cell's list" in lines[1]
    assert "2026-11-01 lies before the talk (2026-11-27); correct it, or “面谈日期”" in lines[2]


def test_a_talk_on_no_day_is_one_mistake(book: Path) -> None:
    _fill(book, {"A": "一", "E": "2020-01-01"}, talk="周五")
    with pytest.raises(UserError) as caught:
        read_coaching_book(book)
    assert str(caught.value).endswith("面谈表!F3: “周五” is no date; write it as 2026-12-05")


def test_without_a_date_the_talk_was_when_the_file_was_saved(book: Path) -> None:
    _fill(book, {"A": "先复述"}, talk=None)
    saved = load_workbook(book).properties.modified
    assert read_coaching_book(book)[0].agreed_on == saved.replace(tzinfo=UTC).astimezone().date()
    assert saved.date() >= date(2026, 1, 1)


def test_a_talk_by_the_files_own_time(book: Path, tmp_path: Path) -> None:
    _fill(book, {"A": "先复述"}, talk=None)
    bare = _without(book, "docProps/core.xml")
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    os.utime(bare, (moment, moment))
    assert read_coaching_book(bare)[0].agreed_on == date(2026, 11, 20)


def _without(book: Path, part: str) -> Path:
    target = book.with_name("bare.xlsx")
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            if name != part:
                copy.writestr(name, source.read(name))
    return target


def test_rows_that_were_added_are_read(book: Path) -> None:
    workbook = load_workbook(book)
    sheet = workbook.worksheets[0]
    first = _row_of(sheet, "约定行动") + 1
    for merged in list(sheet.merged_cells.ranges):
        if merged.min_row >= first:
            sheet.unmerge_cells(str(merged))
    sheet.insert_rows(first + 3, 2)
    sheet.cell(first + 4, 1).value = "第五行"
    sheet.insert_rows(1)
    workbook.save(book)
    assert [a.action for a in read_coaching_book(book)] == ["第五行"]


def test_a_sheet_that_was_copied_for_the_next_talk_is_read_too(book: Path) -> None:
    _fill(book, {"A": "第一次"})
    workbook = load_workbook(book)
    copied = workbook.copy_worksheet(workbook.worksheets[0])
    copied["F3"] = date(2026, 12, 4)
    copied[f"A{_row_of(copied, '约定行动') + 1}"] = "第二次"
    workbook.save(book)
    assert [(a.action, a.agreed_on.day) for a in read_coaching_book(book)] == [("第一次", 27), ("第二次", 4)]


@pytest.mark.parametrize(
    "key", ["A01", "=1+1", "../../x", "a\x01b", "_x0041_", "\u202eevil", "林 小 姐", '"', "A" * 300]
)
def test_the_key_comes_back_as_it_was(tmp_path: Path, key: str) -> None:
    found = overview(calls(key, missed=6, met=6), PERIOD)
    path = next((written(tmp_path, found, key).parent).glob("*.xlsx"))
    _fill(path, {"A": "先复述"})
    assert read_coaching_book(path)[0].agent == key


def test_nothing_becomes_a_formula(tmp_path: Path) -> None:
    rubric = form({"id": "m", "criteria": (line("confirm_need", title=HOSTILE, advice=HOSTILE, points=20),)}).rubric
    action = AgreedAction("A01", "test", HOSTILE, date(2026, 11, 1), HOSTILE, "confirm_need")
    found = overview(calls("A01", missed=6, met=6, weak=HOSTILE, team=HOSTILE, name=HOSTILE), PERIOD, [action])
    path = written(tmp_path, found, rubric=rubric).with_suffix(".xlsx")
    workbook = load_workbook(path)
    cells = [c for sheet in workbook.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert HOSTILE in {c.value for c in cells}
    assert {c.data_type for c in cells} == {"s"}
    assert all("evil" not in (c.hyperlink.target or "") for c in cells if c.hyperlink)
    _fill(path, {"A": "先复述", "C": HOSTILE})
    workbook = load_workbook(path)
    cell = workbook.worksheets[0][f"C{_row_of(workbook.worksheets[0], '约定行动') + 1}"]
    cell.data_type = "s"  # what was picked from the list
    workbook.save(path)
    assert read_coaching_book(path)[0].criterion_id == "confirm_need"


@pytest.mark.parametrize("name", ["面谈日期", "面谈人", "约定行动", "坐席签名"])
def test_people_who_are_called_like_a_label_change_nothing(tmp_path: Path, name: str) -> None:
    found = overview(calls("A01", missed=6, met=6, weak=name, team=name, name=name), PERIOD)
    path = written(tmp_path, found).with_suffix(".xlsx")
    _fill(path, {"A": "先复述", "E": "12月5日"})
    assert read_coaching_book(path) == [AgreedAction("A01", "test", "先复述", TALK, "王组长", None, date(2026, 12, 5))]


def test_it_prints_upright_on_a4_and_is_not_locked(book: Path) -> None:
    sheet = load_workbook(book).worksheets[0]
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("portrait", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and not sheet.protection.sheet


def test_criteria_ratings_and_dates_can_be_picked(book: Path) -> None:
    workbook = load_workbook(book)
    sheet = workbook.worksheets[0]
    first = _row_of(sheet, "约定行动") + 1
    rules = {rule.formula1: str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert rules['"做得好,一般,需改进"'].count("F") == 3
    assert rules["'_criteria'!$A$1:$A$3"] == f"C{first} C{first + 1} C{first + 2}"
    assert {f"E{first}", f"F{first}", "F3"} <= set(rules["36526"].split())
    assert [workbook[name].sheet_state for name in workbook.sheetnames] == ["visible", "hidden", "veryHidden"]
    assert marker.marker_of(workbook) is not None
    assert sheet[f"E{first}"].number_format == "yyyy-mm-dd"
    assert sheet[f"A{first}"].fill.fgColor.rgb == sheet["B4"].fill.fgColor.rgb != sheet["B3"].fill.fgColor.rgb


def test_clips_and_their_links_stand_in_it(book: Path) -> None:
    cells = [c for row in load_workbook(book).worksheets[0].iter_rows() for c in row]
    assert WEAK in {c.value for c in cells}
    links = [(c.hyperlink.target, c.hyperlink.location) for c in cells if c.hyperlink]
    assert [place for _, place in links] == ["t=1.0", "t=41.0"]
    assert all(target.startswith("../calls/A01-2026-11-04-") for target, _ in links)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (written(tmp_path / name, usual()).with_suffix(".xlsx").read_bytes() for name in ("a", "b"))
    assert one == two


def test_other_files_are_refused(tmp_path: Path, book: Path) -> None:
    text, plain = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    text.write_text("no workbook", encoding="utf-8")
    Workbook().save(plain)
    with pytest.raises(UserError, match="no Excel workbook"):
        read_coaching_book(text)
    with pytest.raises(UserError, match="no coaching sheet"):
        read_coaching_book(plain)
    with pytest.raises(UserError, match="cannot be read"):
        read_coaching_book(tmp_path / "none.xlsx")


def test_a_sheet_without_its_headings_is_refused(book: Path) -> None:
    def emptied(sheet: Any) -> None:
        sheet[f"D{_row_of(sheet, '约定行动')}"] = "别的"

    first = _fill(book, {"A": "先复述"}, change=emptied)
    with pytest.raises(UserError, match=f"row {first - 1} lacks the heading “目标（怎么衡量）”"):
        read_coaching_book(book)
    _fill(book, change=lambda sheet: sheet.delete_rows(first - 1))
    with pytest.raises(UserError, match="the heading “约定行动” is gone"):
        read_coaching_book(book)


def test_a_sheet_that_lost_its_owner_is_refused(book: Path) -> None:
    workbook = load_workbook(book)
    workbook[marker.SHEET]["B2"] = "{broken"
    workbook.save(book)
    with pytest.raises(UserError, match="whose sheet"):
        read_coaching_book(book)
    assert RUBRIC.id == "test"
