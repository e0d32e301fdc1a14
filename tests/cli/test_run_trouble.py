"""What befalls a batch from outside: a full or read-only disk, a clock that is set, a recording that goes away."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command, wav

pytestmark = pytest.mark.usefixtures("spoken")


@pytest.fixture
def three(folder: Path) -> Path:
    for number, name in enumerate("abc"):
        wav(folder / "in" / f"{name}.wav", number + 1)
    return folder / "in"


def failing(after: int, error: int, original: Callable[..., Any]) -> Callable[..., Any]:
    """A function that works so many times, and then meets an error of the system each time."""
    left = iter(range(after))

    def fails(*given: object, **named: object) -> Any:
        if next(left, None) is None:
            raise OSError(error, os.strerror(error))
        return original(*given, **named)

    return fails


@pytest.mark.parametrize(
    ("error", "said"), [(errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only file system")]
)
def test_pages_that_cannot_be_written_stop_the_batch_and_the_next_run_goes_on(
    qa: Command, three: Path, monkeypatch: pytest.MonkeyPatch, error: int, said: str
) -> None:
    import qa_pipeline.pages as pages

    with monkeypatch.context() as full:
        full.setattr(pages, "write_call_page", failing(1, error, pages.write_call_page))
        answer = qa("run", "in", "--json")
    assert answer.code == 2
    assert [row["status"] for row in answer.rows] == ["done"]
    assert f"qa-pipeline: reports: cannot be written to ({said}); mend this and run again" in answer.err
    assert len(answer.err.splitlines()) == 1
    again = qa("run", "in", "--json")
    # The second was stored before its page failed: only the page was left to do.
    assert (again.code, [row["status"] for row in again.rows]) == (0, ["skipped", "skipped", "done"])
    assert len(list(Path("reports/calls").glob("*.html"))) == 6  # in both languages
    assert qa("store", "check").code == 0


def test_a_folder_for_pages_that_is_read_only_is_told_before_anything_is_done(
    qa: Command, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qa_pipeline.pages as pages

    monkeypatch.setattr(pages, "write_static", failing(0, errno.EROFS, pages.write_static))
    answer = qa("run", "in", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "reports: cannot be written to (Read-only file system); choose another --out folder" in answer.err


def test_a_clock_that_is_set_back_changes_nothing(qa: Command, three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qa("run", "in").code == 0
    import qa_pipeline.store.recordings as recordings
    import qa_pipeline.store.results as results
    import qa_pipeline.store.scorecards as scorecards

    for module in (recordings, results, scorecards):
        monkeypatch.setattr(module, "now", lambda: datetime(1999, 1, 1, tzinfo=UTC))
    assert [row["status"] for row in qa("run", "in", "--json").rows] == ["skipped"] * 3
    assert qa("score", "--rubric", "ten-point-inspection").code == 0
    wav(three / "d.wav", 9)
    assert sorted(row["status"] for row in qa("run", "in", "--json").rows) == ["done", "skipped", "skipped", "skipped"]
    with open_store("qa-pipeline.sqlite3") as store:
        # What was scored last is in force, whatever the clock said.
        newest = store.runs()
        assert len(newest) == 3
        for call_id in store.call_ids():
            assert store.scorecard(call_id, "telesales-coaching") is not None
    assert qa("store", "check").code == 0


def test_recordings_that_go_away_in_the_middle_cost_only_themselves(
    qa: Command, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qa_pipeline.pipeline as pipeline

    original = pipeline.ingest
    gone = iter(["a.wav", "b.wav"])

    def ingest(*given: Any) -> Any:
        read = original(*given)
        # The first is in work, the second waits: both are deleted now.
        for name in gone:
            (three / name).unlink()
        return read

    monkeypatch.setattr(pipeline, "ingest", ingest)
    answer = qa("run", "in", "--json")
    assert answer.code == 1
    told = {Path(row["recording"]).name: (row["status"], row["reason"]) for row in answer.rows}
    assert told["a.wav"][0] == told["c.wav"][0] == "done"
    assert told["b.wav"] == (
        "failed",
        "b.wav: no such file; it was moved or deleted, or is a link to a file that is gone",
    )
    assert qa("store", "check").code == 0
