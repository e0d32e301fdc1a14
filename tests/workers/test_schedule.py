"""Who does what, with workers that are only imagined: every order of deaths, without a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.workers.base import Lost
from qa_pipeline.workers.interrupts import Interrupts
from qa_pipeline.workers.schedule import Died, Done, Raised, Ready, Schedule


@dataclass
class Imagined:
    """A crew where ``fates`` decide what becomes of each worker in turn; when they are used up, all goes well."""

    fates: list[str]
    deadly: frozenset[int] = frozenset()
    starting: list[int] = field(default_factory=list)
    idle: set[int] = field(default_factory=set)
    busy: dict[int, int] = field(default_factory=dict)
    hired: int = 0
    most_busy: int = 0
    company: dict[int, int] = field(default_factory=dict)
    """How many others were busy when a task was handed out the last time."""

    def _fate(self) -> str:
        return self.fates.pop() if self.fates else ""

    def hire(self) -> int:
        self.hired += 1
        self.starting.append(self.hired)
        return self.hired

    def give(self, worker: int, task: int) -> bool:
        self.idle.remove(worker)
        if self._fate() == "gone":
            return False
        self.company[task] = len(self.busy)
        self.busy[worker] = task
        self.most_busy = max(self.most_busy, len(self.busy))
        return True

    def wait(self, timeout_s: float) -> list[Ready | Done[int] | Raised | Died]:
        if self.starting:
            worker = self.starting.pop()
            if self._fate() == "dies":
                return [Died(worker, "ended")]
            self.idle.add(worker)
            return [Ready(worker)]
        if self.idle and self._fate() == "dies idle":
            return [Died(self.idle.pop(), "ended")]
        worker, task = self.busy.popitem()
        if task in self.deadly or self._fate() == "dies":
            return [Died(worker, "ended")]
        self.idle.add(worker)
        return [Done(worker, task * task)]

    def dismiss(self, worker: int) -> None:
        self.idle.remove(worker)

    def kill(self, worker: int) -> None:
        self.idle.discard(worker)
        self.busy.pop(worker, None)
        if worker in self.starting:
            self.starting.remove(worker)


def schedule(crew: Imagined, count: int, size: int) -> Iterator[tuple[int, int | Lost]]:
    return Schedule(crew, range(count), size, None, Interrupts(lambda: None)).results()


FATES = st.lists(st.sampled_from(["", "", "", "dies", "dies idle", "gone"]), max_size=60)


@given(FATES, st.integers(0, 30), st.integers(1, 5))
def test_each_task_has_one_outcome_whatever_dies(fates: list[str], count: int, size: int) -> None:
    crew = Imagined(list(fates))
    outcomes = []
    try:
        outcomes.extend(schedule(crew, count, size))
    except UserError:
        assert "dies" in fates or "dies idle" in fates or "gone" in fates
        assert not crew.busy
    else:
        assert sorted(task for task, _ in outcomes) == list(range(count))
    assert max(Counter(task for task, _ in outcomes).values(), default=1) == 1
    assert all(result == task * task for task, result in outcomes if not isinstance(result, Lost))
    assert crew.most_busy <= size


@given(st.frozensets(st.integers(0, 19)), st.integers(1, 4))
def test_only_deadly_tasks_are_lost_and_each_costs_two_workers(deadly: frozenset[int], size: int) -> None:
    crew = Imagined([], deadly)
    outcomes = dict(schedule(crew, 20, size))
    assert {task for task, result in outcomes.items() if isinstance(result, Lost)} == deadly
    assert crew.hired <= size + 2 * len(deadly)
    assert [crew.company[task] for task in deadly] == [0] * len(deadly)


@pytest.mark.parametrize(("fates", "size"), [(["dies"] * 2, 1), (["dies"] * 2, 3), (["gone", "", "gone", ""], 1)])
def test_two_workers_that_never_worked_end_the_run(fates: list[str], size: int) -> None:
    with pytest.raises(UserError, match="2 workers, one after another, ended before they worked"):
        list(schedule(Imagined(list(fates)), 9, size))


def test_a_run_goes_on_with_fewer_workers_where_one_works() -> None:
    # From the last to the first: one is ready and is given a task; two that would stand beside it are never ready.
    crew = Imagined(["dies", "dies", "", ""])
    assert len(list(schedule(crew, 9, 2))) == 9
    assert (crew.hired, crew.most_busy) == (3, 1)
