"""Worker processes on this machine, each with a pipe of its own.

No queue and no lock is shared: a worker that is killed at any moment can spoil no message but its own.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Generic, Self

from qa_pipeline.workers.base import Lost, Result, Start, Task
from qa_pipeline.workers.child import Answer, error_of, serve
from qa_pipeline.workers.interrupts import Interrupts
from qa_pipeline.workers.schedule import Died, Done, Raised, Ready, Schedule

_log = logging.getLogger(__name__)

#: How long a worker that was asked to end may take before it is killed.
GRACE_S = 5.0

#: What people are told beside the name of a signal.
_REASONS = {"SIGKILL": " (out of memory?)", "SIGSEGV": " (a crash in a library)", "SIGABRT": " (a crash in a library)"}


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """``processes`` workers at most; ``limit_s`` seconds for a task, None: no limit.

    Run it in a thread that lives as long as the run: on Linux the workers end with it.
    """

    processes: int
    limit_s: float | None = None

    def __post_init__(self) -> None:
        if self.processes < 1 or (self.limit_s is not None and self.limit_s <= 0):
            raise ValueError("one process at least, and a time limit above 0 s")

    def run(self, start: Start[Task, Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """See ``base``."""
        crew = _Processes(start)
        with Interrupts(crew.kill_all) as interrupts:
            with crew:
                yield from Schedule(crew, tasks, self.processes, self.limit_s, interrupts).results()
            if interrupts.count:
                raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    pipe: connection.Connection


class _Processes(Generic[Task, Result]):
    """A crew of processes; at the end of a ``with`` block none is left."""

    def __init__(self, start: Start[Task, Result]) -> None:
        self._start = start
        self._workers: dict[int, _Worker] = {}
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Workers that wait for a task end by themselves; after an exception all are killed."""
        if kind is not None:
            self.kill_all()
        for worker in self._workers.values():
            worker.pipe.close()
        for number in list(self._workers):
            self.dismiss(number)

    def kill_all(self) -> None:
        """Also from a signal handler: nothing is waited for."""
        for worker in list(self._workers.values()):
            worker.process.kill()

    def hire(self) -> int:
        number = next(self._numbers)
        ours, theirs = multiprocessing.Pipe(duplex=True)
        context = multiprocessing.get_context("spawn")
        name = f"worker-{number}"
        process = context.Process(target=serve, args=(theirs, self._start, os.getpid()), name=name, daemon=True)
        with _interrupts_held():
            process.start()
            self._workers[number] = _Worker(process, ours)
        # With no copy of that end here, the pipe ends when the worker does.
        theirs.close()
        return number

    def give(self, worker: int, task: Task) -> bool:
        message = pickle.dumps(task)
        try:
            self._workers[worker].pipe.send_bytes(message)
        except OSError:
            return False
        return True

    def wait(self, timeout_s: float) -> list[Ready | Done[Result] | Raised | Died]:
        ends: dict[Any, int] = {}
        for number, worker in self._workers.items():
            ends |= {worker.pipe: number, worker.process.sentinel: number}
        happened = {ends[end] for end in connection.wait(list(ends), timeout_s)}
        return [self._event(number) for number in sorted(happened)]

    def _event(self, number: int) -> Ready | Done[Result] | Raised | Died:
        """What a worker sent counts, also when it has ended since."""
        worker = self._workers[number]
        try:
            message = worker.pipe.recv_bytes() if worker.pipe.poll() else None
        except (EOFError, OSError):
            message = None
        if message is None:
            return Died(number, self._end_of(worker.process))
        try:
            told: Answer = pickle.loads(message)
        except Exception as error:  # noqa: BLE001 - a result that cannot be read is an exception like any other
            return Raised(number, error)
        if told.kind == "raised":
            return Raised(number, error_of(told))
        return Ready(number) if told.kind == "ready" else Done(number, told.content)

    def _end_of(self, process: SpawnProcess) -> str:
        process.join(GRACE_S)
        return end_in_words(process.exitcode)

    def dismiss(self, worker: int) -> None:
        self._workers[worker].pipe.close()
        self._workers[worker].process.join(GRACE_S)
        self.kill(worker)

    def kill(self, worker: int) -> None:
        """Nothing is left of the process, not even a zombie."""
        gone = self._workers[worker]
        # Only who has had the signal is forgotten: Ctrl-C may end this function anywhere.
        gone.process.kill()
        del self._workers[worker]
        gone.pipe.close()
        gone.process.join(GRACE_S)
        # A process that the system cannot end yet (a dead network drive) is left to it.
        with suppress(ValueError):
            gone.process.close()


def end_in_words(code: int | None) -> str:
    """How a process ended, from its exit code: negative is the number of a signal."""
    if code is None:
        return "closed its pipe"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"ended by {name}{_REASONS.get(name, '')}"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A new process takes over what its parent holds back: until it ignores Ctrl-C itself, none may reach it."""
    if sys.platform == "win32":
        yield
        return
    # The tracker, started with the first process, would let interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
