"""Score sheets as they are written: safe cells, layout, sizes; looked at through openpyxl and in the XML itself."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.report.workbooks import cells, marker, style
from qa_pipeline.report.workbooks.score_columns import call_key, runs
from tests.factories import form, line
from tests.report.workbook_samples import (
    MADE,
    RUBRIC,
    codes,
    fill_in,
    formulas,
    found,
    set_values,
    summary,
    written,
    xml_parts,
)

HOSTILE = [
    "=HYPERLINK(\"http://x\",\"y\")", "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1",
    "＝1+1", "＋1", "－1", "＠x", "cmd|'/c calc'!A0", "\u202e=1+1", "\u200b=1+1", "'=1+1", "\"=1+1",
    "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "#N/A", "\x00\x01\x0b=1", "\ud800=1", "\uffff=1",
]  # fmt: skip

#: These begin a formula once they stand in a cell that somebody edits.
_AROUND = "\x00\x01\x0b\uffff\u202e\u200b '\"\t\r\n"
RISKY = [text for text in HOSTILE if text.lstrip(_AROUND)[:1] in "=+-@＝＋－＠" or "|" in text]


def saved(tmp_path: Path, *texts: str) -> Any:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("a")
    sheet.append([cells.text_cell(sheet, text) for text in texts])
    book.save(tmp_path / "x.xlsx")
    return load_workbook(tmp_path / "x.xlsx").worksheets[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    cell = saved(tmp_path, text)["A1"]
    assert cell.data_type in ("s", "n")
    assert formulas(tmp_path / "x.xlsx") == []
    kept = xml_parts(tmp_path / "x.xlsx")["xl/worksheets/sheet1.xml"]
    ElementTree.fromstring(kept)
    assert not re.search("[\u202a-\u202e\u200b\x00-\x08]", kept)


@pytest.mark.parametrize("text", RISKY)
def test_what_looks_like_a_formula_stays_text_when_it_is_edited(tmp_path: Path, text: str) -> None:
    cell = saved(tmp_path, text)["A1"]
    assert cell.quotePrefix
    assert cell.value is not None and cell.value.strip()


def test_harmless_text_has_no_quote_sign(tmp_path: Path) -> None:
    sheet = saved(tmp_path, "您好，A-B=C", "问|答")
    assert not sheet["A1"].quotePrefix and not sheet["B1"].quotePrefix


def test_setting_text_keeps_the_style_and_masks() -> None:
    sheet = Workbook().active
    assert sheet is not None
    cells.set_text(sheet["A1"], "=请打13912345678")
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=请打139****5678", "s")
    cells.set_identifier(sheet["A2"], "call-13912345678")
    assert sheet["A2"].value == "call-139****5678"


def test_a_long_text_is_cut_as_excel_counts(tmp_path: Path) -> None:
    assert len(cells.stored_text("字" * 40_000)) == cells.MAX_CHARS
    assert cells.stored_text("字" * 40_000).endswith("字…")
    assert cells.stored_text("字" * cells.MAX_CHARS) == "字" * cells.MAX_CHARS
    clef = cells.stored_text("𝄞" * 20_000)
    assert len(clef.encode("utf-16-le")) // 2 <= cells.MAX_CHARS and clef.endswith("𝄞…")
    assert saved(tmp_path, "字" * 40_000)["A1"].value.endswith("…")


@given(st.text())
def test_stored_text_is_read_as_it_was(text: str) -> None:
    plain = text.strip()
    readable = not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", plain)
    assert cells.read_text(cells.stored_text(plain)) == plain or not readable


def test_a_text_that_looks_like_an_escaped_character_is_kept() -> None:
    assert cells.stored_text("_x003D_1") == "_x005F_x003D_1"
    assert cells.read_text("_x005F_x003D_1") == "_x003D_1"
    assert cells.read_text("a_x000D_\nb") == "a\r\nb"


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (5, "5"), (5.0, "5"), (0.5, "0.5"), (" a ", "a"), (True, "True")]
)
def test_values_of_cells_as_text(value: object, text: str) -> None:
    assert cells.read_text(value) == text


@pytest.mark.parametrize("title", ["a[b]:c*d?e/f\\g", "'quoted'", "评" * 40, "𝄞" * 40, "", "History", "\n", "=1+1"])
def test_names_of_sheets(title: str) -> None:
    taken: set[str] = set()
    names = [cells.sheet_name(title, taken, "form") for _ in range(12)]
    assert len({name.casefold() for name in names}) == 12
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set("[]:*?/\\") & set(name) and not name.startswith("'") and not name.endswith("'")
        assert name.casefold() != "history"


@given(st.text(max_size=60))
def test_any_title_gives_a_name_that_openpyxl_takes(title: str) -> None:
    book = Workbook(write_only=True)
    name = cells.sheet_name(title, set())
    assert book.create_sheet(name).title == name


@pytest.mark.parametrize(
    "address",
    [
        "http://evil/x.html",
        "javascript:alert(1)",
        "../../x.html",
        "file:///etc/passwd",
        "calls/a.exe",
        "../calls/a.html#x y",
        "",
    ],
)
def test_only_pages_of_the_report_are_linked_to(address: str) -> None:
    sheet = Workbook().active
    assert sheet is not None
    assert cells.link(sheet["A1"], address).hyperlink is None


def test_a_link_names_file_and_place_apart() -> None:
    sheet = Workbook().active
    assert sheet is not None
    made = cells.link(sheet["A1"], "../calls/c1.en.html#t=12.5").hyperlink
    assert (made.target, made.location) == ("../calls/c1.en.html", "t=12.5")


def test_numbers_that_are_not_known_are_blank() -> None:
    sheet = Workbook().active
    assert [cells.number_cell(sheet, v).value for v in (None, float("nan"), float("inf"), 0.0)] == [
        None,
        None,
        None,
        0.0,
    ]


def test_moments_have_the_clock_of_the_call() -> None:
    sheet = Workbook().active
    at = summary().started_at
    assert cells.moment_cell(sheet, at).value == datetime(2026, 11, 3, 14, 5)
    assert cells.moment_cell(sheet, datetime(1800, 1, 2, 3, 4)).value == "1800-01-02 03:04"
    assert cells.moment_cell(sheet, None).value is None


def test_the_marker_is_read_back_and_very_hidden(tmp_path: Path) -> None:
    book = Workbook()
    marker.mark(book, "kind-1", {"agent": "=A03", "rubric": "_x0041_"})
    book.save(tmp_path / "x.xlsx")
    again = load_workbook(tmp_path / "x.xlsx", read_only=True)
    assert marker.marker_of(again) == ("kind-1", {"agent": "=A03", "rubric": "_x0041_"})
    assert load_workbook(tmp_path / "x.xlsx")[marker.SHEET].sheet_state == "veryHidden"
    assert marker.marker_of(Workbook()) is None


# -- the sheet ---------------------------------------------------------------


def sheet_of(path: Path) -> Any:
    return load_workbook(path).worksheets[1]


def row_of(sheet: Any, number: int = 5) -> dict[str, Any]:
    return {code: sheet.cell(number, at).value for code, at in codes(sheet).items()}


def test_a_row_holds_the_call_with_real_numbers_and_times(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, summary()))
    row = row_of(sheet)
    assert row["key"] == row["call"] == "c1"
    assert (row["agent"], row["agent_id"], row["team"]) == ("王小林", "A03", "一组")
    assert row["started_at"] == datetime(2026, 11, 3, 14, 5)
    assert (row["direction"], row["outcome"], row["state"]) == ("呼出", "成交", "通过")
    assert (row["points"], row["points_possible"], row["percent"]) == (13, 16, 0.8125)
    at = codes(sheet)
    assert sheet.cell(5, at["percent"]).number_format == "0.0%"
    assert sheet.cell(5, at["duration"]).number_format == "[m]:ss"
    assert (row["verdict:greet"], row["verdict:name"]) == ("符合", "不符合")
    assert row["quote:greet"] == "[0:12] 您好"
    assert row["quote:name"] == "[0:12] 未找到，最接近：您好"


def test_titles_stand_above_with_sections_points_and_red_lines(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, summary()))
    at = codes(sheet)
    assert sheet.cell(2, at["verdict:greet"]).value == "开场"
    assert sheet.cell(3, at["verdict:greet"]).value == "问候"
    assert sheet.cell(4, at["verdict:greet"]).value == "10 分\n判定"
    assert sheet.cell(3, at["verdict:rude"]).value == "【红线】不文明用语"
    assert sheet.cell(4, at["verdict:rude"]).value == "最多扣 5 分\n判定"
    assert [sheet.cell(4, at[c]).value for c in ("comment", "appeal", "reason")] == ["质检评语", "坐席申诉", "改判理由"]
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert sheet.cell(2, at["call"]).value == "通话"
    assert {"B2:M2", "N2:Q2", "R2:S2", "N3:O3", "P3:Q3", "T2:V2"} <= merged


def test_what_helps_to_work_with_the_sheet(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, summary("c1"), summary("c2")))
    assert sheet.freeze_panes == "D5"
    assert sheet.auto_filter.ref == "A4:V6"
    assert sheet.column_dimensions["A"].hidden and sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["O"].outlineLevel == 1 and not sheet.column_dimensions["N"].outlineLevel
    assert 'outlineLevelCol="1"' in xml_parts(tmp_path / "sheets/test-2026-11.xlsx")["xl/worksheets/sheet2.xml"]
    assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$2:$4"
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"符合,部分符合,不符合,不适用,无法判定,确认不符合"'
    assert {str(area) for area in choice.sqref.ranges} == {"N5:N6", "P5:P6", "R5:R6"}


def test_every_verdict_has_its_colour(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, summary()))
    coloured = {
        rule.formula[0]: (rule.dxf.font.color.rgb, bool(rule.dxf.font.b))
        for area in sheet.conditional_formatting
        for rule in area.rules
        if rule.type == "cellIs"
    }
    assert set(coloured) >= {'"符合"', '"部分符合"', '"不符合"', '"不适用"', '"无法判定"'}
    assert coloured['"不符合"'] == ("007F2A00", True)
    assert len({ink for ink, _ in coloured.values()}) >= 4


def test_rows_with_a_red_line_are_marked(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, summary(state="redline")))
    rules = {str(area.sqref): [r.formula[0] for r in area.rules] for area in sheet.conditional_formatting}
    assert rules["B5:L5"] == ['$M5="红线 · 未通过"'] and rules["M5"][0] == '$M5="红线 · 未通过"'
    assert row_of(sheet)["state"] == "红线 · 未通过"


def contrast(first: str, second: str) -> float:
    """Ratio of luminances, WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "fill"), [*((v[0], v[1] or "FFFFFF") for v in style.VERDICTS.values()), style.RED_LINE, style.RED_LINE_ROW]
)
def test_colours_can_be_read(ink: str, fill: str) -> None:
    assert contrast(ink, fill) >= 4.5


