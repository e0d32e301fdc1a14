"""The pages about batches name every code of a broken recording, every temporary name and the times of watching."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_pipeline.audio.advice import ADVICE
from qa_pipeline.audio.folder_scan import TEMPORARY_SUFFIXES
from qa_pipeline.audio.watching import WatchOptions
from tests.broken_recordings import BAD_NAME, IN_A_FOLDER

DOCS = Path(__file__).parent.parent.parent / "docs"
ENGLISH, CHINESE = (DOCS / f"batches{ending}" for ending in (".md", ".zh-CN.md"))


def codes(page: Path) -> list[str]:
    """Those of the table of failures, in order."""
    rows = re.findall(r"^\| ((?:`\w+`[,、 ]*)+)\|.+\|.+\|$", page.read_text(encoding="utf-8"), re.M)
    return [code for row in rows for code in re.findall(r"`(\w+)`", row)]


def test_every_code_of_a_broken_recording_is_explained() -> None:
    assert {kind.code for kind in (*IN_A_FOLDER, BAD_NAME)} | set(ADVICE) <= set(codes(ENGLISH))
    assert codes(ENGLISH) == codes(CHINESE)


@pytest.mark.parametrize(("page", "unit"), [(ENGLISH, ("seconds", "minutes")), (CHINESE, ("秒", "分钟"))])
def test_times_and_names_of_watching_are_those_of_the_program(page: Path, unit: tuple[str, str]) -> None:
    text, options = page.read_text(encoding="utf-8"), WatchOptions()
    assert [suffix for suffix in TEMPORARY_SUFFIXES if f"`{suffix}`" not in text] == []
    assert f"{options.settle_s:g} {unit[0]}" in text
    assert f"{options.empty_settle_s / 60:g} {unit[1]}" in text
    assert f"{options.poll_s:g} {unit[0]}" in text
