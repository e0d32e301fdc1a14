"""Pages over periods: seconds and memory of a team's month with 10,000 calls, and of an agent's with 500.

``python -m benchmarks.period_reports``: the labelled training calls are scored and their summaries stored over and over
under other ids, agents and days. Each figure is taken in a process of its own, from opening the store to the written
page, so that peaks of memory do not mix; start and imports are counted apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from qa_pipeline.core.summary import CallSummary
from qa_pipeline.insight.plan import Plan
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store import tables
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.summaries import summarise, summary_keys

DATA = Path(__file__).parent.parent / "training" / "data" / "train.jsonl"
RUBRIC = "telesales-coaching"
CALLS = 10_000
AGENTS = 40
TEAMS = 4
DAYS = 60
FIRST = datetime.fromisoformat("2026-10-01T09:00:00+08:00")
OF_ONE = 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        team, agent = Path(folder) / "team.sqlite3", Path(folder) / "agent.sqlite3"
        fill(team, CALLS, AGENTS)
        fill(agent, 4 * OF_ONE, 4)
        _in_process("team page and monthly report", team, CALLS, "team")
        _in_process("agent page and one-to-one sheet", agent, OF_ONE, "agent")


def _in_process(title: str, store: Path, calls: int, what: str) -> None:
    command = [sys.executable, "-m", "benchmarks.period_reports", what, str(store)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file
    print(f"{title}, {calls} calls: {out.stdout.strip()}")


def fill(path: Path, calls: int, agents: int) -> None:
    """A store with so many scored calls, one summary each."""
    loaded = load_rubric(RUBRIC)
    seeds = list(_seeds(loaded))
    with open_store(str(path)) as store:
        ids = [f"C{number:05d}" for number in range(calls)]
        _put_calls(store, ids)
        keys = summary_keys(store, loaded)
        made = (_copy(seeds[i % len(seeds)], call_id, i, agents) for i, call_id in enumerate(ids))
        store.put_summaries((summary, keys[summary.call_id]) for summary in made)


def _seeds(loaded: LoadedRubric) -> Iterator[CallSummary]:
    from qa_pipeline.scoring import score
    from qa_pipeline.steps import build_imported_call
    from qa_pipeline.transcribe.labelled import read_labelled

    for imported in read_labelled(DATA):
        call = build_imported_call(imported)
        yield summarise(call, score(call, loaded), loaded.rubric)


def _put_calls(store: Store, ids: list[str]) -> None:
    """Rows of calls without their content: reports over periods read summaries alone."""
    rows = [{"call_id": i, "step": "call", "key": "k", "payload": b"\x02", "stored_at": FIRST} for i in ids]
    with store.writing() as connection:
        connection.execute(tables.results.insert(), rows)


def _copy(seed: CallSummary, call_id: str, number: int, agents: int) -> CallSummary:
    agent = number % agents
    started_at = FIRST + timedelta(days=number * 7 % DAYS, minutes=number % 500)
    return replace(
        seed,
        call_id=call_id,
        agent_id=f"A{agent:03d}",
        agent_name=f"坐席{agent:03d}",
        team=f"第{agent % TEAMS + 1}组",
        started_at=started_at,
    )


def _measure(what: str, path: Path) -> None:
    start = time.perf_counter()
    from qa_pipeline.overviews import Overviews

    loaded = load_rubric(RUBRIC)
    imported_s = time.perf_counter() - start
    start = time.perf_counter()
    with open_store(str(path)) as store, tempfile.TemporaryDirectory() as out:
        _PAGES[what](Overviews(Path(out), store, loaded, Plan(per_month=20)))
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s (and {imported_s:.1f} s of imports), peak memory {_peak_mib():.0f} MiB")


def _peak_mib() -> float:
    """Of this program alone: ru_maxrss would count the parent that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _team(pages: object) -> None:
    found = pages.over()
    pages.write_team(found, found.everybody)
    pages.write_period(found)


def _agent(pages: object) -> None:
    found = pages.over()
    pages.write_agent(found, found.agents["A000"])


_PAGES: dict[str, Callable[..., None]] = {"team": _team, "agent": _agent}

if __name__ == "__main__":
    _measure(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) > 1 else main()
