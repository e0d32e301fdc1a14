"""Every file that cannot be used fails by name, none with a crash; of a damaged one, what decodes is kept."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.containers import DEMUXERS, Reader, shown_name, wav_claim_s
from qa_pipeline.audio.decode import DecodeOptions, decode
from qa_pipeline.core.errors import StepFailure
from tests.audio_files import speechlike, tone, wav_bytes, with_data_size, write_audio, write_wav

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde" + bytes(60)
SUBTITLES = b"1\n00:00:01,000 --> 00:00:02,000\nhello\n\n" * 20
CODES = {
    *("missing_file", "not_a_file", "unreadable", "empty_file", "too_large", "not_audio", "no_audio_stream"),
    *("corrupt", "no_samples", "too_long", "too_many_channels", "still_growing"),
}


def failure(path: Path, options: DecodeOptions | None = None) -> StepFailure:
    with pytest.raises(StepFailure) as caught:
        decode(path, options)
    assert caught.value.step == "ingest"
    assert caught.value.code in CODES
    assert "\n" not in caught.value.reason
    assert str(path.parent) not in caught.value.reason
    return caught.value


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.wav", wav_bytes([tone(400, 0.1, 8000)]))
    return target.getvalue()


def hls(inner: bytes) -> bytes:
    return b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + inner + b"\n#EXT-X-ENDLIST\n"


NOT_AUDIO = {
    "text": b"hello, this is a letter\n" * 50,
    "chinese": "客户说太贵了\n".encode() * 50,
    "gb18030": "客户说太贵了\n".encode("gb18030") * 50,
    "html": b"<html><body>404 not found</body></html>",
    "json": b'{"error": "not found"}',
    "png": PNG,
    "zip": zipped(),
    "gzip": gzip.compress(wav_bytes([tone(400, 0.1, 8000)])),
    "pdf": b"%PDF-1.7\n" + bytes(200),
    "playlist": hls(b"a.wav"),
    "playlist of a device": hls(b"file:///etc/passwd"),
    "plain playlist": b"#EXTM3U\nhttp://127.0.0.1:9/a.wav\n",
    "concat": b"ffconcat version 1.0\nfile 'a.wav'\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "subtitles": SUBTITLES,
    "metadata": b";FFMETADATA1\ntitle=x\n",
    "bmp": b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IiiHH", 40, 1, 1, 1, 24) + bytes(40),
    "webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40),
    "zeros": bytes(5000),
}


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg"])
@pytest.mark.parametrize("kind", NOT_AUDIO)
def test_what_is_no_audio_is_refused_whatever_it_is_called(kind: str, suffix: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)])
    path = tmp_path / f"fake{suffix}"
    path.write_bytes(NOT_AUDIO[kind])
    assert failure(path).code == "not_audio"


def test_text_called_ulaw_is_refused_and_not_decoded_as_noise(tmp_path: Path) -> None:
    path = tmp_path / "letter.ulaw"
    path.write_bytes(NOT_AUDIO["text"])
    assert failure(path).code == "not_audio"


def test_no_demuxer_on_the_list_follows_references() -> None:
    followers = {
        "hls",
        "applehttp",
        "concat",
        "dash",
        "sdp",
        "rtsp",
        "image2",
        "imf",
        "webm_dash_manifest",
        "lavfi",
    }
    assert not followers & set(DEMUXERS.split(","))


def test_nothing_there(tmp_path: Path) -> None:
    assert failure(tmp_path / "no.wav").code == "missing_file"
    assert failure(tmp_path / "a.wav" / "b.wav").code == "missing_file"
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "gone.wav")
    assert failure(tmp_path / "dangling.wav").code == "missing_file"


def test_not_a_file(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "not_a_file"
    os.mkfifo(tmp_path / "pipe.wav")
    assert failure(tmp_path / "pipe.wav").code == "not_a_file"
    assert failure(Path("/dev/zero")).code == "not_a_file"


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)])

    def refuse(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # chmod does not stop root
    assert failure(path).code == "unreadable"
    assert failure(tmp_path / ("x" * 300)).code == "unreadable"
    assert failure(tmp_path / "a\0b").code == "unreadable"


class FailingDisk(io.BytesIO):
    """Reads well for the first 70,000 bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 70_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_half_way_gives_no_half_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_wav(tmp_path / "a.wav", [tone(400, 20, 8000)])
    content = path.read_bytes()
    monkeypatch.setattr(Path, "open", lambda *_: FailingDisk(content))
    assert failure(path).code == "unreadable"
    assert capfd.readouterr().err == ""


def test_seeking_where_no_file_reaches_is_an_answer_and_no_exception() -> None:
    reader = Reader(io.BytesIO(b"abc"))
    assert reader.seek(-5) == -1
    assert reader.seek(2**70) == -1
    assert reader.seek(1) == 1
    assert reader.read(5) == b"bc"


