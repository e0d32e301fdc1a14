"""What a person can do about a recording that cannot be used, and what a file is that is no recording."""

from __future__ import annotations

#: By code of the failure; what comes without says it in the reason itself.
ADVICE = {
    "missing_file": "it was moved or deleted, or is a link to a file that is gone",
    "not_a_file": "name the recordings themselves",
    "unreadable": "check its permissions and the connection to its disk, or copy it to this computer",
    "empty_file": "the export or copy failed; make it again",
    "too_large": "cut it into calls",
    "too_long": "cut it into calls",
    "corrupt": "export or copy it again, best as WAV or MP3",
    "no_samples": "the recorder stopped before the call; export it again",
    "no_audio_stream": "export the recording with its sound",
    "too_many_channels": "export it with one channel for each party",
}

_ENCRYPTED = 1  # bit 0 of a ZIP entry's flags, at byte 6 of its header (PKWARE APPNOTE 4.4.4)
_ARCHIVE = "unpack it and use the recordings in it"
_DOCUMENT = "name the recording itself"
#: What a file begins with, what it is, and what to do.
_MAGICS = (
    (b"PK\x03\x04", "a ZIP archive or an Office document", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _ARCHIVE),
    (b"Rar!", "a RAR archive", _ARCHIVE),
    (b"\x1f\x8b", "a gzip archive", _ARCHIVE),
    (b"%PDF", "a PDF document", _DOCUMENT),
    (b"\xd0\xcf\x11\xe0", "an Office document", _DOCUMENT),
    (b"\x89PNG", "a picture", _DOCUMENT),
    (b"\xff\xd8\xff", "a picture", _DOCUMENT),
    (b"#EXTM3U", "a playlist, which only names the sound", "download the sound itself"),
    (b"#!SILK", "voice of a chat program (SILK)", "convert it to WAV or MP3"),
    (b"\x02#!SILK", "voice of a chat program (SILK)", "convert it to WAV or MP3"),
)
_PAGES = (b"<!doctype html", b"<html")
_UNKNOWN = "in no known format; it may be encrypted or the recorder's own: export it as WAV or MP3"


def with_advice(code: str, what: str) -> str:
    """The reason of a failure with what to do about it."""
    advice = ADVICE.get(code)
    return f"{what}; {advice}" if advice else what


def other_file(head: bytes) -> str:
    """What a file is that is not audio, by its first bytes, and what to do: to stand behind a colon."""
    if not head.strip(b"\0"):
        return "it holds nothing but zeros, as a copy that was cut off; copy it again"
    if head.startswith(b"PK\x03\x04") and len(head) > 6 and head[6] & _ENCRYPTED:
        return f"a ZIP archive with a password; {_ARCHIVE}"
    for magic, name, advice in _MAGICS:
        if head.startswith(magic):
            return f"{name}; {advice}"
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGES):
        return "a web page, so its download failed; download it again"
    return f"a text file; {_DOCUMENT}" if _is_text(head) else _UNKNOWN


def _is_text(head: bytes) -> bool:
    """Whether the bytes are text in UTF-8 or GB18030, but for a character that is cut at the end."""
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head):
        return False
    return _decodes(head, "utf-8") or _decodes(head, "gb18030")


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4  # longer than that no character is
    return True
