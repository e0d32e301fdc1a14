"""The pages about exports are what the program says, in both languages, and name its limits, formats and options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.build_export_tables import BEGIN, DOCS, END, pages
from qa_pipeline.export.formats import Format
from qa_pipeline.export.parquet_file import ROWS_PER_GROUP
from qa_pipeline.export.tables import TABLES, schema
from qa_pipeline.export.xlsx_file import MAX_ROWS
from qa_pipeline.report.workbooks.cells import MAX_CHARS
from tests.test_docs import option_names

PAGES = [path for path, _ in pages() if path.suffix == ".md"]


@pytest.mark.parametrize(("path", "text"), [pytest.param(*page, id=page[0].name) for page in pages()])
def test_the_committed_page_is_what_the_program_generates(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_column_has_a_row_with_its_meaning_in_the_language_of_the_page(page: Path) -> None:
    generated = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    found = re.findall(r"^\| `(\w+)` \| (.+) \| (.*) \| (.+) \|$", generated, re.M)
    chinese = page.name.endswith(".zh-CN.md")
    assert [(name, meaning) for name, _, _, meaning in found] == [
        (column.name, column.meaning_zh if chinese else column.meaning)
        for table in TABLES.values()
        for column in table.columns
    ]


def test_the_machine_form_is_plain_json() -> None:
    assert json.loads((DOCS / "export.schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_formats_and_limits_are_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [option for option in option_names("export") if option not in text] == []
    assert [made for made in Format if f"| `{made}` |" not in text] == []
    assert all(f"{limit:,}" in text for limit in (MAX_ROWS, MAX_CHARS, ROWS_PER_GROUP))