def test_no_calls_still_make_a_sheet(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path))
    assert sheet.max_row == 4 and sheet.auto_filter.ref == "A4:V5"


def test_one_section_with_one_criterion_has_nothing_of_one_cell_merged(tmp_path: Path) -> None:
    rubric = form({"id": "s", "criteria": (line("only", points=1),)}).rubric
    sheet = sheet_of(written(tmp_path, summary(criteria=()), rubric=rubric))
    assert all(area.size["columns"] > 1 for area in sheet.merged_cells.ranges)
    assert row_of(sheet)["verdict:only"] is None


def test_runs() -> None:
    assert runs(["", "a", "a", "b", "", "b"]) == [(1, 2), (3, 3), (5, 5)]
    assert runs([]) == []


def test_in_english(tmp_path: Path) -> None:
    path = written(tmp_path, summary(), lang="en")
    book = load_workbook(path)
    assert book.sheetnames[:2] == ["About", "Telesales form"]
    row = row_of(book.worksheets[1])
    assert (row["verdict:name"], row["state"], row["direction"]) == ("Not met", "passed", "outbound") or row[
        "verdict:name"
    ] == "Not met"
    assert "判定" not in xml_parts(path)["xl/worksheets/sheet2.xml"]


def test_the_first_sheet_says_how_it_is_read_back(tmp_path: Path) -> None:
    book = load_workbook(written(tmp_path, summary()))
    texts = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert book.sheetnames == ["说明", "电话销售评分表", "_verdicts", "_qa"]
    assert [book[name].sheet_state for name in book.sheetnames] == ["visible", "visible", "veryHidden", "veryHidden"]
    assert any("qa-pipeline sheets" in text for text in texts)
    assert {"符合", "部分符合", "不符合", "不适用", "无法判定", "红线 · 未通过"} <= set(texts)
    assert book.active is book.worksheets[0]


