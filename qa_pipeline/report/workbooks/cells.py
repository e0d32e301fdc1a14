"""Cells that are safe whatever is written into them: no text becomes a formula, a link or a broken file.

Text is always stored as text. Where it looks like the beginning of a formula its style says so too (``quotePrefix``),
so that it stays text when somebody edits the cell.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qa_pipeline.report.text import clean, shown, shown_identifier

if TYPE_CHECKING:
    from openpyxl.styles.cell_style import StyleArray

#: A cell of openpyxl, whose stubs leave out the parts that are set here without being interpreted.
Cell = Any

#: The most characters that Excel keeps in a cell, counted as it does: in UTF-16 units.
MAX_CHARS = 32_767

#: The most links that Excel keeps in a sheet are 65,530.
MAX_LINKS = 60_000

#: The longest name of a sheet, in UTF-16 units.
MAX_SHEET_NAME = 31

#: What spreadsheets take for the beginning of a formula, also in the width of Chinese text, and calls of other
#: programs (DDE: ``cmd|'/c calc'!A0``).
_FORMULA = re.compile(r"""[\t\r\n]|[\s'"]*[=+\-@＝＋－＠﹦﹢﹣﹫]|.*\|.*!""", re.DOTALL)

#: Characters that XML does not know.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: Excel reads ``_x000D_`` as a character by its number; the underscore of a text that only looks so is escaped.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

#: Earlier days are no dates to Excel.
_FIRST_YEAR = 1900

_SHEET_NAME_FORBIDDEN = re.compile(r"[\[\]:*?/\\\n\t]")
#: Pages that the report writes; nothing else is linked to.
_OWN_PAGE = re.compile(r"(?:\.\./)?[a-z]+/[A-Za-z0-9_-]+(?:\.\.[0-9-]+)?(?:\.en)?\.html")
_PLACE = re.compile(r"t=?[0-9.]+")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet could read the text as a formula or a call of a program."""
    return _FORMULA.match(text) is not None


def stored_text(text: str) -> str:
    """What is written for a text: without what XML forbids, cut where Excel would cut it."""
    return _LOOKS_ESCAPED.sub("_x005F_", _cut(_NO_XML.sub("", text)))


def read_text(value: object) -> str:
    """What a cell holds, as text without blanks around it; a whole number has no decimals. Empty: nothing."""
    return read_exact(value).strip()


def read_exact(value: object) -> str:
    """The same with its blanks: what ``set_raw`` was given."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _NO_XML.sub("", _ESCAPED.sub(lambda m: chr(int(m[1], 16)), str(value)))


def _cut(text: str, most: int = MAX_CHARS) -> str:
    if len(text) <= most // 2 or _units(text) <= most:
        return text
    text = text[: most - 1]
    while _units(text) > most - 1:
        text = text[: -max(1, (_units(text) - most + 1) // 2)]
    return text + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def sheet_name(title: str, taken: set[str], fallback: str = "Sheet") -> str:
    """A name that Excel takes for a sheet, unlike those ``taken`` already (in small letters; it is added to them)."""
    cleaned = _SHEET_NAME_FORBIDDEN.sub(" ", _NO_XML.sub("", shown(title))).strip(" '")
    base = " ".join(cleaned.split())
    base = fallback if not base or base.casefold() == "history" else base
    name, number = _short(base, ""), 1
    while name.casefold() in taken:
        number += 1
        name = _short(base, f" ({number})")
    taken.add(name.casefold())
    return name


def _short(base: str, ending: str) -> str:
    most = MAX_SHEET_NAME - len(ending)
    return (base if _units(base) <= most else _cut(base, most)).rstrip(" '") + ending


def set_raw(cell: Cell, text: str) -> None:
    """Give a cell exactly this text: for ids and codes that the program reads back."""
    stored = stored_text(text)
    # Setting the value would look into the text for formulas and errors.
    cell._value = stored
    cell.data_type = "s"
    if looks_like_formula(stored) and not cell.quotePrefix:
        cell.quotePrefix = True


def set_text(cell: Cell, text: str) -> None:
    """Give a cell a text that people wrote or said: numbers of people are masked, invisible characters left out."""
    set_raw(cell, shown(text))


def set_identifier(cell: Cell, text: str) -> None:
    """Give a cell an id or a file name, with long runs of digits masked."""
    set_raw(cell, shown_identifier(text))


def raw_cell(sheet: Any, text: str, style: StyleArray | None = None) -> Cell:
    """A cell for ``sheet.append`` with exactly this text."""
    cell = blank_cell(sheet, style)
    set_raw(cell, text)
    return cell


def text_cell(sheet: Any, text: str, style: StyleArray | None = None) -> Cell:
    """A cell with a text that people wrote or said, masked."""
    return raw_cell(sheet, shown(text), style)


def identifier_cell(sheet: Any, text: str, style: StyleArray | None = None) -> Cell:
    """A cell with an id or a file name, masked."""
    return raw_cell(sheet, shown_identifier(text), style)


def number_cell(sheet: Any, value: float | None, style: StyleArray | None = None) -> Cell:
    """A cell with a real number; blank where it is not known."""
    cell = blank_cell(sheet, style)
    if value is not None and math.isfinite(value):
        cell._value, cell.data_type = value, "n"
    return cell


def moment_cell(sheet: Any, moment: datetime | None, style: StyleArray | None = None) -> Cell:
    """A cell with a real date and time, as the clock showed where it was: Excel knows no time zones."""
    if moment is not None and moment.year < _FIRST_YEAR:
        return raw_cell(sheet, f"{moment:%Y-%m-%d %H:%M}", style)
    cell = blank_cell(sheet, style)
    if moment is not None:
        cell._value, cell.data_type = moment.replace(tzinfo=None), "d"
    return cell


def blank_cell(sheet: Any, style: StyleArray | None = None) -> Cell:
    """An empty cell with a style (``Styles``)."""
    from openpyxl.cell import cell

    return cell.Cell(sheet, row=1, column=1, style_array=style)


def link(cell: Cell, address: str) -> Cell:
    """Link a cell to a page of the report (``Links``); an address of any other kind is left out."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    page, _, place = clean(address).partition("#")
    if _OWN_PAGE.fullmatch(page) and (not place or _PLACE.fullmatch(place)):
        # The place stands apart from the file, as Excel keeps it.
        cell._hyperlink = Hyperlink(ref="", target=page, location=place or None)
    return cell
