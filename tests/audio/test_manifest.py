"""The recordings that files, folders and patterns name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa_pipeline.audio.manifest import AUDIO_SUFFIXES, find_recordings
from qa_pipeline.core.errors import UserError

ODD_NAMES = [
    "录音 与 空格.wav",
    'it\'s "quoted".wav',
    "-rf.wav",
    "new\nline.wav",
    "[2026] call*.wav",
    "$(touch x);&|.wav",
    "emoji 😀.wav",
    "e\u0301.wav",
    ".wav.wav",
]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def problem(*arguments: str) -> str:
    with pytest.raises(UserError) as caught:
        find_recordings(arguments)
    return str(caught.value)


def test_a_folder_gives_its_audio_files_in_order(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "b.wav",
        "a.MP3",
        "sub/c.amr",
        "sub/deep/d.opus",
        "notes.txt",
        "calls.csv",
        "x.json",
        "README",
    )
    touch(tmp_path, ".hidden.wav", ".git/e.wav", "sub/.f.wav", "Thumbs.db", "a.log", "a.xml", "a.md")
    found = names(find_recordings([str(tmp_path)]), tmp_path)
    assert found == ["a.MP3", "b.wav", "sub/c.amr", "sub/deep/d.opus"]


def test_every_known_extension_is_taken(tmp_path: Path) -> None:
    touch(tmp_path, *(f"a{suffix}" for suffix in AUDIO_SUFFIXES))
    assert len(find_recordings([str(tmp_path)])) == len(AUDIO_SUFFIXES)
    assert {".wav", ".mp3", ".m4a", ".amr", ".gsm", ".opus", ".wma", ".webm", ".ulaw"} <= AUDIO_SUFFIXES
    assert not {".csv", ".json", ".txt", ".md", ".xml", ".log", ".srt", ".vtt", ".m3u8"} & AUDIO_SUFFIXES


def test_a_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "call", "call.txt", ".hidden")
    arguments = [str(tmp_path / name) for name in ("call.txt", ".hidden", "call")]
    assert find_recordings(arguments) == [Path(argument) for argument in arguments]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, f"folder/{name}")
    monkeypatch.chdir(tmp_path / "folder")
    assert find_recordings([name]) == [Path(name)]
    if not name.startswith("."):
        assert [path.name for path in find_recordings([str(tmp_path)])] == [name]


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xc2\xbc\xd2\xf4.wav"  # 录音 in GBK, as an old archive unpacks it
    Path(os.fsdecode(raw)).touch()
    assert [os.fsencode(path) for path in find_recordings([str(tmp_path)])] == [raw]


def test_patterns(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b.mp3", "c.csv", "d/e.wav", "d/f/g.wav", "d/.h.wav", ".i/j.wav", "k.dat")
    top = str(tmp_path)
    assert names(find_recordings([f"{top}/*.wav"]), tmp_path) == ["a.wav"]
    assert names(find_recordings([f"{top}/**/*.wav"]), tmp_path) == ["a.wav", "d/e.wav", "d/f/g.wav"]
    assert names(find_recordings([f"{top}/[ab].*"]), tmp_path) == ["a.wav", "b.mp3"]
    assert names(find_recordings([f"{top}/?"]), tmp_path) == ["d/e.wav", "d/f/g.wav"]
    assert names(find_recordings([f"{top}/**"]), tmp_path) == ["a.wav", "b.mp3", "d/e.wav", "d/f/g.wav"]
    # An extension that is spelled out is meant.
    assert names(find_recordings([f"{top}/*.dat"]), tmp_path) == ["k.dat"]


def test_a_relative_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "一月/a.wav", "二月/b.wav")
    monkeypatch.chdir(tmp_path)
    assert [path.as_posix() for path in find_recordings(["*月/*.wav"])] == ["一月/a.wav", "二月/b.wav"]


def test_each_recording_once_in_the_order_of_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.wav", "b.wav", "c.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "a.wav")
    monkeypatch.chdir(tmp_path)
    found = find_recordings(["c.wav", "./c.wav", str(tmp_path / "c.wav"), ".", "link.wav"])
    assert [path.name for path in found] == ["c.wav", "a.wav", "b.wav"]


def test_loops_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "sub/b.wav")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "sub" / "also_up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert names(find_recordings([str(tmp_path)]), tmp_path) == ["a.wav", "sub/b.wav"]
    assert len(find_recordings([f"{tmp_path}/**/*.wav"])) == 2


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "store/a.wav", "inbox/b.wav")
    (tmp_path / "inbox" / "more").symlink_to(tmp_path / "store")
    assert names(find_recordings([str(tmp_path / "inbox")]), tmp_path) == ["inbox/b.wav", "inbox/more/a.wav"]


def test_a_broken_link_is_kept_so_that_it_becomes_a_failure_row(tmp_path: Path) -> None:
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    assert len(find_recordings([str(tmp_path / "gone.wav")])) == 1
    assert len(find_recordings([str(tmp_path)])) == 1


@pytest.mark.parametrize(
    "argument", ["no.wav", "no/folder", "no*.wav", "**/no.wav", "a**b/*.wav", "", "a\0b", "x" * 5000]
)
def test_an_argument_that_gives_nothing_is_named(
    argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = problem(argument)
    assert repr(argument) in text
    assert "name" in text and "folder" in text  # what to do


def test_an_empty_folder_and_one_without_audio(tmp_path: Path) -> None:
    assert "no audio files" in problem(str(tmp_path))
    touch(tmp_path, "a.csv")
    assert "no audio files" in problem(str(tmp_path))


def test_all_wrong_arguments_are_named_at_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    text = problem("no1.wav", str(tmp_path / "a.wav"), "no2.wav")
    assert "no1.wav" in text and "no2.wav" in text and len(text.splitlines()) == 2


def test_no_arguments() -> None:
    assert "no recordings" in problem()