def test_pages_that_exist_are_linked_to_at_the_time_of_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "c1.html").touch()
    sheet = sheet_of(written(tmp_path, summary("c1"), summary("c2")))
    at = codes(sheet)
    linked = sheet.cell(5, at["quote:greet"]).hyperlink
    assert (linked.target, linked.location) == ("../calls/c1.html", "t=12.0")
    assert sheet.cell(5, at["call"]).hyperlink.target == "../calls/c1.html"
    assert sheet.cell(6, at["quote:greet"]).hyperlink is None and sheet.cell(6, at["call"]).hyperlink is None


def test_evidence_without_words_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "c1.html").touch()
    sheet = sheet_of(written(tmp_path, summary("c1", criteria=(found("greet", Verdict.NOT_SCORABLE),))))
    cell = sheet.cell(5, codes(sheet)["quote:greet"])
    assert cell.value is None and cell.hyperlink is None


def test_links_stop_where_excel_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_LINKS", 5)
    (tmp_path / "calls").mkdir()
    for name in ("c1", "c2"):
        (tmp_path / "calls" / f"{name}.html").touch()
    path = written(tmp_path, summary("c1"), summary("c2"))
    assert xml_parts(path)["xl/worksheets/sheet2.xml"].count("<hyperlink ") == 5


