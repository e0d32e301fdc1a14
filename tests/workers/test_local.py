"""Worker processes on one machine: every task has one result or is lost for a reason, and no process is left."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.workers.base import Lost
from qa_pipeline.workers.child import WorkerTrace
from qa_pipeline.workers.local import LocalExecutor, end_in_words
from tests.workers import jobs
from tests.workers.jobs import Job, Starting

NUMBERS = list(range(40))


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def run(tasks: list[Job], processes: int = 2, limit_s: float | None = None) -> dict[str, str | Lost]:
    """The results by name; each task has one alone."""
    pairs = [(task.name, result) for task, result in LocalExecutor(processes, limit_s).run(jobs.start, tasks)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


# Results


@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_has_its_result(processes: int) -> None:
    pairs = list(LocalExecutor(processes).run(jobs.start_squares, NUMBERS))
    assert sorted(pairs) == [(number, number * number) for number in NUMBERS]


def test_the_work_is_done_in_other_processes_that_are_used_again() -> None:
    pids = {pid for _, pid in LocalExecutor(2).run(jobs.start_pids, NUMBERS)}
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_results_come_as_they_are_ready(tmp_path: Path) -> None:
    tasks = [Job("slow", tmp_path, "wait go"), Job("a", tmp_path), Job("b", tmp_path)]
    order = []
    for task, _ in LocalExecutor(2).run(jobs.start, tasks):
        order.append(task.name)
        if len(order) == 2:
            (tmp_path / "go").touch()
    assert order == ["a", "b", "slow"]


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        while taken < 10_000:
            taken += 1
            yield taken

    with closing(LocalExecutor(2).run(jobs.start_squares, tasks())) as results:
        for count, _ in enumerate(results, 1):
            assert taken - count <= 4
            if count == 100:
                break


def test_no_task_starts_no_worker(tmp_path: Path) -> None:
    assert list(LocalExecutor(2).run(Starting(tmp_path), [])) == []
    assert list(tmp_path.iterdir()) == []


def test_each_worker_starts_once_and_no_more_workers_than_tasks(tmp_path: Path) -> None:
    assert list(LocalExecutor(3).run(Starting(tmp_path), [5])) == [(5, 25)]
    assert len(list(tmp_path.glob("start-*"))) == 1
    assert len(list(LocalExecutor(2).run(Starting(tmp_path), NUMBERS))) == len(NUMBERS)
    assert len(list(tmp_path.glob("start-*"))) <= 3


def test_a_run_in_another_thread() -> None:
    pairs: list[tuple[int, int | Lost]] = []
    thread = threading.Thread(target=lambda: pairs.extend(LocalExecutor(1).run(jobs.start_squares, [3])))
    thread.start()
    thread.join()
    assert pairs == [(3, 9)]


def test_a_large_task_and_a_large_result(tmp_path: Path) -> None:
    name = "x" * 3_000_000
    [(task, result)] = LocalExecutor(1).run(str_backwards, [name])
    assert (len(task), result) == (3_000_000, name)


def str_backwards():  # type: ignore[no-untyped-def]
    return lambda text: text[::-1]


@pytest.mark.parametrize(("processes", "limit_s"), [(0, None), (1, 0.0), (1, -1.0)])
def test_senseless_settings_are_refused(processes: int, limit_s: float | None) -> None:
    with pytest.raises(ValueError, match="one process at least"):
        LocalExecutor(processes, limit_s)


# Death


@pytest.mark.parametrize("how", ["kill", "crash", "leave"])
def test_a_worker_that_dies_once_loses_nothing(tmp_path: Path, how: str) -> None:
    tasks = [Job("first", tmp_path, how), *(Job(f"t{number}", tmp_path) for number in range(5))]
    results = run(tasks)
    assert results == {task.name: task.name[::-1] for task in tasks}
    assert list(results)[-1] == "first"


@pytest.mark.parametrize(
    ("how", "detail"),
    [
        ("kill", "ended by SIGKILL (out of memory?)"),
        ("crash", "ended by SIGSEGV (a crash in a library)"),
        ("leave", "ended with exit code 7"),
    ],
)
def test_a_task_that_kills_every_worker_is_lost_alone(tmp_path: Path, how: str, detail: str) -> None:
    tasks = [Job("bad", tmp_path, f"{how} always"), *(Job(f"t{number}", tmp_path) for number in range(4))]
    results = run(tasks)
    assert results.pop("bad") == Lost("died", detail)
    assert results == {f"t{number}": f"{number}t" for number in range(4)}


def test_the_second_try_has_the_machine_to_itself(tmp_path: Path) -> None:
    tasks = [Job(f"a{number}", tmp_path, "alone") for number in range(3)]
    tasks += [Job(f"t{number}", tmp_path) for number in range(6)]
    assert len(run(tasks, processes=3)) == 9
    assert [(tmp_path / f"a{number}.company").read_text(encoding="utf-8") for number in range(3)] == ["", "", ""]


def test_two_hundred_tasks_and_ten_workers_killed() -> None:
    chance = random.Random(8)
    kills = set(chance.sample(range(150), 10))
    pairs = []
    for count, pair in enumerate(LocalExecutor(2).run(jobs.start_squares, range(200))):
        pairs.append(pair)
        if count in kills:
            # The oldest: a worker that never got to work is another matter.
            workers = sorted(multiprocessing.active_children(), key=lambda child: int(child.name.rpartition("-")[2]))
            os.kill(workers[0].pid or 0, signal.SIGKILL)
    assert sorted(pairs) == [(number, number * number) for number in range(200)]


def test_what_is_logged_of_a_death_says_nothing_of_the_task(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        run([Job("Wang-13800138000", tmp_path, "kill always")])
    assert "tried once more" in caplog.text
    assert "given up" in caplog.text
    assert "Wang" not in caplog.text


# Time limit


def test_a_task_over_the_limit_is_lost_and_not_tried_again(tmp_path: Path) -> None:
    tasks = [Job("hangs", tmp_path, "wait never"), *(Job(f"t{number}", tmp_path) for number in range(4))]
    results = run(tasks, limit_s=5.0)
    assert results.pop("hangs") == Lost("time_limit", "took longer than 5 s")
    assert results == {f"t{number}": f"{number}t" for number in range(4)}


def test_loading_the_model_does_not_count(tmp_path: Path) -> None:
    assert list(LocalExecutor(1, 2.0).run(Starting(tmp_path, "slow"), [4])) == [(4, 16)]


# Exceptions


@pytest.mark.parametrize(("todo", "error"), [("user", UserError), ("step", RuntimeError), ("memory", MemoryError)])
def test_an_exception_is_raised_here_after_what_runs(tmp_path: Path, todo: str, error: type[Exception]) -> None:
    tasks = [Job("long", tmp_path, "wait go"), Job("bad", tmp_path, f"raise {todo}")]
    tasks += [Job(f"t{number}", tmp_path, "wait go") for number in range(20)]
    threading.Thread(target=_go_when, args=(tmp_path / "bad.started", tmp_path / "go")).start()
    seen = []
    with pytest.raises(error) as told:
        seen.extend(LocalExecutor(2).run(jobs.start, tasks))
    assert isinstance(told.value.__cause__, WorkerTrace)
    assert "in work" in str(told.value.__cause__)
    started, ended = len(list(tmp_path.glob("*.started"))), len(list(tmp_path.glob("*.ended")))
    assert (started, ended) == (len(seen) + 1, len(seen))


def _go_when(path: Path, go: Path) -> None:
    jobs.pause_until(path)
    go.touch()


def test_an_exception_that_cannot_travel_keeps_its_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^StepFailure: ingest: why$"):
        run([Job("bad", tmp_path, "raise step")])


def test_a_result_that_cannot_travel_is_an_exception(tmp_path: Path) -> None:
    with pytest.raises((AttributeError, RuntimeError, TypeError), match="pickle"):
        run([Job("odd", tmp_path, "strange")])


def test_an_exception_of_the_tasks_is_raised_after_what_runs() -> None:
    def tasks() -> Iterator[int]:
        yield 2
        yield 3
        raise OSError("the list broke off")

    seen = []
    with pytest.raises(OSError, match="the list broke off"):
        seen.extend(LocalExecutor(1).run(jobs.start_squares, tasks()))
    assert seen == [(2, 4), (3, 9)]


def test_an_exception_of_the_start_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such model"):
        list(LocalExecutor(2).run(Starting(tmp_path, "raise"), NUMBERS))


def test_workers_that_cannot_start_are_not_tried_for_ever(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"ended by SIGKILL \(out of memory\?\)\); is there memory enough\?"):
        list(LocalExecutor(1).run(Starting(tmp_path, "die"), NUMBERS))
    assert len(list(tmp_path.glob("start-*"))) == 2


def test_one_failed_start_is_made_good(tmp_path: Path) -> None:
    assert sorted(LocalExecutor(1).run(Starting(tmp_path, "die once"), [1, 2])) == [(1, 1), (2, 4)]


# The end of a run


def test_closing_early_ends_the_workers(tmp_path: Path) -> None:
    tasks = [Job("quick", tmp_path), Job("long", tmp_path, "wait never")]
    results = LocalExecutor(2).run(jobs.start, tasks)
    next(results)
    jobs.pause_until(tmp_path / "long.started")
    assert multiprocessing.active_children()
    results.close()
    assert multiprocessing.active_children() == []


def test_ctrl_c_passes_on_what_runs_and_the_old_handler_is_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []
    with pytest.raises(KeyboardInterrupt):
        for pair in LocalExecutor(2).run(jobs.start_squares, range(1000)):
            seen.append(pair)
            if len(seen) == 10:
                signal.raise_signal(signal.SIGINT)
    assert 10 <= len(seen) <= 14
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in LocalExecutor(1).run(jobs.start_squares, [1]):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with exit code 0"),
        (-9, "ended by SIGKILL (out of memory?)"),
        (-15, "ended by SIGTERM"),
        (-200, "ended by signal 200"),
        (None, "closed its pipe"),
    ],
)
def test_the_end_of_a_process_in_words(code: int | None, words: str) -> None:
    assert end_in_words(code) == words
