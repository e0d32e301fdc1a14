"""A form in Excel, A4 upright: rows of labels, texts and cells to fill in, merged over six columns."""

from __future__ import annotations

import math
import unicodedata
from copy import copy
from typing import TYPE_CHECKING, Any

from qa_pipeline.report.workbooks import style
from qa_pipeline.report.workbooks.cells import set_raw, set_text
from qa_pipeline.report.workbooks.style import PAPER_A4, Look, Styles

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell

#: Characters of the font; together they fill an upright page.
WIDTHS = (13.0, 21.0, 19.0, 21.0, 13.0, 13.0)

DATE = "yyyy-mm-dd"

TITLE = Look(bold=True, size=16, align="center", border=False)
SECTION = Look(bold=True, size=11, border=False)
LABEL = Look(bold=True, fill=style.SUBHEAD, wrap=True)
COLUMN = style.COLUMN
TEXT = style.WRAPPED
NOTE = Look(wrap=True, border=False, ink=style.MUTED)
SUGGESTION = Look(wrap=True, italic=True, ink=style.MUTED)
FILL_IN = style.ANSWER
FILL_IN_DATE = Look(fill=style.FILL_IN, format=DATE)
LINKED = Look(ink=style.LINK, underline=True, wrap=True)

_LINE_PT = 15.0


class Form:
    """Writes rows from the top; ``row`` is the one that is being written."""

    def __init__(self, workbook: Workbook, sheet: Any) -> None:
        self._styles, self._sheet = Styles(workbook), sheet
        self.row = 0
        style.set_widths(sheet, WIDTHS)

    def next(self, height_pt: float = 18.0) -> int:
        self.row += 1
        self._sheet.row_dimensions[self.row].height = height_pt
        return self.row

    def put(self, first: int, last: int, look: Look, text: str = "") -> Cell:
        """A cell over columns ``first`` to ``last`` (1..6) of the row, high enough for its text."""
        for column in range(first, last + 1):
            self._sheet.cell(self.row, column)._style = copy(self._styles(look))
        if last > first:
            self._sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)
        cell: Cell = self._sheet.cell(self.row, first)
        if text:
            set_text(cell, text)
            self._raise(text, sum(WIDTHS[first - 1 : last]))
        return cell

    def code(self, first: int, look: Look, text: str) -> Cell:
        """A cell with exactly this text."""
        cell = self.put(first, first, look)
        set_raw(cell, text)
        return cell

    def _raise(self, text: str, width: float) -> None:
        """Excel does not fit the height of merged cells by itself."""
        lines = sum(max(1, math.ceil(_width(line) / (width - 1.5))) for line in text.split("\n"))
        row = self._sheet.row_dimensions[self.row]
        row.height = max(row.height or 0.0, lines * _LINE_PT + 3)


def _width(text: str) -> float:
    """In characters of the font; Chinese ones take two."""
    return sum(2.0 if unicodedata.east_asian_width(c) in "WFA" else 1.1 for c in text)


def set_up_print(sheet: Any, last_row: int, breaks: list[int]) -> None:
    """A4 upright, as wide as one page; ``breaks``: rows after which a new page begins."""
    from openpyxl.worksheet.pagebreak import Break
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.45
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.print_options.horizontalCentered = True
    sheet.print_area = f"A1:F{last_row}"
    sheet.oddFooter.right.text = "&P / &N"
    for row in breaks:
        sheet.row_breaks.append(Break(id=row))
