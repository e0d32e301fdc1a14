"""Score sheets that people filled in, read back: changed verdicts, comments and appeals.

Calls and criteria are found by the hidden row and column, so rows may be sorted, filtered or deleted and columns
moved. Everything that is wrong is told at once, each with its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.report.text import one_line, shown
from qa_pipeline.report.wording import LANGUAGES, wording
from qa_pipeline.report.workbooks import marker, opening
from qa_pipeline.report.workbooks import score_columns as form
from qa_pipeline.report.workbooks.cells import read_text
from qa_pipeline.report.workbooks.score_sheet import VERDICTS_SHEET

if TYPE_CHECKING:
    from openpyxl import Workbook

#: Rows above the codes that people may have put there.
_HEAD_ROWS = 50
#: More mistakes than these are the same one.
_MOST_PROBLEMS = 20
_MOST_WORD_CHARS = 20

_ANSWERS = {form.COMMENT: ReviewKind.COMMENT, form.APPEAL: ReviewKind.APPEAL, form.REASON: ReviewKind.COMMENT}
_BAD_TYPES = {"f": "a formula", "e": "an error value"}


class OtherKind(UserError):
    """The workbook is no score sheet but of another ``kind`` of ours; empty: none of ours."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


def kind_of(path: Path) -> str | None:
    """Which kind of workbook a file is (``marker.SCORE_SHEET`` …); None: none of ours. UserError: no workbook."""
    with opening.opened(path) as book:
        marked = marker.marker_of(book)
    return marked[0] if marked else None


def read_score_sheet(path: Path, author: str = "", at: datetime | None = None) -> list[Review]:
    """What people added to a score sheet, in the order of its rows.

    ``author``: without one, whoever saved the file last. ``at``: without it, the moment at which the file says that it
    was saved, so that the same file gives equal values again. Calls go by ``score_columns.call_key``.
    UserError, one line per mistake, with what, where (``sheet!cell``) and what to do; OtherKind for other workbooks.
    """
    with opening.opened(path) as book:
        marked = marker.marker_of(book)
        if marked is None or marked[0] != marker.SCORE_SHEET:
            message = f"{_name(path)}: no score sheet of qa-pipeline; take one from the folder sheets/"
            raise OtherKind(message, marked[0] if marked else "")
        facts = opening.facts_of(path)
        by = author.strip() or facts.saved_by
        if not by:
            raise UserError(f"{_name(path)}: does not say who filled it in; give --by NAME")
        values = marked[1]
        reader = _Reader(_name(path), values.get("rubric", ""), by, at or facts.saved_at, _kept(book, path))
        return reader.read(book)


@dataclass(frozen=True)
class _Found:
    """A cell that people may fill in."""

    place: str
    text: str


@dataclass
class _Reader:
    """One score sheet while it is read."""

    file: str
    rubric_id: str
    author: str
    at: datetime
    kept: Mapping[str, Mapping[str, Verdict | None]]
    problems: list[str] = field(default_factory=list)

    def read(self, book: Workbook) -> list[Review]:
        reviews: dict[Review, None] = {}
        for key, row in self._rows(book):
            for review in self._of_row(key, row):
                reviews[review] = None
        self._check_conflicts(reviews)
        if self.problems:
            more = len(self.problems) - _MOST_PROBLEMS
            rest = [f"{self.file}: and {more} more like these"] if more > 0 else []
            raise UserError("\n".join([*self.problems[:_MOST_PROBLEMS], *rest]))
        return list(reviews)

    def _rows(self, book: Workbook) -> Iterator[tuple[str, dict[str, _Found]]]:
        """The key of each call with its cells by the code of their column."""
        found = False
        for name in book.sheetnames:
            sheet = book[name]
            if name not in (marker.SHEET, VERDICTS_SHEET) and hasattr(sheet, "iter_rows"):
                for row in self._sheet_rows(sheet):
                    found = True
                    if row is not None:
                        yield row
        if not found:
            raise UserError(
                f"{self.file}: the hidden row and column with the ids are gone; "
                "copy your entries into the sheet as it was written"
            )

    def _sheet_rows(self, sheet: Any) -> Iterator[tuple[str, dict[str, _Found]] | None]:
        """The rows of a sheet that has codes; first None when they are met."""
        sheet.reset_dimensions()  # other programs write wrong ones
        codes: dict[int, str] = {}
        rows = sheet.iter_rows(max_row=opening.MAX_ROWS)
        for number, row in enumerate(rows, 1):
            if codes:
                yield from self._calls_row(sheet.title, number, row, codes)
            elif (codes := _codes(row)) or number >= _HEAD_ROWS:
                if not codes:
                    return
                yield None

    def _calls_row(
        self, title: str, number: int, row: tuple[Any, ...], codes: Mapping[int, str]
    ) -> Iterator[tuple[str, dict[str, _Found]]]:
        if any(code == form.KEY and at < len(row) and _is_head(row[at]) for at, code in codes.items()):
            return
        found = {
            code: self._cell(f"{title}!{_letter(at)}{number}", row[at])
            for at, code in codes.items()
            if at < len(row) and not _is_for_reading(code)
        }
        key = found.pop(form.KEY, _Found("", "")).text
        filled = next((cell for code, cell in found.items() if cell.text and code in _ANSWERS), None)
        if key:
            yield key, found
        elif filled:
            self._complain(
                filled.place, "its row has no call id in the hidden column; write it into the call's own row"
            )

    def _cell(self, place: str, cell: Any) -> _Found:
        kind = getattr(cell, "data_type", "n")
        if kind in _BAD_TYPES:
            self._complain(place, f"holds {_BAD_TYPES[kind]}; write plain text instead")
            return _Found(place, "")
        return _Found(place, read_text(_value(cell)))

    def _of_row(self, key: str, row: Mapping[str, _Found]) -> Iterator[Review]:
        before = self.kept.get(key)
        if before is None:
            self._unknown_call(row)
            return
        reason = row[form.REASON].text if form.REASON in row else ""
        changes = list(self._changes(key, row, before, reason))
        yield from changes
        for code, kind in _ANSWERS.items():
            # A reason without a change is still worth keeping.
            if code in row and row[code].text and not (code == form.REASON and changes):
                yield Review(key, self.rubric_id, kind, self.author, self.at, row[code].text)

    def _changes(
        self, key: str, row: Mapping[str, _Found], before: Mapping[str, Verdict | None], reason: str
    ) -> Iterator[Review]:
        for code, cell in row.items():
            criterion_id = code.removeprefix(form.VERDICT)
            if code == criterion_id or not cell.text:
                continue
            word, confirmed = _plain(cell.text), False
            for prefix in form.CONFIRMED:
                confirmed = confirmed or word.startswith(prefix)
                word = word.removeprefix(prefix)
            verdict = _verdicts().get(word)
            if verdict is None:
                self._complain(
                    cell.place, f"{_shortened(cell.text)} is no verdict; choose one from the list of the cell"
                )
            elif confirmed or verdict is not before.get(criterion_id):
                change = ReviewKind.CHANGE
                yield Review(key, self.rubric_id, change, self.author, self.at, reason, criterion_id, verdict)

    def _unknown_call(self, row: Mapping[str, _Found]) -> None:
        """Only where it matters: rows of other sheets have other verdicts to compare with."""
        for code, cell in row.items():
            if code in _ANSWERS and cell.text:
                self._complain(cell.place, "its row comes from another workbook; read that workbook instead")
                return

    def _check_conflicts(self, reviews: Mapping[Review, None]) -> None:
        given: dict[tuple[str, str | None], Verdict | None] = {}
        for review in reviews:
            if review.kind is ReviewKind.CHANGE:
                place = (review.call_id, review.criterion_id)
                if given.setdefault(place, review.verdict) is not review.verdict:
                    call = shown(one_line(review.call_id))
                    self.problems.append(
                        f"{self.file}: call {call} stands there twice with different verdicts on "
                        f"{review.criterion_id}; delete one of the rows"
                    )

    def _complain(self, place: str, message: str) -> None:
        self.problems.append(f"{self.file}: {one_line(place)}: {message}")


