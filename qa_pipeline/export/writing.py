"""Calls into files: one pass over the calls writes all tables, a row at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.export.columns import Table
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.export.files import PartFiles
from qa_pipeline.export.formats import Format, TableWriter, new_writer


@dataclass(frozen=True, slots=True)
class Written:
    """A file with the rows of one table, the names of the columns not counted."""

    table: str
    path: Path
    rows: int


def write_tables(calls: Iterable[ExportedCall], tables: Sequence[Table[Any]], made: Format, out: Path) -> list[Written]:
    """Write ``<table>.<format>`` into a folder, in the place of earlier ones; all of them or none.

    Calls are taken one at a time, so memory does not grow with them. UserError where the folder cannot be written to,
    or a library is missing.
    """
    try:
        with PartFiles(out) as parts:
            counts = _write(calls, tables, made, parts)
            parts.publish()
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"{out}: cannot be written to ({why}); choose another --out folder") from None
    return [Written(table.name, out / _name(table, made), counts[table.name]) for table in tables]


def _write(
    calls: Iterable[ExportedCall], tables: Sequence[Table[Any]], made: Format, parts: PartFiles
) -> dict[str, int]:
    counts = dict.fromkeys((table.name for table in tables), 0)
    with _writers(tables, made, parts) as writers:
        for call in calls:
            for table, writer in writers:
                for row in table.rows(call):
                    writer.add(row)
                    counts[table.name] += 1
        for _, writer in writers:
            writer.finish()
    return counts


@contextmanager
def _writers(
    tables: Sequence[Table[Any]], made: Format, parts: PartFiles
) -> Iterator[list[tuple[Table[Any], TableWriter]]]:
    """A writer per table; all are let go of when anything goes wrong, Ctrl-C too."""
    opened: list[tuple[Table[Any], TableWriter]] = []
    try:
        for table in tables:
            opened.append((table, new_writer(made, parts.new(_name(table, made)), table)))
        yield opened
    except BaseException:
        for _, writer in opened:
            writer.abandon()
        raise


def _name(table: Table[Any], made: Format) -> str:
    return f"{table.name}.{made}"
