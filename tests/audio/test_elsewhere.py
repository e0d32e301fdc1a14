"""Recordings behind addresses, on fsspec's file system in memory."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.audio.elsewhere import Downloads, as_named, as_path, find_there
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.places import is_address

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra cluster)")


@pytest.fixture
def files() -> Iterator[Any]:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("s3://calls/a.wav", True),
        ("file:///a.wav", True),
        ("C:\\calls\\a.wav", False),
        ("C:/calls/a.wav", False),
        ("calls/a.wav", False),
        ("/calls/电话.wav", False),
        ("", False),
    ],
)
def test_what_is_an_address(place: str, wanted: bool) -> None:
    assert is_address(place) is wanted


def test_an_address_of_a_file_is_a_path() -> None:
    assert as_path("file:///calls/%E7%94%B5%E8%AF%9D.wav") == "/calls/电话.wav"
    assert as_path("FILE://localhost/a.wav") == "/a.wav"
    assert as_path("calls/a.wav") == "calls/a.wav"
    with pytest.raises(UserError, match="on another machine"):
        as_path("file://server/a.wav")


def test_recordings_of_a_folder_a_pattern_and_by_name(files: Any) -> None:
    for name in ("calls/b.wav", "calls/a.mp3", "calls/deep/c.WAV", "calls/.hidden/d.wav", "calls/notes.txt"):
        files.pipe(f"/{name}", b"x")
    calls = "memory://calls"
    assert find_there(calls) == [f"memory:///calls/{name}" for name in ("a.mp3", "b.wav", "deep/c.WAV")]
    assert find_there("memory://calls/*.wav") == ["memory:///calls/b.wav"]
    # Named alone, a file is taken whatever it is called.
    assert find_there("memory://calls/notes.txt") == ["memory:///calls/notes.txt"]
    with pytest.raises(UserError, match="no audio files there"):
        find_there("memory://empty")


def test_an_address_that_nothing_reads_says_what_to_install() -> None:
    with pytest.raises(UserError, match=r"^gopher://: nothing that is installed reads this; install fsspec and"):
        find_there("gopher://calls/a.wav")


def test_without_fsspec_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UserError, match=r"^s3://: install fsspec and what reads it \(s3fs"):
        find_there("s3://calls")


@pytest.mark.parametrize(
    "address",
    ["https://me:secret@host/a.wav", "s3://key:secret@calls/a.wav", "https://host/a.wav?X-Amz-Signature=secret"],
)
def test_a_password_is_not_stored_with_every_call(address: str) -> None:
    with pytest.raises(UserError) as refused:
        find_there(address)
    assert "may not hold a password" in str(refused.value)
    assert "secret" not in str(refused.value)
    with Downloads() as downloads, pytest.raises(StepFailure, match="password"):
        downloads.get(address, 10)


def test_addresses_within_addresses_are_refused() -> None:
    with pytest.raises(UserError, match="within addresses"):
        find_there("zip://a.wav::memory://calls.zip")


def test_a_copy_lasts_as_long_as_it_is_needed(files: Any) -> None:
    files.pipe("/calls/电话 1.wav", b"sound")
    with Downloads() as downloads:
        copy = downloads.get("memory://calls/电话 1.wav", 5)
        assert (copy.name, copy.read_bytes()) == ("电话 1.wav", b"sound")
        assert copy.parent.parent.stat().st_mode & 0o077 == 0, "nobody else may read it"
        assert downloads.get("memory://calls/电话 1.wav", 5) == copy
        downloads.drop("memory://calls/电话 1.wav")
        downloads.drop("memory://never")
        assert not copy.parent.exists()
        kept = downloads.get("memory://calls/电话 1.wav", 5)
    assert not kept.exists()


def test_what_is_too_large_or_gone_is_a_failure_of_its_call(files: Any) -> None:
    files.pipe("/calls/long.wav", b"123456")
    with Downloads() as downloads:
        with pytest.raises(StepFailure, match=r"^ingest: long\.wav: more bytes than the limit of 5") as large:
            downloads.get("memory://calls/long.wav", 5)
        with pytest.raises(StepFailure, match=r"^ingest: gone\.wav: no such file") as gone:
            downloads.get("memory://calls/gone.wav", 5)
    assert (large.value.code, gone.value.code) == ("too_large", "missing_file")


def test_a_file_system_that_breaks_off_is_a_failure_of_its_call(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise TimeoutError(errno.ETIMEDOUT, "no answer from https://10.0.0.7/?key=secret")

    monkeypatch.setattr(type(files), "open", broken)
    with Downloads() as downloads, pytest.raises(StepFailure) as failure:
        downloads.get("memory://calls/a.wav", 5)
    assert failure.value.code == "unreadable"
    assert "TimeoutError: Connection timed out)" in failure.value.reason
    assert "secret" not in failure.value.reason


def test_a_copy_lies_in_its_folder_whatever_the_address_says(files: Any, tmp_path: Path) -> None:
    files.pipe("/calls/a.wav", b"x")
    for address in ("memory://calls/../calls/a.wav", "memory://calls/%2e%2e"):
        with Downloads() as downloads:
            try:
                copy = downloads.get(address, 5)
            except StepFailure:
                continue
            assert copy.name == "a.wav"
    assert as_named("s3://calls/7%E6%9C%88/a.wav").parts[1:] == ("calls", "7月", "a.wav")
