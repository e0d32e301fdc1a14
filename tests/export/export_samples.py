"""Calls for tests of exports, and readers that give back the rows of a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_pipeline.core.call import Call, CallMetadata, CallOutcome, Direction
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Evidence, How, Quote, Scorecard, Verdict
from qa_pipeline.export.columns import Column, Kind, Row, Table, Value
from qa_pipeline.export.csv_file import unguarded
from qa_pipeline.export.exported import ExportedCall, exported
from qa_pipeline.export.formats import Format, new_writer
from qa_pipeline.report.workbooks.cells import read_exact
from qa_pipeline.rubric.model import LoadedRubric
from tests.factories import A, C, call, criterion, outcome, rubric, scorecard

FORM: LoadedRubric = rubric(criterion("greet", 10), criterion("thank", 10))

#: A table of one column of each form.
PLAIN: Table[Any] = Table(
    "plain",
    "One of each.",
    "各一列。",
    tuple(Column(kind.name.lower(), kind, "m", "义", lambda x: None) for kind in Kind),
    lambda call: (),
)


def review(kind: ReviewKind, hour: int, criterion_id: str | None = None, **more: Any) -> Review:
    """A remark of 李质检 on call-1, at an hour of 5 November 2026."""
    text = "" if kind is ReviewKind.CHANGE else "请看"
    fields = {"author": "李质检", "text": text, "criterion_id": criterion_id, **more}
    return Review("call-1", "test", kind, at=datetime(2026, 11, 5, hour, tzinfo=UTC), **fields)


def change(verdict: Verdict, hour: int = 9, criterion_id: str = "thank", **more: Any) -> Review:
    return review(ReviewKind.CHANGE, hour, criterion_id, verdict=verdict, **more)


def card(thank: Verdict = Verdict.MISSED) -> Scorecard:
    """greet met in the first turn, thank as given, its nearest candidate in the second."""
    hit = Quote(0, 0, 2, matched="您好", how=How.EXACT, similarity=1.0)
    near = Evidence(searched=(0, 1), nearest=Quote(1, 0, 1, similarity=0.25))
    greet = outcome("greet", evidence=Evidence(hits=(hit,)))
    return scorecard(greet, outcome("thank", thank, evidence=near), pass_percent=60)


def spoken(*lines: Any, **more: Any) -> Call:
    said = lines or ((A, "您好，我是小林", 0.0, 2.0), (C, "喂", 2.5, 3.0))
    return call(*said, **{"stages": "oo" if not lines else "", "recording_s": 60.0, **more})


KNOWN = CallMetadata(
    agent_id="A01",
    agent_name="林佳怡",
    team="一组",
    started_at=datetime.fromisoformat("2026-11-03T10:15:00+08:00"),
    direction=Direction.OUTBOUND,
    customer_id="13812345678",
    connected=True,
    outcome=CallOutcome.DEAL,
    amount=1999.5,
    refunded=False,
    wrap_up_s=12.0,
)


def ready(
    said: Call | None = None,
    machine: Scorecard | None = None,
    reviews: Iterable[Review] = (),
    form: LoadedRubric = FORM,
) -> ExportedCall:
    return exported(said or spoken(metadata=KNOWN), machine, list(reviews), form.rubric)


def three_calls() -> list[ExportedCall]:
    """One scored and inspected, one without times or scorecard, one with hostile text."""
    bare = call((A, "喂"), (C, "不要"), call_id="call-2")
    hostile = call((C, '=HYPERLINK("http://x")\n@a,"b"😀', 0, 1), call_id="call-3", metadata=KNOWN)
    return [ready(None, card(), [change(Verdict.MET)]), ready(bare), ready(hostile, replace(card(), call_id="call-3"))]


def as_dicts(table: Table[Any], calls: Iterable[ExportedCall]) -> list[dict[str, Value]]:
    return [dict(zip(table.names, row, strict=True)) for one in calls for row in table.rows(one)]


def write(made: Format, path: Path, table: Table[Any], rows: Iterable[Row]) -> Path:
    writer = new_writer(made, path, table)
    for row in rows:
        writer.add(row)
    writer.finish()
    return path


# -- reading back ---------------------------------------------------------------

_FROM_TEXT: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: unguarded,
    Kind.WHOLE: int,
    Kind.DECIMAL: float,
    Kind.YES_NO: lambda text: {"true": True, "false": False}[text],
    Kind.MOMENT: datetime.fromisoformat,
}


def _csv_rows(path: Path, kinds: Sequence[Kind]) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    return [tuple(_FROM_TEXT[k](text) if text else None for k, text in zip(kinds, row, strict=True)) for row in rows]


def _jsonl_rows(path: Path, kinds: Sequence[Kind]) -> list[Row]:
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [tuple(_of_json(v, k) for k, v in zip(kinds, json.loads(line).values(), strict=True)) for line in lines]


def _of_json(value: Any, kind: Kind) -> Value:
    return datetime.fromisoformat(value) if kind is Kind.MOMENT and value else value


def _parquet_rows(path: Path, kinds: Sequence[Kind]) -> list[Row]:
    from pyarrow import parquet

    return [tuple(row.values()) for row in parquet.read_table(path).to_pylist()]


def _xlsx_rows(path: Path, kinds: Sequence[Kind]) -> list[Row]:
    from openpyxl import load_workbook

    with path.open("rb") as file:  # whatever the name
        book = load_workbook(file)
    assert all(c.data_type != "f" and c.hyperlink is None for s in book for row in s.iter_rows() for c in row)
    found: list[Row] = []
    for sheet in book.worksheets[:-1]:
        _, *rows = sheet.iter_rows(values_only=True)
        found += [tuple(_of_cell(v, k) for k, v in zip(kinds, row, strict=True)) for row in rows]
    return found


def _of_cell(value: Any, kind: Kind) -> Value:
    if value is None:
        return None
    return read_exact(value) if kind is Kind.TEXT else float(value) if kind is Kind.DECIMAL else value


READERS: dict[Format, Callable[[Path, Sequence[Kind]], list[Row]]] = {
    Format.CSV: _csv_rows,
    Format.JSONL: _jsonl_rows,
    Format.PARQUET: _parquet_rows,
    Format.XLSX: _xlsx_rows,
}


def read(made: Format, path: Path, table: Table[Any]) -> list[Row]:
    """The rows of a file as they were before they were written."""
    return READERS[made](path, [column.kind for column in table.columns])
