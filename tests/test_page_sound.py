"""What a page plays: a copy that fits its recording and its bleeps, a link to the recording, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.core.call import Call, Conversation, Role, Turn
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span
from qa_pipeline.page_sound import AudioMode, PageSounds
from qa_pipeline.report.sound.bleeps import bleep_spans
from qa_pipeline.report.sound.outline import FORMAT, Outline, load_outline, load_peaks, outline_path
from qa_pipeline.report.values import AudioLink
from tests.report.samples import PHONE, make_call, tone

NUMBER = f"我的电话是{PHONE}"


@dataclass
class Heard:
    """Sound that counts how often it was decoded, and may be gone."""

    gone: bool = False
    asked: list[int] = field(default_factory=list)

    @property
    def channels(self) -> Sequence[np.ndarray]:
        if self.gone:
            raise StepFailure("ingest", "missing_file", "gone")
        self.asked.append(1)
        return tone(2.0, 440.0), tone(2.0, 300.0)


def call(text: str = "您好", sha256: str = "ab" * 32) -> Call:
    made = make_call("x")
    assert made.recording
    turns = (Turn(0, Role.CUSTOMER, text, Span(0.2, 1.5), 1),)
    return replace(
        made, conversation=Conversation("zh", turns), turn_stages=(), stages=(),
        recording=replace(made.recording, sha256=sha256),
    )  # fmt: skip


@pytest.fixture
def sounds(tmp_path: Path) -> PageSounds:
    return PageSounds(tmp_path)


def old_copy(folder: Path) -> Path:
    """A copy as it was made in the first format."""
    path = folder / "audio" / "x.m4a"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"not decoded here")
    outline_path(path).write_text("[[0.5]]", encoding="ascii")
    return path


def test_a_copy_is_made_once(sounds: PageSounds, tmp_path: Path) -> None:
    heard = Heard()
    made = sounds.of(call(), None, heard)
    assert made == tmp_path / "audio" / "x.webm" and made.is_file()
    assert sounds.of(call(), None, heard) == made and len(heard.asked) == 1
    assert sounds.of(call(), None, None) == made


@pytest.mark.parametrize("changed", [call(NUMBER), call(sha256="cd" * 32)])
def test_a_copy_is_made_anew_when_its_source_or_its_bleeps_change(sounds: PageSounds, changed: Call) -> None:
    made = sounds.of(call(), None, Heard())
    assert isinstance(made, Path)
    before, heard = made.read_bytes(), Heard()
    assert sounds.of(changed, None, heard) == made and len(heard.asked) == 1
    known = load_outline(outline_path(made))
    assert known and changed.recording
    assert (known.recording, known.bleeps) == (changed.recording.sha256, bleep_spans(changed))
    assert (made.read_bytes() != before) == bool(bleep_spans(changed))


@pytest.mark.parametrize("changed", [call(NUMBER), call(sha256="cd" * 32)])
@pytest.mark.parametrize("heard", [None, Heard(gone=True)])
def test_what_might_tell_a_number_or_another_call_is_deleted(
    sounds: PageSounds, tmp_path: Path, changed: Call, heard: Heard | None
) -> None:
    sounds.of(call(), None, Heard())
    assert sounds.of(changed, None, heard) is None
    assert list((tmp_path / "audio").iterdir()) == []


def test_a_copy_with_more_bleeped_than_needed_is_kept_when_the_recording_is_gone(sounds: PageSounds) -> None:
    made = sounds.of(call(NUMBER), None, Heard())
    assert sounds.of(call(), None, Heard(gone=True)) == made


def test_an_older_format_plays_on_when_the_recording_is_gone(sounds: PageSounds) -> None:
    made = sounds.of(call(NUMBER), None, Heard())
    assert isinstance(made, Path)
    known = load_outline(outline_path(made))
    assert known
    replace(known, format=FORMAT - 1).write(outline_path(made))
    assert sounds.of(call(NUMBER), None, Heard(gone=True)) == made
    heard = Heard()
    assert sounds.of(call(NUMBER), None, heard) == made and len(heard.asked) == 1


def test_a_copy_of_the_first_format_plays_on_unless_a_number_is_masked(sounds: PageSounds, tmp_path: Path) -> None:
    old = old_copy(tmp_path)
    assert sounds.of(call(), None, Heard(gone=True)) == old and load_peaks(old) == ((0.5,),)
    assert sounds.of(call(NUMBER), None, Heard(gone=True)) is None
    assert not old.exists() and not outline_path(old).exists()


def test_a_copy_of_the_first_format_is_replaced(sounds: PageSounds, tmp_path: Path) -> None:
    old_copy(tmp_path)
    made = sounds.of(call(), None, Heard())
    assert made == tmp_path / "audio" / "x.webm"
    assert sorted(path.name for path in made.parent.iterdir()) == ["x.webm", "x.webm.peaks.json"]


def test_a_copy_without_its_outline_is_not_believed(sounds: PageSounds) -> None:
    made = sounds.of(call(NUMBER), None, Heard())
    assert isinstance(made, Path)
    outline_path(made).unlink()
    assert sounds.of(call(NUMBER), None, Heard(gone=True)) is None and not made.exists()


def test_a_link_plays_the_recording_and_copies_nothing(tmp_path: Path) -> None:
    recording = tmp_path / "in" / "a.wav"
    recording.parent.mkdir()
    recording.write_bytes(b"RIFF")
    sounds, heard = PageSounds(tmp_path / "out", "link"), Heard()
    made = sounds.of(call(NUMBER), str(recording), heard)
    assert isinstance(made, AudioLink) and made.recording == recording
    assert max(load_peaks(made)[0]) == pytest.approx(0.4)
    assert [path.name for path in (tmp_path / "out" / "audio").iterdir()] == ["x.link.peaks.json"]
    assert sounds.of(call(NUMBER), str(recording), heard) == made and len(heard.asked) == 1
    recording.unlink()
    assert sounds.of(call(NUMBER), str(recording), heard) is None


def test_a_recording_that_changed_is_not_linked(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF")
    sounds = PageSounds(tmp_path / "out", "link")
    assert sounds.of(call(), str(recording), Heard(gone=True)) is None
    assert sounds.of(call(), None, Heard()) is None


def test_a_recording_whose_place_cannot_be_asked_for_is_not_linked(tmp_path: Path) -> None:
    """A name that no file system takes raises what a folder does that cannot be entered: an OSError."""
    place = str(tmp_path / ("x" * 300) / "a.wav")
    with pytest.raises(OSError, match="too long"):
        Path(place).is_file()
    assert PageSounds(tmp_path / "out", "link").of(call(), place, Heard()) is None


def test_a_link_does_not_spoil_the_copy(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF")
    made = PageSounds(tmp_path).of(call(NUMBER), str(recording), Heard())
    assert isinstance(PageSounds(tmp_path, "link").of(call(NUMBER), str(recording), Heard()), AudioLink)
    heard = Heard()
    assert PageSounds(tmp_path).of(call(NUMBER), str(recording), heard) == made and heard.asked == []


@pytest.mark.parametrize("mode", ["none", "link"])
def test_without_a_copy_none_is_made(tmp_path: Path, mode: AudioMode) -> None:
    assert PageSounds(tmp_path, mode).of(call(), None, Heard()) is None
    assert not (tmp_path / "audio").exists()


def test_a_copied_output_folder_needs_nothing_else(sounds: PageSounds, tmp_path: Path) -> None:
    sounds.of(call(NUMBER), None, Heard())
    shutil.copytree(tmp_path / "audio", tmp_path / "elsewhere" / "audio")
    assert PageSounds(tmp_path / "elsewhere").of(call(NUMBER), None, None)


def test_an_outline_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Outline(((0.1, 0.25),), "ab", bleep_spans(call(NUMBER)))
    made.write(tmp_path / "deep" / "o.json")
    assert load_outline(tmp_path / "deep" / "o.json") == made
