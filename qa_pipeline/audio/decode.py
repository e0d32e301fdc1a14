"""Any recording to one float32 array per channel at 16 kHz.

Channels are never mixed: whatever layout a file names, its channels come out apart and in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from qa_pipeline.audio.containers import (
    AV_ERRORS,
    Reader,
    check_read,
    fail,
    header_duration_s,
    open_container,
    open_file,
)
from qa_pipeline.audio.track import MAX_CHANNELS, SAMPLE_RATE_HZ, FormatChangeError, Samples, Track


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    max_bytes: int = 2 * 1024**3
    """Larger files are refused: 2 GiB hold 18 hours of two-channel 16-bit sound at 8 kHz."""
    max_duration_s: float = 6 * 3600.0
    """Longer recordings are refused on the way (6 h x 16 kHz x 4 bytes: 1.4 GB a channel)."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedAudio:
    """Channels as float32 arrays, shape (samples,), all of one length, 16 kHz, full scale = 1.

    ``sample_rate_hz`` is that of the source. ``clipped_shares`` (0..1, one per channel) is measured on the
    source samples. ``truncated``: part of the recording is missing or could not be decoded.
    """

    channels: tuple[Samples, ...]
    container: str
    codec: str
    sample_rate_hz: int
    header_duration_s: float | None
    truncated: bool
    clipped_shares: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        return len(self.channels[0]) / SAMPLE_RATE_HZ


def decode(path: Path, options: DecodeOptions | None = None) -> DecodedAudio:
    """The sound of ``path``, opened for reading only.

    One audio stream gives its channels. Where a container holds two to eight streams that are all mono and
    of one length (some recorders write one stream per party), each is a channel; else the first counts.
    Raises StepFailure (step ``ingest``) with the codes missing_file, not_a_file, unreadable, empty_file,
    too_large, not_audio, no_audio_stream, corrupt, no_samples, too_long, too_many_channels.
    """
    options = options or DecodeOptions()
    with open_file(path, options.max_bytes) as file:
        reader = Reader(file)
        container, head = open_container(path, reader)
        with container:
            streams = _choose(container)
            if not streams:
                fail(path, "no_audio_stream", "holds no audio stream")
            claim = header_duration_s(container, streams[0], head)
            tracks = {stream.index: Track() for stream in streams}
            damaged = _read(path, container, streams, tracks, options.max_duration_s)
            check_read(path, reader)
            return _result(path, container, streams, list(tracks.values()), claim, damaged)


def _choose(container: InputContainer) -> list[AudioStream]:
    streams = list(container.streams.audio)
    if 2 <= len(streams) <= MAX_CHANNELS and all(stream.codec_context is not None for stream in streams):
        kinds = {(stream.codec_context.channels, stream.codec_context.sample_rate) for stream in streams}
        lengths = [float((stream.duration or 0) * (stream.time_base or 0)) for stream in streams]
        if len(kinds) == 1 and kinds.pop()[0] == 1 and max(lengths) - min(lengths) <= 1.0:
            return streams
    return streams[:1]


def _read(
    path: Path, container: InputContainer, streams: list[AudioStream], tracks: dict[int, Track], max_s: float
) -> bool:
    """Decode everything that can be decoded into ``tracks``; True if a part is missing."""
    packets = container.demux(streams)
    broken = _Broken()
    while True:
        try:
            packet = next(packets, None)
        except AV_ERRORS:
            broken.hole = True  # the container breaks off here; what was decoded stays
            break
        if packet is None:
            break
        track = tracks[packet.stream.index]
        try:
            for frame in packet.decode():
                if isinstance(frame, AudioFrame) and frame.samples:
                    track.add(frame)
                    broken.good()
        except FormatChangeError:
            broken.hole = True
            break
        except AV_ERRORS:
            broken.bad()
        if track.channels > MAX_CHANNELS:
            fail(path, "too_many_channels", f"{track.channels} channels; at most {MAX_CHANNELS} are read")
        if track.samples > max_s * SAMPLE_RATE_HZ:
            fail(path, "too_long", f"longer than {max_s / 3600:g} hours")
    return _finish(tracks) or broken.missing


class _Broken:
    """Tells a hole from the harmless: tags and padding after the sound fail to decode as well."""

    harmless = 3  # packets, about 60..80 ms

    def __init__(self) -> None:
        self.hole = False
        self._heard = False
        self._bad = 0

    def good(self) -> None:
        self.hole = self.hole or self._bad > (0 if self._heard else self.harmless)
        self._heard, self._bad = True, 0

    def bad(self) -> None:
        self._bad += 1

    @property
    def missing(self) -> bool:
        return self.hole or self._bad > (self.harmless if self._heard else 0)


def _finish(tracks: dict[int, Track]) -> bool:
    damaged = False
    for track in tracks.values():
        try:
            track.finish()
        except AV_ERRORS:
            damaged = True
    return damaged


def _result(
    path: Path,
    container: InputContainer,
    streams: list[AudioStream],
    tracks: list[Track],
    claim: float | None,
    damaged: bool,
) -> DecodedAudio:
    length = max(track.samples for track in tracks)
    if not length:
        if damaged or claim or streams[0].codec_context is None:
            fail(path, "corrupt", "nothing in the file can be decoded")
        fail(path, "no_samples", "the audio stream holds no sound (0 samples)")
    for track in tracks:
        track.start(1)  # of several mono streams one may be empty: it stays in its place, silent
    duration_s = length / SAMPLE_RATE_HZ
    # 1 s and 2 %: encoder padding and rounded headers stay below one or the other.
    short = claim is not None and claim - duration_s > max(1.0, 0.02 * claim)
    return DecodedAudio(
        channels=tuple(array for track in tracks for array in track.arrays(length)),
        container=container.format.name.split(",")[0],
        codec=streams[0].codec_context.name,
        sample_rate_hz=max(track.rate_hz for track in tracks),
        header_duration_s=claim,
        truncated=damaged or short,
        clipped_shares=tuple(meter.share for track in tracks for meter in track.meters),
    )


av.logging.set_level(None)  # FFmpeg's own messages would go to stderr between ours
