"""Pages that play the recording itself: its address, and what the page says about it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest

from qa_pipeline.report import write_call_page
from qa_pipeline.report.sound.outline import Outline
from qa_pipeline.report.values import AudioLink
from qa_pipeline.report.wording import wording
from tests.report.samples import MADE, make_result


def page(tmp_path: Path, recording: Path) -> str:
    link = AudioLink(recording, tmp_path / "out" / "audio" / "call-001.link.peaks.json")
    result = make_result(audio=link, notices=("audio_original",))
    return write_call_page(result, tmp_path / "out", MADE).read_text("utf-8")


def address(html: str) -> str:
    (found,) = re.findall(r'<audio id="audio" src="([^"]*)"', html)
    return unescape(str(found))


@pytest.mark.parametrize("name", ["a.wav", "a b#1?.wav", "李四/100%.wav", "a:b&c\"'<x>.wav", "..a\\b.wav"])
def test_the_address_leads_to_the_recording(tmp_path: Path, name: str) -> None:
    recording = tmp_path / "recordings" / name
    found = address(page(tmp_path, recording))
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", found) and found.startswith("../../recordings/")
    start = (tmp_path / "out" / "calls" / "call-001.html").as_uri()
    assert unquote(urljoin(start, found)) == f"file://{recording}"


def test_a_drive_that_no_relative_path_reaches_gives_a_file_uri(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_way(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("qa_pipeline.report.render.os.path.relpath", no_way)
    assert address(page(tmp_path, tmp_path / "a b.wav")) == (tmp_path / "a b.wav").resolve().as_uri()


def test_the_page_says_that_nothing_is_bleeped(tmp_path: Path) -> None:
    zh = page(tmp_path, tmp_path / "a.wav")
    en = (tmp_path / "out" / "calls" / "call-001.en.html").read_text("utf-8")
    for lang, html in (("zh", zh), ("en", en)):
        assert wording(lang).text("notice.audio_original") in unescape(html)
    assert "media-src 'self' file:" in unescape(zh)


def test_the_waveform_of_a_link_is_drawn(tmp_path: Path) -> None:
    Outline(((0.5, 1.0), (0.1, 0.2))).write(tmp_path / "out" / "audio" / "call-001.link.peaks.json")
    assert page(tmp_path, tmp_path / "a.wav").count('class="lane wave') == 2
