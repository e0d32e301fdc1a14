"""Summaries, rubrics and files for the tests of workbooks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import load_workbook

from qa_pipeline.core.call import CallOutcome, Direction
from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, Clip, CriterionSummary
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.rubric.model import Rubric
from tests.factories import form, line

MADE = PageOptions(made_at=datetime(2026, 11, 27, 8, 0, tzinfo=UTC))
CHINA = timezone(timedelta(hours=8))

RUBRIC = form(
    {"id": "open", "title": "开场", "criteria": (line("greet", title="问候", points=10), line("name", points=5))},
    {
        "id": "rules",
        "title": "合规",
        "criteria": (line("rude", title="不文明用语", deduct={"points": 5}, fatal=Fatal.CALL),),
    },
    title="电话销售评分表",
    title_en="Telesales form",
).rubric


def found(
    criterion_id: str, verdict: Verdict = Verdict.MET, text: str = "您好", start_s: float | None = 12.0, **more: Any
) -> CriterionSummary:
    section = "rules" if criterion_id == "rude" else "open"
    fields: dict[str, Any] = {"clip": Clip(1, text, start_s), "is_hit": True, **more}
    return CriterionSummary(criterion_id, section, verdict, None, 10.0, **fields)


def summary(call_id: str = "c1", **fields: Any) -> CallSummary:
    criteria = (found("greet"), found("name", Verdict.MISSED, is_hit=False), found("rude"))
    known: dict[str, Any] = {
        "agent_id": "A03",
        "agent_name": "王小林",
        "team": "一组",
        "started_at": datetime(2026, 11, 3, 14, 5, tzinfo=CHINA),
        "direction": Direction.OUTBOUND,
        "outcome": CallOutcome.DEAL,
        "duration_s": 183.0,
        "state": "passed",
        "percent": 81.25,
        "points": 13.0,
        "points_possible": 16.0,
        "criteria": criteria,
    }
    return CallSummary(call_id, "test", "1.0", **{**known, **fields})


def written(folder: Path, *summaries: CallSummary, rubric: Rubric = RUBRIC, lang: str = "zh") -> Path:
    return write_score_sheet(summaries, rubric, folder, MADE, "2026-11", lang)


def codes(sheet: Any) -> dict[str, int]:
    """Column numbers by the hidden code."""
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value}


def fill_in(path: Path, edit: Callable[[Any, dict[str, int]], None]) -> Path:
    """Change the score sheet as people do, and save it."""
    book = load_workbook(path)
    sheet = book.worksheets[1]
    edit(sheet, codes(sheet))
    book.properties.lastModifiedBy = "李质检"
    book.save(path)
    return path


def set_values(**values: object) -> Callable[[Any, dict[str, int]], None]:
    """An edit of the first call's row; ``verdict__greet`` stands for the code ``verdict:greet``."""

    def edit(sheet: Any, at: dict[str, int]) -> None:
        for name, value in values.items():
            sheet.cell(5, at[name.replace("__", ":")]).value = value

    return edit


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None) -> Path:
    """The same archive with its parts changed; None leaves a part out."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if (new := change(name, data)) is not None:
                archive.writestr(name, new)
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return path


def xml_parts(path: Path) -> dict[str, str]:
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def formulas(path: Path) -> list[str]:
    """What stands in the sheets as formulas of cells."""
    parts = xml_parts(path)
    return [m for name in parts if name.startswith("xl/worksheets/") for m in re.findall(r"<f[ >/].*?", parts[name])]
