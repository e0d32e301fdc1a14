"""What the workers of the tests do; whole modules travel to them, so it stands in one of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from qa_pipeline.core.errors import StepFailure, UserError


@dataclass(frozen=True)
class Job:
    """What to do, with a folder through which worker and test speak."""

    name: str
    folder: Path
    todo: str = "echo"


def pause_until(path: Path) -> None:
    """Wait for a file; a test that has gone wrong does not leave this behind for ever."""
    end_s = time.monotonic() + 120
    while not path.exists() and time.monotonic() < end_s:
        time.sleep(0.02)


def _first_time(job: Job) -> bool:
    mark = job.folder / f"{job.name}.tried"
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _busy_note(job: Job) -> None:
    (job.folder / f"{job.name}.started").write_text(str(os.getpid()), encoding="utf-8")


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> NoReturn:
    os._exit(7)


ENDS: dict[str, Callable[[], None]] = {"kill": kill, "crash": crash, "leave": leave}


def work(job: Job) -> str:
    """The job's name backwards, when its way was not to die, to hang or to raise."""
    _busy_note(job)
    how, _, when = job.todo.partition(" ")
    if how in ENDS and (when == "always" or _first_time(job)):
        ENDS[how]()
    elif how == "wait":
        pause_until(job.folder / when)
    elif how == "alone":
        _note_company(job)
    elif how == "raise":
        raise {
            "user": UserError("the disk is full"),
            "step": StepFailure("ingest", "x", "why"),
            "memory": MemoryError(),
        }[when]
    elif how == "strange":
        return lambda: "no pickle"  # type: ignore[return-value]
    (job.folder / f"{job.name}.ended").touch()
    return job.name[::-1]


def _note_company(job: Job) -> None:
    """Dies the first time; the second time it writes down who else is at work."""
    if _first_time(job):
        (job.folder / f"{job.name}.started").unlink()
        kill()
    started = {path.stem for path in job.folder.glob("*.started")}
    ended = {path.stem for path in job.folder.glob("*.ended")}
    (job.folder / f"{job.name}.company").write_text(" ".join(sorted(started - ended - {job.name})), encoding="utf-8")


def start() -> Callable[[Job], str]:
    return work


def square(number: int) -> int:
    return number * number


def start_squares() -> Callable[[int], int]:
    return square


def pid_of(_: object) -> int:
    return os.getpid()


def start_pids() -> Callable[[object], int]:
    return pid_of


@dataclass(frozen=True)
class Starting:
    """A start that leaves a mark each time and then goes a way of its own."""

    folder: Path
    todo: str = ""

    def __call__(self) -> Callable[[int], int]:
        number = len(list(self.folder.glob("start-*"))) + 1
        (self.folder / f"start-{os.getpid()}").touch()
        if self.todo == "raise":
            raise UserError("no such model; name one that is installed")
        if self.todo == "die" or (self.todo == "die once" and number == 1):
            kill()
        if self.todo == "slow":
            time.sleep(3)
        return square


def visible_gpus(_: object = None) -> str:
    return os.environ.get("CUDA_VISIBLE_DEVICES", "all")


def start_gpus() -> Callable[[object], str]:
    return visible_gpus


@dataclass(frozen=True)
class Noting:
    """Squares, with a note of who is at work and which GPUs it sees."""

    folder: Path

    def __call__(self) -> Callable[[int], int]:
        return self.square

    def square(self, number: int) -> int:
        note = self.folder / f"{os.getpid()}.pid"
        if not note.with_suffix(".killed").exists():
            note.write_text(visible_gpus(), encoding="utf-8")
        return number * number
