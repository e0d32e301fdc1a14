"""The page about workbooks names the columns, words and sheets that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.core.score import Verdict
from qa_pipeline.report.wording import wording
from qa_pipeline.report.workbooks import opening
from qa_pipeline.report.workbooks.cells import MAX_LINKS
from qa_pipeline.report.workbooks.score_columns import ANSWER_COLUMNS, CALL_COLUMNS, verdict_word

PAGE = (Path(__file__).parents[2] / "docs" / "excel.md").read_text(encoding="utf-8")
WORDS = wording("zh")
COLUMNS = [f"sheet.column.{code}" for code in ("verdict", "quote", *dict([*CALL_COLUMNS, *ANSWER_COLUMNS]))]
TEAMS = ["overview", "teams", "agents", "findings", "sections", "red_lines"]
SHEETS = [*TEAMS, "reviews", "no_proof", "alerts", "failures"]


@pytest.mark.parametrize("key", [*COLUMNS, *(f"period_book.{name}" for name in SHEETS), "sheet.about"])
def test_every_column_and_sheet_is_named(key: str) -> None:
    assert f"`{WORDS.text(key)}`" in PAGE


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_word_for_a_verdict_is_named(verdict: Verdict) -> None:
    assert f"`{verdict_word(verdict, WORDS)}`" in PAGE


def test_limits_are_named() -> None:
    assert f"{MAX_LINKS:,}" in PAGE
    assert f"{opening.MAX_UNPACKED_BYTES // 1_000_000} MB unpacked" in PAGE
