"""Exports: rows per second of one core and peak memory for N generated calls, each format in a process of its own.

``python -m benchmarks.export 1000 10000``: one pass writes all three tables. A call has 30 turns with numbers to mask
and a scorecard of 20 verdicts, some of them inspected. Calls are generated as they are asked for, and nothing is read
from a store, so the figures are those of making rows and writing them; start and imports are not counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qa_pipeline.core.call import Call, CallMetadata, Conversation, MadeBy, Role, Stage, Turn
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Evidence, Outcome, Quote, Reason, Scorecard, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.export.exported import ExportedCall, exported
from qa_pipeline.export.formats import Format
from qa_pipeline.export.tables import TABLES
from qa_pipeline.export.writing import write_tables
from qa_pipeline.rubric.model import Rubric

CALLS = (1_000, 10_000)
TURNS = 30
CRITERIA = 20
FIRST = datetime(2026, 11, 3, 1, tzinfo=UTC)
SAID = (
    "您好，我是云桥通信的小林，工号三零五二，请问是王先生吗？",
    "是我，你说。",
    "这个套餐每月七十九元，包含五百兆宽带，您看怎么样？",
    "太贵了，我再考虑一下，你打我的号码13912345678。",
)
"""Some forty characters with every second turn, and a number of the customer in every fourth."""


def rubric() -> Rubric:
    check = {"phrases": {"any": ["您好"]}}
    criteria = [{"id": f"c{n}", "title": f"评分项{n}", "points": 5, "check": check} for n in range(CRITERIA)]
    sections = [{"id": "main", "title": "主要", "criteria": criteria}]
    return Rubric.model_validate({"id": "bench", "version": "1.0", "title": "评分表", "sections": sections})


def calls(count: int) -> Iterator[ExportedCall]:
    """So many calls, one at a time; each has turns, a scorecard and two remarks of its own."""
    form = rubric()
    for number in range(count):
        call_id = f"call-{number:06d}"
        yield exported(_call(call_id, number), _card(call_id), _reviews(call_id), form)


def _call(call_id: str, number: int) -> Call:
    roles = (Role.AGENT, Role.CUSTOMER)
    turns = tuple(Turn(i, roles[i % 2], SAID[i % len(SAID)], Span(4.0 * i, 4.0 * i + 3.5), i % 2) for i in range(TURNS))
    known = CallMetadata(
        agent_id=f"A{number % 100:03d}",
        agent_name="林佳怡",
        team=f"第{number % 4 + 1}组",
        started_at=FIRST + timedelta(minutes=number),
        customer_id=f"{13900000000 + number}",
    )
    return Call(call_id, Conversation("zh", turns), (Stage.OPENING,) * TURNS, metadata=known)


def _card(call_id: str) -> Scorecard:
    shown = Evidence(hits=(Quote(0, 0, 2, similarity=1.0),), searched=(0,))
    met = Outcome("c0", "main", Verdict.MET, Reason("phrases_found"), shown, 5.0, 5.0)
    outcomes = tuple(replace(met, criterion_id=f"c{n}") for n in range(CRITERIA))
    return Scorecard(call_id, "bench", "1.0", "0" * 64, outcomes, MadeBy("scoring", "1"), 60.0)


def _reviews(call_id: str) -> list[Review]:
    change = Review(call_id, "bench", ReviewKind.CHANGE, "李质检", FIRST, criterion_id="c3", verdict=Verdict.MISSED)
    return [change, Review(call_id, "bench", ReviewKind.APPEAL, "林佳怡", FIRST, "我说过", "c4")]


def measure(made: Format, count: int) -> str:
    """One export of all tables into a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        start = time.process_time()
        written = write_tables(calls(count), list(TABLES.values()), made, Path(name))
        seconds = time.process_time() - start
        rows, size_mb = sum(one.rows for one in written), sum(one.path.stat().st_size for one in written) / 1e6
    speed = f"{seconds:.1f} s of one core ({rows / seconds:,.0f} rows/s)"
    return f"{rows} rows in {speed}, {size_mb:.1f} MB, peak {_peak_mb():.0f} MB"


def _peak_mb() -> float:
    """Of this program alone: ru_maxrss would count the parent that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def main(counts: tuple[int, ...] = CALLS) -> None:
    for made in Format:
        for count in counts:
            command = [sys.executable, "-m", "benchmarks.export", "measure", made.value, str(count)]
            ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file
            print(f"{made}, {count} calls: {ran.stdout.strip()}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(measure(Format(sys.argv[2]), int(sys.argv[3])))
    else:
        main(tuple(int(argument) for argument in sys.argv[1:]) or CALLS)
