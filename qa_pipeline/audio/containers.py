"""Opening a hostile file as audio, without following anything that it points to."""

from __future__ import annotations

import stat
import struct
from pathlib import Path
from typing import BinaryIO, NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from qa_pipeline.audio.advice import other_file, with_advice
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.language.redaction import mask_identifier

STEP = "ingest"

# FFmpeg checks `format_whitelist` after probing and before the demuxer sees a byte. Playlists and
# descriptions (hls, dash, concat, sdp), images, subtitles and devices are not on it: they name other files.
DEMUXERS = (
    "aac,ac3,aiff,alaw,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,flv,g722,gsm,matroska,webm,mov,mp4,m4a,3gp,3g2,"
    "mp3,mpeg,mpegts,mulaw,ogg,rm,sln,tta,voc,w64,wav,wv"
)
# Raw telephone formats have no header to probe: the extension says what they are (8 kHz, one channel).
_G711 = {"sample_rate": "8000", "ch_layout": "mono"}
RAW_FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    ".ulaw": ("mulaw", _G711),
    ".mulaw": ("mulaw", _G711),
    ".ul": ("mulaw", _G711),
    ".alaw": ("alaw", _G711),
    ".al": ("alaw", _G711),
    ".gsm": ("gsm", {}),
    ".sln": ("sln", {}),
}
# Containers whose "duration" FFmpeg only estimates from the bit rate; it is no claim of the header.
_ESTIMATED = {"aac", "ac3", "amr", "amrnb", "amrwb", "gsm", "alaw", "mulaw", "sln", "g722", "mpeg", "mpegts"}
_MAGICS = (
    *(b"RIFF", b"RF64", b"OggS", b"fLaC", b"ID3", b"#!AMR", b"\x1aE\xdf\xa3", b"FORM", b"caff", b".snd"),
    *(b"\x30\x26\xb2\x75", b"wvpk", b"MAC ", b"TTA1", b"FLV\x01", b".RMF", b"Creative Voice File"),
)
_HEAD_BYTES = 64 * 1024
# What PyAV raises for broken data: FFmpeg's own errors, and Python's while converting a frame or a tag.
AV_ERRORS = (av.FFmpegError, ValueError, OverflowError, RuntimeError, TypeError, MemoryError, OSError)


def shown_name(path: Path) -> str:
    """The file's own name on one line, without its folder: folders may hold customers' names."""
    name = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in path.name)
    return name if len(name) <= 120 else f"{name[:60]}…{name[-59:]}"


def fail(path: Path, code: str, what: str) -> NoReturn:
    """StepFailure that names the file. Numbers are masked, as recorders put customers' into names; they are masked
    before a long name is cut, and in ``what`` as well: servers repeat the address."""
    name = shown_name(Path(mask_identifier(path.name)))
    raise StepFailure(STEP, code, f"{name}: {mask_identifier(with_advice(code, what))}")


def open_file(path: Path, max_bytes: int) -> BinaryIO:
    """The regular, non-empty file ``path`` for reading; raises StepFailure with the reason."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            fail(path, "not_a_file", "is a folder or a device, not a file")
        if facts.st_size == 0:
            fail(path, "empty_file", "the file is empty (0 bytes)")
        if facts.st_size > max_bytes:
            fail(path, "too_large", f"{facts.st_size:,} bytes; the limit is {max_bytes:,}")
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        fail(path, "missing_file", "no such file")
    except (OSError, ValueError) as error:
        fail(path, "unreadable", f"cannot be read ({getattr(error, 'strerror', None) or 'bad name'})")


def refuse_reference(*_args: object) -> NoReturn:
    """FFmpeg asks this for every further file that a container names."""
    raise PermissionError("a recording may not refer to other files")


class Reader:
    """The file as FFmpeg sees it: without its name, so that the content counts and not the extension, and
    without exceptions, which PyAV would print on stderr or raise out of place.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; after a read error the file ends here, and ``error`` says why."""
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new position, or -1 for one that damaged headers ask for and no file has."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1


def open_container(path: Path, reader: Reader) -> tuple[InputContainer, bytes]:
    """The demuxer for the file and its first 64 KiB; else StepFailure ``not_audio`` or ``corrupt``."""
    head = reader.read(_HEAD_BYTES)
    reader.seek(0)
    known = _has_magic(head)
    raw_name, raw_options = RAW_FORMATS.get(path.suffix.lower(), (None, {}))
    if known:
        raw_name, raw_options = None, {}
    elif raw_name and _is_text(head):
        fail(path, "not_audio", "is a text file, not audio; name the recording itself")
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "", **raw_options}
    try:
        container = av.open(reader, "r", raw_name, options=options, metadata_errors="ignore", io_open=refuse_reference)
    except AV_ERRORS as error:
        check_read(path, reader)
        if known and not isinstance(error, av.ArgumentError):
            fail(path, "corrupt", "the audio file is damaged: its header cannot be read")
        fail(path, "not_audio", f"is not an audio file: {other_file(head)}")
    return container, head


def check_read(path: Path, reader: Reader) -> None:
    """StepFailure ``unreadable`` if the disk or the network failed on the way."""
    if reader.error is not None:
        fail(path, "unreadable", f"cannot be read to its end ({reader.error.strerror})")


def _has_magic(head: bytes) -> bool:
    riff_other = head[:4] == b"RIFF" and head[8:12] not in (b"WAVE", b"AVI ", b"")
    return (head.startswith(_MAGICS) or head[4:8] == b"ftyp") and not riff_other


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r\x0c" or 32 <= byte < 127 for byte in head[:4096])


def header_duration_s(container: InputContainer, stream: AudioStream, head: bytes) -> float | None:
    """Seconds that the header claims; None where the file does not say (FFmpeg's estimates do not count)."""
    name = container.format.name
    if name == "wav" and head[:4] == b"RIFF":
        # FFmpeg cuts the claim down to the file size, which hides that a recording was cut off.
        return wav_claim_s(head)
    if name in _ESTIMATED or (name == "mp3" and not _has_frame_count(head)):
        return None
    if stream.duration is not None and stream.time_base is not None:
        claim = float(stream.duration * stream.time_base)
    elif container.duration is not None and not container.streams.video:
        claim = container.duration / av.time_base
    else:
        return None
    return claim if claim > 0 else None


def wav_claim_s(head: bytes) -> float | None:
    """Seconds of a RIFF/WAVE data chunk by its header; None if absent or a recorder's "not known yet"."""
    position, byte_rate = 12, 0
    while position + 8 <= len(head):
        tag, size = head[position : position + 4], struct.unpack_from("<I", head, position + 4)[0]
        if tag == b"fmt " and position + 20 <= len(head):
            byte_rate = struct.unpack_from("<I", head, position + 16)[0]
        if tag == b"data":
            # 0 and sizes around 2 and 4 GiB are what recorders write before they know the length.
            known = byte_rate and 0 < size < 0x7FFF0000
            return size / byte_rate if known else None
        position += 8 + size + size % 2
    return None


def _has_frame_count(head: bytes) -> bool:
    """Whether an MP3 file starts with a Xing, Info or VBRI frame (only these state a length)."""
    start = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        # ID3v2: four bytes of seven bits each (id3.org, §3.1).
        start = 10 + sum((head[6 + i] & 0x7F) << (7 * (3 - i)) for i in range(4))
    first = head[start : start + 256]
    return any(tag in first for tag in (b"Xing", b"Info", b"VBRI"))
