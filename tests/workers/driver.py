"""A batch in a process of its own, which tests interrupt and kill: ``python -m tests.workers.driver WHAT FOLDER``."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import Process, get_context
from pathlib import Path

from qa_pipeline.workers.child import watch_parent
from qa_pipeline.workers.local import LocalExecutor
from tests.workers import jobs


def batch(folder: Path) -> None:
    """Two workers whose tasks wait for the file ``go``."""
    tasks = (jobs.Job(f"t{number}", folder, "wait go") for number in range(6))
    with closing(LocalExecutor(2).run(jobs.start, tasks)) as results:
        for task, result in results:
            print(task.name, result, flush=True)


def idle(folder: Path) -> None:
    """One worker is busy, one has nothing to do, and the parent looks at a result."""
    tasks = [jobs.Job("quick", folder), jobs.Job("long", folder, "wait go")]
    for task, _ in LocalExecutor(2).run(jobs.start, tasks):
        (folder / f"{task.name}.seen").touch()
        jobs.pause_until(folder / "go")


class Stuck:
    """A model that takes for ever to load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> Callable[[int], int]:
        jobs.work(jobs.Job("start", self.folder, "wait go"))
        return jobs.square


def loading(folder: Path) -> None:
    for _ in LocalExecutor(1).run(Stuck(folder), [1]):
        pass


def _watched(folder: Path) -> None:
    watch_parent()
    jobs.work(jobs.Job("watched", folder, "wait go"))


def watching(folder: Path) -> None:
    """A child that looks after its parent without help from the system."""
    child: Process = get_context("spawn").Process(target=_watched, args=(folder,))  # type: ignore[assignment]
    child.start()
    time.sleep(120)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    {"batch": batch, "idle": idle, "loading": loading, "watching": watching}[sys.argv[1]](Path(sys.argv[2]))
