"""``store check | compact | backup``."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from qa_pipeline.store import tables, upkeep
from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command, wav

FILE = "qa-pipeline.sqlite3"


@pytest.fixture
def filled(qa: Command, folder: Path, spoken: None) -> Path:
    """Two calls, scored."""
    for number, name in enumerate(("a.wav", "b.wav")):
        wav(folder / "in" / name, number + 1)
    assert qa("run", "in").code == 0
    return folder


def put_answers(count: int) -> None:
    """Rows of about a page each."""
    row = {"answer": "x" * 4000, "model": "m", "stored_at": datetime(2026, 11, 2, tzinfo=UTC)}
    with open_store(FILE) as store, store.writing() as connection:
        connection.execute(tables.llm_answers.insert(), [{"key": f"{n:05}", **row} for n in range(count)])


def execute(*statements: str) -> None:
    with sqlite3.connect(FILE) as raw:
        for statement in statements:
            raw.execute(statement)


def test_a_whole_store_has_no_problems(qa: Command, filled: Path) -> None:
    answer = qa("store", "check")
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "nothing is wrong")
    told = json.loads(qa("store", "check", "--json").out)
    assert (told["problems"], told["rows"]["calls"], told["rows"]["scorecards"]) == ([], 2, 2)


@pytest.mark.parametrize(
    ("statement", "code", "mendable"),
    [
        ("update results set payload = x'02ff' where step = 'call'", "unreadable", False),
        ("update scorecards set payload = x'00'", "unreadable", False),
        ("delete from results where step = 'call'", "scorecards_without_call", False),
        ("delete from calls", "calls_without_rows", True),
        ("delete from outcomes", "scorecards_without_outcomes", True),
    ],
)
def test_every_problem_is_found(qa: Command, filled: Path, statement: str, code: str, mendable: bool) -> None:
    execute(statement)
    answer = qa("store", "check", "--json")
    problems = {problem["code"]: problem for problem in json.loads(answer.out)["problems"]}
    assert answer.code == 1
    assert (problems[code]["count"], problems[code]["mendable"]) == (2, mendable)


def test_derived_rows_are_made_anew(qa: Command, filled: Path) -> None:
    before = json.loads(qa("store", "check", "--json").out)["rows"]
    execute("delete from calls", "delete from turns", "delete from stages", "delete from outcomes")
    assert "--mend makes them anew" in qa("store", "check").out
    answer = qa("store", "check", "--mend", "--json")
    assert (answer.code, json.loads(answer.out)["rows"]) == (0, before)


def test_a_recording_that_is_gone_is_told_but_no_mistake(qa: Command, filled: Path) -> None:
    (filled / "in" / "a.wav").unlink()
    answer = qa("store", "check")
    assert answer.code == 0
    assert answer.out.startswith("1 recordings are no longer where they were")


def test_a_damaged_file_is_one_clear_line(qa: Command, filled: Path) -> None:
    content = bytearray(Path(FILE).read_bytes())
    for at in range(4096 * 3, len(content), 4096):
        content[at : at + 2048] = b"\xff" * 2048
    for path in filled.glob(f"{FILE}-*"):
        path.unlink()
    Path(FILE).write_bytes(bytes(content))
    answer = qa("store", "check")
    assert answer.code in (1, 2)
    assert "damage" in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_space_is_given_back(qa: Command, filled: Path) -> None:
    with open_store(FILE) as store:
        for number in range(300):
            store.put_llm_answer(str(number), "x" * 5000, "m")
        with store.writing() as connection:
            connection.exec_driver_sql("delete from llm_answers")
    answer = json.loads(qa("store", "compact", "--json").out)
    assert answer["bytes_after"] < answer["bytes_before"] - 1_000_000
    assert qa("store", "check").code == 0


def test_a_backup_holds_everything_and_is_private(qa: Command, filled: Path) -> None:
    answer = qa("store", "backup", "copies/monday.sqlite3")
    copy = Path("copies/monday.sqlite3")
    assert answer.code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in copy.parent.iterdir()] == ["monday.sqlite3"]
    with open_store(FILE) as original, open_store(str(copy)) as kept:
        assert list(kept.calls()) == list(original.calls())


def test_a_backup_while_others_write_is_whole(qa: Command, filled: Path) -> None:
    put_answers(5000)
    end = threading.Event()

    def write() -> None:
        # An end of its own, so that a backup that waits for it fails the test.
        with open_store(FILE) as store:
            for number in range(50_000):
                if end.is_set():
                    break
                store.put_llm_answer(str(number % 1000), "x" * 2000, "m")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        codes = [qa("store", "backup", f"copy{i}.sqlite3").code for i in range(3)]
        assert writer.is_alive()
    finally:
        end.set()
        writer.join()
    assert codes == [0, 0, 0]
    for number in range(3):
        with sqlite3.connect(f"copy{number}.sqlite3") as raw:
            assert raw.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_backup_does_not_begin_anew_because_others_write(
    qa: Command, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large store, and a write after each step of the copy, as a batch may do."""
    put_answers(5000)
    steps: list[int] = []

    class Watched(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, *, pages: int = -1, **_: object) -> None:
            def written(_status: int, _left: int, _pages: int) -> None:
                steps.append(1)
                assert len(steps) < 20, "it will never be done"
                execute(f"update llm_answers set model = 'after {len(steps)}'")  # noqa: S608

            super().backup(target, pages=pages, progress=written)

    connect = partial(sqlite3.connect, factory=Watched)
    monkeypatch.setattr("qa_pipeline.store.upkeep.sqlite3", SimpleNamespace(connect=connect, Error=sqlite3.Error))
    assert qa("store", "backup", "copy.sqlite3").code == 0
    with sqlite3.connect("copy.sqlite3") as raw:
        assert raw.execute("select model, count(*) from llm_answers group by 1").fetchall() == [("m", 5000)]
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "--store", "none.sqlite3"), "there is none"),
        (("backup", "qa-pipeline.sqlite3"), "name a file of its own"),
        (("backup", "in"), "name a file of its own"),
        (("backup", "in/a.wav/copy.sqlite3"), "cannot be written"),
    ],
)
def test_a_mistake_is_one_line(qa: Command, filled: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = qa("store", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.fixture
def loose(filled: Path) -> Path:
    """The two calls, and a megabyte that nobody needs any more."""
    put_answers(500)
    execute("delete from llm_answers where key >= '00250'")
    return filled


def test_a_disk_that_takes_no_more_is_told_when_space_is_given_back(qa: Command, loose: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        answer = qa("store", "compact")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, kept)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "the store cannot be compacted: the disk reports an error" in answer.err
    assert qa("store", "check").code == 0
    assert qa("store", "compact").code == 0


def test_a_store_that_is_locked_while_space_is_given_back_is_told(
    qa: Command, loose: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_pipeline.store.connection.LOCK_WAIT_S", 0)
    vacuum, release = upkeep._vacuum, []

    def while_locked(engine: Engine) -> None:
        release.append(lock(loose / FILE))
        vacuum(engine)

    monkeypatch.setattr(upkeep, "_vacuum", while_locked)
    answer = qa("store", "compact")
    release[0]()
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "cannot be compacted: another program has kept it locked" in answer.err


@pytest.mark.parametrize(
    ("days_ago", "ended", "kept"), [(29, False, True), (31, False, False), (31, True, False), (0, True, False)]
)
def test_claims_go_with_runs_that_are_over(qa: Command, folder: Path, days_ago: int, ended: bool, kept: bool) -> None:
    began = datetime.now(UTC) - timedelta(days=days_ago)
    with open_store(FILE) as store:
        run = store.begin_run("r", 1)
        store.claim(run, "c", "00", "/a.wav")
        with store.writing() as connection:
            at = {"started_at": began, "ended_at": began if ended else None}
            connection.execute(tables.runs.update().values(at))
    assert qa("store", "compact").code == 0
    with open_store(FILE) as store:
        assert store.count_rows()["claims"] == kept
        assert len(store.runs()) == 1


def test_a_recording_whose_place_cannot_be_asked_for_is_told(qa: Command, filled: Path) -> None:
    execute(f"update recordings set path = '/{'x' * 300}/a.wav' where path like '%a.wav'")  # noqa: S608
    answer = qa("store", "check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("1 recordings are no longer where they were")


def lock(path: Path) -> Callable[[], None]:
    """Another program in the middle of a write."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    return other.close


def test_a_store_that_another_program_keeps_locked_is_told(
    qa: Command, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_pipeline.store.connection.LOCK_WAIT_S", 0)
    wav(filled / "in" / "c.wav", 9)
    release = lock(filled / FILE)
    try:
        answer = qa("run", "in")
    finally:
        release()
    assert answer.code == 2
    assert "another program has kept it locked" in answer.err
    assert qa("run", "in").code == 0


def test_a_full_disk_is_told_and_nothing_is_lost(qa: Command, filled: Path) -> None:
    with sqlite3.connect(FILE) as raw:
        (pages,) = raw.execute("pragma page_count").fetchone()

    from sqlalchemy import event

    import qa_pipeline.store.opening as opening

    def small(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    original = opening.configure_sqlite

    def configured(engine: object) -> None:
        original(engine)  # type: ignore[arg-type]
        event.listen(engine, "connect", small)

    for number in range(6):
        wav(filled / "in" / f"more{number}.wav", 20 + number)
    opening.configure_sqlite = configured  # type: ignore[assignment]
    try:
        answer = qa("run", "in")
    finally:
        opening.configure_sqlite = original
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert qa("store", "check").code == 0
    assert qa("run", "in").code == 0


def test_a_backup_replaces_older_ones_and_nothing_else(qa: Command, filled: Path) -> None:
    (filled / "call.opus").write_bytes(b"a recording")
    answer = qa("store", "backup", "call.opus")
    assert answer.code == 2
    assert "exists and is no store" in answer.err
    assert (filled / "call.opus").read_bytes() == b"a recording"
    assert [qa("store", "backup", "monday.sqlite3").code for _ in range(2)] == [0, 0]
