"""A table of figures as a sheet: real numbers, small print in columns of its own, filters, frozen head, data bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qa_pipeline.report.figure_tables import Cell, Column, FigureTable
from qa_pipeline.report.wording import Wording
from qa_pipeline.report.workbooks import cells, style

#: The title, then the head with the filters, then the rows.
HEAD_ROW, FIRST_ROW = 2, 3

_FORMATS = {"count": style.WHOLE, "score": "0.0", "share": style.PERCENT, "time": style.DATE_TIME}
_CHANGES = {"score": "+0.0;-0.0;0.0", "share": "+0.0%;-0.0%;0.0%"}
_WIDTHS = {"count": 11.0, "score": 10.0, "share": 10.0, "change": 13.0, "time": 17.0, "long": 44.0}
_TEXT_WIDTH, _NOTE_WIDTH = 18.0, 20.0
_HEAD_PT = 32

#: How marked cells look: text colour, fill, bold, italic; unmarked where not listed.
_MARKS = {
    "better": ("1F4E79", "DDEBF7", False, False),
    "worse": ("7F2A00", "F8CBAD", True, False),
    "alarm": ("7F2A00", "F8CBAD", True, False),
    "unclear": (style.MUTED, "", False, True),
    "too_few": (style.MUTED, "", False, True),
}
_BAR = "9DC3E6"

_MOMENT = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日 (\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class _Place:
    """A column of the sheet: which cell of a row it shows, and which part: its text, its value or its small print."""

    at: int
    part: str
    title: str
    kind: str
    format: str
    width: float


def write_table(sheet: Any, styles: style.Styles, table: FigureTable, days: str, words: Wording) -> None:
    """Write a table into a sheet that is still empty; ``days``: what it is about, shown beside the title."""
    from openpyxl.utils import get_column_letter

    places = tuple(_places(table, words))
    style.set_widths(sheet, [place.width for place in places])
    style.set_up_print(sheet, f"{HEAD_ROW}:{HEAD_ROW}")
    sheet.freeze_panes = f"B{FIRST_ROW}"
    sheet.row_dimensions[HEAD_ROW].height = _HEAD_PT
    sheet.append([cells.text_cell(sheet, f"{table.title} · {days}", styles(style.Look(bold=True, border=False)))])
    sheet.append([cells.text_cell(sheet, place.title, styles(style.COLUMN)) for place in places])
    for row in table.rows:
        sheet.append([_cell(sheet, styles, place, row) for place in places])
    if not table.rows and table.empty:
        sheet.append([cells.text_cell(sheet, table.empty, styles(style.Look(border=False, ink=style.MUTED)))])
    if table.note:
        sheet.append([])
        sheet.append([cells.text_cell(sheet, table.note, styles(style.Look(border=False, ink=style.MUTED)))])
    listed = sum(row[0].mark != "sum" for row in table.rows)
    last = get_column_letter(len(places))
    # A sum is no row to be sorted or filtered.
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{HEAD_ROW + max(1, listed)}"
    _add_bars(sheet, places, FIRST_ROW + max(1, len(table.rows)) - 1)


def _places(table: FigureTable, words: Wording) -> Iterator[_Place]:
    unit = "score"
    for at, column in enumerate(table.columns):
        unit = column.kind if column.kind in _CHANGES else unit
        yield from _of_column(at, column, [row[at] for row in table.rows], unit, words)


def _of_column(at: int, column: Column, shown: Sequence[Cell], unit: str, words: Wording) -> Iterator[_Place]:
    """A change is a word and the difference, in the ``unit`` of the column that it is about; n and intervals follow."""
    title, kind = column.title, column.kind
    if kind == "change":
        yield _Place(at, "text", title, kind, "General", _WIDTHS[kind])
        difference = words.text("period_book.difference", title=title)
        yield _Place(at, "value", difference, kind, _CHANGES[unit], _WIDTHS[kind])
        return
    part = "value" if kind in ("count", "score", "share") else "text"
    yield _Place(at, part, title, kind, _FORMATS.get(kind, "General"), _WIDTHS.get(kind, _TEXT_WIDTH))
    if any(cell.note for cell in shown):
        key = "period_book.note" if part == "value" else "period_book.remark"
        yield _Place(at, "note", words.text(key, title=title), "note", "General", _NOTE_WIDTH)


def _cell(sheet: Any, styles: style.Styles, place: _Place, row: Sequence[Cell]) -> Any:
    shown = row[place.at]
    look = styles(_look(place, shown, is_sum=row[0].mark == "sum"))
    if place.part == "note":
        return cells.text_cell(sheet, shown.note, look)
    if place.part == "value" and shown.value is not None:
        return cells.number_cell(sheet, shown.value, look)
    if place.part == "value" and place.kind == "change":
        return cells.blank_cell(sheet, look)
    if place.kind == "time" and (moment := _moment(shown.text)):
        return cells.moment_cell(sheet, moment, look)
    made = cells.text_cell(sheet, shown.text, look)
    return cells.link(made, shown.href) if shown.href else made


def _look(place: _Place, shown: Cell, *, is_sum: bool) -> style.Look:
    ink, fill, bold, italic = _MARKS.get(shown.mark, (style.INK, "", False, False))
    if place.part == "note":
        ink, fill, bold, italic = style.MUTED, "", False, False
    numeric = place.part == "value"
    linked = bool(shown.href) and place.part == "text"
    return style.Look(
        bold=bold or is_sum,
        italic=italic,
        underline=linked,
        ink=style.LINK if linked and not fill else ink,
        fill=fill or (style.SUBHEAD if is_sum else ""),
        format=place.format,
        align="right" if numeric else "left",
        wrap=not numeric,
    )


def _moment(text: str) -> datetime | None:
    """The time that stands in a cell in Chinese, so that it can be sorted; None: it stays text."""
    found = _MOMENT.fullmatch(text)
    try:
        if not found:
            return None
        year, month, day, hour, minute = map(int, found.groups())
        return datetime(year, month, day, hour, minute)
    except ValueError:
        return None


def _add_bars(sheet: Any, places: Sequence[_Place], last: int) -> None:
    """Shares as bars from 0 to 1."""
    from openpyxl.formatting.rule import DataBar, FormatObject, Rule
    from openpyxl.utils import get_column_letter

    for number, place in enumerate(places, 1):
        if place.kind == "share" and place.part == "value":
            ends = [FormatObject(type="num", val=0), FormatObject(type="num", val=1)]
            rule = Rule(type="dataBar", dataBar=DataBar(cfvo=ends, color=_BAR))
            letter = get_column_letter(number)
            sheet.conditional_formatting.add(f"{letter}{FIRST_ROW}:{letter}{last}", rule)
