"""How workbooks look: fonts, fills, borders, widths, frozen panes, filters, print set-up.

Colours tell nothing that words do not tell too, are told apart by colour-blind readers (blue against orange, never
red against green), and stay apart in grey print: what is wrong is bold, what does not count is in italics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa_pipeline.core.score import Verdict
from qa_pipeline.report.workbooks.cells import blank_cell

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.styles.cell_style import StyleArray

FONT = "Microsoft YaHei"
SIZE_PT = 10
INK, MUTED, LINK = "1F2328", "6E7781", "0B5CAD"
HEAD, SUBHEAD, FILL_IN, LINE = "1F3A5F", "DDE6F0", "FFFBE6", "BFC7D1"

PERCENT = "0.0%"
DATE_TIME = "yyyy-mm-dd hh:mm"
MINUTES = "[m]:ss"
POINTS = "0.##"
WHOLE = "#,##0"
TEXT = "@"

#: Paper sizes by their number in the file format.
PAPER_A3, PAPER_A4 = 8, 9

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Look:
    """How a cell looks. ``fill``, ``ink``: colours as RRGGBB, no fill where empty; ``size``: points."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    ink: str = INK
    fill: str = ""
    size: int = SIZE_PT
    format: str = "General"
    align: str = "left"
    wrap: bool = False
    border: bool = True


PLAIN = Look()
WRAPPED = Look(wrap=True)
TITLE = Look(bold=True, size=15, border=False)
NOTE = Look(wrap=True, border=False)
HEADING = Look(bold=True, ink="FFFFFF", fill=HEAD, align="center", wrap=True)
COLUMN = Look(bold=True, fill=SUBHEAD, align="center", wrap=True)
TO_FILL_IN = Look(bold=True, fill="FFE699", align="center", wrap=True)
ANSWER = Look(fill=FILL_IN, wrap=True, format=TEXT)
LINKED = Look(ink=LINK, underline=True)
HIDDEN = Look(ink=MUTED, border=False, format=TEXT)

#: How verdicts look: text colour, fill, bold, italic.
VERDICTS: Mapping[Verdict, tuple[str, str, bool, bool]] = {
    Verdict.MET: ("1F4E79", "DDEBF7", False, False),
    Verdict.PARTLY: ("5F4B00", "FFF2CC", False, False),
    Verdict.MISSED: ("7F2A00", "F8CBAD", True, False),
    Verdict.NOT_APPLICABLE: (MUTED, "", False, True),
    Verdict.NOT_SCORABLE: ("404040", "E7E6E6", False, True),
}
RED_LINE = ("FFFFFF", "9C0006")
RED_LINE_ROW = ("7F2A00", "FBE5D6")


class Styles:
    """The looks of one workbook, each made once: a cell then takes a number instead of five objects."""

    def __init__(self, workbook: Workbook) -> None:
        self._book = workbook
        self._made: dict[Look, StyleArray] = {}

    def __call__(self, look: Look) -> StyleArray:
        if look not in self._made:
            self._made[look] = self._make(look)
        return self._made[look]

    def _make(self, look: Look) -> StyleArray:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        cell = blank_cell(_Holder(self._book))
        font: dict[str, Any] = {"size": look.size, "bold": look.bold, "italic": look.italic, "color": look.ink}
        cell.font = Font(name=FONT, underline="single" if look.underline else None, **font)
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=look.fill)
        if look.border:
            side = Side("thin", color=LINE)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        vertical = "center" if look.align == "center" else "top"
        cell.alignment = Alignment(horizontal=look.align, vertical=vertical, wrap_text=look.wrap)
        cell.number_format = look.format
        made: StyleArray = cell._style
        return made


class _Holder:
    """Stands for a sheet where only its workbook is asked for."""

    def __init__(self, workbook: Workbook) -> None:
        self.parent = workbook


def set_widths(sheet: Any, widths: Sequence[float]) -> None:
    """Column widths in characters of the font, from the first column on; set them before the first row is written."""
    from openpyxl.utils import get_column_letter

    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def set_up_print(sheet: Any, header_rows: str, paper: int = PAPER_A4) -> None:
    """Landscape, as wide as one page, with its header (``2:4``) and page numbers on every page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"
    if header_rows:
        sheet.print_title_rows = header_rows


def word_rule(word: str, ink: str, fill: str, bold: bool = False, italic: bool = False) -> Any:
    """Colours the cells that hold exactly this word."""
    from openpyxl.formatting.rule import Rule

    return Rule(type="cellIs", operator="equal", formula=[quoted(word)], dxf=_difference(ink, fill, bold, italic))


def formula_rule(formula: str, ink: str, fill: str, bold: bool = False) -> Any:
    """Colours the cells for which a formula of ours holds."""
    from openpyxl.formatting.rule import Rule

    return Rule(type="expression", formula=[formula], dxf=_difference(ink, fill, bold, False))


def _difference(ink: str, fill: str, bold: bool, italic: bool) -> Any:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.styles.differential import DifferentialStyle

    # The fill of a rule is its background, unlike that of a cell.
    painted = PatternFill("solid", bgColor=fill) if fill else None
    return DifferentialStyle(font=Font(color=ink, bold=bold or None, italic=italic or None), fill=painted)


def quoted(word: str) -> str:
    """A text inside a formula of ours."""
    return '"' + word.replace('"', '""') + '"'
