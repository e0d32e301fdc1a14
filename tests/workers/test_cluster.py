"""A real Ray cluster on this machine with two workers: the same as one process after another, whatever is killed."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.workers import cluster
from qa_pipeline.workers.base import Lost
from qa_pipeline.workers.cluster import RayExecutor, connection_options, end_in_words, import_ray
from tests.workers import jobs
from tests.workers.jobs import Job, Noting, Starting


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """The one cluster of this file, with a GPU that is only a number in Ray's books."""
    pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    ray = import_ray()
    os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "120")
    ray.init(**connection_options(2, "local"), num_gpus=1)
    cluster.keep_quiet()
    yield ray
    ray.shutdown()


def test_a_killed_worker_loses_nothing_and_all_is_as_in_one_process(ray: Any, tmp_path: Path) -> None:
    numbers = range(60)
    pairs = []
    for pair in RayExecutor(2).run(Noting(tmp_path), numbers):
        pairs.append(pair)
        if len(pairs) in (10, 30):
            os.kill(_newest_pid(tmp_path), signal.SIGKILL)
    assert sorted(pairs) == [(number, number * number) for number in numbers]
    # Who asked for no GPU sees none; and a connection that was there before is left as it was.
    assert {path.read_text(encoding="utf-8") for path in tmp_path.glob("*.pid")} == {""}
    assert ray.is_initialized()


def _newest_pid(folder: Path) -> int:
    newest = max(folder.glob("*.pid"), key=lambda path: path.stat().st_mtime_ns)
    newest.rename(newest.with_suffix(".killed"))
    return int(newest.stem)


def test_deaths_and_what_is_printed_of_them(ray: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ways = {"once": "kill", "always": "leave always", "hangs": "wait never", "a": "echo", "b": "echo", "c": "echo"}
    tasks = [Job(name, tmp_path, todo) for name, todo in ways.items()]
    pairs = [(task.name, result) for task, result in RayExecutor(2, limit_s=5.0).run(jobs.start, tasks)]
    assert dict(pairs) == {
        "once": "ecno",
        "always": Lost("died", "ended (out of memory, a crash in a library, or its machine is gone)"),
        "hangs": Lost("time_limit", "took longer than 5 s"),
        **{name: name for name in "abc"},
    }
    assert len(pairs) == len(tasks)
    assert capfd.readouterr().out == ""


def test_an_exception_of_the_work_comes_home(ray: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^the disk is full$"):
        list(RayExecutor(1).run(jobs.start, [Job("bad", tmp_path, "raise user")]))


def test_an_exception_of_the_start_comes_home(ray: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such model"):
        list(RayExecutor(1).run(Starting(tmp_path, "raise"), [1]))


def test_workers_that_cannot_start_are_not_tried_for_ever(ray: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ended before they worked"):
        list(RayExecutor(1).run(Starting(tmp_path, "die"), [1]))
    assert len(list(tmp_path.glob("start-*"))) == 2


def test_ctrl_c_passes_on_what_runs_by_workers_that_share_a_gpu(ray: Any) -> None:
    taken, seen = 0, 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        while taken < 1000:
            taken += 1
            yield taken

    with pytest.raises(KeyboardInterrupt):
        for _, gpus in RayExecutor(2, gpus_per_worker=0.5).run(jobs.start_gpus, tasks()):
            assert gpus == "0"
            seen += 1
            if seen == 10:
                signal.raise_signal(signal.SIGINT)
    assert 10 <= seen <= taken <= 14


def test_too_little_room_is_told(caplog: pytest.LogCaptureFixture) -> None:
    cluster._tell_about_room({"CPU": 8.0, "GPU": 1.0}, 4, 0.25)
    assert caplog.text == ""
    cluster._tell_about_room({"CPU": 8.0}, 4, 0.25)
    assert "4 workers want 4 CPU cores and 1 GPUs; the cluster has 8 and 0" in caplog.text


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"qa-pipeline\[cluster\]"):
        next(RayExecutor(1).run(jobs.start_squares, [1]))


def test_which_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    own = connection_options(3, None)
    assert (own["address"], own["num_cpus"], own["include_dashboard"]) == ("local", 3, False)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.5:6379")
    assert connection_options(3, None)["address"] == "10.0.0.5:6379"
    there = connection_options(3, "10.0.0.9:6379")
    assert (there["address"], there["log_to_driver"]) == ("10.0.0.9:6379", False)
    assert "num_cpus" not in there


def test_a_cluster_that_does_not_answer_is_told_at_once() -> None:
    with socket.socket() as taken:
        # Bound, and nobody listens: no other program can answer there meanwhile.
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UserError, match=rf"^no Ray cluster answers at {address} "):
            cluster.refuse_silence(address)
        with pytest.raises(UserError, match="no Ray cluster answers at"):
            cluster.refuse_silence(f"ray://{address}")


@pytest.mark.parametrize("address", ["local", "auto"])
def test_an_address_without_a_port_is_left_to_ray(address: str) -> None:
    cluster.refuse_silence(address)


def test_an_actor_that_cannot_be_made_says_why() -> None:
    error = RuntimeError("The actor died\n  Traceback …\nModuleNotFoundError: No module named 'qa_pipeline'\n")
    assert end_in_words(error).startswith("ended (")
    error.actor_init_failed = True  # type: ignore[attr-defined]
    assert end_in_words(error) == "could not be made: ModuleNotFoundError: No module named 'qa_pipeline'"


@pytest.mark.parametrize(
    "settings", [{"workers": 0}, {"workers": 1, "limit_s": 0.0}, {"workers": 1, "gpus_per_worker": -1}]
)
def test_senseless_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one worker at least"):
        RayExecutor(**settings)
