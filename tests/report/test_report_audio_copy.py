"""The copy beside the page: channels kept apart, length and places kept, written whole, same bytes each time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.core.span import Span
from qa_pipeline.report.sound.audio_copy import RATE_HZ, PageSound, write_audio_copy
from qa_pipeline.report.sound.bleeps import TONE_LEVEL
from qa_pipeline.report.sound.outline import FORMAT, Outline, load_outline, load_peaks, outline_path
from tests.report.samples import tone


def _decoded(path: Path) -> np.ndarray:
    """Shape (channels, samples) at 16 kHz."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        to_16_khz = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=RATE_HZ)
        frames = [part for frame in container.decode(stream) for part in to_16_khz.resample(frame)]
        frames += to_16_khz.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def _clicks(seconds: float, every_s: float) -> np.ndarray:
    """Short bursts of 1.5 kHz, one at each multiple of ``every_s``."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * 1500 * time_s) * (time_s % every_s < 0.02)).astype(np.float32)


def test_two_channels_stay_apart(tmp_path: Path) -> None:
    left = tone(3.0, 440.0)
    sound = _decoded(write_audio_copy((left, np.zeros_like(left)), tmp_path / "a" / "x.webm"))
    assert sound.shape[0] == 2
    assert np.abs(sound[0]).max() > 0.3
    assert np.abs(sound[1]).max() < 0.02  # 26 dB below the other; measured 30
    assert sound.shape[1] == pytest.approx(3 * RATE_HZ, abs=160)


def test_mono_stays_mono_and_more_are_mixed(tmp_path: Path) -> None:
    assert _decoded(write_audio_copy((tone(1.0, 440.0),), tmp_path / "m.webm")).shape[0] == 1
    assert _decoded(write_audio_copy([tone(1.0, 440.0)] * 3, tmp_path / "t.webm")).shape[0] == 1


def test_the_copy_is_small_and_silence_costs_next_to_nothing(tmp_path: Path) -> None:
    """At most 15 MB for an hour of two channels."""
    silence = np.zeros(20 * RATE_HZ, dtype=np.float32)
    quiet = write_audio_copy((silence, silence), tmp_path / "q.webm").stat().st_size
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 20 * RATE_HZ)).astype(np.float32)
    loud = write_audio_copy(tuple(noise), tmp_path / "l.webm").stat().st_size
    assert loud < 15e6 * 20 / 3600 * 1.1
    assert quiet < loud / 5


def test_every_sound_stays_where_it_was(tmp_path: Path) -> None:
    """Also over the seams of the pieces that are encoded one by one."""
    clicks = _clicks(30.0, 1.0)
    clicks[: RATE_HZ // 2] = 0
    found = _decoded(write_audio_copy((clicks,), tmp_path / "c.webm"))[0]
    envelope = np.convolve(np.abs(found), np.ones(80) / 80, "same")
    starts = np.flatnonzero((envelope[1:] > 0.1) & (envelope[:-1] <= 0.1)) / RATE_HZ
    assert [round(float(start)) for start in starts] == list(range(1, 30))
    assert np.abs(starts - np.round(starts)).max() < 0.005


def test_the_file_can_be_entered_anywhere(tmp_path: Path) -> None:
    """It has a table of places: without one a browser has to read up to the clicked word."""
    path = write_audio_copy((_clicks(30.0, 1.0),), tmp_path / "c.webm")
    assert b"\x1c\x53\xbb\x6b" in path.read_bytes()  # the Cues element
    with av.open(str(path)) as container:
        container.seek(20_000_000)
        first = next(container.decode(audio=0))
        assert first.time is not None and 14.0 < first.time <= 20.05


def test_bleeped_stretches_hold_the_tone_alone_on_all_channels(tmp_path: Path) -> None:
    left, right = tone(4.0, 440.0), tone(4.0, 300.0)
    path = write_audio_copy((left, right), tmp_path / "b.webm", (Span(1.0, 2.0),), "ab" * 32)
    sound = _decoded(path)
    for channel, hz in ((0, 440), (1, 300)):
        assert _level(sound[channel, 17_600:30_400], hz) < 0.005
        assert _level(sound[channel, 17_600:30_400], 1000) == pytest.approx(TONE_LEVEL, rel=0.2)
        assert _level(sound[channel, 3200:12_800], hz) == pytest.approx(0.4, rel=0.1)
    peaks = load_peaks(path)
    assert max(peaks[0][110:190]) == pytest.approx(TONE_LEVEL, abs=0.01) and peaks[0][50] > 0.35
    known = load_outline(outline_path(path))
    assert known and (known.recording, known.bleeps, known.format) == ("ab" * 32, (Span(1.0, 2.0),), FORMAT)


def _level(sound: np.ndarray, hz: int) -> float:
    """Amplitude of one frequency."""
    angles = 2 * np.pi * hz * np.arange(len(sound)) / RATE_HZ
    return float(2 * abs(np.mean(sound * np.exp(-1j * angles))))


def test_unequal_lengths_and_nothing_at_all(tmp_path: Path) -> None:
    sound = _decoded(write_audio_copy((tone(2.0, 440.0), tone(1.0, 440.0)), tmp_path / "u.webm"))
    assert sound.shape[1] >= 2 * RATE_HZ - 160
    empty = np.zeros(0, dtype=np.float32)
    assert write_audio_copy((empty, empty), tmp_path / "e.webm").stat().st_size > 0
    with pytest.raises(ValueError, match="at least one channel"):
        write_audio_copy((), tmp_path / "n.webm")


def test_same_sound_same_bytes_and_nothing_left_over(tmp_path: Path) -> None:
    first = write_audio_copy((tone(1.0, 440.0),), tmp_path / "a.webm").read_bytes()
    second = write_audio_copy((tone(1.0, 440.0),), tmp_path / "b.webm").read_bytes()
    assert first == second
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.webm",
        "a.webm.peaks.json",
        "b.webm",
        "b.webm.peaks.json",
    ]


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_audio_copy((tone(1.0, 440.0),), tmp_path / "a.webm")
    before = path.read_bytes()

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("qa_pipeline.report.sound.audio_copy._encode", broken)
    with pytest.raises(OSError, match="disk full"):
        write_audio_copy((tone(2.0, 300.0),), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_between_both_files_leaves_no_outline_that_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_audio_copy((tone(1.0, 440.0),), tmp_path / "a.webm")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Outline, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        write_audio_copy((tone(2.0, 300.0),), path)
    assert load_outline(outline_path(path)) is None


def test_sound_is_read_in_pieces_that_make_up_the_whole() -> None:
    sound = PageSound([tone(1.0, 440.0), tone(0.5, 300.0)], (Span(0.2, 0.4),))
    whole = sound.read(0, sound.length)
    pieces = [sound.read(start, start + 777) for start in range(0, sound.length, 777)]
    assert np.array_equal(np.concatenate(pieces, axis=1), whole)


def test_peaks_are_the_loudest_sample_of_each_stretch() -> None:
    channel = np.array([0.1, -0.5, 0.0, 0.0, 0.25, 2.0], dtype=np.float32)
    assert PageSound([channel]).peaks(3) == [[0.5, 0.0, 1.0]]
    assert PageSound([channel[:0]]).peaks(2) == [[0.0, 0.0]]
    assert len(PageSound([channel]).peaks(50)[0]) == 50
    with pytest.raises(ValueError, match="n >= 1"):
        PageSound([channel]).peaks(0)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1]", '[["x"]]', "null", "{}", '{"format": 1e999, "recording": "", "bleeps": [], "peaks": []}',
     '{"format": 2, "recording": "", "bleeps": [[2, 1]], "peaks": []}'],
)  # fmt: skip
def test_a_damaged_outline_is_no_outline(tmp_path: Path, content: str) -> None:
    audio = tmp_path / "a.webm"
    assert load_peaks(audio) == ()
    outline_path(audio).write_text(content, encoding="ascii")
    assert load_peaks(audio) == ()
    assert load_peaks(None) == ()


def test_an_outline_of_the_first_format_is_still_drawn(tmp_path: Path) -> None:
    audio = tmp_path / "a.m4a"
    outline_path(audio).write_text("[[0.25, 7]]", encoding="ascii")
    assert load_peaks(audio) == ((0.25, 1.0),)
