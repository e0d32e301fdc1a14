"""Ctrl-C, and the end of the parent: real processes and a terminal's way of telling all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.jobs import pause_until

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Driver:
    """``tests.workers.driver`` as the leader of a process group, as a shell starts it."""

    def __init__(self, what: str, folder: Path) -> None:
        self.folder = folder
        self.errors = folder / "errors.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.driver", what, str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w", encoding="utf-8"),
            text=True,
            start_new_session=True,
        )

    def interrupt(self) -> None:
        """As Ctrl-C does: all processes of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait_started(self, count: int) -> list[int]:
        """Process ids of the workers, when so many tasks have started."""
        _until(lambda: len(self._pids()) >= count)
        return self._pids()

    def _pids(self) -> list[int]:
        texts = [path.read_text(encoding="utf-8") for path in self.folder.glob("*.started")]
        return [int(text) for text in texts if text]

    def wait_told(self) -> None:
        """Until it has said that it stops."""
        _until(lambda: "stopping: " in self.errors.read_text(encoding="utf-8"))

    def finish(self) -> tuple[list[str], str]:
        """Lines of its output, and its last words."""
        out, _ = self.process.communicate(timeout=60)
        return out.splitlines(), self.errors.read_text(encoding="utf-8").splitlines()[-1]


def _until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end_s, "never came true"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """A zombie is dead: whoever took the orphan over has only not looked yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Callable[[str], Driver]]:
    drivers: list[Driver] = []

    def make(what: str) -> Driver:
        drivers.append(Driver(what, tmp_path))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.process.kill()
        driver.process.communicate()


def test_the_first_ctrl_c_finishes_what_runs(drive: Callable[[str], Driver], tmp_path: Path) -> None:
    driver = drive("batch")
    pids = driver.wait_started(2)
    driver.interrupt()
    driver.wait_told()
    (tmp_path / "go").touch()
    lines, last = driver.finish()
    assert sorted(lines) == ["t0 0t", "t1 1t"]
    assert last == "KeyboardInterrupt"
    assert len(list(tmp_path.glob("*.started"))) == 2
    assert not any(alive(pid) for pid in pids)


def test_the_second_ctrl_c_ends_at_once(drive: Callable[[str], Driver]) -> None:
    driver = drive("batch")
    pids = driver.wait_started(2)
    driver.interrupt()
    driver.wait_told()
    assert all(alive(pid) for pid in pids)
    driver.interrupt()
    lines, last = driver.finish()
    assert (lines, last) == ([], "KeyboardInterrupt")
    assert not any(alive(pid) for pid in pids)


def test_ctrl_c_does_not_wait_for_a_model(drive: Callable[[str], Driver]) -> None:
    driver = drive("loading")
    pids = driver.wait_started(1)
    driver.interrupt()
    driver.wait_told()
    assert driver.finish()[1] == "KeyboardInterrupt"
    assert not any(alive(pid) for pid in pids)


def test_workers_end_with_a_killed_parent(drive: Callable[[str], Driver], tmp_path: Path) -> None:
    driver = drive("idle")
    pids = driver.wait_started(2)
    pause_until(tmp_path / "quick.seen")
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    driver.process.kill()
    _until(lambda: not any(alive(pid) for pid in pids))


def test_a_child_can_look_after_its_parent_itself(drive: Callable[[str], Driver]) -> None:
    driver = drive("watching")
    [pid] = driver.wait_started(1)
    assert alive(pid)
    driver.process.kill()
    _until(lambda: not alive(pid))
