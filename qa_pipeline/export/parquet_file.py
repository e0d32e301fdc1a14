"""A table as Parquet: typed columns in row groups, each column with its unit and meaning (extra ``parquet``)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.export.columns import Kind, Row, Table

#: Rows that are kept until they are written together: few enough for memory, enough to be read quickly.
ROWS_PER_GROUP = 20_000


class ParquetWriter:
    """See ``TableWriter``. UserError where pyarrow is not installed."""

    def __init__(self, path: Path, table: Table[Any], rows_per_group: int = ROWS_PER_GROUP) -> None:
        self._arrow, parquet = _libraries()
        self._schema = _schema(self._arrow, table)
        self._most, self._rows = rows_per_group, list[Row]()
        # A file of ours: its errors name what is wrong with the disk.
        self._file = path.open("xb")
        self._writer = parquet.ParquetWriter(self._file, self._schema)

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= self._most:
            self._write()

    def finish(self) -> None:
        if self._rows:
            self._write()
        self._writer.close()
        self._file.close()

    def abandon(self) -> None:
        self._rows = []
        with suppress(Exception):  # on a full disk it cannot write its end, and would try again when it is collected
            self._writer.close()
        self._writer.is_open = False
        with suppress(OSError):
            self._file.close()

    def _write(self) -> None:
        columns = zip(zip(*self._rows, strict=True), self._schema, strict=True)
        arrays = [self._arrow.array(values, type=field.type) for values, field in columns]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._rows = []


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        message = "--format parquet needs pyarrow: pip install 'qa-pipeline[parquet]', or choose csv, jsonl or xlsx"
        raise UserError(message) from None
    return pyarrow, parquet


def _schema(arrow: Any, table: Table[Any]) -> Any:
    types = {
        Kind.TEXT: arrow.string(),
        Kind.WHOLE: arrow.int64(),
        Kind.DECIMAL: arrow.float64(),
        Kind.YES_NO: arrow.bool_(),
        Kind.MOMENT: arrow.timestamp("us"),
    }
    return arrow.schema(
        [
            arrow.field(
                c.name, types[c.kind], metadata={"unit": c.unit, "meaning": c.meaning, "meaning_zh": c.meaning_zh}
            )
            for c in table.columns
        ]
    )
