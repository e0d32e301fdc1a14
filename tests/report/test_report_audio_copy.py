"""The MP3 beside the page: channels kept apart, length kept, written whole, same bytes each time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.report.audio_copy import RATE_HZ, load_peaks, peaks, peaks_path, write_audio_copy
from tests.report.samples import tone


def _decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1)


def test_two_channels_stay_apart(tmp_path: Path) -> None:
    left = tone(3.0, 440.0)
    sound = _decoded(write_audio_copy((left, np.zeros_like(left)), tmp_path / "a" / "x.m4a"))
    assert sound.shape[0] == 2
    assert np.abs(sound[0]).max() > 0.3
    assert np.abs(sound[1]).max() < 0.001
    assert sound.shape[1] == pytest.approx(3 * RATE_HZ, abs=1.5 * 1152)


def test_mono_stays_mono_and_more_are_mixed(tmp_path: Path) -> None:
    assert _decoded(write_audio_copy((tone(1.0, 440.0),), tmp_path / "m.m4a")).shape[0] == 1
    assert _decoded(write_audio_copy([tone(1.0, 440.0)] * 3, tmp_path / "t.m4a")).shape[0] == 1


def test_the_copy_is_small_and_silence_costs_next_to_nothing(tmp_path: Path) -> None:
    """At most 32 kbit/s for each channel, and room for the table of times."""
    silence = np.zeros(20 * RATE_HZ, dtype=np.float32)
    quiet = write_audio_copy((silence, silence), tmp_path / "q.m4a").stat().st_size
    loud = write_audio_copy((tone(20, 440.0), tone(20, 900.0)), tmp_path / "l.m4a").stat().st_size
    assert loud < 1.05 * 20 * 64_000 / 8
    assert quiet < loud / 10


def test_unequal_lengths_and_nothing_at_all(tmp_path: Path) -> None:
    sound = _decoded(write_audio_copy((tone(2.0, 440.0), tone(1.0, 440.0)), tmp_path / "u.m4a"))
    assert sound.shape[1] >= 2 * RATE_HZ - 1152
    empty = np.zeros(0, dtype=np.float32)
    assert write_audio_copy((empty, empty), tmp_path / "e.m4a").stat().st_size > 0
    with pytest.raises(ValueError, match="at least one channel"):
        write_audio_copy((), tmp_path / "n.m4a")


def test_same_sound_same_bytes_and_nothing_left_over(tmp_path: Path) -> None:
    first = write_audio_copy((tone(1.0, 440.0),), tmp_path / "a.m4a").read_bytes()
    second = write_audio_copy((tone(1.0, 440.0),), tmp_path / "b.m4a").read_bytes()
    assert first == second
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.m4a",
        "a.m4a.peaks.json",
        "b.m4a",
        "b.m4a.peaks.json",
    ]


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_audio_copy((tone(1.0, 440.0),), tmp_path / "a.m4a")
    before = path.read_bytes()

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("qa_pipeline.report.audio_copy._encode", broken)
    with pytest.raises(OSError, match="disk full"):
        write_audio_copy((tone(2.0, 300.0),), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_peaks_are_the_loudest_sample_of_each_stretch() -> None:
    channel = np.array([0.1, -0.5, 0.0, 0.0, 0.25, 2.0], dtype=np.float32)
    assert peaks([channel], 3) == [[0.5, 0.0, 1.0]]
    assert peaks([channel[:0]], 2) == [[0.0, 0.0]]
    assert len(peaks([channel], 50)[0]) == 50
    with pytest.raises(ValueError, match="n >= 1"):
        peaks([channel], 0)


@pytest.mark.parametrize("content", ["", "{", "[1]", '[["x"]]', "null"])
def test_a_damaged_outline_is_no_outline(tmp_path: Path, content: str) -> None:
    audio = tmp_path / "a.m4a"
    assert load_peaks(audio) == ()
    peaks_path(audio).write_text(content, encoding="ascii")
    assert load_peaks(audio) == ()
    assert load_peaks(None) == ()
