"""What it costs to have tasks done by worker processes: start-up, and each task beside its own work.

Tasks are empty, so all that is measured is the way there and back. A task is then one call of a recording: seconds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qa_pipeline.workers.base import Executor
from qa_pipeline.workers.cluster import RayExecutor, connected
from qa_pipeline.workers.local import LocalExecutor

WORKERS, RUNS = 2, 5

#: Tasks of a short and of a long run: their difference is without start-up.
FEW, MANY = 10, 2010


def nothing(task: int) -> int:
    return task


def start() -> Callable[[int], int]:
    return nothing


def seconds(executor: Executor, count: int) -> tuple[float, float]:
    """Seconds to the first result, and to the end of the run."""
    begun_s = time.perf_counter()
    results = executor.run(start, range(count))
    next(results)
    first_s = time.perf_counter() - begun_s
    if sum(1 for _ in results) != count - 1:
        raise AssertionError("a task was lost")
    return first_s, time.perf_counter() - begun_s


def report(name: str, executor: Executor) -> None:
    few = [seconds(executor, FEW) for _ in range(RUNS)]
    many = [seconds(executor, MANY) for _ in range(RUNS)]
    first_s = statistics.median(first for first, _ in few + many)
    rest_s = statistics.median(end for _, end in many) - statistics.median(end for _, end in few)
    each_ms = 1000 * rest_s / (MANY - FEW)
    print(f"{name}: first result after {first_s:.2f} s; {each_ms:.2f} ms for a task, with {WORKERS} workers")


@contextmanager
def own_cluster() -> Iterator[float]:
    """A cluster on this machine, and how long it took to start."""
    begun_s = time.perf_counter()
    with connected(WORKERS, "local"):
        yield time.perf_counter() - begun_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--local-only", action="store_true", help="without Ray")
    options = parser.parse_args()
    report("processes on this machine", LocalExecutor(WORKERS))
    if not options.local_only:
        with own_cluster() as start_s:
            print(f"Ray: a cluster on this machine after {start_s:.1f} s")
            report("Ray actors", RayExecutor(WORKERS))


if __name__ == "__main__":
    main()
