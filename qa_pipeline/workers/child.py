"""What runs in a worker process: load once, then a task and its answer, again and again."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing import connection, parent_process
from typing import Any, Literal, NamedTuple

from qa_pipeline.workers.base import Start

#: ``PR_SET_PDEATHSIG`` of linux/prctl.h.
_PR_SET_PDEATHSIG = 1


class Answer(NamedTuple):
    """What a worker sends: that it is ready, a result, or an exception with its traceback as text."""

    kind: Literal["ready", "done", "raised"]
    content: Any = None
    trace: str = ""


def serve(pipe: connection.Connection, start: Start[Any, Any], parent: int) -> None:
    """The life of a worker process; it ends when its pipe does."""
    ignore_interrupts()
    end_with_parent(parent)
    if sys.platform != "win32":
        # A program that the work starts must not keep the pipe open when this process is gone.
        os.set_inheritable(pipe.fileno(), False)
    try:
        work = _begin(pipe, start)
        while work is not None:
            pipe.send_bytes(answer(work, pipe.recv_bytes()))
    except (EOFError, ConnectionError):
        return


def _begin(pipe: connection.Connection, start: Start[Any, Any]) -> Callable[[Any], Any] | None:
    try:
        work = start()
    except Exception as error:  # noqa: BLE001 - raised in the parent
        pipe.send_bytes(pickle.dumps(raised(error)))
        return None
    pipe.send_bytes(pickle.dumps(Answer("ready")))
    return work


def answer(work: Callable[[Any], Any], task: bytes) -> bytes:
    """The answer to a task, both pickled: what cannot be pickled is an exception like any other."""
    try:
        return pickle.dumps(Answer("done", work(pickle.loads(task))))
    except Exception as error:  # noqa: BLE001 - raised in the parent
        return pickle.dumps(raised(error))


def raised(error: Exception) -> Answer:
    """The exception, or one that says the same where it cannot travel."""
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - an exception class can do anything when it is pickled
        error = RuntimeError(f"{type(error).__name__}: {error}")
    return Answer("raised", error, trace)


class WorkerTrace(Exception):
    """The traceback in the worker, as the cause of the exception that is raised here."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def error_of(told: Answer) -> Exception:
    """The exception that a worker told of."""
    error: Exception = told.content
    error.__cause__ = WorkerTrace(told.trace)
    return error


def ignore_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; what becomes of this one is for the parent to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def end_with_parent(parent: int) -> None:
    """See to it that this process ends when its parent is killed, also in the middle of a task."""
    if not _signal_at_parents_end():
        watch_parent()
    elif os.getppid() != parent:
        os._exit(1)  # it ended before the signal was asked for


def _signal_at_parents_end() -> bool:
    """Linux kills this process when the thread that started it ends; False where that cannot be had."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL)) == 0)
    except (OSError, AttributeError):
        return False


def watch_parent() -> None:
    """A thread that ends this process when the parent's end of a pipe is closed."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()
