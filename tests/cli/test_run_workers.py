"""``run`` on worker processes: the same rows as without, and a worker that dies or hangs costs its call alone."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kills import (
    Batch,
    differences,
    kill_until_done,
    run_to_end,
    speech_server,
    stored_rows,
    write_recordings,
)
from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command
from tests.local_server import respond
from tests.transcribe.asr_server import AsrServer, Received

COMMON = ("--engine", "openai", "--model", "any", "--audio", "none", "--json")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with speech_server() as url:
        monkeypatch.setenv("QA_PIPELINE_ASR_URL", url)
        yield url


def children() -> list[int]:
    """Ids of this process's children that are workers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                facts = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(facts[1]) == os.getpid() and b"spawn_main" in command:
                found.append(int(entry.name))
    return found


def rows_of(store: str) -> dict[str, list[str]]:
    return stored_rows(store)


def test_workers_store_what_one_process_stores(qa: Command, server: str, folder: Path) -> None:
    write_recordings(folder / "in", 5)
    alone = qa("run", "in", *COMMON, "--store", "alone.sqlite3", "--out", "alone")
    shared = qa("run", "in", *COMMON, "--workers", "2", "--store", "shared.sqlite3", "--out", "shared")
    assert (alone.code, shared.code) == (0, 0)
    assert sorted(row["recording"] for row in shared.rows) == sorted(row["recording"] for row in alone.rows)
    assert differences(rows_of("alone.sqlite3"), rows_of("shared.sqlite3")) == []
    again = qa("run", "in", *COMMON, "--workers", "2", "--store", "shared.sqlite3", "--out", "shared")
    assert [row["status"] for row in again.rows] == ["skipped"] * 5
    assert children() == []


def told(request: Received) -> Any:
    answer = {"language": "zh", "text": "您好", "segments": [], "duration": request.sound_s}
    return respond(json.dumps(answer).encode(), 200)


class Poison:
    """A server that does something to whoever sends it the first sound that it was ever sent."""

    def __init__(self, effect: Callable[[], None]) -> None:
        self.effect = effect
        self.first: bytes | None = None
        self.met = 0

    def __call__(self, request: Received) -> Any:
        self.first = self.first or request["file"]
        if request["file"] == self.first:
            self.met += 1
            self.effect()
        return told(request)


def kill_children() -> None:
    for child in children():
        os.kill(child, signal.SIGKILL)


def test_a_worker_that_dies_costs_its_call_alone(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_recordings(folder / "in", 3)
    poison = Poison(kill_children)
    with AsrServer(poison) as server:
        monkeypatch.setenv("QA_PIPELINE_ASR_URL", server.url)
        answer = qa("run", "in", *COMMON, "--workers", "1")
        assert answer.code == 1
        assert sorted(row["status"] for row in answer.rows) == ["done", "done", "failed"]
        (lost,) = (row for row in answer.rows if row["status"] == "failed")
        assert lost["step"] == "run"
        assert "twice: ended by SIGKILL" in lost["reason"]
        assert poison.met == 2
        with open_store("qa-pipeline.sqlite3") as store:
            assert [failure.code for failure in store.failures()] == ["worker_died"]
        # Not met again unasked.
        second = qa("run", "in", *COMMON, "--workers", "1")
        assert (second.code, poison.met) == (1, 2)
        qa("run", "--retry-failed", *COMMON, "--workers", "1")
        assert poison.met == 4


def test_what_takes_too_long_is_given_up(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_recordings(folder / "in", 2)
    over = threading.Event()
    try:
        with AsrServer(Poison(lambda: over.wait(600) and None)) as server:
            monkeypatch.setenv("QA_PIPELINE_ASR_URL", server.url)
            answer = qa("run", "in", *COMMON, "--workers", "1", "--time-limit", "10")
            over.set()
    finally:
        over.set()
    assert answer.code == 1
    assert sorted(row["status"] for row in answer.rows) == ["done", "failed"]
    (lost,) = (row for row in answer.rows if row["status"] == "failed")
    assert "time limit" in lost["reason"]


def test_a_batch_that_is_killed_ends_like_one_that_was_not(server: str, folder: Path) -> None:
    """Two kills; ``benchmarks/kills.py`` does the same hundreds of times."""
    write_recordings(folder / "in", 5)
    calm = Batch(folder / "in", folder / "calm", str(folder / "calm.sqlite3"), server, workers=2)
    assert run_to_end(calm) == 0
    killed = Batch(folder / "in", folder / "killed", str(folder / "killed.sqlite3"), server, workers=2)
    assert kill_until_done(killed, 2, 6.0, random.Random(1)) <= 2
    assert differences(stored_rows(calm.store), stored_rows(killed.store)) == []
    pages = [{path.name for path in (folder / name / "calls").iterdir()} for name in ("calm", "killed")]
    assert pages[0] == pages[1]


def test_without_paths_only_what_failed_can_be_meant(qa: Command) -> None:
    answer = qa("run")
    assert answer.code == 2
    assert "name recordings or folders, or give --retry-failed" in answer.err
    answer = qa("run", "--retry-failed")
    assert answer.code == 2
    assert "there is none" in answer.err


@pytest.mark.usefixtures("spoken")
def test_what_failed_and_is_gone_is_told(qa: Command, folder: Path) -> None:
    (folder / "bad.wav").write_bytes(b"no sound")
    os.utime(folder / "bad.wav", (1_700_000_000, 1_700_000_000))
    assert qa("run", "bad.wav").code == 1
    again = qa("run", "--retry-failed", "--json")
    assert (again.code, again.rows[0]["status"]) == (1, "failed")
    (folder / "bad.wav").unlink()
    gone = qa("run", "--retry-failed")
    assert gone.code == 2
    assert "no longer there: bad.wav" in gone.err


@pytest.mark.usefixtures("spoken")
def test_watching_processes_what_appears_until_it_is_stopped(
    qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.conftest import wav

    first, second = wav(folder / "in" / "a.wav"), wav(folder / "in" / "b.wav", 7)

    def passes(*_: object, **__: object) -> Iterator[list[Path]]:
        yield [first]
        yield []
        yield [second, first]
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_pipeline.audio.watching.watch", passes)
    answer = qa("run", "in", "--watch", "--json")
    assert answer.code == 0
    assert [(Path(row["recording"]).name, row["status"]) for row in answer.rows] == [
        ("a.wav", "done"),
        ("b.wav", "done"),
        ("a.wav", "skipped"),
    ]
    assert "stopped; the same command goes on from here" in answer.err


def test_watching_needs_a_folder(qa: Command) -> None:
    answer = qa("run", "--watch")
    assert answer.code == 2
    assert "--watch: name the folder" in answer.err
