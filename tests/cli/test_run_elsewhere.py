"""``run`` on recordings that lie behind an address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.store.database import open_store
from tests.audio_files import speechlike, write_wav
from tests.cli.conftest import Command, settled

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra cluster)")


@pytest.fixture
def bucket(folder: Path) -> Iterator[Any]:
    """Three recordings, one of them broken, in fsspec's file system in memory."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for name, seed in (("A1_c1.wav", 1), ("A2_c2.wav", 2)):
        sound = write_wav(folder / "made.wav", [speechlike(1.0, seed), speechlike(1.0, seed + 5)])
        memory.pipe(f"/calls/{name}", sound.read_bytes())
        sound.unlink()
    memory.pipe("/calls/A3_c3.wav", b"no sound at all" * 100)
    yield memory
    memory.store.clear()


PATTERN = ("--name-pattern", "{agent_id}_{call_id}")


@pytest.mark.usefixtures("spoken")
def test_recordings_elsewhere_are_processed_and_told_by_their_address(qa: Command, bucket: Any) -> None:
    answer = qa("run", "memory://calls", *PATTERN, "--json")
    assert answer.code == 1
    rows = {row["recording"]: row for row in answer.rows}
    assert {name: row["status"] for name, row in rows.items()} == {
        "memory:///calls/A1_c1.wav": "done",
        "memory:///calls/A2_c2.wav": "done",
        "memory:///calls/A3_c3.wav": "failed",
    }
    assert rows["memory:///calls/A3_c3.wav"]["reason"].startswith("A3_c3.wav: ")
    with open_store("qa-pipeline.sqlite3") as store:
        call = store.call("c1")
        assert call is not None
        assert call.recording is not None
        assert call.recording.path == "memory:///calls/A1_c1.wav"
        assert call.metadata.agent_id == "A1"
        place = store.recording_of("c1")
        assert place is not None
        assert place[0] == "memory:///calls/A1_c1.wav"
        assert [failure.recording for failure in store.failures()] == ["memory:///calls/A3_c3.wav"]
    assert list(Path("reports/audio").glob("c1*")), "the page has its sound"
    again = qa("run", "memory://calls", *PATTERN, "--json")
    assert sorted(row["status"] for row in again.rows) == ["failed", "skipped", "skipped"]
    assert "missing" not in qa("store", "check").out


@pytest.mark.usefixtures("spoken")
def test_the_same_sound_here_and_there_is_one_call(qa: Command, bucket: Any, folder: Path) -> None:
    here = folder / "calls" / "A1_c1.wav"
    here.parent.mkdir()
    here.write_bytes(bucket.cat("/calls/A1_c1.wav"))
    settled(here)
    answer = qa("run", here.absolute().as_uri(), "memory://calls/A1_c1.wav", "--json")
    assert answer.code == 0
    assert sorted(row["status"] for row in answer.rows) == ["done", "skipped"]


@pytest.mark.usefixtures("spoken")
def test_pages_made_elsewhere_fetch_the_sound_again(qa: Command, bucket: Any) -> None:
    assert qa("run", "memory://calls/A1_c1.wav", *PATTERN).code == 0
    assert qa("report", "all", "--out", "other").code == 0
    assert list(Path("other/audio").glob("c1*"))
    bucket.rm("/calls/A1_c1.wav")
    assert qa("report", "all", "--out", "third").code == 0
    assert not list(Path("third/audio").glob("c1*"))


@pytest.mark.usefixtures("spoken")
def test_what_failed_there_is_tried_again_from_there(qa: Command, bucket: Any) -> None:
    assert qa("run", "memory://calls/A3_c3.wav").code == 1
    bucket.pipe("/calls/A3_c3.wav", bucket.cat("/calls/A2_c2.wav"))
    answer = qa("run", "--retry-failed", "--json")
    assert [(row["status"], row["recording"]) for row in answer.rows] == [("done", "memory:///calls/A3_c3.wav")]


def test_addresses_are_not_watched(qa: Command) -> None:
    answer = qa("run", "--watch", "memory://calls")
    assert answer.code == 2
    assert "addresses cannot" in answer.err