def _is_head(cell: Any) -> bool:
    return read_text(_value(cell)) == form.HEAD_KEY


def _is_for_reading(code: str) -> bool:
    """Columns that the program wrote and does not read."""
    return code != form.KEY and code not in _ANSWERS and not code.startswith(form.VERDICT)


def _codes(row: tuple[Any, ...]) -> dict[int, str]:
    """Which column holds what, where a row is the hidden one: it names the keys and a verdict or an answer."""
    texts = {at: read_text(_value(cell)) for at, cell in enumerate(row[: opening.MAX_COLUMNS])}
    found = {at: text for at, text in texts.items() if text and (text in _CODES or ":" in text)}
    named = set(found.values())
    return found if form.KEY in named and named & set(_ANSWERS) else {}


_CODES = {form.KEY, *_ANSWERS, *(code for code, _ in form.CALL_COLUMNS)}


def _kept(book: Workbook, path: Path) -> dict[str, dict[str, Verdict | None]]:
    """The verdicts as they were written, by call and criterion."""
    rows: Iterator[tuple[Any, ...]] = iter(())
    if VERDICTS_SHEET in book.sheetnames:
        book[VERDICTS_SHEET].reset_dimensions()
        rows = book[VERDICTS_SHEET].iter_rows(max_col=2, max_row=opening.MAX_ROWS, values_only=True)
    head = next(rows, ())
    if len(head) < 2 or read_text(head[0]) != "criteria":
        raise UserError(f"{_name(path)}: its hidden sheet {VERDICTS_SHEET} is gone; take the sheet as it was written")
    criteria = [name for name in read_text(head[1]).split(",") if name]
    return {
        read_text(row[0]): {
            id_: form.VERDICT_OF.get(letter) for id_, letter in zip(criteria, str(row[1]), strict=False)
        }
        for row in rows
        if len(row) > 1 and row[0] is not None
    }


@cache
def _verdicts() -> Mapping[str, Verdict]:
    """Every word for a verdict in any language, as ``_plain`` writes it."""
    return {
        _plain(text): verdict
        for lang in LANGUAGES
        for verdict in Verdict
        for text in (verdict.value, wording(lang).text(f"verdict.{verdict}"), form.verdict_word(verdict, wording(lang)))
    }


def _plain(text: str) -> str:
    return "".join(text.split()).replace("_", "").casefold()


def _shortened(text: str) -> str:
    text = shown(one_line(text))
    return f"“{text[:_MOST_WORD_CHARS]}{'…' if len(text) > _MOST_WORD_CHARS else ''}”"


def _value(cell: Any) -> object:
    return getattr(cell, "value", None)


@cache
def _letter(at: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(at + 1)


def _name(path: Path) -> str:
    return one_line(path.name)
