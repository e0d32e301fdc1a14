"""Recordings that cannot be used, made on disk: what recorders, copiers, shares and people leave among calls."""

from __future__ import annotations

import io
import os
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from tests.audio_files import speechlike, wav_bytes, with_data_size, write_audio

#: One more than the program takes by default; the file is sparse and lies on no disk.
TOO_LARGE_BYTES = 2 * 1024**3 + 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of being broken. ``make(folder, stem, seed)`` gives the path; equal seeds give equal bytes."""

    name: str
    code: str
    """Of the failure that it becomes."""
    words: str
    """Stand in the reason."""
    make: Callable[[Path, str, int], Path]


def _bytes(suffix: str, content: Callable[[int], bytes]) -> Callable[[Path, str, int], Path]:
    def make(folder: Path, stem: str, seed: int) -> Path:
        path = folder / f"{stem}{suffix}"
        path.write_bytes(content(seed))
        return path

    return make


def _call(seed: int, duration_s: float = 1.0) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    return [speechlike(duration_s, 2 * seed, 8000), speechlike(duration_s, 2 * seed + 1, 8000)]


def good_wav(seed: int) -> bytes:
    """Two channels of 1 s, 8 kHz, 16 bits: what the broken ones are made from. 44 bytes of header."""
    return wav_bytes(_call(seed))


def _patched(position: int, layout: str, value: int) -> Callable[[int], bytes]:
    """The good file with one field of its header overwritten (RIFF/WAVE: ``fmt `` begins at byte 12)."""

    def content(seed: int) -> bytes:
        wav = bytearray(good_wav(seed))
        struct.pack_into(layout, wav, position, value)
        return bytes(wav)

    return content


def _noise(seed: int, size: int = 20_000) -> bytes:
    return random.Random(seed).randbytes(size)


def _cut(suffix: str, codec: str, rate_hz: int, keep: float | int) -> Callable[[Path, str, int], Path]:
    """The first bytes (int) or part (float) of a file in another format."""

    def make(folder: Path, stem: str, seed: int) -> Path:
        voices = [speechlike(2, 2 * seed + side, rate_hz) for side in range(2)]
        path = write_audio(folder / f"{stem}{suffix}", voices, rate_hz, codec)
        content = path.read_bytes()
        path.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
        return path

    return make


def _encrypted_zip(seed: int) -> bytes:
    """A recorder's archive with a password, renamed: bit 0 of the flags says encrypted (PKWARE APPNOTE 4.4.4)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.wav", _noise(seed, 5000))
    content = bytearray(target.getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _video(suffix: str, codec: str, pixels: str) -> Callable[[Path, str, int], Path]:
    def make(folder: Path, stem: str, seed: int) -> Path:
        path = folder / f"{stem}{suffix}"
        with av.open(str(path), "w") as output:
            stream = output.add_stream(codec, rate=10)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = 64, 64, pixels
            for _ in range(5 + seed % 5):
                output.mux(stream.encode(av.VideoFrame(64, 64, pixels)))
            output.mux(stream.encode(None))
        return path

    return make


def _opus_headers(folder: Path, stem: str, seed: int) -> Path:
    """The two header pages of an Ogg Opus file: the recorder died before the first packet."""
    path = write_audio(folder / f"{stem}.opus", [speechlike(1, seed, 48_000)], 48_000, "libopus")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"OggS", content.index(b"OpusTags"))])
    return path


def _no_data_chunk(seed: int) -> bytes:
    """A header and the recorder's notes (LIST), and no chunk of samples."""
    notes = b"LIST" + struct.pack("<I", 200) + _noise(seed, 200)
    return good_wav(seed)[:36] + notes


def _many_channels(seed: int) -> bytes:
    return wav_bytes([speechlike(0.2, seed + side, 8000) for side in range(64)])


