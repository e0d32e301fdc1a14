"""What a store of many calls costs: import, score again, report on a team, export; time a call, memory, disk.

``python -m benchmarks.scale [1000 10000 …]``: for each number of calls a new store, filled by
``qa-pipeline import`` from a generated file: the labelled training calls again and again with other ids, agents, teams,
days and figures. Each command is a process of its own; its peak memory is what the system counts for it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qa_pipeline.store.database import open_store

SEEDS = Path(__file__).parent.parent / "training" / "data" / "train.jsonl"
SEED = 20_261_127
AGENTS, TEAMS, DAYS = 100, 8, 60
#: Calls whose commands show what a start takes; at least one of each team.
FEW = 20
FIRST = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """One command over a whole store."""

    wall_s: float
    cpu_s: float
    """Of the command and its workers: unlike the time by the clock, other work on the machine hardly changes it."""
    peak_mb: float


def write_calls(path: Path, count: int) -> None:
    """JSON Lines of ``count`` calls, no two with the same words."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(itertools.islice(_lines(), count))


def _lines() -> Iterator[str]:
    chance = random.Random(SEED)
    seeds = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    for number in itertools.count():
        call = json.loads(json.dumps(seeds[number % len(seeds)]))
        agent = number % AGENTS
        started = FIRST + timedelta(days=chance.randrange(DAYS), minutes=chance.randrange(540))
        call |= {
            "id": f"c{number:06}",
            "agent_id": f"A{agent:03}",
            "agent_name": f"坐席{agent:03}",
            "team": f"{agent % TEAMS}组",
            "started_at": started.isoformat(),
        }
        for turn in call["turns"]:
            turn["text"] = re.sub(r"\d", lambda _: str(chance.randrange(10)), turn["text"])
        call["turns"][0]["text"] += f"工号{number}"
        call.pop("evidence", None)
        yield json.dumps(call, ensure_ascii=False) + "\n"


def run(arguments: Sequence[str], folder: Path) -> Cost:
    """A command's time and peak memory; it must succeed."""
    begin = time.monotonic()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "qa_pipeline.cli.main", *arguments], cwd=folder, stdout=output, stderr=output
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit((folder / "output").read_text(encoding="utf-8")[-2000:])
    return Cost(time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def commands(store: Path) -> Iterator[tuple[str, Cost]]:
    """Each command over a new store, and what it cost; the store is left filled."""
    folder, twin = store.parent, store.with_name("twin.sqlite3")
    team = ["report", "team", "0组", "--out", "pages", "--store", store.name]
    yield "import", run(["import", "calls.jsonl", "--store", store.name], folder)
    # The same calls under the same rubric, so that one process and two can be compared.
    shutil.copy(store, twin)
    score = ["score", "--rubric", "ten-point-inspection"]
    yield "score again", run([*score, "--store", store.name], folder)
    yield "score again, 2 workers", run([*score, "--workers", "2", "--store", twin.name], folder)
    twin.unlink()
    yield "report team", run(team, folder)
    yield "report team, again", run(team, folder)
    yield "export calls", run(["export", "calls", "--format", "csv", "--out", "tables", "--store", store.name], folder)
    yield "store check", run(["store", "check", "--store", store.name], folder)


def measure(count: int, start: Mapping[str, Cost]) -> dict[str, Cost]:
    """Costs of all commands over so many calls, told as they are known, and how large their store is.

    ``start``: what they cost over a few calls. Time a call is that beyond it: a start says nothing about calls.
    """
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as name:
        store = Path(name) / "store.sqlite3"
        write_calls(store.with_name("calls.jsonl"), count)
        for command, cost in commands(store):
            costs[command] = cost
            if start:
                print(_row(command, cost, start[command], count), flush=True)
        with open_store(str(store)) as opened:
            turns = opened.count_rows()["turns"]
        size = store.stat().st_size
        if start:
            print(
                f"\n{count} calls, {turns} turns: {size / 1e6:.0f} MB, {size / count / 1e3:.1f} KB a call\n", flush=True
            )
    return costs


def _row(command: str, cost: Cost, start: Cost, count: int) -> str:
    wall_ms = 1000 * (cost.wall_s - start.wall_s) / (count - FEW)
    cpu_ms = 1000 * (cost.cpu_s - start.cpu_s) / (count - FEW)
    return f"| {count} | {command} | {cost.wall_s:.1f} | {wall_ms:.2f} | {cpu_ms:.2f} | {cost.peak_mb:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=int, nargs="*", default=[1000, 10_000])
    given = parser.parse_args()
    start = measure(FEW, {})
    print("| calls | command | wall s | wall ms a call | CPU ms a call | peak MB |\n|---|---|--:|--:|--:|--:|")
    for count in given.counts:
        measure(count, start)


if __name__ == "__main__":
    main()
