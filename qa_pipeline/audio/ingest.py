"""One file to one Recording and its sound. The file is opened for reading and never changed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.containers import fail, open_file
from qa_pipeline.audio.copies import identical_channels
from qa_pipeline.audio.decode import DecodedAudio, DecodeOptions, decode
from qa_pipeline.audio.facts import channel_quality
from qa_pipeline.core.call import Recording

_POLL_S = 0.1
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IngestOptions:
    decode: DecodeOptions = field(default_factory=DecodeOptions)
    """Limits of size and length."""
    settle_s: float = 2.0
    """A file changed less than this ago is watched until it is that old; 0 skips the watch. In a batch the
    files grow older together, so only the first one waits."""


def ingest(path: Path, options: IngestOptions | None = None) -> tuple[Recording, tuple[npt.NDArray[np.float32], ...]]:
    """The facts about a recording, and one float32 array per channel, shape (samples,), at 16 kHz.

    Raises StepFailure (step ``ingest``) with the codes of ``decode`` and with ``still_growing``.
    """
    options = options or IngestOptions()
    before = _settled(path, options)
    sha256 = file_sha256(path, options.decode.max_bytes)
    audio = decode(path, options.decode)
    if _state(path) != before:
        _growing(path)
    return recording_of(path, before[0], sha256, audio), audio.channels


def recording_of(path: Path, size_bytes: int, sha256: str, audio: DecodedAudio) -> Recording:
    """The Recording for decoded audio; touches no file."""
    clipped = audio.clipped_shares
    return Recording(
        path=str(path),
        sha256=sha256,
        size_bytes=size_bytes,
        container=audio.container,
        codec=audio.codec,
        sample_rate_hz=audio.sample_rate_hz,
        channels=len(audio.channels),
        duration_s=audio.duration_s,
        header_duration_s=audio.header_duration_s,
        quality=tuple(channel_quality(c, i, clipped[i]) for i, c in enumerate(audio.channels)),
        identical_channels=identical_channels(audio.channels),
        truncated=audio.truncated,
    )


def file_sha256(path: Path, max_bytes: int) -> str:
    """The file's SHA-256 in hex, read a block at a time; StepFailure if it cannot be read."""
    digest = hashlib.sha256()
    with open_file(path, max_bytes) as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        except OSError as error:
            fail(path, "unreadable", f"cannot be read ({error.strerror})")
    return digest.hexdigest()


def _settled(path: Path, options: IngestOptions) -> tuple[int, int]:
    """Size and time of change, once the file has been left alone for ``settle_s``."""
    open_file(path, options.decode.max_bytes).close()  # the plain failures first
    state = _state(path)
    # A time of change in the future (a share with another clock) says nothing about age: no watch.
    while 0 <= time.time() - state[1] / 1e9 < options.settle_s:
        time.sleep(min(_POLL_S, options.settle_s))
        if _state(path) != state:
            _growing(path)
    return state


def _state(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        fail(path, "missing_file", "disappeared while it was read")
    return facts.st_size, facts.st_mtime_ns


def _growing(path: Path) -> None:
    fail(path, "still_growing", "is still being written; run again when it is complete")
