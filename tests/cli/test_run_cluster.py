"""``run --executor ray``: a cluster on this machine stores what one process stores, also where a worker is killed."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.kills import Batch, differences, run_to_end, speech_server, stored_rows, write_recordings

#: Of a run of six recordings, in the middle.
KILLED_AT = 3


def below(parent: int) -> Iterator[int]:
    """Processes that descend from one, its children first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                facts = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(facts[1]), []).append(int(entry.name))
    waiting = [parent]
    while waiting:
        children = parents.get(waiting.pop(0), [])
        yield from children
        waiting += children


def busy_actor(run: int) -> int:
    """A worker of a run that works right now: Ray titles its processes."""
    for process in below(run):
        if b"_Actor.work" in Path(f"/proc/{process}/cmdline").read_bytes():
            return process
    raise AssertionError("no worker is at work")


def test_a_killed_worker_of_a_cluster_loses_nothing(folder: Path, postgres_url: str) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    write_recordings(folder / "in", 6)
    requests, run, killed = itertools.count(1), list[int](), list[int]()

    def kill_once() -> None:
        if run and next(requests) == KILLED_AT:
            killed.append(busy_actor(run[0]))
            os.kill(killed[0], signal.SIGKILL)

    with speech_server(kill_once) as server:
        alone = Batch(folder / "in", folder / "alone", str(folder / "alone.sqlite3"), server, workers=0)
        assert run_to_end(alone) == 0
        shared = Batch(folder / "in", folder / "ray", postgres_url, server, workers=2, executor="ray")
        with subprocess.Popen(shared.command(), env=shared.environment, stdout=subprocess.PIPE) as process:
            run.append(process.pid)
            told, _ = process.communicate()
    assert process.returncode == 0
    assert len(killed) == 1
    assert [json.loads(line)["status"] for line in told.splitlines()] == ["done"] * 6
    assert differences(stored_rows(alone.store), stored_rows(shared.store)) == []
    pages = [{path.name for path in (folder / name / "calls").iterdir()} for name in ("alone", "ray")]
    assert pages[0] == pages[1]
