"""A table as CSV (RFC 4180): UTF-8 with the mark by which Excel knows it, CRLF, unknown values empty.

A spreadsheet runs text that begins like a formula. Such text gets an apostrophe in front, which ``unguarded`` takes
away again; the other formats hold it as it is.
"""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.export.columns import Row, Table, Value
from qa_pipeline.export.numbers_as_text import plain_number
from qa_pipeline.report.workbooks.cells import looks_like_formula

GUARD = "'"


class CsvWriter:
    """See ``TableWriter``."""

    def __init__(self, path: Path, table: Table[Any]) -> None:
        self._file = path.open("x", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file, lineterminator="\r\n")
        self._rows.writerow(table.names)

    def add(self, row: Row) -> None:
        self._rows.writerow([cell_text(value) for value in row])

    def finish(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        with suppress(OSError):  # what it still kept does not fit on a full disk
            self._file.close()


def cell_text(value: Value) -> str:
    """What stands in a cell for a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return plain_number(value)
    return guarded(value) if isinstance(value, str) else str(value)


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return GUARD + text if _needs_guard(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return text[1:] if text.startswith(GUARD) and _needs_guard(text[1:]) else text


def _needs_guard(text: str) -> bool:
    """Also text that would read as guarded, so that reading back is exact."""
    return looks_like_formula(text) or looks_like_formula(text.lstrip(GUARD))
