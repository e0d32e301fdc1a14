"""Audio files with a known answer, for tests: tones written by PyAV's encoders, and WAV by hand."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

Samples = npt.NDArray[np.float32]
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def tone(frequency_hz: float, duration_s: float, rate_hz: int = 16_000, amplitude: float = 0.5) -> Samples:
    """A sine, shape (samples,); its RMS is amplitude / √2, so 0.5 is -9.03 dBFS."""
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32)


def speechlike(duration_s: float, seed: int, rate_hz: int = 16_000, amplitude: float = 0.3) -> Samples:
    """Noise in bursts of 0.4 s with pauses of 0.2 s, shape (samples,): two seeds are two voices."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(round(duration_s * rate_hz)).clip(-3, 3) / 3
    on = (np.arange(noise.size) / rate_hz + seed * 0.17) % 0.6 < 0.4
    return (amplitude * noise * on).astype(np.float32)


def peak_hz(samples: Samples, rate_hz: int = 16_000) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * rate_hz / samples.size)


def rms_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def write_audio(
    path: Path, channels: Sequence[Samples], rate_hz: int, codec: str, container: str | None = None
) -> Path:
    """Encode ``channels`` (each shape (samples,)) into one audio stream of ``path``."""
    with av.open(str(path), "w", format=container) as output:
        stream = _add_stream(output, codec, rate_hz, len(channels))
        _encode(output, stream, np.stack(channels), rate_hz)
    return path


def write_streams(path: Path, streams: Sequence[Sequence[Samples]], rate_hz: int, codec: str) -> Path:
    """One audio stream per entry, each with its channels."""
    with av.open(str(path), "w") as output:
        added = [_add_stream(output, codec, rate_hz, len(channels)) for channels in streams]
        for stream, channels in zip(added, streams, strict=True):
            _encode(output, stream, np.stack(channels), rate_hz)
    return path


def wav_bytes(channels: Sequence[Samples], rate_hz: int = 8000) -> bytes:
    """A plain 16-bit WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        values = np.round(np.stack(channels, axis=1) * 32767).clip(-32768, 32767)
        file.writeframes(values.astype("<i2").tobytes())
    return target.getvalue()


def write_wav(path: Path, channels: Sequence[Samples], rate_hz: int = 8000) -> Path:
    path.write_bytes(wav_bytes(channels, rate_hz))
    return path


def with_data_size(wav: bytes, size: int) -> bytes:
    """The same WAV file, whose header claims ``size`` bytes of samples."""
    return wav[:40] + struct.pack("<I", size) + wav[44:]


def _add_stream(output: av.container.OutputContainer, codec: str, rate_hz: int, channels: int) -> AudioStream:
    # "vorbis" is FFmpeg's own encoder, which it offers only to those who ask for experimental ones.
    options = {"strict": "-2"} if codec == "vorbis" else {}
    stream = output.add_stream(codec, rate=rate_hz, layout=_LAYOUTS[channels], options=options)
    assert isinstance(stream, AudioStream)
    if codec in ("wmav2", "libmp3lame", "aac"):
        stream.bit_rate = 64_000 * channels if rate_hz > 8000 else 24_000 * channels
    elif codec == "libopencore_amrnb":
        stream.bit_rate = 12_200
    return stream


def _encode(output: av.container.OutputContainer, stream: AudioStream, samples: Samples, rate_hz: int) -> None:
    layout = _LAYOUTS[len(samples)]
    context = stream.codec_context
    if not context.is_open:
        context.open()
    fitted = AudioResampler(format=context.format, layout=layout, rate=rate_hz, frame_size=context.frame_size or None)
    # Interleaved: PyAV 18 fails on eight planes.
    packed = np.ascontiguousarray(samples.T, dtype=np.float32).reshape(1, -1)
    frame = AudioFrame.from_ndarray(packed, format="flt", layout=layout)
    frame.sample_rate = rate_hz
    for piece in [*fitted.resample(frame), *fitted.resample(None)]:
        output.mux(stream.encode(piece))
    output.mux(stream.encode(None))
