"""What every executor promises.

- ``start`` is called once in each worker and gives the function that works on one task: a model is loaded once.
- Results come in the order in which they are ready. Tasks are taken from their iterator only when a worker can have
  them, so the iterator must not wait for something to come: while it does, no result is passed on.
- A worker that dies costs its task alone. The task is tried once more after all others, with no other worker busy;
  if that worker dies too, it is ``Lost``.
- A task over the time limit is ``Lost`` at once; loading the model does not count.
- An exception from ``start`` or from the work is no death: no further task is handed out, what runs is finished, its
  results are passed on, and the exception is raised.
- Ctrl-C: the same, with KeyboardInterrupt. A second one ends all workers at once. Tasks that had no turn are not told.
- Closing the iterator of results early ends all workers. Use ``contextlib.closing`` around it.

A task can have been worked on twice: what the work stores must not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: Called once in each worker; what it gives is called with each task. Travels to the workers by pickle.
Start: TypeAlias = Callable[[], Callable[[Task], Result]]


@dataclass(frozen=True, slots=True)
class Lost:
    """A task without a result; ``detail`` is for people and holds nothing of the task."""

    reason: Literal["died", "time_limit"]
    detail: str


class Executor(Protocol):
    """Hands tasks to workers."""

    def run(self, start: Start[Task, Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """Each task with its result, in the order in which they are ready."""
        ...
