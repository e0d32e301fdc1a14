"""What a workbook is and belongs to, in a sheet that Excel does not offer to show.

openpyxl is imported where it is used: it takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook

#: The name of the hidden sheet. The first row is ``kind`` and the kind; each further row is a name and its value.
SHEET = "_qa"

#: Kinds of workbooks that people fill in and hand back.
SCORE_SHEET = "score_sheet"
COACHING_BOOK = "coaching_book"

_MOST_ROWS = 10_000


def mark(workbook: Workbook, kind: str, values: Mapping[str, str]) -> None:
    """Write ``kind`` and ``values`` into the hidden sheet of a workbook; ValueError without a kind.

    All is written as text. Call it last: the sheets that people see come first.
    """
    if not kind:
        raise ValueError("a marked workbook has a kind")
    from qa_pipeline.report.workbooks.cells import raw_cell

    sheet = workbook.create_sheet(SHEET)
    for row in (("kind", kind), *values.items()):
        sheet.append([raw_cell(sheet, text) for text in row])
    sheet.sheet_state = "veryHidden"


def marker_of(workbook: Workbook) -> tuple[str, dict[str, str]] | None:
    """The kind and the values of a workbook; None where it has no such sheet, or none that names a kind."""
    if SHEET not in workbook.sheetnames:
        return None
    from qa_pipeline.report.workbooks.cells import read_exact

    rows = workbook[SHEET].iter_rows(max_col=2, max_row=_MOST_ROWS, values_only=True)
    values = {read_exact(row[0]): read_exact(row[1]) if len(row) > 1 else "" for row in rows if row and row[0]}
    kind = values.pop("kind", "")
    return (kind, values) if kind else None
