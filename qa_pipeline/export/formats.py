"""The formats of exported tables, and what every writer of one does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from qa_pipeline.export.columns import Row, Table


class Format(StrEnum):
    """By the ending of the files."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


class TableWriter(Protocol):
    """Writes the rows of one table as they come into a new file; OSError where that cannot be written to."""

    def add(self, row: Row) -> None:
        """Write one row, or keep it until there are enough of them."""

    def finish(self) -> None:
        """Complete the file."""

    def abandon(self) -> None:
        """Let go of everything; what is in the file does not matter any more."""


def new_writer(made: Format, path: Path, table: Table[Any]) -> TableWriter:
    """A writer into a file that does not exist yet; UserError where a library for the format is missing."""
    if made is Format.CSV:
        from qa_pipeline.export.csv_file import CsvWriter

        return CsvWriter(path, table)
    if made is Format.JSONL:
        from qa_pipeline.export.jsonl_file import JsonlWriter

        return JsonlWriter(path, table)
    if made is Format.PARQUET:
        from qa_pipeline.export.parquet_file import ParquetWriter

        return ParquetWriter(path, table)
    from qa_pipeline.export.xlsx_file import XlsxWriter

    return XlsxWriter(path, table)
