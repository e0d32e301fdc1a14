"""Score sheets that people filled in, read back: whatever they did to the rows, and whatever is wrong with the file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from qa_pipeline.core.errors import UserError
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.report.workbooks import marker, opening
from qa_pipeline.report.workbooks.reading import OtherKind, kind_of, read_score_sheet
from qa_pipeline.report.workbooks.score_columns import call_key
from tests.report.workbook_samples import codes, fill_in, rewrite, set_values, summary, written

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def read(path: Path) -> list[Review]:
    return read_score_sheet(path, "李质检", AT)


def told(path: Path) -> str:
    with pytest.raises(UserError) as error:
        read(path)
    return str(error.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path, summary("c1"), summary("c2"), summary("c3"))


def test_an_untouched_sheet_says_nothing(path: Path) -> None:
    assert read(path) == []
    assert kind_of(path) == marker.SCORE_SHEET


def test_changes_comments_and_appeals(path: Path) -> None:
    edit = set_values(verdict__name="符合", reason="开场已报姓名", comment=" 语速偏快 ", appeal="客户没听清")
    assert read(fill_in(path, edit)) == [
        Review("c1", "test", ReviewKind.CHANGE, "李质检", AT, "开场已报姓名", "name", Verdict.MET),
        Review("c1", "test", ReviewKind.COMMENT, "李质检", AT, "语速偏快"),
        Review("c1", "test", ReviewKind.APPEAL, "李质检", AT, "客户没听清"),
    ]


def test_one_reason_is_for_all_changes_of_its_row(path: Path) -> None:
    reviews = read(fill_in(path, set_values(verdict__name="符合", verdict__rude="不适用", reason="已复听")))
    assert [(r.criterion_id, r.verdict, r.text) for r in reviews] == [
        ("name", Verdict.MET, "已复听"),
        ("rude", Verdict.NOT_APPLICABLE, "已复听"),
    ]


def test_a_reason_without_a_change_is_a_comment(path: Path) -> None:
    (review,) = read(fill_in(path, set_values(reason="维持原判")))
    assert (review.kind, review.text) == (ReviewKind.COMMENT, "维持原判")


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("部分符合", Verdict.PARTLY),
        (" 部分 符合 ", Verdict.PARTLY),
        ("部分达成", Verdict.PARTLY),
        ("Partly met", Verdict.PARTLY),
        ("NOT APPLICABLE", Verdict.NOT_APPLICABLE),
        ("not_scorable", Verdict.NOT_SCORABLE),
        ("无法判定", Verdict.NOT_SCORABLE),
    ],
)
def test_words_for_verdicts(path: Path, word: str, verdict: Verdict) -> None:
    (review,) = read(fill_in(path, set_values(verdict__greet=word)))
    assert review.verdict is verdict


@pytest.mark.parametrize("word", ["符合", "Met", None, "", "  "])
def test_the_same_verdict_or_an_empty_cell_is_no_change(path: Path, word: str | None) -> None:
    assert read(fill_in(path, set_values(verdict__greet=word))) == []


def test_a_verdict_where_there_was_none(tmp_path: Path) -> None:
    path = fill_in(written(tmp_path, summary(criteria=())), set_values(verdict__greet="不符合"))
    assert [(r.criterion_id, r.verdict) for r in read(path)] == [("greet", Verdict.MISSED)]


def test_rows_may_be_sorted_deleted_and_blank_and_columns_moved(path: Path) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(7, at["comment"]).value = "第三通"
        sheet.cell(6, at["verdict:greet"]).value = "不符合"
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=7)]
        order = [rows[0], rows[1], rows[2], rows[3], rows[6], [None] * len(rows[0]), rows[5]]  # c3, blank, c2
        for number, row in enumerate(order, 1):
            for column, value in enumerate(reversed(row), 1):  # every column is somewhere else
                sheet.cell(number, column).value = value

    book = load_workbook(path)
    sheet = book.worksheets[1]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    edit(sheet, codes(sheet))
    sheet.insert_rows(1, 2)
    sheet.title = "十一月"
    book.save(path)
    assert [(r.call_id, r.kind) for r in read(path)] == [("c3", ReviewKind.COMMENT), ("c2", ReviewKind.CHANGE)]


def test_files_without_or_with_wrong_dimensions_are_read(path: Path) -> None:
    fill_in(path, set_values(comment="好"))
    for wrong in (b"", b'<dimension ref="A1:A1"/>'):
        rewrite(path, lambda name, data, wrong=wrong: re.sub(rb"<dimension[^>]*/>", wrong, data))  # type: ignore[misc]
        assert [r.text for r in read(path)] == ["好"]


def test_numbers_typed_as_text_and_hostile_text_are_kept(path: Path) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        for row, value in ((5, 5.0), (6, "=1+1"), (7, "a_x000D_\nb")):
            cell = sheet.cell(row, at["comment"])
            cell.value = value
            cell.data_type = "n" if isinstance(value, float) else "s"

    assert [r.text for r in read(fill_in(path, edit))] == ["5", "=1+1", "a\r\nb"]


def test_an_id_with_a_number_is_not_in_the_file(tmp_path: Path) -> None:
    path = fill_in(written(tmp_path, summary("x13912345678")), set_values(comment="好"))
    with ZipFile(path) as archive:
        assert not any(b"13912345678" in archive.read(name) for name in archive.namelist())
    assert [r.call_id for r in read(path)] == [call_key("x13912345678")]


# -- who and when ------------------------------------------------------------


def test_reading_twice_gives_equal_values_with_the_time_of_the_file(path: Path) -> None:
    fill_in(path, set_values(comment="好"))
    first = read_score_sheet(path)
    os.utime(path, (1, 1))
    assert read_score_sheet(path) == first
    assert first[0].author == "李质检" and first[0].at == load_workbook(path).properties.modified.replace(tzinfo=UTC)


def test_without_a_time_in_the_file_its_own_counts(path: Path) -> None:
    fill_in(path, set_values(comment="好"))
    rewrite(path, lambda name, data: None if name == "docProps/core.xml" else data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (review,) = read_score_sheet(path, "李")
    assert review.at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_the_time_at_which_it_was_written_is_not_the_one_at_which_it_was_filled_in(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert opening.facts_of(path).saved_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_somebody_must_have_filled_it_in(path: Path) -> None:
    with pytest.raises(UserError, match="--by"):
        read_score_sheet(path)


# -- mistakes ----------------------------------------------------------------


def test_an_unknown_word_names_its_cell(path: Path) -> None:
    message = told(fill_in(path, set_values(verdict__greet="还行吧13912345678")))
    assert message == (
        "test-2026-11.xlsx: 电话销售评分表!N5: “还行吧139****5678” is no verdict; choose one from the list of the cell"
    )


@pytest.mark.parametrize("code", ["comment", "appeal", "reason", "verdict:greet"])
def test_a_formula_names_its_cell(path: Path, code: str) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(6, at[code]).value = '=HYPERLINK("http://x","符合")'

    message = told(fill_in(path, edit))
    assert "!" in message and "6: holds a formula; write plain text instead" in message and "\n" not in message


def test_formulas_in_columns_that_are_not_read_do_no_harm(path: Path) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(5, sheet.max_column + 1).value = "=1+1"
        sheet.cell(5, at["points"]).value = "=1+1"

    assert read(fill_in(path, edit)) == []


def test_an_error_value_names_its_cell(path: Path) -> None:
    assert "holds an error value" in told(fill_in(path, set_values(comment="#NAME?")))


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        for row in (5, 6, 7):
            sheet.cell(row, at["verdict:greet"]).value = "?"

    assert [line.split(": ")[1] for line in told(fill_in(path, edit)).splitlines()] == [
        f"电话销售评分表!N{row}" for row in (5, 6, 7)
    ]


def test_text_in_a_row_without_a_call_is_not_lost(path: Path) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(9, at["comment"]).value = "总体不错"

    assert "T9: its row has no call id" in told(fill_in(path, edit))


def test_a_row_of_another_workbook(path: Path) -> None:
    assert "comes from another workbook" in told(fill_in(path, set_values(key="c99", comment="好")))
    assert read(fill_in(path, set_values(key="c99", comment=None))) == []


def test_a_row_that_was_copied_must_not_contradict(path: Path) -> None:
    same = fill_in(path, set_values(key="c2", comment=None))
    assert read(same) == []
    message = told(fill_in(path, lambda sheet, at: _contradict(sheet, at)))
    assert "call c2 stands there twice with different verdicts on greet" in message


def _contradict(sheet: Any, at: dict[str, int]) -> None:
    sheet.cell(5, at["verdict:greet"]).value = "不符合"
    sheet.cell(6, at["verdict:greet"]).value = "部分符合"


@pytest.mark.parametrize(("rows", "columns"), [(1, 0), (0, 1)])
def test_without_the_hidden_row_or_column(path: Path, rows: int, columns: int) -> None:
    def edit(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(5, at["comment"]).value = "好"
        if rows:
            sheet.delete_rows(1)
        else:
            sheet.delete_cols(1)

    assert "hidden row and column" in told(fill_in(path, edit))


@pytest.mark.parametrize(("sheet", "message"), [("_verdicts", "_verdicts is gone"), ("_qa", "no score sheet")])
def test_without_the_hidden_sheets(path: Path, sheet: str, message: str) -> None:
    book = load_workbook(path)
    del book[sheet]
    book.save(path)
    assert message in told(path)


# -- files that are none -----------------------------------------------------


def bytes_of(build: Callable[[Any], None]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        build(archive)
    return buffer.getvalue()


def test_another_workbook(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "other.xlsx")
    assert kind_of(tmp_path / "other.xlsx") is None
    with pytest.raises(OtherKind) as error:
        read(tmp_path / "other.xlsx")
    assert error.value.kind == "" and "no score sheet" in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no Excel workbook, or damaged"),
        (b"hello", "no Excel workbook, or damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "save it as .xlsx"),
        (bytes_of(lambda archive: archive.writestr("a.txt", "x")), "no Excel workbook, or damaged"),
        (bytes_of(lambda archive: archive.writestr("[Content_Types].xml", "<a")), "no Excel workbook, or damaged"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(content)
    for ask in (kind_of, read):
        with pytest.raises(UserError, match=re.escape(message)) as error:
            ask(file)
        assert "\n" not in str(error.value)


def test_a_file_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    for file in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            kind_of(file)


@pytest.mark.parametrize("part", range(0, 100, 7))
def test_a_file_that_was_cut_or_changed_gives_one_line(path: Path, part: int) -> None:
    whole = path.read_bytes()
    at = len(whole) * part // 100
    for damaged in (whole[:at], whole[:at] + b"\xff" * 40 + whole[at + 40 :]):
        path.write_bytes(damaged)
        try:
            read(path)
        except UserError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<a/>", b"<a>", b"\x00\xff"])
def test_parts_that_are_damaged_give_one_line(path: Path, part: str, content: bytes) -> None:
    rewrite(path, lambda name, data: content if name == part else data)
    assert "\n" not in told(path)


def test_a_workbook_that_unpacks_to_too_much(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(path, lambda name, data: data, {"xl/media/zero.bin": bytes(3_000_000)})
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(opening, "MAX_UNPACKED_BYTES", 2_000_000)
    assert "more than 2 MB unpacked" in told(path)


def test_entities_are_refused(path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "' + b"1" * 1000 + b'">]>'
    rewrite(path, lambda name, data: bomb + data if name == "xl/worksheets/sheet2.xml" else data)
    assert "document type" in told(path)


def test_a_row_number_without_end_is_not_counted_to(path: Path) -> None:
    rewrite(path, lambda name, data: data.replace(b'<row r="7"', b'<row r="99999999999"'))
    assert read(path) == []
