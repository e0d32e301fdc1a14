"""Recordings that are none: a row with a reason, exit code 1, and the others are done."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio_files import tone, wav_bytes
from tests.cli.conftest import Command, settled, wav


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.wav", wav_bytes([tone(440, 0.1)]))
    return target.getvalue()


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
BROKEN: dict[str, Callable[[], bytes]] = {
    "empty.wav": lambda: b"",
    "text.wav": lambda: "坐席：您好".encode() * 50,
    "header.wav": lambda: wav_bytes([tone(440, 1)])[:30],
    "archive.wav": zipped,
    "image.wav": lambda: PNG,
    "random.mp3": lambda: random.Random(1).randbytes(5000),
    "page.m4a": lambda: b"<!doctype html><title>404</title>",
    "playlist.wav": lambda: b"#EXTM3U\nfile:///etc/passwd\n",
}


@pytest.mark.usefixtures("spoken")
def test_every_broken_recording_is_told_and_the_others_are_done(qa: Command, folder: Path) -> None:
    for name, content in BROKEN.items():
        (folder / "calls").mkdir(exist_ok=True)
        (folder / "calls" / name).write_bytes(content())
        settled(folder / "calls" / name)
    wav(folder / "calls" / "a.wav", 1), wav(folder / "calls" / "z.wav", 2)
    answer = qa("run", "calls", "--json")
    assert (answer.code, answer.err) == (1, "")
    rows = {Path(row["recording"]).name: row for row in answer.rows}
    assert {name: row["status"] for name, row in rows.items()} == {
        **dict.fromkeys(BROKEN, "failed"),
        "a.wav": "done",
        "z.wav": "done",
    }
    for name in BROKEN:
        assert (rows[name]["step"], bool(rows[name]["reason"].strip())) == ("ingest", True)
        assert "\n" not in rows[name]["reason"]


@pytest.mark.usefixtures("spoken")
def test_a_folder_with_the_name_of_a_recording_holds_recordings(qa: Command, folder: Path) -> None:
    wav(folder / "x.wav" / "inside.wav")
    answer = qa("run", "x.wav", "--json")
    assert [(Path(row["recording"]).name, row["status"]) for row in answer.rows] == [("inside.wav", "done")]


@pytest.mark.usefixtures("spoken")
def test_broken_recordings_stand_in_the_summary_and_on_the_index(qa: Command, folder: Path) -> None:
    settled(wav(folder / "a.wav"))
    (folder / "bad.wav").write_bytes(b"")
    answer = qa("run", "a.wav", "bad.wav")
    assert answer.code == 1
    assert "✗ bad.wav  ingest, empty_file: " in answer.out
    assert "1 done, 0 skipped, 1 failed" in answer.out
    assert "bad.wav" in (folder / "reports" / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("spoken")
def test_a_mended_recording_is_done_next_time(qa: Command, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"")
    assert qa("run", "a.wav").code == 1
    wav(folder / "a.wav")
    assert qa("run", "a.wav").code == 0
    assert "bad.wav" not in (folder / "reports" / "index.html").read_text(encoding="utf-8")
