"""Which worker does what, whatever workers are: the promises of ``base`` are kept here, once for all kinds."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from qa_pipeline.core.errors import UserError
from qa_pipeline.workers.base import Lost, Result, Task
from qa_pipeline.workers.interrupts import Interrupts

_log = logging.getLogger(__name__)

#: Where a signal cannot end a wait (Windows), Ctrl-C is seen after this long.
TICK_S = 0.5

#: Workers that end one after another without having worked: more are not tried.
MAX_FAILED_STARTS = 2


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded its model."""

    worker: int


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    worker: int
    result: Result


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception from ``start`` or from the work."""

    worker: int
    error: Exception


@dataclass(frozen=True, slots=True)
class Died:
    """The worker is gone; ``detail`` says how, for people."""

    worker: int
    detail: str


_CrewTask = TypeVar("_CrewTask", contravariant=True)


class Crew(Protocol[_CrewTask, Result]):
    """Workers of one kind, by number."""

    def hire(self) -> int:
        """A new worker, which tells when it is ready."""
        ...

    def give(self, worker: int, task: _CrewTask) -> bool:
        """Hand a task to a ready worker; False when the worker turns out to be gone and never had the task."""
        ...

    def wait(self, timeout_s: float) -> list[Ready | Done[Result] | Raised | Died]:
        """What happened, as soon as anything did; empty after ``timeout_s``."""
        ...

    def dismiss(self, worker: int) -> None:
        """End a worker that has nothing to do. It is gone when this returns."""
        ...

    def kill(self, worker: int) -> None:
        """End a worker whatever it does."""
        ...


@dataclass(frozen=True, slots=True)
class _Job(Generic[Task]):
    task: Task
    alone: bool
    end_s: float
    """When the time limit is reached, on the clock of ``time.monotonic``."""


class Schedule(Generic[Task, Result]):
    """One run over all tasks."""

    def __init__(
        self,
        crew: Crew[Task, Result],
        tasks: Iterable[Task],
        size: int,
        limit_s: float | None,
        interrupts: Interrupts,
    ) -> None:
        self._crew = crew
        self._tasks = iter(tasks)
        self._size = size
        self._limit_s = limit_s
        self._interrupts = interrupts
        self._waiting: deque[Task] = deque()
        self._exhausted = False
        self._suspects: deque[Task] = deque()
        self._starting: set[int] = set()
        self._idle: deque[int] = deque()
        self._busy: dict[int, _Job[Task]] = {}
        self._failed_starts = 0
        self._error: Exception | None = None
        self._outcomes: deque[tuple[Task, Result | Lost]] = deque()
        self._told = False

    def results(self) -> Iterator[tuple[Task, Result | Lost]]:
        """All results; raises what a worker raised when nothing runs any more. Returns early on Ctrl-C."""
        while True:
            self._tell_if_stopping()
            # Workers have their next task before the results of the last are looked at.
            self._hand_out()
            while self._outcomes:
                yield self._outcomes.popleft()
            if self._finished():
                break
            for event in self._crew.wait(self._patience_s()):
                self._handle(event)
            self._end_overdue()
        for worker in self._starting:
            self._crew.kill(worker)
        if self._error is not None:
            raise self._error

    def _tell_if_stopping(self) -> None:
        if self._interrupts.count and not self._told:
            self._told = True
            _log.warning("stopping: %d running tasks are being finished; Ctrl-C again ends at once", len(self._busy))

    def _stopping(self) -> bool:
        return self._error is not None or self._interrupts.count > 0

    def _finished(self) -> bool:
        return not self._busy and (self._stopping() or not (self._waiting or self._suspects or not self._exhausted))

    # Handing out

    def _hand_out(self) -> None:
        if self._stopping():
            return
        self._take()
        while self._waiting and self._idle:
            self._give(self._waiting, alone=False)
        if self._exhausted and not self._waiting and not self._busy and self._suspects:
            self._hand_out_alone()
        wanted = len(self._waiting) + len(self._busy)
        while len(self._starting) + len(self._idle) + len(self._busy) < min(self._size, wanted):
            self._starting.add(self._crew.hire())

    def _take(self) -> None:
        """Take as many tasks as workers are free."""
        try:
            while not self._exhausted and len(self._waiting) + len(self._busy) < self._size:
                self._waiting.append(next(self._tasks))
        except StopIteration:
            self._exhausted = True
        except Exception as error:  # noqa: BLE001 - raised when what runs is finished
            self._error = error

    def _hand_out_alone(self) -> None:
        """One task that may have used up the memory, and one worker: the others go."""
        while len(self._idle) > 1:
            self._crew.dismiss(self._idle.pop())
        if self._idle:
            for worker in self._starting:
                self._crew.kill(worker)
            self._starting.clear()
            self._give(self._suspects, alone=True)
        elif not self._starting:
            self._starting.add(self._crew.hire())

    def _give(self, queue: deque[Task], *, alone: bool) -> None:
        worker, task = self._idle.popleft(), queue.popleft()
        if self._crew.give(worker, task):
            end_s = time.monotonic() + self._limit_s if self._limit_s is not None else float("inf")
            self._busy[worker] = _Job(task, alone, end_s)
        else:
            queue.appendleft(task)
            self._crew.kill(worker)
            self._start_failed("ended before it had a task")

    # What happened

    def _patience_s(self) -> float:
        ends = min((job.end_s for job in self._busy.values()), default=float("inf"))
        return max(0.0, min(TICK_S, ends - time.monotonic()))

    def _handle(self, event: Ready | Done[Result] | Raised | Died) -> None:
        worker = event.worker
        if isinstance(event, Died):
            self._bury(worker, event.detail)
        elif isinstance(event, Done):
            self._outcomes.append((self._busy.pop(worker).task, event.result))
            self._idle.append(worker)
            self._failed_starts = 0
        elif isinstance(event, Ready):
            self._starting.discard(worker)
            self._idle.append(worker)
        else:
            self._raised(worker, event.error)

    def _raised(self, worker: int, error: Exception) -> None:
        self._starting.discard(worker)
        self._busy.pop(worker, None)
        self._crew.kill(worker)
        if self._error is None:
            self._error = error
        else:
            _log.warning("worker %d: %s, after an earlier error", worker, type(error).__name__)

    def _bury(self, worker: int, detail: str) -> None:
        self._crew.kill(worker)
        if worker in self._starting:
            self._starting.remove(worker)
            self._start_failed(detail)
        elif worker in self._idle:
            self._idle.remove(worker)
            self._start_failed(detail)
        else:
            self._died_at_work(worker, detail)

    def _died_at_work(self, worker: int, detail: str) -> None:
        job = self._busy.pop(worker)
        self._failed_starts = 0
        if job.alone:
            _log.warning("worker %d %s at a task on its own; the task is given up", worker, detail)
            self._outcomes.append((job.task, Lost("died", detail)))
        else:
            _log.warning("worker %d %s; its task is tried once more after the others", worker, detail)
            self._suspects.append(job.task)

    def _start_failed(self, detail: str) -> None:
        """A worker ended without having worked. The batch goes on with fewer while there are any."""
        self._failed_starts += 1
        _log.warning("a worker %s before it had worked on anything", detail)
        if self._failed_starts < MAX_FAILED_STARTS or self._stopping():
            return
        if self._idle or self._busy:
            self._failed_starts = 0
            self._size = max(1, self._size - 1)
            _log.warning("going on with %d workers", self._size)
            return
        many = f"{MAX_FAILED_STARTS} workers, one after another, ended before they worked"
        self._error = UserError(f"{many} (the last one {detail}); is there memory enough? Try fewer workers")

    def _end_overdue(self) -> None:
        now_s = time.monotonic()
        for worker in [worker for worker, job in self._busy.items() if job.end_s <= now_s]:
            job = self._busy.pop(worker)
            self._crew.kill(worker)
            _log.warning("worker %d took longer than %g s for a task and was ended", worker, self._limit_s)
            self._outcomes.append((job.task, Lost("time_limit", f"took longer than {self._limit_s:g} s")))
