"""Reasons say what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.audio.advice import ADVICE, other_file, with_advice
from tests.broken_recordings import BAD_NAME, IN_A_FOLDER, Kind

#: What the first bytes of the kinds that are no audio are said to be.
TOLD = {
    "random bytes": "in no known format",
    "zeros of a copy cut off": "nothing but zeros",
    "text called mp3": "a text file",
    "text called ulaw": "a text file",
    "error page called wav": "a web page",
    "pointer of a cloud drive": "a text file",
    "playlist called wav": "a playlist",
    "encrypted zip called wav": "with a password",
    "7z called opus": "a 7z archive",
    "chat voice called amr": "a chat program",
}


@pytest.mark.parametrize("kind", [kind for kind in IN_A_FOLDER if kind.code == "not_audio"], ids=lambda kind: kind.name)
def test_what_is_no_audio_is_named_and_something_can_be_done(kind: Kind, tmp_path: Path) -> None:
    told = other_file(kind.make(tmp_path, "a", 3).read_bytes())
    assert TOLD[kind.name] in told
    assert any(verb in told for verb in ("copy", "download", "unpack", "export", "convert", "name the recording"))


def test_every_code_of_a_broken_recording_has_its_advice() -> None:
    assert {kind.code for kind in IN_A_FOLDER} - {"not_audio"} <= set(ADVICE)
    assert (
        with_advice("corrupt", "its header cannot be read")
        == "its header cannot be read; export or copy it again, best as WAV or MP3"
    )
    assert with_advice("still_growing", "is still being written") == "is still being written"
    assert with_advice(BAD_NAME.code, "rename it") == "rename it"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_text_is_text_in_every_encoding_and_wherever_it_is_cut(encoding: str) -> None:
    raw = ("客户说太贵了，我们再谈谈。😀\r\n" * 5).encode(encoding)
    assert {other_file(raw[:end]) for end in range(30, len(raw))} == {"a text file; name the recording itself"}


def test_a_page_may_begin_with_blanks_and_a_mark() -> None:
    assert "web page" in other_file(b"\xef\xbb\xbf\r\n  <!DOCTYPE HTML PUBLIC")
    assert "web page" in other_file(b"<HTML><body>")


@pytest.mark.parametrize("size", range(8))
def test_short_heads_are_no_trouble(size: int) -> None:
    assert other_file(b"PK\x03\x04\x14\0\x01\0"[:size])
    assert "password" in other_file(b"PK\x03\x04\x14\0\x01")
    assert "Office document" in other_file(b"PK\x03\x04\x14\0\x00")
