"""Rows of the list for tests, made from the results that call pages are made from."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.report import CallResult, IndexRow, index_row
from qa_pipeline.summaries import summarise
from tests.factories import rubric


def row_of_result(result: CallResult) -> IndexRow:
    """The way a stored call goes: its summary first. What else the result holds is not looked at."""
    summary = summarise(result.call, result.scorecard, result.rubric or rubric().rubric)
    return index_row(replace(summary, notices=result.notices), result.rubric)