def _large(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    path.write_bytes(good_wav(seed))
    os.truncate(path, TOO_LARGE_BYTES)
    return path


def _forbidden(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    path.write_bytes(good_wav(seed))
    path.chmod(0)
    return path


def _folder(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    path.mkdir()
    return path


def _pipe(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    os.mkfifo(path)
    return path


def _link_to_nowhere(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    path.symlink_to(folder / f"{stem} was moved.bin")
    return path


def _link_loop(folder: Path, stem: str, seed: int) -> Path:
    path = folder / f"{stem}.wav"
    path.symlink_to(path)
    return path


def _gbk_name(folder: Path, stem: str, seed: int) -> Path:
    """录音 in GBK, as an old archive unpacks it: good sound under a name that is no UTF-8."""
    path = Path(os.fsdecode(os.fsencode(folder / stem) + b"\xc2\xbc\xd2\xf4.wav"))
    path.write_bytes(good_wav(seed))
    return path


def _text(line: str) -> Callable[[int], bytes]:
    return lambda seed: f"{line} {seed}\n".encode() * 30


_PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 480044\n"


def _flac_of_zeros(folder: Path, stem: str, seed: int) -> Path:
    """The header of a good file, and then the zeros of a copy that was cut off."""
    path = write_audio(folder / f"{stem}.flac", [speechlike(1, seed, 8000)], 8000, "flac")
    path.write_bytes(path.read_bytes()[:42] + bytes(20_000 + seed))
    return path


NO_AUDIO, DAMAGED, UNDECODABLE, SILENT = (
    "not an audio file",
    "damaged",
    "nothing in the file can be decoded",
    "no sound",
)

#: What a run over their folder meets. No two are broken in the same way.
IN_A_FOLDER = (
    Kind("zero bytes", "empty_file", "empty (0 bytes)", _bytes(".wav", lambda seed: b"")),
    Kind("random bytes", "not_audio", NO_AUDIO, _bytes(".wav", _noise)),
    Kind("zeros of a copy cut off", "not_audio", NO_AUDIO, _bytes(".wav", lambda seed: bytes(30_000 + seed))),
    Kind("text called mp3", "not_audio", NO_AUDIO, _bytes(".mp3", _text("这是一份通话记录"))),
    Kind("text called ulaw", "not_audio", "is a text file", _bytes(".ulaw", _text("call log"))),
    Kind("error page called wav", "not_audio", NO_AUDIO, _bytes(".wav", _text(_PAGE))),
    Kind("pointer of a cloud drive", "not_audio", NO_AUDIO, _bytes(".wav", _text(_POINTER))),
    Kind("playlist called wav", "not_audio", NO_AUDIO, _bytes(".wav", _text("#EXTM3U\nhttp://127.0.0.1:9/a.ts"))),
    Kind("encrypted zip called wav", "not_audio", NO_AUDIO, _bytes(".wav", _encrypted_zip)),
    Kind(
        "7z called opus", "not_audio", NO_AUDIO, _bytes(".opus", lambda seed: b"7z\xbc\xaf\x27\x1c\0\4" + _noise(seed))
    ),
    Kind("chat voice called amr", "not_audio", NO_AUDIO, _bytes(".amr", lambda seed: b"\x02#!SILK_V3" + _noise(seed))),
    Kind("wav cut in its header", "corrupt", DAMAGED, _bytes(".wav", lambda seed: good_wav(seed)[:30])),
    Kind("mp3 cut in its header", "corrupt", DAMAGED, _cut(".mp3", "libmp3lame", 44_100, 60)),
    Kind("m4a cut before its index", "corrupt", DAMAGED, _cut(".m4a", "aac", 16_000, 0.5)),
    Kind("opus cut after its header", "corrupt", DAMAGED, _opus_headers),
    Kind("wav without a data chunk", "corrupt", DAMAGED, _bytes(".wav", _no_data_chunk)),
    Kind("sample rate 0", "corrupt", DAMAGED, _bytes(".wav", _patched(24, "<I", 0))),
    Kind("0 channels", "corrupt", UNDECODABLE, _bytes(".wav", _patched(22, "<H", 0))),
    Kind("65535 channels by its header", "corrupt", UNDECODABLE, _bytes(".wav", _patched(22, "<H", 0xFFFF))),
    Kind("wrong codec tag", "corrupt", UNDECODABLE, _bytes(".wav", _patched(20, "<H", 0x9999))),
    Kind("flac that goes on as zeros", "corrupt", DAMAGED, _flac_of_zeros),
    Kind("64 channels", "too_many_channels", "64 channels; at most 8", _bytes(".wav", _many_channels)),
    Kind(
        "wav without samples", "no_samples", SILENT, _bytes(".wav", lambda seed: with_data_size(good_wav(seed)[:44], 0))
    ),
    Kind("amr without sound", "no_samples", SILENT, _bytes(".amr", lambda seed: b"#!AMR\n")),
    Kind("mp4 without sound", "no_audio_stream", "no audio stream", _video(".mp4", "mpeg4", "yuv420p")),
    Kind("webm without sound", "no_audio_stream", "no audio stream", _video(".webm", "libvpx", "yuv420p")),
    Kind("too large", "too_large", "the limit is 2,147,483,648", _large),
    Kind("link to nowhere", "missing_file", "no such file", _link_to_nowhere),
    Kind("link to itself", "unreadable", "cannot be read", _link_loop),
    Kind("pipe", "not_a_file", "not a file", _pipe),
)
#: Good sound that the store could not name again. Not on file systems that take UTF-8 names alone.
BAD_NAME = Kind("name in GBK", "bad_name", "rename the file", _gbk_name)
#: Where the program does not run as root, who may read everything.
FORBIDDEN = Kind("no permission", "unreadable", "cannot be read (Permission denied)", _forbidden)
#: A folder called like a recording is searched, as every folder; it is a failure when it is named as a recording.
FOLDER = Kind("folder called wav", "not_a_file", "is a folder", _folder)


def broken_kinds() -> tuple[Kind, ...]:
    """What this machine can make for a run over a folder."""
    return (*IN_A_FOLDER, BAD_NAME, *([] if os.geteuid() == 0 else [FORBIDDEN]))


def write_broken(folder: Path, count: int) -> dict[Path, Kind]:
    """So many broken recordings in the folder; each in another way, as long as there are ways."""
    kinds = broken_kinds()
    chosen = [kinds[number % len(kinds)] for number in range(count)]
    return {kind.make(folder, f"broken {number:03}", number): kind for number, kind in enumerate(chosen)}


def _claims_an_hour(seed: int) -> bytes:
    return with_data_size(good_wav(seed), 3600 * 32_000)


def _half(seed: int) -> bytes:
    wav = wav_bytes(_call(seed, 10))
    return wav[: len(wav) // 2]


def _not_a_number(seed: int) -> bytes:
    """32-bit floats (format tag 3), all of them NaN."""
    wav = bytearray(good_wav(seed))
    struct.pack_into("<HHIIHH", wav, 20, 3, 2, 8000, 64_000, 8, 32)
    return bytes(wav[:44]) + b"\x00\x00\xc0\x7f" * ((len(wav) - 44) // 4)


def _mp3_called_wav(folder: Path, stem: str, seed: int) -> Path:
    voices = [speechlike(1, 2 * seed + side, 44_100) for side in range(2)]
    return write_audio(folder / f"{stem}.mp3", voices, 44_100, "libmp3lame").rename(folder / f"{stem}.wav")


#: Damaged or odd, and used all the same: by name, how to make it, and whether the recording is marked as cut off.
USABLE: dict[str, tuple[Callable[[Path, str, int], Path], bool]] = {
    "wav whose header promises an hour": (_bytes(".wav", _claims_an_hour), True),
    "wav cut in the middle": (_bytes(".wav", _half), True),
    "mp3 cut in the middle": (_cut(".mp3", "libmp3lame", 44_100, 0.5), True),
    "wav whose length was never written": (
        _bytes(".wav", lambda seed: with_data_size(good_wav(seed), 0xFFFFFFFF)),
        False,
    ),
    "mp3 called wav": (_mp3_called_wav, False),
    "wav of floats that are no numbers": (_bytes(".wav", _not_a_number), False),
}