@pytest.mark.parametrize("text", [*HOSTILE, "字" * 10_000, "13912345678"])
def test_hostile_text_in_every_field(tmp_path: Path, text: str) -> None:
    title = text.replace("\ud800", "?")  # no rubric can hold half a character
    only = line("greet", title=title, points=1, fatal=Fatal.CALL)
    rubric = form({"id": "s", "title": title, "criteria": (only,)}, title=title).rubric
    hostile = summary(
        text, agent_id=text, agent_name=text, team=text, recording=text, criteria=(found("greet", text=text),)
    )
    path = written(tmp_path, hostile, rubric=rubric)
    assert path.parent == tmp_path / "sheets"
    assert formulas(path) == []
    parts = xml_parts(path)
    assert not any(re.search("[\u202a-\u202e\u200b]|13912345678", part) for part in parts.values())
    assert 'TargetMode="External"' not in "".join(parts.values())
    sheet = sheet_of(path)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert row_of(sheet)["verdict:greet"] == "符合"


def test_an_id_with_a_number_goes_by_another_name() -> None:
    assert call_key("c-1") == "c-1" and call_key("通话 1") == "通话 1"
    assert "13912345678" not in call_key("x13912345678") and call_key("x13912345678") != call_key("x13912345679")
    assert call_key("a\u202eb") != "a\u202eb" and call_key("#") != "#" and call_key("") != ""


def test_a_verdict_that_was_changed_before_says_so(tmp_path: Path) -> None:
    changed = found("greet", Verdict.MET, machine_verdict=Verdict.MISSED)
    row = row_of(sheet_of(written(tmp_path, summary(criteria=(changed,)))))
    assert row["quote:greet"] == "[0:12] 您好\n人工改判（系统判定：不符合）"


def test_verdicts_that_do_not_count_have_no_evidence(tmp_path: Path) -> None:
    criteria = (found("greet", Verdict.NOT_APPLICABLE), found("name", Verdict.MISSED, "", None, is_hit=False))
    row = row_of(sheet_of(written(tmp_path, summary(criteria=criteria))))
    assert (row["verdict:greet"], row["quote:greet"]) == ("不适用", None)
    assert row["quote:name"] == "未找到"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a", summary()).read_bytes()
    assert written(tmp_path / "b", summary()).read_bytes() == first
    core = xml_parts(tmp_path / "a/sheets/test-2026-11.xlsx")["docProps/core.xml"]
    assert core.count("2026-11-27T08:00:00Z") == 2


def test_a_sheet_that_people_filled_in_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, summary())
    written(tmp_path, summary())
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    fill_in(path, set_values(comment="很好"))
    filled = path.read_bytes()
    written(tmp_path, summary())
    (kept,) = path.parent.glob("*.filled-*.xlsx")
    assert kept.read_bytes() == filled and path.read_bytes() != filled


def test_a_period_is_no_path(tmp_path: Path) -> None:
    from qa_pipeline.report.workbooks.score_sheet import write_score_sheet

    with pytest.raises(ValueError, match="no name of a period"):
        write_score_sheet([], RUBRIC, tmp_path, replace(MADE, made_at=datetime.now(UTC)), "../x")


def test_nothing_is_left_behind_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("openpyxl.writer.excel.ExcelWriter.write_data", fail)
    with pytest.raises(OSError, match="disk full"):
        written(tmp_path, summary())
    assert list((tmp_path / "sheets").iterdir()) == []


def test_openpyxl_is_loaded_only_where_it_is_used() -> None:
    modules = "qa_pipeline.report.workbooks.score_sheet, qa_pipeline.report.workbooks.reading, qa_pipeline.cli.main"
    code = f"import sys, {modules}; print('openpyxl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
