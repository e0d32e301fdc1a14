"""A score sheet of 10,000 calls and 20 criteria: CPU seconds and memory to write it and to read it back.

``python -m benchmarks.score_sheets [CALLS] [links]``: with ``links`` every call has a page to be linked to.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qa_pipeline.checks import registry  # noqa: F401 - it makes the checks known
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip, CriterionSummary
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.workbooks.reading import read_score_sheet
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.rubric.model import Rubric

CALLS, SECTIONS, CRITERIA = 10_000, 4, 5
FIRST = datetime(2026, 11, 2, 9, 5, tzinfo=UTC)


def rubric() -> Rubric:
    check = {"phrases": {"any": ["您好"]}}
    sections = [
        {
            "id": f"s{place}",
            "title": f"大项{place}",
            "criteria": [
                {"id": f"c{place}-{number}", "title": f"评分项{place}-{number}", "points": 5, "check": check}
                for number in range(CRITERIA)
            ],
        }
        for place in range(SECTIONS)
    ]
    return Rubric.model_validate({"id": "bench", "version": "1.0", "title": "评分表", "sections": sections})


def summaries(calls: int, form: Rubric) -> Iterator[CallSummary]:
    """Verdicts by chance, a quote of 40 characters for each."""
    chance = random.Random(1)
    for number in range(calls):
        criteria = tuple(
            CriterionSummary(
                criterion.id,
                "s",
                chance.choice(list(Verdict)),
                None,
                5.0,
                clip=Clip(3, f"您好，我是云桥通信的小林，请问您现在方便吗？{chance.random()}", 12.5),
                is_hit=True,
            )
            for criterion in form.criteria
        )
        yield CallSummary(
            f"call-{number:05d}",
            form.id,
            form.version,
            agent_name="王小林",
            started_at=FIRST + timedelta(minutes=7 * number),
            duration_s=183.0,
            state="passed",
            percent=81.5,
            criteria=criteria,
        )


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    calls, form = numbers[0] if numbers else CALLS, rubric()
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        if "links" in sys.argv:
            (out / "calls").mkdir()
            for number in range(calls):
                (out / "calls" / f"call-{number:05d}.html").touch()
        start = time.process_time()
        path = write_score_sheet(summaries(calls, form), form, out, PageOptions(made_at=FIRST), "2026-11")
        size_mb = path.stat().st_size / 1e6
        tell(f"written: {calls} calls, {len(form.criteria)} criteria, {size_mb:.1f} MB", start)
        start = time.process_time()
        read_score_sheet(path, "bench")
        tell("read back", start)


def tell(what: str, start: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {time.process_time() - start:.1f} s of one core, peak {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
