"""A table as an Excel workbook, written row by row; a last sheet says what the columns mean.

A sheet holds 1,048,576 rows at most: further rows go on in further sheets, each with the names of the columns on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.export.columns import KINDS_ZH, UNITS, Row, Table, Value
from qa_pipeline.report.workbooks import cells, style
from qa_pipeline.report.workbooks.archive import discard, save

#: Of a sheet, the one with the names of the columns included.
MAX_ROWS = 1_048_576

_LEGEND = "说明 columns"
_LEGEND_NAMES = ("column 列", "type 类型", "unit 单位", "meaning", "含义")
_LEGEND_WIDTHS = (28, 14, 18, 70, 60)

#: Widths in characters; turns are long.
_WIDTH, _TEXT_WIDTH = 16, 80

_DATE_TIME = style.Look(format="yyyy-mm-dd hh:mm:ss", border=False)


class XlsxWriter:
    """See ``TableWriter``."""

    def __init__(self, path: Path, table: Table[Any], most_rows: int = MAX_ROWS) -> None:
        from openpyxl import Workbook

        self._path, self._table, self._most = path, table, most_rows
        self._book = Workbook(write_only=True)
        self._styles = style.Styles(self._book)
        self._taken = {_LEGEND.casefold()}
        self._sheet = self._new_sheet()

    def add(self, row: Row) -> None:
        if self._used >= self._most:
            # Its rows are in a temporary file; closed, it needs no memory.
            self._sheet.close()
            self._sheet = self._new_sheet()
        self._sheet.append([self._cell(value) for value in row])
        self._used += 1

    def finish(self) -> None:
        self._write_legend()
        save(self._book, self._path, None)

    def abandon(self) -> None:
        discard(self._book)

    def _new_sheet(self) -> Any:
        sheet = self._book.create_sheet(cells.sheet_name(self._table.name, self._taken))
        style.set_widths(sheet, [_TEXT_WIDTH if name == "text" else _WIDTH for name in self._table.names])
        sheet.freeze_panes = "B2"
        self._head(sheet, self._table.names)
        self._used = 1
        return sheet

    def _head(self, sheet: Any, names: Iterable[str]) -> None:
        painted = self._styles(style.COLUMN)
        sheet.append([cells.raw_cell(sheet, name, painted) for name in names])

    def _cell(self, value: Value) -> Any:
        if value is None:
            return None
        if isinstance(value, bool):
            cell = cells.blank_cell(self._sheet)
            cell._value, cell.data_type = value, "b"
            return cell
        if isinstance(value, str):
            return cells.raw_cell(self._sheet, value)
        if isinstance(value, datetime):
            return cells.moment_cell(self._sheet, value, self._styles(_DATE_TIME))
        return cells.number_cell(self._sheet, value)

    def _write_legend(self) -> None:
        sheet = self._book.create_sheet(_LEGEND)
        style.set_widths(sheet, _LEGEND_WIDTHS)
        self._head(sheet, _LEGEND_NAMES)
        for column in self._table.columns:
            kind, unit = _both(column.kind, KINDS_ZH[column.kind]), _both(column.unit, UNITS[column.unit])
            shown = (column.name, kind, unit, column.meaning, column.meaning_zh)
            sheet.append([cells.raw_cell(sheet, text) for text in shown])


def _both(english: str, chinese: str) -> str:
    return english if english == chinese else f"{english} {chinese}"
