"""What `run` takes as its input, and what it says about what does not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.cli.run import MAX_LISTED
from tests.cli.conftest import Command, wav

pytestmark = pytest.mark.usefixtures("spoken")


def test_copies_made_for_the_pages_are_no_recordings(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav")
    first = qa("run", ".", "--json")
    second = qa("run", ".", "--json")
    assert [row["recording"] for row in first.rows] == ["a.wav"]
    assert [(row["recording"], row["status"]) for row in second.rows] == [("a.wav", "skipped")]


def test_a_folder_of_copies_alone_is_refused(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav")
    assert qa("run", "a.wav").code == 0
    answer = qa("run", "reports/audio")
    assert answer.code == 2 and "copies made for the pages" in answer.err


def test_a_name_that_does_not_fit_the_pattern_is_said(qa: Command, folder: Path) -> None:
    wav(folder / "plain.wav")
    assert "plain.wav: does not fit --name-pattern" in qa("run", ".", "--name-pattern", "{agent_id}_{team}").err


def test_a_long_list_of_rows_without_recording_is_cut(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav")
    rows = "\n".join(f"missing{i}.wav" for i in range(MAX_LISTED + 7))
    (folder / "calls.csv").write_text(f"recording\na.wav\n{rows}\n", encoding="utf-8")
    lines = qa("run", "a.wav", "--calls", "calls.csv").err.splitlines()
    assert len(lines) == MAX_LISTED + 1
    assert lines[-1] == "… and 7 more of this kind"


def test_every_transcript_that_cannot_be_read_is_named(qa: Command, folder: Path) -> None:
    (folder / "good.txt").write_text("坐席：您好\n客户：喂\n", encoding="utf-8")
    (folder / "empty.txt").touch()
    (folder / "essay.txt").write_text("这不是对话", encoding="utf-8")
    answer = qa("import", "good.txt", "empty.txt", "essay.txt")
    assert answer.code == 2
    assert ["empty.txt" in answer.err, "essay.txt" in answer.err] == [True, True]
    assert qa("score").code == 2  # nothing was stored
