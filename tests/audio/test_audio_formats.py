"""Every format comes out at 16 kHz with the right length, pitch, level and order of channels."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE_HZ, decode
from tests.audio_files import (
    peak_hz,
    rms_db,
    speechlike,
    tone,
    wav_bytes,
    write_audio,
    write_streams,
    write_wav,
)

DATA = Path(__file__).parent / "data"
SECONDS = 1.5


class Case(NamedTuple):
    suffix: str
    codec: str
    rate_hz: int
    channels: int
    container: str | None = None
    frame_s: float = 0.002
    """How much the length may differ: lossy codecs pad to whole frames."""
    level_db: float = 0.3
    pitch_hz: float = 4


CASES = [
    Case(".wav", "pcm_s16le", 8000, 1),
    Case(".wav", "pcm_s16le", 8000, 2),
    Case(".wav", "pcm_s16le", 16000, 2),
    Case(".wav", "pcm_s16le", 11025, 1),
    Case(".wav", "pcm_s16le", 44100, 2),
    Case(".wav", "pcm_s16le", 48000, 3),
    Case(".wav", "pcm_s16le", 8000, 4),
    Case(".wav", "pcm_s16le", 8000, 5),
    Case(".wav", "pcm_s16le", 8000, 6),
    Case(".wav", "pcm_s16le", 8000, 7),
    Case(".wav", "pcm_s16le", 48000, 8),
    Case(".wav", "pcm_u8", 8000, 2),
    Case(".wav", "pcm_s24le", 44100, 2),
    Case(".wav", "pcm_s32le", 16000, 1),
    Case(".wav", "pcm_f32le", 48000, 2),
    Case(".wav", "pcm_f64le", 8000, 1),
    Case(".wav", "pcm_alaw", 8000, 2),
    Case(".wav", "pcm_mulaw", 8000, 2),
    Case(".w64", "pcm_s16le", 8000, 2),
    Case(".au", "pcm_mulaw", 8000, 1),
    Case(".aiff", "pcm_s16be", 44100, 2),
    Case(".caf", "pcm_s16le", 44100, 2),
    Case(".ulaw", "pcm_mulaw", 8000, 1, "mulaw"),
    Case(".alaw", "pcm_alaw", 8000, 1, "alaw"),
    Case(".sln", "pcm_s16le", 8000, 1, "s16le"),
    Case(".mp3", "libmp3lame", 44100, 2, frame_s=0.06, level_db=0.6),
    Case(".mp3", "libmp3lame", 8000, 1, frame_s=0.15, level_db=0.6),
    Case(".m4a", "aac", 44100, 2, frame_s=0.05),
    Case(".m4a", "aac", 48000, 6, frame_s=0.05),
    Case(".m4a", "aac", 48000, 8, frame_s=0.05),
    Case(".aac", "aac", 16000, 1, "adts", frame_s=0.2),
    Case(".mp4", "aac", 8000, 2, frame_s=0.26),
    Case(".opus", "libopus", 48000, 2, frame_s=0.05, level_db=1.0),
    Case(".webm", "libopus", 48000, 1, frame_s=0.05, level_db=1.0),
    Case(".ogg", "vorbis", 44100, 2, frame_s=0.05, level_db=1.0, pitch_hz=15),
    Case(".flac", "flac", 8000, 2),
    Case(".flac", "flac", 48000, 8),
    Case(".amr", "libopencore_amrnb", 8000, 1, frame_s=0.04, level_db=2.5),
    Case(".3gp", "libopencore_amrnb", 8000, 1, frame_s=0.04, level_db=2.5),
    Case(".wma", "wmav2", 44100, 2, frame_s=0.15, level_db=1.0),
    Case(".mkv", "pcm_s16le", 8000, 2),
    Case(".mov", "pcm_s16le", 44100, 2),
    Case(".avi", "pcm_s16le", 8000, 2, frame_s=0.01),
]


def frequencies(channels: int) -> list[float]:
    """One pitch per channel; the fourth of a 5.1 layout is the bass channel, which AAC cuts above 120 Hz."""
    low = {6: 3, 8: 3}.get(channels)
    return [100.0 if index == low else 400.0 + 150.0 * index for index in range(channels)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.codec}{c.suffix}-{c.rate_hz}-{c.channels}ch")
def test_length_pitch_level_and_channel_order(case: Case, tmp_path: Path) -> None:
    pitches = frequencies(case.channels)
    channels = [tone(pitch, SECONDS, case.rate_hz, 0.4) for pitch in pitches]
    audio = decode(write_audio(tmp_path / f"a{case.suffix}", channels, case.rate_hz, case.codec, case.container))

    assert len(audio.channels) == case.channels
    assert all(channel.dtype == np.float32 and channel.ndim == 1 for channel in audio.channels)
    assert len({channel.size for channel in audio.channels}) == 1
    assert audio.duration_s == pytest.approx(SECONDS, abs=case.frame_s)
    assert audio.sample_rate_hz == case.rate_hz
    assert not audio.truncated
    for pitch, channel in zip(pitches, audio.channels, strict=True):
        middle = channel[SAMPLE_RATE_HZ // 2 : SAMPLE_RATE_HZ // 2 + SAMPLE_RATE_HZ // 2]
        assert peak_hz(middle) == pytest.approx(pitch, abs=case.pitch_hz)
        # 0.4 / √2 = -10.97 dBFS
        assert rms_db(middle) == pytest.approx(-10.97, abs=case.level_db)


@pytest.mark.parametrize(("name", "codec"), [("tone.gsm", "gsm"), ("tone_gsm.wav", "gsm_ms")])
def test_gsm_made_by_sox(name: str, codec: str) -> None:
    audio = decode(DATA / name)
    assert (audio.codec, audio.sample_rate_hz, len(audio.channels)) == (codec, 8000, 1)
    assert audio.duration_s == pytest.approx(1.0, abs=0.02)
    assert peak_hz(audio.channels[0]) == pytest.approx(440, abs=3)
    assert rms_db(audio.channels[0]) == pytest.approx(-9.03, abs=1)
    assert not audio.truncated


def test_sound_at_16_khz_is_passed_on_bit_for_bit(tmp_path: Path) -> None:
    voice = speechlike(1.0, seed=3)
    audio = decode(write_wav(tmp_path / "a.wav", [voice], 16_000))
    assert np.array_equal(audio.channels[0], np.round(voice * 32767).astype(np.float32) / 32768)


def test_resampling_moves_nothing_in_time(tmp_path: Path) -> None:
    # A click at 0.5 s of two must be at 0.5 s afterwards: a tenth of a millisecond is two samples.
    for rate_hz in (8000, 44_100, 48_000):
        click = np.zeros(2 * rate_hz, dtype=np.float32)
        click[rate_hz // 2] = 0.9
        audio = decode(write_wav(tmp_path / "a.wav", [click], rate_hz))
        assert audio.duration_s == pytest.approx(2.0, abs=0.001)
        assert np.argmax(np.abs(audio.channels[0])) / SAMPLE_RATE_HZ == pytest.approx(0.5, abs=0.0002)


def test_a_silent_channel_stays_exactly_silent_beside_a_loud_one(tmp_path: Path) -> None:
    loud = speechlike(1.0, seed=1, rate_hz=8000, amplitude=0.9)
    audio = decode(write_wav(tmp_path / "a.wav", [np.zeros_like(loud), loud]))
    assert not audio.channels[0].any()
    assert np.abs(audio.channels[1]).max() > 0.5


def test_unknown_layout_keeps_its_channels(tmp_path: Path) -> None:
    """A WAV header by the wave module names no speaker positions; nothing is mixed all the same."""
    audio = decode(write_wav(tmp_path / "a.wav", [tone(p, 1, 8000) for p in (300, 500, 700, 900, 1100, 1300, 1500)]))
    assert [round(peak_hz(c), -2) for c in audio.channels] == [300, 500, 700, 900, 1100, 1300, 1500]


def test_mono_streams_of_one_length_are_channels(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "a.mkv", [[tone(400, 1, 8000)], [tone(700, 1, 8000)]], 8000, "pcm_s16le")
    audio = decode(path)
    assert [round(peak_hz(c), -2) for c in audio.channels] == [400, 700]


def test_otherwise_the_first_stream_counts(tmp_path: Path) -> None:
    first = [tone(400, 1, 8000), tone(500, 1, 8000)]
    audio = decode(write_streams(tmp_path / "a.mkv", [first, [tone(700, 1, 8000)]], 8000, "pcm_s16le"))
    assert [round(peak_hz(c), -2) for c in audio.channels] == [400, 500]


def test_a_wav_that_is_called_mp3_and_one_with_no_extension(tmp_path: Path) -> None:
    for name in ("a.mp3", "recording", "a.ulaw", "a.txt"):
        audio = decode(write_wav(tmp_path / name, [tone(400, 1, 8000)]))
        assert (audio.container, audio.codec) == ("wav", "pcm_s16le")


def test_tags_around_the_sound_are_no_damage(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", [tone(400, 1, 44_100)], 44_100, "libmp3lame")
    path.write_bytes(path.read_bytes() + b"APETAGEX" + bytes(300) + b"TAG" + b"name".ljust(125, b"\0"))
    assert not decode(path).truncated


def test_float_files_with_nonsense_values(tmp_path: Path) -> None:
    samples = np.array([0.0, np.nan, np.inf, -np.inf, 1e30, -7.0, 0.25] * 3000, dtype=np.float32)
    path = write_audio(tmp_path / "a.wav", [np.zeros_like(samples)], 16_000, "pcm_f32le")
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.index(b"data") + 8] + samples.astype("<f4").tobytes())
    channel = decode(path).channels[0]
    assert np.isfinite(channel).all()
    assert channel[:7].tolist() == [0.0, 0.0, 1.0, -1.0, 1.0, -1.0, 0.25]


def test_decoding_twice_gives_the_same(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", [speechlike(2, 1, 44_100)], 44_100, "libmp3lame")
    assert np.array_equal(decode(path).channels[0], decode(path).channels[0])


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_audio(tmp_path / "a.mp3", [tone(400, 1, 44_100)], 44_100, "libmp3lame")
    path.write_bytes(path.read_bytes()[:3000] + bytes(500) + path.read_bytes()[3500:])
    decode(path)
    (tmp_path / "b.wav").write_bytes(wav_bytes([tone(400, 1, 8000)])[:1001])
    decode(tmp_path / "b.wav")
    out, err = capfd.readouterr()
    assert out == "" and err == ""
