"""The weekly or monthly report as a workbook: the tables of its page, with real numbers to sort and to reckon with."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from qa_pipeline.report.figure_tables import Cell, Column, FigureTable
from qa_pipeline.report.links import period_file
from qa_pipeline.report.period.period_view import PeriodView
from qa_pipeline.report.wording import UNKNOWN, Wording, wording
from qa_pipeline.report.workbooks import cells, style
from qa_pipeline.report.workbooks.archive import discard, save
from qa_pipeline.report.workbooks.table_sheet import write_table

_FACTS_WIDTHS = (26, 16, 34, 34)
_LAST_COLUMN = "D"
#: Height of a line by the size of its font.
_LINE_PT = 1.6

_HEADING = style.Look(bold=True, size=12, border=False)
_HEAD = style.Look(bold=True, border=False)
_SMALL = style.Look(border=False, ink=style.MUTED)


def write_period_book(view: PeriodView, out: Path, name: str, made_at: datetime | None = None) -> Path:
    """Write ``periods/<name>.xlsx`` into the report folder ``out``; its path is returned."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    words = wording(_lang(view))
    styles = style.Styles(book)
    taken: set[str] = set()
    try:
        first = book.create_sheet(cells.sheet_name(words.text("period_book.overview"), taken))
        _write_overview(first, styles, view, words)
        for key, table in _tables(view):
            sheet = book.create_sheet(cells.sheet_name(words.text(f"period_book.{key}"), taken))
            write_table(sheet, styles, table, view.days, words)
    except BaseException:
        discard(book)
        raise
    return save(book, out / f"{period_file(name)}.xlsx", made_at)


def _lang(view: PeriodView) -> str:
    return view.html_lang.split("-")[0]


def _tables(view: PeriodView) -> Iterator[tuple[str, FigureTable]]:
    """What each sheet holds; everything about teams is one table."""
    yield "teams", joined((view.coverage_teams, view.passed, view.review_teams))
    yield "agents", view.coverage_agents
    yield "findings", view.findings
    yield "sections", view.sections
    yield "red_lines", view.red_lines
    yield "reviews", view.reviews
    yield "no_proof", view.no_proof
    yield "alerts", view.alerts
    yield "failures", view.failures


def joined(tables: Sequence[FigureTable]) -> FigureTable:
    """Tables whose rows are headed by the same names as one; a name that one of them lacks is unknown there, a
    table without rows adds nothing."""
    first, *others = tables
    columns = list(first.columns)
    rows = [list(row) for row in first.rows]
    for table in filter(lambda table: table.rows, others):
        found = {(row[0].text, row[0].mark): row[1:] for row in table.rows}
        lacking = (Cell(UNKNOWN),) * (len(table.columns) - 1)
        columns += table.columns[1:]
        rows = [row + list(found.get((row[0].text, row[0].mark), lacking)) for row in rows]
    return replace(first, columns=_apart(columns), rows=tuple(tuple(row) for row in rows))


def _apart(columns: Sequence[Column]) -> tuple[Column, ...]:
    """A title that stands there twice gets a number: filters and pivot tables need names."""
    seen: dict[str, int] = {}
    made = []
    for column in columns:
        seen[column.title] = seen.get(column.title, 0) + 1
        count = seen[column.title]
        made.append(replace(column, title=f"{column.title} ({count})") if count > 1 else column)
    return tuple(made)


class _Lines:
    """A sheet that is written line by line; a text takes as many lines as it needs across all columns."""

    def __init__(self, sheet: Any, styles: style.Styles) -> None:
        self._sheet, self._styles, self._row = sheet, styles, 0
        style.set_widths(sheet, _FACTS_WIDTHS)
        style.set_up_print(sheet, "")
        sheet.sheet_view.showGridLines = False

    def row(self, *texts: tuple[str, style.Look]) -> None:
        self._row += 1
        self._sheet.append([cells.text_cell(self._sheet, text, self._styles(look)) for text, look in texts])

    def text(self, text: str, look: style.Look) -> None:
        """Excel does not make rows of merged cells as high as their text: the height is worked out here."""
        across = sum(_FACTS_WIDTHS) * style.SIZE_PT / look.size
        lines = ceil(sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text) / across) or 1
        self._sheet.row_dimensions[self._row + 1].height = lines * look.size * _LINE_PT
        self.row((text, replace(look, wrap=True)))
        self._sheet.merged_cells.add(f"A{self._row}:{_LAST_COLUMN}{self._row}")

    def section(self, title: str, lines: Sequence[tuple[str, str]]) -> None:
        """``lines``: head (may be empty) and text."""
        if not lines:
            return
        self.row()
        self.text(title, _HEADING)
        for head, text in lines:
            if head:
                self.text(head, _HEAD)
            self.text(text, style.NOTE)


def _write_overview(sheet: Any, styles: style.Styles, view: PeriodView, words: Wording) -> None:
    lines = _Lines(sheet, styles)
    lines.text(view.heading, style.TITLE)
    for text in (view.days, view.rubric, view.due, view.running):
        if text:
            lines.text(text, _SMALL)
    lines.row()
    lines.row(*((words.text(f"period_book.card.{key}"), style.COLUMN) for key in ("label", "value", "note", "change")))
    for card in view.cards:
        rest = ((card.note, style.WRAPPED), (card.change, style.WRAPPED))
        lines.row((card.label, style.WRAPPED), (card.value, style.Look(bold=True, wrap=True)), *rest)
    lines.section(words.text("period.say.title"), [("", text) for text in view.sentences])
    notes = (view.coverage_text, view.pass_text, view.teams_note, view.failures_text, *view.notes)
    lines.section(words.text("period_book.notes"), [("", text) for text in notes if text])
    lines.section(words.text("period.todo.title"), [(todo.title, todo.text) for todo in view.todo])
