"""Workers on a Ray cluster: actors in the place of processes, with the promises of ``base``."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self

from qa_pipeline.core.errors import UserError
from qa_pipeline.workers.base import Lost, Result, Start, Task
from qa_pipeline.workers.child import Answer, answer, error_of, raised
from qa_pipeline.workers.interrupts import Interrupts
from qa_pipeline.workers.schedule import Died, Done, Raised, Ready, Schedule

_log = logging.getLogger(__name__)

#: Bytes of Ray's shared memory on a cluster of our own: tasks and results are small (Ray takes 75 MB at least).
OBJECT_STORE_BYTES = 128 * 1024 * 1024

#: How long the head of a cluster may take to answer.
CONNECT_S = 10.0

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # A worker that asked for no GPU sees none; where this is unset, Ray warns that it will change.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """``workers`` actors at most, each with one CPU core and a share of a GPU.

    Without an address: the cluster that RAY_ADDRESS names, else one on this machine that ends with the run. Where
    Ray is connected already, that connection is used and left as it is.
    """

    workers: int
    limit_s: float | None = None
    gpus_per_worker: float = 0.0
    address: str | None = None

    def __post_init__(self) -> None:
        if self.workers < 1 or (self.limit_s is not None and self.limit_s <= 0) or self.gpus_per_worker < 0:
            raise ValueError("one worker at least, a time limit above 0 s, and no less than no GPU")

    def run(self, start: Start[Task, Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """See ``base``."""
        ray = import_ray()
        with Interrupts(lambda: None) as interrupts:
            with connected(self.workers, self.address), _Actors(ray, start, self.gpus_per_worker) as crew:
                _tell_about_room(ray.cluster_resources(), self.workers, self.gpus_per_worker)
                yield from Schedule(crew, tasks, self.workers, self.limit_s, interrupts).results()
            if interrupts.count:
                raise KeyboardInterrupt


def import_ray() -> Any:
    """Ray, quiet."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise UserError("working on a cluster needs Ray; install it: pip install 'qa-pipeline[cluster]'") from error
    return ray


def connection_options(workers: int, address: str | None) -> dict[str, Any]:
    """What ``ray.init`` is told."""
    where = address or os.environ.get("RAY_ADDRESS") or "local"
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "address": where}
    if where != "local":
        return quiet
    own = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
    return {**quiet, **own}


@contextlib.contextmanager
def connected(workers: int, address: str | None) -> Iterator[None]:
    """A connection for the length of the block; one that was there before is used and stays."""
    ray = import_ray()
    if ray.is_initialized():
        yield
        return
    options = connection_options(workers, address)
    # A busy machine needs longer than Ray's own 30 s to start a cluster.
    os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "120")
    refuse_silence(options["address"])
    try:
        ray.init(**options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UserError(f"no Ray cluster at {options['address']}: {str(error).splitlines()[0]}") from error
    keep_quiet()
    try:
        yield
    finally:
        ray.shutdown()


def refuse_silence(address: str) -> None:
    """Ray itself waits for many minutes where nobody answers."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster answers at {address} ({error}); is its address right?") from error


def keep_quiet() -> None:
    """Ray prints on stdout when an actor dies, whatever it is told, and stdout may be read by a program."""
    with contextlib.suppress(ImportError):
        from ray._private import worker

        if hasattr(worker, "print_to_stdstream"):
            worker.print_to_stdstream = _log_quietly


def _log_quietly(*_: object, **__: object) -> None:
    _log.debug("Ray had something to say; its logs are under /tmp/ray")


def _tell_about_room(resources: dict[str, float], workers: int, gpus_per_worker: float) -> None:
    """A cluster may grow, so too little room is told and not refused."""
    cpus, gpus = resources.get("CPU", 0.0), resources.get("GPU", 0.0)
    if cpus < workers or gpus < workers * gpus_per_worker:
        asked = f"{workers} workers want {workers} CPU cores and {workers * gpus_per_worker:g} GPUs"
        _log.warning("%s; the cluster has %g and %g: those without room wait for it", asked, cpus, gpus)


class _Actor:
    """What lives in the cluster. Answers are those of local processes, so exceptions come home as they are."""

    def __init__(self) -> None:
        self._work: Callable[[Any], Any] | None = None

    def begin(self, start: bytes) -> bytes:
        try:
            self._work = pickle.loads(start)()
        except Exception as error:  # noqa: BLE001 - raised in the parent
            return pickle.dumps(raised(error))
        return pickle.dumps(Answer("ready"))

    def work(self, task: bytes) -> bytes:
        assert self._work is not None, "begun before"  # noqa: S101 - the schedule gives tasks to ready workers only
        return answer(self._work, task)


class _Actors(Generic[Task, Result]):
    """A crew of actors; each has one call at most that is not answered."""

    def __init__(self, ray: Any, start: Start[Task, Result], gpus: float) -> None:
        self._ray = ray
        self._start = ray.put(ray.cloudpickle.dumps(start))
        # An actor that Ray starts again by itself would work on the same task without our knowing.
        options = {"num_cpus": 1, "num_gpus": gpus, "max_restarts": 0, "max_task_retries": 0}
        self._kind = ray.remote(**options)(_Actor)
        self._actors: dict[int, Any] = {}
        self._calls: dict[Any, int] = {}
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number in list(self._actors):
            self.kill(number)

    def hire(self) -> int:
        number = next(self._numbers)
        self._actors[number] = self._kind.remote()
        self._calls[self._actors[number].begin.remote(self._start)] = number
        return number

    def give(self, worker: int, task: Task) -> bool:
        """Whether the actor is still there is seen by its answer."""
        self._calls[self._actors[worker].work.remote(pickle.dumps(task))] = worker
        return True

    def wait(self, timeout_s: float) -> list[Ready | Done[Result] | Raised | Died]:
        calls = list(self._calls)
        answered, _ = self._ray.wait(calls, num_returns=1, timeout=timeout_s)
        return [self._event(call, self._calls.pop(call)) for call in answered]

    def _event(self, call: Any, number: int) -> Ready | Done[Result] | Raised | Died:
        failures = self._ray.exceptions
        try:
            told: Answer = pickle.loads(self._ray.get(call))
        except failures.RayTaskError as error:
            return Raised(number, error)
        except failures.RayError as error:
            return Died(number, end_in_words(error))
        except Exception as error:  # noqa: BLE001 - a result that cannot be read is an exception like any other
            return Raised(number, error)
        if told.kind == "raised":
            return Raised(number, error_of(told))
        return Ready(number) if told.kind == "ready" else Done(number, told.content)

    def dismiss(self, worker: int) -> None:
        self.kill(worker)

    def kill(self, worker: int) -> None:
        """Ray ends the process whatever it does; what it would have answered is not waited for."""
        actor = self._actors.pop(worker)
        self._calls = {call: number for call, number in self._calls.items() if number != worker}
        # Where the actor or the whole cluster is gone, it is ended.
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(actor, no_restart=True)


def end_in_words(error: Exception) -> str:
    """How an actor ended, for people; Ray's own text names addresses and processes over many lines."""
    if getattr(error, "actor_init_failed", False):
        return f"could not be made: {str(error).strip().splitlines()[-1].strip()}"
    named = {
        "OutOfMemoryError": "ended by Ray: its machine was out of memory",
        "NodeDiedError": "lost with its machine",
        "ActorUnavailableError": "could not be reached any more",
    }
    return named.get(type(error).__name__, "ended (out of memory, a crash in a library, or its machine is gone)")
