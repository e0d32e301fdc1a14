"""The first sheet of a score sheet: what the colours mean, what to fill in, how it is read back."""

from __future__ import annotations

from typing import Any

from qa_pipeline.core.score import Verdict
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import UNKNOWN, Wording, number
from qa_pipeline.report.workbooks import cells, style
from qa_pipeline.report.workbooks.score_columns import verdict_word
from qa_pipeline.rubric.model import Rubric

_WIDTHS = (18, 96)
_FILL = ("verdict", "comment", "move", "quote")
_BACK = ("command", "score")


def write_about(
    sheet: Any, styles: style.Styles, rubric: Rubric, made: PageOptions, period: str, calls: int, words: Wording
) -> None:
    """Write the sheet; ``calls``: how many the workbook has."""
    style.set_widths(sheet, _WIDTHS)
    style.set_up_print(sheet, "")
    sheet.sheet_view.showGridLines = False
    title = words.text("sheet.about.title", title=words.either(rubric.title, rubric.title_en))
    sheet.append([cells.text_cell(sheet, title, styles(style.TITLE))])
    label, note = styles(style.Look(bold=True, border=False)), styles(style.NOTE)
    for code, text in _facts(rubric, made, period, calls, words):
        name = words.text(f"sheet.about.{code}")
        sheet.append([cells.raw_cell(sheet, name, label), cells.raw_cell(sheet, text, note)])
    _heading(sheet, styles, words.text("sheet.about.colours"))
    for verdict in Verdict:
        ink, fill, bold, italic = style.VERDICTS[verdict]
        look = styles(style.Look(ink=ink, fill=fill, bold=bold, italic=italic, align="center"))
        text = words.text(f"sheet.about.{verdict}")
        sheet.append([cells.raw_cell(sheet, verdict_word(verdict, words), look), cells.raw_cell(sheet, text, note)])
    ink, fill = style.RED_LINE
    red = cells.raw_cell(
        sheet, words.text("state.redline"), styles(style.Look(True, ink=ink, fill=fill, align="center"))
    )
    sheet.append([red, cells.raw_cell(sheet, words.text("sheet.about.red_line"), note)])
    for part, codes in (("fill", _FILL), ("back", _BACK)):
        _heading(sheet, styles, words.text(f"sheet.about.{part}"))
        for place, code in enumerate(codes, 1):
            text = words.text(f"sheet.about.{part}.{code}")
            sheet.append([cells.raw_cell(sheet, f"{place}.", label), cells.raw_cell(sheet, text, note)])


def _heading(sheet: Any, styles: style.Styles, text: str) -> None:
    sheet.append([])
    sheet.append([cells.raw_cell(sheet, text, styles(style.Look(bold=True, size=12, border=False)))])


def _facts(rubric: Rubric, made: PageOptions, period: str, calls: int, words: Wording) -> list[tuple[str, str]]:
    line = number(rubric.pass_percent) + "%" if rubric.pass_percent is not None else UNKNOWN
    if rubric.pass_points is not None:
        line = words.text("sheet.points.earned", points=number(rubric.pass_points))
    return [
        ("rubric", f"{rubric.id} {rubric.version}"),
        ("period", period),
        ("calls", str(calls)),
        ("pass", line),
        ("made", words.date_time(made.made_at)),
    ]
