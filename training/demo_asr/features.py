"""Log-mel spectrograms exactly as faster-whisper computes them, and the noise that is laid under speech."""

import random

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from torch import Tensor

from training.demo_asr.speech import SAMPLE_RATE_HZ, Wave

HOP = 160  # samples, 10 ms
FILTERS = torch.tensor(FeatureExtractor.get_mel_filters(SAMPLE_RATE_HZ, 400, 80).astype("float32"))
WINDOW = torch.tensor(np.hanning(401)[:-1].astype("float32"))
HUM_HZ = (50, 60, 100, 300)
NOISE_S = 60


def log_mel(waves: NDArray[np.float32]) -> Tensor:
    """(B, n samples) -> (B, 80, n / 160), log10 of the mel power, not yet normalised."""
    spectrum = torch.stft(
        torch.as_tensor(waves), 400, HOP, window=WINDOW, center=True, pad_mode="reflect", return_complex=True
    )[..., :-1]
    return torch.log10(torch.clamp(FILTERS @ spectrum.abs().square(), min=1e-10))


def normalise(mel: Tensor, headroom: Tensor | float = 0.0) -> Tensor:
    """Whisper's scaling: 8 decades below the loudest bin, then (x + 4) / 4. `headroom` lifts the loudest bin."""
    loudest = mel.amax((1, 2), keepdim=True) + headroom
    return (torch.maximum(mel, loudest - 8.0) + 4.0) / 4.0


def random_tilt(count: int, rng: random.Random) -> Tensor:
    """(B, 80, 1) of log10 gains: a smooth random frequency response, another handset for every window."""
    bands = torch.linspace(-1, 1, 80)
    curves = []
    for _ in range(count):
        slope, bend = rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.3)
        curves.append(slope * bands + bend * torch.cos(torch.pi * bands))
    return torch.stack(curves)[:, :, None]


def make_noises() -> list[Wave]:
    """One minute each of noise falling with 0 to 2 powers of frequency, unit variance."""
    generator = np.random.default_rng(0)
    length = SAMPLE_RATE_HZ * NOISE_S
    noises = []
    for exponent in (0, 0.5, 1, 1.5):
        spectrum = np.fft.rfft(generator.standard_normal(length))
        bins = np.maximum(np.arange(len(spectrum)), 600.0)
        wave = np.fft.irfft(spectrum * bins**-exponent, length)
        noises.append((wave / wave.std()).astype(np.float32))
    return noises


NOISES = make_noises()


def line_noise(length: int, rng: random.Random) -> Wave:
    """`length` samples of line noise, now and then with mains hum."""
    noise = rng.choice(NOISES)
    begin = rng.randrange(len(noise) - length)
    out = noise[begin : begin + length]
    if rng.random() < 0.2:
        hum = np.sin(2 * np.pi * rng.choice(HUM_HZ) * np.arange(length) / SAMPLE_RATE_HZ)
        out = out + hum.astype(np.float32)
    return out


def disturb(wave: Wave, other: Wave, rng: random.Random) -> Wave:
    """Noise at 8 to 45 dB in two windows of three, faint cross-talk of `other` in one of seven, then a random gain."""
    if rng.random() < 0.66:
        wave = wave + line_noise(len(wave), rng) * np.float32(0.1 * 10 ** (-rng.uniform(8, 45) / 20))
    if rng.random() < 0.15:
        begin = rng.randrange(max(1, len(wave) - len(other) // 2))
        faint = other[: len(wave) - begin] * np.float32(10 ** (-rng.uniform(20, 45) / 20))
        wave = wave.copy()
        wave[begin : begin + len(faint)] += faint
    return (wave * 10 ** (-rng.uniform(0, 12) / 20)).astype(np.float32)
