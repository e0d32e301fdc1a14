"""Reads what was agreed out of a filled-in coaching sheet, wherever rows were added or moved."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from qa_pipeline.core.errors import UserError
from qa_pipeline.core.review import AgreedAction
from qa_pipeline.report.text import one_line
from qa_pipeline.report.wording import wording
from qa_pipeline.report.workbooks import marker
from qa_pipeline.report.workbooks.cells import read_text
from qa_pipeline.report.workbooks.opening import check_file, facts_of
from qa_pipeline.report.workbooks.typed_dates import read_day

#: The hidden sheet of criteria: title, id, English title.
LIST_SHEET = "_criteria"

#: The form has about 80 rows; room for what people add.
_MOST_ROWS, _MOST_COLUMNS = 500, 12

#: Labels stand to the left of what belongs to them.
_LABEL_COLUMNS = (1, 3, 5)

_HIDDEN = (marker.SHEET, LIST_SHEET)

#: Columns of the agreement by their words in the catalogue.
_COLUMNS = ("action", "criterion", "target", "due", "review")

_SHOWN_CHARS = 40


def read_coaching_book(path: Path) -> list[AgreedAction]:
    """The agreed actions, one per row with an action; rows without one are left out.

    The talk was on the day that the sheet names, else on the day on which the workbook was last saved. UserError names
    every cell that cannot be understood and what to do.
    """
    book = _read(path)
    forms = [form for form in (_Form(path, grid, book) for grid in book.grids) if form.is_form]
    if not forms:
        raise UserError(f"{path}: the heading “{_t('action')}” is gone; copy the rows into a newly written sheet")
    found = [action for form in forms for action in form.actions()]
    if problems := [problem for form in forms for problem in form.problems]:
        raise UserError("\n".join(problems))
    return found


@dataclass(frozen=True)
class _Cell:
    row: int
    column: int
    value: Any

    @property
    def text(self) -> str:
        return read_text(self.value)


@dataclass(frozen=True)
class _Grid:
    """The values of a sheet, as Excel last computed them; rows and columns count from 1."""

    title: str
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, sheet: Any) -> _Grid:
        rows = sheet.iter_rows(max_row=_MOST_ROWS, max_col=_MOST_COLUMNS, values_only=True)
        return cls(sheet.title, tuple(tuple(row) for row in rows))

    def cell(self, row: int, column: int) -> _Cell:
        inside = row <= len(self.rows) and column <= len(self.rows[row - 1])
        return _Cell(row, column, self.rows[row - 1][column - 1] if inside else None)


@dataclass(frozen=True)
class _Book:
    agent: str
    rubric_id: str
    criteria: Mapping[str, str]
    """Ids by what people may write."""
    epoch: datetime
    """Where the workbook begins to count days."""
    grids: tuple[_Grid, ...]


class _Form:
    """One sheet of a workbook: leaders copy the sheet for the next talk."""

    def __init__(self, path: Path, grid: _Grid, book: _Book) -> None:
        self._path, self._grid, self._book = path, grid, book
        self.problems: list[str] = []

    @property
    def is_form(self) -> bool:
        return self._labelled("action") is not None

    def actions(self) -> list[AgreedAction]:
        rows = [row for row in self._rows() if row["action"].text]
        talk = self._talk()
        earliest = date.min if self.problems else talk  # nothing lies before a day that cannot be read
        found = [self._action(row, talk, earliest) for row in rows]
        return [action for action in found if action is not None]

    def _rows(self) -> Iterator[dict[str, _Cell]]:
        head = self._labelled("action")
        if head is None:
            return
        columns = {name: self._column(head.row, name) for name in _COLUMNS}
        ends = {_t("sign.agent"), _t("sign.leader")}
        for number in range(head.row + 1, len(self._grid.rows) + 1):
            row = {name: self._grid.cell(number, column) for name, column in columns.items()}
            if row["action"].text in ends:
                return
            yield row

    def _labelled(self, name: str) -> _Cell | None:
        """The cell of a label; what people are called stands in other columns and is none."""
        cells = (self._grid.cell(row, c) for row in range(1, len(self._grid.rows) + 1) for c in _LABEL_COLUMNS)
        return next((cell for cell in cells if cell.text == _t(name)), None)

    def _column(self, row: int, name: str) -> int:
        for column in range(1, _MOST_COLUMNS + 1):
            if self._grid.cell(row, column).text == _t(name):
                return column
        raise UserError(f"{self._path}: {self._grid.title}: row {row} lacks the heading “{_t(name)}”; put it back")

    def _beside(self, name: str) -> _Cell:
        """The cell to the right of a label; an empty one where the label is gone."""
        label = self._labelled(name)
        return self._grid.cell(label.row, label.column + 1) if label else _Cell(1, 1, None)

    def _talk(self) -> date:
        saved = facts_of(self._path).saved_at.astimezone().date()
        return self._day(self._beside("date"), saved) or saved

    def _day(self, cell: _Cell, near: date) -> date | None:
        """The day in a cell; None where it is empty or, which is a problem, no day."""
        if not cell.text:
            return None
        try:
            return read_day(cell.value, near, self._book.epoch)
        except ValueError:
            self._problem(cell, f"“{_short(cell.text)}” is no date; write it as 2026-12-05")
            return None

    def _action(self, row: Mapping[str, _Cell], talk: date, earliest: date) -> AgreedAction | None:
        due, _ = (self._later(row[name], talk, earliest) for name in ("due", "review"))
        criterion = self._criterion(row["criterion"])
        if self.problems:
            return None
        return AgreedAction(
            agent=self._book.agent,
            rubric_id=self._book.rubric_id,
            action=_with_target(row["action"].text, row["target"].text),
            agreed_on=talk,
            leader=self._beside("leader").text,
            criterion_id=criterion,
            due_on=due,
        )

    def _later(self, cell: _Cell, talk: date, earliest: date) -> date | None:
        """A day that does not lie before the talk."""
        day = self._day(cell, talk)
        if day is not None and day < earliest:
            self._problem(cell, f"{day} lies before the talk ({talk}); correct it, or “{_t('date')}”")
            return None
        return day

    def _criterion(self, cell: _Cell) -> str | None:
        if not cell.text:
            return None
        found = self._book.criteria.get(_folded(cell.text))
        if found is None:
            self._problem(cell, f"the form has no criterion “{_short(cell.text)}”; pick one from the cell's list")
        return found

    def _problem(self, cell: _Cell, text: str) -> None:
        from openpyxl.utils import get_column_letter

        self.problems.append(
            f"{self._path}: {self._grid.title}!{get_column_letter(cell.column)}{cell.row}: {one_line(text)}"
        )


def _read(path: Path) -> _Book:
    """The parts of a workbook that count, with the values of its formulas; UserError for what is no coaching sheet."""
    from openpyxl import load_workbook

    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about parts that it leaves out
            workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            with closing(workbook):
                agent, rubric_id = _owner(path, workbook)
                grids = tuple(_Grid.of(sheet) for sheet in workbook.worksheets if sheet.title not in _HIDDEN)
                return _Book(agent, rubric_id, _titles(workbook), workbook.epoch, grids)
    except (BadZipFile, KeyError, ValueError, TypeError, SyntaxError, AttributeError, OSError):
        raise UserError(f"{path}: cannot be read as a workbook; save it as .xlsx and try again") from None


def _owner(path: Path, workbook: Any) -> tuple[str, str]:
    """The agent's key and the rubric's id."""
    found = marker.marker_of(workbook)
    if found is None or found[0] != marker.COACHING_BOOK:
        raise UserError(f"{path}: is no coaching sheet of this program; give an .xlsx of the coaching folder")
    try:
        agent, rubric_id = json.loads(found[1]["agent"]), found[1]["rubric"]
    except (KeyError, ValueError):
        agent = rubric_id = ""
    if not isinstance(agent, str) or not agent.strip() or not rubric_id.strip():
        raise UserError(f"{path}: does not say whose sheet it is any more; fill in a newly written one")
    return agent, rubric_id


def _titles(workbook: Any) -> dict[str, str]:
    """Ids by what people may write: the id, or the title in either language where only one criterion has it."""
    rows = workbook[LIST_SHEET].iter_rows(max_col=3, values_only=True) if LIST_SHEET in workbook.sheetnames else ()
    listed = [tuple(_folded(read_text(value)) for value in (*row, "", "")[:3]) for row in rows]
    titles = Counter(name for title, _, title_en in listed for name in {title, title_en})
    found = {n: id_ for title, id_, title_en in listed for n in (title, title_en) if n and titles[n] == 1}
    return found | {id_: id_ for _, id_, _ in listed if id_}


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _with_target(action: str, target: str) -> str:
    """The goal is part of what was agreed: the next talk has to be able to measure it."""
    return _t("book.with_target", action=action, target=target) if target else action


def _t(key: str, **values: object) -> str:
    return wording("zh").text(f"coaching_sheet.{key}", **values)
