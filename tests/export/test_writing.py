"""Files come into being whole, all of them or none; calls are taken one at a time."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.export.files import PartFiles
from qa_pipeline.export.formats import Format
from qa_pipeline.export.tables import TABLES
from qa_pipeline.export.writing import write_tables
from tests.export.export_samples import read, three_calls

EVERY = pytest.mark.parametrize("made", list(Format))
ALL = list(TABLES.values())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@EVERY
def test_all_tables_are_written_in_one_pass(made: Format, tmp_path: Path) -> None:
    calls = three_calls()
    written = write_tables(iter(calls), ALL, made, tmp_path / "new" / "out")
    assert [(one.table, one.path.name, one.rows) for one in written] == [
        ("calls", f"calls.{made}", 3),
        ("outcomes", f"outcomes.{made}", 4),
        ("turns", f"turns.{made}", 5),
    ]
    assert names(tmp_path / "new" / "out") == [f"{name}.{made}" for name in TABLES]
    for one, table in zip(written, ALL, strict=True):
        assert read(made, one.path, table) == [row for call in calls for row in table.rows(call)]


@EVERY
def test_a_later_export_takes_the_place_of_the_earlier_one(made: Format, tmp_path: Path) -> None:
    write_tables(three_calls(), ALL, made, tmp_path)
    write_tables(three_calls()[:1], ALL, made, tmp_path)
    assert names(tmp_path) == [f"{name}.{made}" for name in TABLES]
    assert len(read(made, tmp_path / f"calls.{made}", TABLES["calls"])) == 1


@EVERY
def test_the_same_calls_give_the_same_bytes(made: Format, tmp_path: Path) -> None:
    first, second = (write_tables(three_calls(), ALL, made, tmp_path / name) for name in "ab")
    assert [one.path.read_bytes() for one in first] == [one.path.read_bytes() for one in second]


@EVERY
def test_calls_are_taken_one_at_a_time(made: Format, tmp_path: Path) -> None:
    """A call may be forgotten as soon as the next one is asked for: nothing of it is kept but finished rows."""
    import weakref

    alive: list[int] = []

    def passing() -> Iterator[ExportedCall]:
        seen: list[weakref.ref[ExportedCall]] = []
        for _ in range(5):
            (call, *_) = three_calls()
            seen.append(weakref.ref(call))
            yield call
            del call
            alive.append(sum(ref() is not None for ref in seen))

    write_tables(passing(), ALL, made, tmp_path)
    assert max(alive) <= 1


@EVERY
def test_what_breaks_in_the_middle_leaves_the_earlier_files_as_they_were(made: Format, tmp_path: Path) -> None:
    write_tables(three_calls(), ALL, made, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Iterator[ExportedCall]:
        yield from three_calls()[:1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_tables(broken(), ALL, made, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@contextmanager
def no_file_over(size_bytes: int) -> Iterator[None]:
    """As on a full disk, writing fails; Python turns the signal into an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, kept)


@EVERY
@pytest.mark.parametrize("size_bytes", [0, 200])
def test_a_full_disk_is_one_line_and_leaves_nothing(made: Format, size_bytes: int, tmp_path: Path) -> None:
    with no_file_over(size_bytes), pytest.raises(UserError, match=r"out: cannot be written to \(File too large\)"):
        write_tables(three_calls(), ALL, made, tmp_path / "out")
    assert names(tmp_path / "out") == []


@EVERY
def test_a_file_where_the_folder_should_be_is_one_line(made: Format, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"out: cannot be written to \(.+\); choose another --out folder"):
        write_tables(three_calls(), ALL, made, tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_a_folder_in_the_place_of_a_file_is_one_line_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "turns.csv").mkdir()
    with pytest.raises(UserError, match="cannot be written to"):
        write_tables(three_calls(), [TABLES["turns"]], Format.CSV, tmp_path)
    assert names(tmp_path) == ["turns.csv"]


KILLED = """
import os, signal, sys
from pathlib import Path
from qa_pipeline.export.formats import Format
from qa_pipeline.export.tables import TABLES
from qa_pipeline.export.writing import write_tables
from tests.export.export_samples import three_calls

def passing():
    yield from three_calls()
    os.kill(os.getpid(), signal.SIGKILL)

write_tables(passing(), list(TABLES.values()), Format(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("made", [Format.CSV, Format.XLSX])
def test_a_killed_export_leaves_no_half_file_and_a_later_one_clears_up(made: Format, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, made.value, str(tmp_path)]
    ran = subprocess.run(command, cwd=root, env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    assert ran.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.iterdir() if path.name.endswith(f".{made}")]
    assert left == []
    for path in tmp_path.glob(".*.part"):
        os.utime(path, (time.time() - 90_000,) * 2)
    write_tables(three_calls(), ALL, made, tmp_path)
    assert list(tmp_path.glob(".*.part")) == []


def test_parts_of_an_export_that_is_going_on_are_left_alone(tmp_path: Path) -> None:
    with PartFiles(tmp_path) as parts:
        other = parts.new("calls.csv")
        other.write_text("half", encoding="utf-8")
        write_tables(three_calls(), ALL, Format.CSV, tmp_path)
        assert other.read_text(encoding="utf-8") == "half"
    assert names(tmp_path) == ["calls.csv", "outcomes.csv", "turns.csv"]


def test_who_may_read_the_files_is_what_the_user_set(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_tables(three_calls(), ALL, Format.CSV, tmp_path)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
