"""Audio files of many formats, written with PyAV; Vorbis, which its builds cannot encode, with libsndfile first."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from training.demo_calls.mixing import RATE_HZ


@dataclass(frozen=True)
class Format:
    """An encoder, its container and its bit rate in bit/s (0: not a choice) and options."""

    codec: str
    container: str
    bit_rate: int = 0
    options: tuple[tuple[str, str], ...] = ()


# Agent and customer must not leak into each other's channel: every coder is told to keep the channels apart.
NO_COUPLING = (("mapping_family", "255"),)
FORMATS = {
    "mulaw": Format("pcm_mulaw", "wav"),
    "alaw": Format("pcm_alaw", "wav"),
    "flac": Format("flac", "flac"),
    "mp3": Format("libmp3lame", "mp3", 32_000, (("joint_stereo", "0"),)),
    "opus": Format("libopus", "ogg", 32_000, NO_COUPLING),
    "webm": Format("libopus", "webm", 32_000, NO_COUPLING),
    "aac": Format("aac", "mp4", 48_000, (("aac_ms", "0"), ("aac_is", "0"))),
}
BROKEN_BYTES = 3_000
VORBIS_QUALITY = 0.6  # libsndfile's compression level, 0 (large) to 1 (small)
# No encoder version and no random stream serial in the file: a rebuild gives the same bytes.
BIT_EXACT = {"fflags": "+bitexact"}


def write(path: Path, channels: NDArray[np.float32], codec: str) -> None:
    """Encode `channels`, shape (1 or 2, n), at 8 kHz."""
    if codec == "vorbis":
        write_vorbis(path, channels)
        return
    chosen = FORMATS[codec]
    layout = "mono" if len(channels) == 1 else "stereo"
    samples = np.round(channels * 32767).astype(np.int16).T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16", layout=layout)
    frame.sample_rate = RATE_HZ
    with av.open(str(path), "w", format=chosen.container, options=BIT_EXACT) as writer:
        stream = writer.add_stream(chosen.codec, rate=RATE_HZ, layout=layout, options=dict(chosen.options))
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if chosen.bit_rate:
            stream.bit_rate = chosen.bit_rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            writer.mux(packet)


def write_vorbis(path: Path, channels: NDArray[np.float32]) -> None:
    """Ogg Vorbis: encoded by libsndfile, then copied packet by packet into a bit-exact container."""
    buffer = io.BytesIO()
    soundfile.write(buffer, channels.T, RATE_HZ, format="OGG", subtype="VORBIS", compression_level=VORBIS_QUALITY)
    buffer.seek(0)
    with av.open(buffer) as reader, av.open(str(path), "w", format="ogg", options=BIT_EXACT) as writer:
        source = reader.streams.audio[0]
        target = writer.add_stream_from_template(source)
        for packet in reader.demux(source):
            if packet.dts is not None:
                packet.stream = target
                writer.mux(packet)


def write_broken(path: Path, rng: random.Random) -> None:
    """A file that no decoder opens: noise without the MPEG sync byte."""
    path.write_bytes(bytes(rng.randrange(0xFF) for _ in range(BROKEN_BYTES)))
