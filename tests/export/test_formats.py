"""Every format gives back the rows that it was given; what each of them owes its readers."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from qa_pipeline.core.errors import UserError
from qa_pipeline.export.columns import Row, Table
from qa_pipeline.export.csv_file import cell_text, guarded, unguarded
from qa_pipeline.export.formats import Format, new_writer
from qa_pipeline.export.numbers_as_text import plain_number
from qa_pipeline.export.parquet_file import ParquetWriter
from qa_pipeline.export.tables import TABLES
from qa_pipeline.export.xlsx_file import MAX_ROWS, XlsxWriter
from qa_pipeline.report.text import clean
from qa_pipeline.report.workbooks.cells import MAX_CHARS, looks_like_formula
from tests.export.export_samples import PLAIN, as_dicts, read, three_calls, write

EVERY = pytest.mark.parametrize("made", list(Format))
MOMENT = datetime(2026, 11, 3, 10, 15, 30)
NOTHING: Row = (None,) * 5

HOSTILE = (
    "=1+1",
    "=cmd|'/c calc'!A0",
    "@SUM(A1)",
    "+86 1",
    "-嗯",
    "＝1",
    "'=1",
    "''=1",
    "'\tx",
    "' it's",
    'He said "no", then\nleft\n',
    "a,b;c\td",
    "，。😀👨‍👩‍👧",
    " blanks ",
    "_x000D_",
    "null",
    "true",
    "007",
    "1e5",
    "2026-11-03",
    "#N/A",
    "<b>&amp;</b>",
    "\u3000",
)


@EVERY
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_three_calls_come_back_as_they_were(made: Format, table: Table[Any], tmp_path: Path) -> None:
    rows = [row for call in three_calls() for row in table.rows(call)]
    assert rows
    assert read(made, write(made, tmp_path / "f", table, rows), table) == rows


@EVERY
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_without_rows_the_file_is_whole_and_empty(made: Format, table: Table[Any], tmp_path: Path) -> None:
    assert read(made, write(made, tmp_path / "f", table, ()), table) == []


@EVERY
def test_hostile_text_comes_back_as_it_was(made: Format, tmp_path: Path) -> None:
    rows: list[Row] = [(text, 1, 0.5, True, MOMENT) for text in HOSTILE]
    assert read(made, write(made, tmp_path / "f", PLAIN, rows), PLAIN) == rows


TEXTS = st.text(max_size=60).map(clean).filter(bool)
#: A row has an id at least: to Excel, one without any value is not there.
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS | st.sampled_from(HOSTILE),
        st.none() | st.integers(-(10**12), 10**12),
        st.none() | st.integers(-(10**12), 10**12).map(lambda n: n / 1000),
        st.none() | st.booleans(),
        st.none() | st.datetimes(datetime(1901, 1, 1), datetime(2999, 1, 1)).map(lambda m: m.replace(microsecond=0)),
    ).filter(lambda row: row != NOTHING),
    max_size=5,
)


@EVERY
@settings(max_examples=60)
@given(rows=ROWS)
def test_any_rows_come_back_as_they_were(
    made: Format, rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "f"
    assert read(made, write(made, path, PLAIN, rows), PLAIN) == rows


# -- rows are written as they come -----------------------------------------------


@pytest.mark.parametrize("made", [Format.CSV, Format.JSONL])
def test_text_reaches_the_file_before_the_last_row_is_there(made: Format, tmp_path: Path) -> None:
    writer = new_writer(made, tmp_path / "f", PLAIN)
    for _ in range(100):
        writer.add(("您好" * 100, 1, 1.0, True, MOMENT))
    assert (tmp_path / "f").stat().st_size > 10_000
    writer.abandon()


def test_parquet_is_written_in_row_groups_and_keeps_no_more_than_one(tmp_path: Path) -> None:
    from pyarrow import parquet

    writer = ParquetWriter(tmp_path / "f", PLAIN, rows_per_group=3)
    for number in range(7):
        writer.add(("a", number, None, None, None))
        assert len(writer._rows) == (number + 1) % 3
    writer.finish()
    found = parquet.ParquetFile(tmp_path / "f")
    assert [found.metadata.row_group(i).num_rows for i in range(found.num_row_groups)] == [3, 3, 1]
    assert found.read().column("whole").to_pylist() == list(range(7))


# -- CSV ----------------------------------------------------------------------------


def test_csv_opens_in_excel_and_runs_nothing(tmp_path: Path) -> None:
    path = write(
        Format.CSV, tmp_path / "f", PLAIN, [("=1+1", None, 1e-6, False, MOMENT), ("您好", 3, None, None, None)]
    )
    lines = path.read_bytes().split(b"\r\n")
    assert lines[0] == b"\xef\xbb\xbftext,whole,decimal,yes_no,moment"
    assert lines[1:] == [b"'=1+1,,0.000001,false,2026-11-03T10:15:30", "您好,3,,,".encode(), b""]


@given(st.text() | st.sampled_from(HOSTILE) | st.text(alphabet="'=\t+|!a"))
def test_what_is_guarded_is_no_formula_and_can_be_unguarded(text: str) -> None:
    assert unguarded(guarded(text)) == text
    if looks_like_formula(text):
        assert guarded(text) == f"'{text}"
    else:
        assert guarded(text).lstrip("'") == text.lstrip("'")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_without_exponents_and_lose_nothing(number: float) -> None:
    text = plain_number(number)
    assert set(text) <= set("-.0123456789")
    assert float(text) == number


def test_negative_numbers_are_no_text() -> None:
    assert cell_text(-3.5) == "-3.5"


# -- JSON Lines ----------------------------------------------------------------------


def test_json_has_every_key_with_null_for_what_is_not_known(tmp_path: Path) -> None:
    path = write(Format.JSONL, tmp_path / "f", PLAIN, [NOTHING, ("您好\n", 3, 1e-6, False, MOMENT)])
    assert path.read_text(encoding="utf-8") == (
        '{"text": null, "whole": null, "decimal": null, "yes_no": null, "moment": null}\n'
        '{"text": "您好\\n", "whole": 3, "decimal": 0.000001, "yes_no": false, "moment": "2026-11-03T10:15:30"}\n'
    )


def test_json_of_calls_has_the_columns_in_their_order(tmp_path: Path) -> None:
    calls = three_calls()
    table = TABLES["calls"]
    path = write(Format.JSONL, tmp_path / "f", table, [row for call in calls for row in table.rows(call)])
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert tuple(first) == table.names
    assert first["started_local"] == "2026-11-03T10:15:00"
    assert first["final_percent"] == as_dicts(table, calls)[0]["final_percent"]


# -- Parquet ----------------------------------------------------------------------------


def test_parquet_columns_are_typed_and_say_what_they_are(tmp_path: Path) -> None:
    from pyarrow import parquet

    kinds = parquet.read_schema(write(Format.PARQUET, tmp_path / "f", PLAIN, ()))
    assert [str(field.type) for field in kinds] == ["string", "int64", "double", "bool", "timestamp[us]"]
    turns = parquet.read_schema(write(Format.PARQUET, tmp_path / "g", TABLES["turns"], ()))
    wanted = {b"unit": b"s", b"meaning": b"Where it ends.", b"meaning_zh": "结束时间。".encode()}
    assert {key: turns.field("end_s").metadata[key] for key in wanted} == wanted


def test_without_pyarrow_one_line_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"pip install 'qa-pipeline\[parquet\]'"):
        new_writer(Format.PARQUET, tmp_path / "f", PLAIN)
    assert not (tmp_path / "f").exists()


# -- Excel ----------------------------------------------------------------------------


def test_a_full_sheet_goes_on_in_the_next_one(tmp_path: Path) -> None:
    writer = XlsxWriter(tmp_path / "f.xlsx", PLAIN, most_rows=4)
    rows: list[Row] = [(f"t{number}", number, None, None, None) for number in range(7)]
    for row in rows:
        writer.add(row)
    writer.finish()
    book = load_workbook(tmp_path / "f.xlsx")
    assert book.sheetnames == ["plain", "plain (2)", "plain (3)", "说明 columns"]
    assert [sheet.max_row for sheet in book.worksheets[:3]] == [4, 4, 2]
    assert {sheet["A1"].value for sheet in book.worksheets[:3]} == {"text"}
    assert read(Format.XLSX, tmp_path / "f.xlsx", PLAIN) == rows


def test_sheets_are_as_long_as_excel_reads_them() -> None:
    assert MAX_ROWS == 2**20


def test_text_that_looks_like_a_formula_stays_text_when_it_is_edited(tmp_path: Path) -> None:
    write(Format.XLSX, tmp_path / "f.xlsx", PLAIN, [("=1+1", 3, 0.5, True, MOMENT)])
    text, *others = load_workbook(tmp_path / "f.xlsx").worksheets[0][2]
    assert (text.value, text.data_type, text.quotePrefix) == ("=1+1", "s", True)
    assert [cell.data_type for cell in others] == ["n", "n", "b", "d"]


def test_text_that_no_cell_holds_is_cut(tmp_path: Path) -> None:
    write(Format.XLSX, tmp_path / "f.xlsx", PLAIN, [("好" * (MAX_CHARS + 1), *NOTHING[1:])])
    ((text, *_),) = read(Format.XLSX, tmp_path / "f.xlsx", PLAIN)
    assert text == "好" * (MAX_CHARS - 1) + "…"


def test_the_last_sheet_says_what_columns_mean(tmp_path: Path) -> None:
    write(Format.XLSX, tmp_path / "f.xlsx", TABLES["turns"], ())
    _, *rows = load_workbook(tmp_path / "f.xlsx")["说明 columns"].iter_rows(values_only=True)
    assert [row[0] for row in rows] == list(TABLES["turns"].names)
    assert rows[3] == ("start_s", "number 小数", "s 秒", "Where the turn begins in the recording.", "开始时间。")


@EVERY
@pytest.mark.parametrize("rows", [0, 1])
def test_a_writer_can_be_let_go_of_at_any_time(made: Format, rows: int, tmp_path: Path) -> None:
    half, whole = (new_writer(made, tmp_path / name, PLAIN) for name in ("half", "whole"))
    for writer in (half, whole):
        for _ in range(rows):
            writer.add(("a", 1, 1.0, True, MOMENT))
    whole.finish()
    half.abandon(), whole.abandon()
    assert len(read(made, tmp_path / "whole", PLAIN)) == rows
