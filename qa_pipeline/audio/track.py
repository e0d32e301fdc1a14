"""One audio stream on its way from decoded frames to one array per channel at 16 kHz."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from qa_pipeline.audio.clipping import ClipMeter
from qa_pipeline.sound import Growing

Samples = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
MAX_CHANNELS = 8
# Telephony starts at 8 kHz, studio ends at 192 kHz; outside 4..384 kHz a header is damaged, and a rate of
# 1 Hz would blow one second of bytes up to hours of samples.
MIN_SOURCE_HZ, MAX_SOURCE_HZ = 4_000, 384_000
# One stock layout per channel count, used on both sides of the resampler: equal layouts are never remixed.
_LAYOUTS = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")


class FormatChangeError(ValueError):
    """The number of channels changed in the middle of a stream."""


class Track:
    """One audio stream on its way to 16 kHz, in blocks of about a second."""

    def __init__(self) -> None:
        self.channels = 0
        self.meters: list[ClipMeter] = []
        self.samples = 0
        self.rate_hz = 0
        self._pending: list[Samples] = []
        self._pending_samples = 0
        self._sounds: list[Growing] = []
        self._resampler: AudioResampler | None = None

    def start(self, channels: int) -> None:
        """Fix the number of channels, once."""
        if not self.channels:
            self.channels = channels
            self.meters = [ClipMeter() for _ in range(channels)]
            self._sounds = [Growing() for _ in range(channels)]

    def add(self, frame: AudioFrame) -> None:
        """Take one decoded frame; ValueError if it does not continue the stream."""
        self.start(frame.layout.nb_channels)
        if frame.layout.nb_channels != self.channels:
            raise FormatChangeError
        if self.channels > MAX_CHANNELS:
            return  # the caller refuses the file
        block = _as_float(frame)
        if frame.sample_rate != self.rate_hz:
            self.finish()
            self.rate_hz = _check_rate(frame.sample_rate)
        self._pending.append(block)
        self._pending_samples += block.shape[1]
        if self._pending_samples >= self.rate_hz:
            self._convert()

    def finish(self) -> None:
        """Convert what is pending and drain the resampler."""
        if self._pending:
            self._convert()
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None

    def arrays(self, length: int) -> Iterator[Samples]:
        """One array per channel, shape (length,), padded with silence at the end; long ones lie in files."""
        while self._sounds:
            yield self._sounds.pop(0).array(length)

    def _convert(self) -> None:
        block = np.concatenate(self._pending, axis=1)
        self._pending, self._pending_samples = [], 0
        for channel, meter in zip(block, self.meters, strict=True):
            meter.add(channel)
        if self.rate_hz == SAMPLE_RATE_HZ:
            self._add(block)
        else:
            layout = _LAYOUTS[self.channels - 1]
            packed = np.ascontiguousarray(block.T).reshape(1, -1)
            frame = AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate = self.rate_hz
            if self._resampler is None:
                self._resampler = AudioResampler(format="flt", layout=layout, rate=SAMPLE_RATE_HZ)
            self._keep(self._resampler.resample(frame))

    def _keep(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self._add(np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, self.channels).T)

    def _add(self, block: Samples) -> None:
        self.samples += block.shape[1]
        for channel, sound in zip(block, self._sounds, strict=True):
            sound.add(channel)


def _check_rate(rate_hz: int) -> int:
    if not MIN_SOURCE_HZ <= rate_hz <= MAX_SOURCE_HZ:
        raise ValueError(f"sample rate {rate_hz} Hz")
    return rate_hz


def _as_float(frame: AudioFrame) -> Samples:
    """The frame as float32, shape (channels, samples), full scale = 1."""
    if frame.format.is_planar and frame.layout.nb_channels >= MAX_CHANNELS:
        frame = _packed(frame)
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype.kind == "f":
        # NaN and infinity occur in damaged float files; beyond full scale a player clips as well.
        return np.clip(np.nan_to_num(raw.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    if raw.dtype.kind == "u":
        return (raw.astype(np.float32) - 128.0) / 128.0
    return raw.astype(np.float32) / np.float32(2 ** (8 * raw.dtype.itemsize - 1))


def _packed(frame: AudioFrame) -> AudioFrame:
    """The same samples interleaved.

    PyAV 18 looks for a null pointer behind the last plane and reads past the end from the eighth plane on.
    """
    packer = AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
    frames = packer.resample(frame)
    if len(frames) != 1 or frames[0].samples != frame.samples:
        raise ValueError("the frame cannot be interleaved")
    return frames[0]
