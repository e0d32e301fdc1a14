"""A file becomes a Recording, and stays as it was."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio import ingest as module
from qa_pipeline.audio.decode import DecodedAudio, DecodeOptions
from qa_pipeline.audio.ingest import IngestOptions, file_sha256, ingest, recording_of
from qa_pipeline.core.errors import StepFailure
from tests.audio_files import speechlike, tone, wav_bytes, write_wav

AT_ONCE = IngestOptions(settle_s=0)


def age(path: Path, seconds: float = 60) -> Path:
    """Let the file look as if it was written a while ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_a_two_channel_call(tmp_path: Path) -> None:
    agent, customer = speechlike(3, 1, 8000), speechlike(3, 2, 8000, amplitude=0.1)
    path = age(write_wav(tmp_path / "录音 1.wav", [agent, customer]))
    recording, channels = ingest(path)
    assert recording.path == str(path)
    assert recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert recording.size_bytes == path.stat().st_size
    assert (recording.container, recording.codec) == ("wav", "pcm_s16le")
    assert (recording.sample_rate_hz, recording.channels) == (8000, 2)
    assert recording.duration_s == recording.header_duration_s == 3.0
    assert not recording.truncated and not recording.identical_channels and not recording.is_mono
    assert [quality.channel for quality in recording.quality] == [0, 1]
    # amplitude 0.3 against 0.1: 20 log10(3) = 9.54 dB
    assert recording.quality[0].level_db - recording.quality[1].level_db == pytest.approx(9.54, abs=0.5)
    assert [channel.shape for channel in channels] == [(48_000,), (48_000,)]


def test_swapping_the_channels_swaps_the_facts(tmp_path: Path) -> None:
    a, b = speechlike(2, 1, 8000), speechlike(2, 2, 8000)
    first, _ = ingest(write_wav(tmp_path / "a.wav", [a, b]), AT_ONCE)
    second, _ = ingest(write_wav(tmp_path / "b.wav", [b, a]), AT_ONCE)
    assert first.quality[0].level_db == second.quality[1].level_db
    assert first.quality[1].silence_share == second.quality[0].silence_share


def test_mono_in_two_channels_is_found(tmp_path: Path) -> None:
    voice = speechlike(2, 1, 8000)
    recording, _ = ingest(write_wav(tmp_path / "a.wav", [voice, voice * np.float32(0.5)]), AT_ONCE)
    assert recording.identical_channels and recording.is_mono


def test_a_dead_channel_is_found(tmp_path: Path) -> None:
    voice = speechlike(2, 1, 8000)
    recording, _ = ingest(write_wav(tmp_path / "a.wav", [voice, np.zeros_like(voice)]), AT_ONCE)
    assert [quality.dead for quality in recording.quality] == [False, True]
    assert not recording.identical_channels


@pytest.mark.parametrize("ceiling", [1.0, 0.4])
def test_clipping_at_8_khz_is_seen_in_spite_of_resampling(ceiling: float, tmp_path: Path) -> None:
    cut = np.clip(tone(437, 2, 8000, amplitude=ceiling * 2**0.5), -ceiling, ceiling)
    recording, _ = ingest(write_wav(tmp_path / "a.wav", [cut, tone(437, 2, 8000)]), AT_ONCE)
    assert recording.quality[0].clipped_share == pytest.approx(0.5, abs=0.05)
    assert recording.quality[1].clipped_share < 0.02


def test_recording_of_touches_no_file() -> None:
    voice = speechlike(1, 1)
    audio = DecodedAudio((voice, voice), "wav", "pcm_s16le", 8000, 9.0, True, (0.25, 0.0))
    recording = recording_of(Path("/nowhere/a.wav"), 123, "ab", audio)
    assert recording.path == "/nowhere/a.wav"
    assert (recording.size_bytes, recording.sha256) == (123, "ab")
    assert recording.truncated and recording.identical_channels
    assert recording.quality[0].clipped_share == 0.25
    assert (recording.duration_s, recording.header_duration_s) == (1.0, 9.0)


def test_the_input_is_never_touched(tmp_path: Path) -> None:
    path = age(write_wav(tmp_path / "a.wav", [speechlike(1, 1, 8000)]))
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode, sorted(tmp_path.iterdir()))
    ingest(path)
    after = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode, sorted(tmp_path.iterdir()))
    tmp_path.chmod(0o755)
    assert after == before


def test_a_file_that_grows_is_left_for_later(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wav = wav_bytes([tone(400, 5, 8000)])
    path.write_bytes(wav[:1000])
    stop = threading.Event()

    def copy() -> None:
        with path.open("ab") as file:
            while not stop.wait(0.02):
                file.write(wav[1000:1100])
                file.flush()

    writer = threading.Thread(target=copy)
    writer.start()
    try:
        with pytest.raises(StepFailure) as caught:
            ingest(path)
    finally:
        stop.set()
        writer.join()
    assert caught.value.code == "still_growing"


def test_a_file_that_changes_while_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = age(write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)]))
    plain = module.decode

    def and_append(target: Path, options: DecodeOptions) -> DecodedAudio:
        audio = plain(target, options)
        with target.open("ab") as file:
            file.write(b"more")
        return audio

    monkeypatch.setattr(module, "decode", and_append)
    with pytest.raises(StepFailure) as caught:
        ingest(path)
    assert caught.value.code == "still_growing"


def test_a_file_that_disappears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = age(write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)]))
    plain = module.decode

    def and_remove(target: Path, options: DecodeOptions) -> DecodedAudio:
        audio = plain(target, options)
        target.unlink()
        return audio

    monkeypatch.setattr(module, "decode", and_remove)
    with pytest.raises(StepFailure) as caught:
        ingest(path)
    assert caught.value.code == "missing_file"


def test_only_a_fresh_file_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(module.time, "sleep", naps.append)
    path = write_wav(tmp_path / "a.wav", [tone(400, 0.2, 8000)])
    ingest(age(path, 10))
    ingest(age(path, -3600))  # written by a clock that is ahead
    ingest(path, AT_ONCE)
    assert not naps
    monkeypatch.undo()
    started = time.monotonic()
    ingest(age(path, 1.8), IngestOptions(settle_s=2.0))
    assert 0.05 < time.monotonic() - started < 2.0


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty_file"), (b"letter" * 100, "not_audio"), (None, "missing_file")]
)
def test_failures_come_through(content: bytes | None, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        age(path) if path.write_bytes(content) else None
    with pytest.raises(StepFailure) as caught:
        ingest(path, AT_ONCE)
    assert (caught.value.step, caught.value.code) == ("ingest", code)


def test_limits_are_passed_on(tmp_path: Path) -> None:
    path = age(write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)]))
    with pytest.raises(StepFailure, match="limit") as caught:
        ingest(path, IngestOptions(decode=DecodeOptions(max_bytes=100)))
    assert caught.value.code == "too_large"


def test_sha256_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 10_000)  # 2.5 blocks
    assert file_sha256(path, 10**9) == hashlib.sha256(path.read_bytes()).hexdigest()