def test_a_loop_of_links_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to(tmp_path / "b.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    assert failure(tmp_path / "a.wav").code == "unreadable"


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert failure(tmp_path / "a.wav").code == "empty_file"


def test_header_without_samples(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_bytes([np.zeros(0, np.float32)]))
    assert failure(tmp_path / "a.wav").code == "no_samples"


def test_too_large(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", [tone(400, 1, 8000)])
    assert failure(path, DecodeOptions(max_bytes=1000)).code == "too_large"


def test_too_long_stops_early(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", [tone(400, 10, 8000)])
    assert failure(path, DecodeOptions(max_duration_s=5)).code == "too_long"
    assert decode(path, DecodeOptions(max_duration_s=10)).duration_s == pytest.approx(10, abs=0.001)


def test_too_many_channels(tmp_path: Path) -> None:
    for channels in (9, 64):
        path = write_wav(tmp_path / "a.wav", [tone(400, 0.2, 8000)] * channels)
        assert failure(path).code == "too_many_channels"


def test_video_without_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        output.mux(stream.encode(None))
    assert failure(path).code == "no_audio_stream"


@pytest.mark.parametrize("rate_hz", [0, 1, 100, 10_000_000, 0xFFFFFFFF])
def test_absurd_sample_rates(rate_hz: int, tmp_path: Path) -> None:
    wav = bytearray(wav_bytes([tone(400, 1, 8000)]))
    wav[24:28] = struct.pack("<I", rate_hz)
    (tmp_path / "a.wav").write_bytes(wav)
    assert failure(tmp_path / "a.wav").code in ("corrupt", "not_audio", "no_samples")


def test_garbage_behind_a_good_header(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(4000)
    good = write_audio(tmp_path / "good.flac", [tone(400, 1, 8000)], 8000, "flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(good[:42] + noise)
    assert failure(tmp_path / "a.flac").code == "corrupt"
    (tmp_path / "a.m4a").write_bytes(struct.pack(">I", 24) + b"ftypM4A " + noise)
    assert failure(tmp_path / "a.m4a").code == "corrupt"


def test_a_cut_off_wav_keeps_its_first_half_and_says_so(tmp_path: Path) -> None:
    wav = wav_bytes([tone(400, 10, 8000)] * 2)
    (tmp_path / "a.wav").write_bytes(wav[: len(wav) // 2])
    audio = decode(tmp_path / "a.wav")
    assert audio.truncated
    assert audio.duration_s == pytest.approx(5, abs=0.01)
    assert audio.header_duration_s == pytest.approx(10)


@pytest.mark.parametrize(
    ("suffix", "codec", "rate_hz"),
    [
        (".mp3", "libmp3lame", 44_100),
        (".flac", "flac", 8000),
        (".wma", "wmav2", 44_100),
        (".au", "pcm_mulaw", 8000),
    ],
)
def test_other_formats_cut_off(suffix: str, codec: str, rate_hz: int, tmp_path: Path) -> None:
    path = write_audio(tmp_path / f"a{suffix}", [speechlike(10, 1, rate_hz)], rate_hz, codec)
    assert not decode(path).truncated
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    audio = decode(path)
    assert audio.truncated
    assert 3 < audio.duration_s < 7


def test_an_mp4_without_its_index_is_corrupt(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.m4a", [speechlike(3, 1, 16_000)], 16_000, "aac")
    path.write_bytes(path.read_bytes()[:5000])
    assert failure(path).code == "corrupt"


def test_a_hole_in_the_middle(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", [speechlike(10, 1, 8000)], 8000, "flac")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 20_000] = random.Random(2).randbytes(20_000)
    path.write_bytes(raw)
    audio = decode(path)
    assert audio.truncated
    assert 6 < audio.duration_s <= 10.1


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF, 0xFFFFFFDB])
def test_a_recorder_that_never_wrote_the_length(size: int, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(with_data_size(wav_bytes([tone(400, 5, 8000)]), size))
    audio = decode(tmp_path / "a.wav")
    assert audio.duration_s == pytest.approx(5, abs=0.01)
    assert audio.header_duration_s is None
    assert not audio.truncated


def test_a_header_that_claims_too_much(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(with_data_size(wav_bytes([tone(400, 5, 8000)]), 16_000 * 3600))
    audio = decode(tmp_path / "a.wav")
    assert (audio.duration_s, audio.header_duration_s, audio.truncated) == (5.0, 3600.0, True)


def test_a_small_difference_to_the_header_is_no_truncation(tmp_path: Path) -> None:
    # 0.9 s short of 60 s: below one second; 1.1 s short of 100 s: below two per cent.
    for seconds, missing, truncated in ((20, 0.9, False), (100, 1.1, False), (20, 1.1, True)):
        wav = wav_bytes([np.zeros(round((seconds - missing) * 8000), np.float32)])
        (tmp_path / "a.wav").write_bytes(with_data_size(wav, seconds * 16_000))
        assert decode(tmp_path / "a.wav").truncated is truncated


def test_wav_claim() -> None:
    wav = wav_bytes([tone(400, 2, 8000)])
    assert wav_claim_s(wav) == 2.0
    odd_chunk = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert wav_claim_s(wav[:12] + odd_chunk + wav[12:]) == 2.0
    assert wav_claim_s(wav[:30]) is None
    assert wav_claim_s(b"") is None


def test_names_in_reasons_stand_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "客户\n13800000000\x1b[31m.wav"
    path.write_bytes(b"")
    assert "\x1b" not in failure(path).reason
    assert shown_name(Path("/secret/录音 1.wav")) == "录音 1.wav"
    assert len(shown_name(Path("x" * 500))) == 120
    assert shown_name(Path(os.fsdecode(b"\xff.wav"))).encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("out-13912345678-20261103141500.wav", "out-139****5678-20261103141500.wav"),
        # The middle of a long name is left out: not that of a number that would then be too short to be seen as one.
        (f"{'a' * 55}13912345678{'b' * 80}.wav", f"{'a' * 55}139**…{'b' * 55}.wav"),
    ],
)
def test_numbers_in_names_are_masked_in_reasons(name: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    assert failure(tmp_path / name).reason.startswith(f"{shown}: the file is empty")


def survives(path: Path) -> None:
    """Decodes to finite sound of one length per channel, or fails by name."""
    try:
        audio = decode(path, DecodeOptions(max_duration_s=600))
    except StepFailure as failed:
        assert failed.code in CODES
    else:
        assert len({channel.size for channel in audio.channels}) == 1
        assert audio.channels[0].size and all(np.isfinite(channel).all() for channel in audio.channels)
        assert len(audio.clipped_shares) == len(audio.channels)


@pytest.fixture(scope="module")
def specimens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("specimens")
    kinds = [
        *((".wav", "pcm_s16le", 8000, 2), (".wav", "pcm_alaw", 8000, 1), (".mp3", "libmp3lame", 44_100, 2)),
        *((".m4a", "aac", 16_000, 2), (".opus", "libopus", 48_000, 1), (".ogg", "vorbis", 44_100, 2)),
        *((".flac", "flac", 8000, 2), (".amr", "libopencore_amrnb", 8000, 1), (".wma", "wmav2", 44_100, 2)),
        *((".webm", "libopus", 48_000, 2), (".aiff", "pcm_s16be", 8000, 1), (".avi", "pcm_s16le", 8000, 2)),
    ]
    made = {}
    for suffix, codec, rate_hz, channels in kinds:
        voices = [speechlike(0.6, seed, rate_hz) for seed in range(channels)]
        made[f"{codec}{suffix}"] = write_audio(folder / f"a{suffix}", voices, rate_hz, codec).read_bytes()
    made["gsm.gsm"] = (Path(__file__).parent / "data" / "tone.gsm").read_bytes()
    return made


def test_random_bytes_never_crash(tmp_path: Path) -> None:
    rng = random.Random(20261124)
    for suffix in (".wav", ".ulaw", ".gsm", ".sln"):
        for size in (1, 2, 7, 44, 500, 5000, 60_000):
            path = tmp_path / f"a{suffix}"
            path.write_bytes(rng.randbytes(size))
            survives(path)


def test_cut_anywhere_never_crashes(specimens: dict[str, bytes], tmp_path: Path) -> None:
    rng = random.Random(7)
    for name, raw in specimens.items():
        path = tmp_path / name
        cuts = [*range(1, 64, 9), *(rng.randrange(len(raw)) for _ in range(8)), len(raw) - 1]
        for cut in cuts:
            path.write_bytes(raw[:cut])
            survives(path)


def test_flipped_bytes_never_crash(
    specimens: dict[str, bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(8)
    for name, raw in specimens.items():
        path = tmp_path / name
        for round_ in range(20):
            damaged = bytearray(raw)
            # Every other round hits the header, where the dangerous numbers are.
            reach = min(len(raw), 200) if round_ % 2 else len(raw)
            for _ in range(rng.choice((1, 4, 30))):
                damaged[rng.randrange(reach)] = rng.choice((0, 0xFF, 0x7F, 0x80, rng.randrange(256)))
            path.write_bytes(damaged)
            survives(path)
    assert capfd.readouterr().err == ""


def test_spliced_files_never_crash(specimens: dict[str, bytes], tmp_path: Path) -> None:
    rng = random.Random(9)
    kinds = list(specimens.values())
    for _ in range(60):
        first, second = rng.choice(kinds), rng.choice(kinds)
        (tmp_path / "a.bin").write_bytes(first[: rng.randrange(len(first))] + second[rng.randrange(len(second)) :])
        survives(tmp_path / "a.bin")
