"""Writes the tables of columns into docs/export.md and docs/export.zh-CN.md from the program itself (make docs).

What stands between the two marks is replaced; the text around them is written by hand. A test holds them in step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_pipeline.export.columns import KINDS_ZH, UNITS, Column, Table
from qa_pipeline.export.tables import TABLES, schema

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- columns: made by docs/build_export_tables.py -->", "<!-- columns end -->"


def pages() -> Iterator[tuple[Path, str]]:
    """Every file with its content."""
    for name, chinese in (("export.md", False), ("export.zh-CN.md", True)):
        page = DOCS / name
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        yield page, f"{before}{BEGIN}\n\n{tables(chinese=chinese)}\n\n{END}{after}"
    yield DOCS / "export.schema.json", json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def tables(*, chinese: bool) -> str:
    """A heading, a line and a table of columns for each table."""
    return "\n\n".join(_table(table, chinese=chinese) for table in TABLES.values())


def _table(table: Table[Any], *, chinese: bool) -> str:
    head = "| 列 | 类型 | 单位 | 含义 |" if chinese else "| column | type | unit | meaning |"
    rows = [_row(column, chinese=chinese) for column in table.columns]
    about = table.about_zh if chinese else table.about
    return "\n".join([f"### {table.name}", "", about, "", head, "|---|---|---|---|", *rows])


def _row(column: Column[Any], *, chinese: bool) -> str:
    kind = KINDS_ZH[column.kind] if chinese else column.kind
    unit = UNITS[column.unit] if chinese else column.unit
    meaning = column.meaning_zh if chinese else column.meaning
    return f"| `{column.name}` | {kind} | {unit} | {meaning} |"


def main() -> None:
    for path, text in pages():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
