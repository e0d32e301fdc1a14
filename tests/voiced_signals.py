"""Voices with a known answer, for tests: vowels whose pitch, loudness, pauses and line are given, made with numpy.

A vowel is a sum of harmonics under the spectral envelope of formants, so that its pitch is exact at every sample::

    pitch = glide(220.0, 180.0, duration_s=2.0)
    sound = on_the_telephone(voiced(pitch))
    call = timeline([(1.0, sound), (4.0, scaled(sound, -6.0))], duration_s=8.0)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.core.span import Span

Samples = npt.NDArray[np.float32]
Contour = npt.NDArray[np.float64]
RATE_HZ = 16_000

#: (centre in Hz, bandwidth in Hz) of the lowest formants: textbook values of a man's vowels (Peterson and Barney 1952).
FORMANTS = {
    "a": ((730.0, 90.0), (1090.0, 110.0), (2440.0, 170.0)),
    "i": ((270.0, 60.0), (2290.0, 150.0), (3010.0, 200.0)),
    "u": ((300.0, 60.0), (870.0, 100.0), (2240.0, 170.0)),
}
#: The band that a narrow-band telephone line lets through.
TELEPHONE_HZ = (300.0, 3400.0)
#: Between syllables: the closure of a stop.
GAP_S = 0.05


def steady(pitch_hz: float, duration_s: float, rate_hz: int = RATE_HZ) -> Contour:
    """The pitch at every sample in Hz, shape (samples,)."""
    return np.full(round(duration_s * rate_hz), pitch_hz)


def glide(from_hz: float, to_hz: float, duration_s: float, rate_hz: int = RATE_HZ) -> Contour:
    """Even in semitones."""
    return np.geomspace(from_hz, to_hz, round(duration_s * rate_hz))


def vibrato(
    pitch_hz: float, depth_st: float, duration_s: float, rate_per_s: float = 5.0, rate_hz: int = RATE_HZ
) -> Contour:
    """``depth_st`` semitones up and down around ``pitch_hz``."""
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    return pitch_hz * 2 ** (depth_st / 12 * np.sin(2 * np.pi * rate_per_s * times))


def voiced(
    pitch: Contour,
    vowel: str = "a",
    amplitude: float = 0.2,
    band_hz: tuple[float, float] = (0.0, 7000.0),
    rate_hz: int = RATE_HZ,
) -> Samples:
    """A vowel, shape (samples,), RMS ``amplitude`` / √2; harmonics outside ``band_hz`` are missing altogether."""
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    total = np.zeros(pitch.size)
    for number in range(1, int(min(band_hz[1], rate_hz / 2) / pitch.min()) + 1):
        frequency = number * pitch
        inside = (frequency >= band_hz[0]) & (frequency <= min(band_hz[1], rate_hz / 2))
        # Phases of a glottal pulse are alike, not random; a fixed turn per harmonic keeps the peaks moderate.
        total += inside * envelope(frequency, vowel) * np.sin(number * phase + 0.4 * number**2)
    rms = float(np.sqrt(np.mean(total**2)))
    return (total * amplitude / np.sqrt(2) / max(rms, 1e-12)).astype(np.float32)


def envelope(frequency_hz: Contour, vowel: str) -> Contour:
    """Amplitude of a harmonic: the source falls by 12 dB per octave, the lips add 6, each formant resonates."""
    level: Contour = 1 / np.maximum(frequency_hz, 50.0)
    for centre, width in FORMANTS[vowel]:
        level *= centre**2 / np.hypot(centre**2 - frequency_hz**2, width * frequency_hz)
    return level


def band(samples: Samples, low_hz: float, high_hz: float, slope_hz: float = 0.0, rate_hz: int = RATE_HZ) -> Samples:
    """The part of the sound between two frequencies; outside it fades within ``slope_hz``, then there is nothing."""
    frequencies = np.fft.rfftfreq(samples.size, 1 / rate_hz)
    outside = np.maximum(low_hz - frequencies, frequencies - high_hz)
    kept = np.cos(np.pi / 2 * np.clip(outside / max(slope_hz, 1e-9), 0, 1))
    return np.fft.irfft(np.fft.rfft(samples) * kept, samples.size).astype(np.float32)


def noise(duration_s: float, rms_db: float, seed: int = 0, rate_hz: int = RATE_HZ) -> Samples:
    """White noise within the telephone band at ``rms_db`` dB relative to full scale."""
    raw = np.random.default_rng(seed).standard_normal(round(duration_s * rate_hz)).astype(np.float32)
    return scaled_to(band(raw, *TELEPHONE_HZ, rate_hz=rate_hz), rms_db)


def scaled(samples: Samples, gain_db: float) -> Samples:
    return (samples * np.float32(10 ** (gain_db / 20))).astype(np.float32)


def scaled_to(samples: Samples, rms_db: float) -> Samples:
    return scaled(samples, rms_db - level_db(samples))


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def with_noise(samples: Samples, snr_db: float, seed: int = 0) -> Samples:
    """Line noise under the whole sound; ``snr_db`` against the level of what is not silent in it."""
    loud = samples[np.abs(samples) > 0]
    return samples + noise(samples.size / RATE_HZ, level_db(loud) - snr_db, seed)[: samples.size]


def alaw(samples: Samples) -> Samples:
    """What 8-bit A-law makes of the samples (ITU-T G.711): 13 bits companded to 8 and expanded again."""
    size = np.minimum(np.abs(samples) * 4096, 4095)
    step = 2.0 ** np.maximum(np.floor(np.log2(np.maximum(size, 1))) - 4, 1)
    return np.copysign((np.floor(size / step) + 0.5) * step / 4096, samples).astype(np.float32)


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    import librosa

    there: Samples = librosa.resample(samples, orig_sr=from_hz, target_sr=to_hz)
    return there


def through(samples: Samples, rate_hz: int) -> Samples:
    """The sound as a file of another sampling rate would bring it, back at 16 kHz and as long as before."""
    return _fitted(resampled(resampled(samples, RATE_HZ, rate_hz), rate_hz, RATE_HZ), samples.size)


def through_alaw(samples: Samples) -> Samples:
    """The sound as an 8 kHz A-law recording brings it, back at 16 kHz."""
    return _fitted(resampled(alaw(resampled(samples, RATE_HZ, 8000)), 8000, RATE_HZ), samples.size)


def _fitted(samples: Samples, size: int) -> Samples:
    return np.pad(samples, (0, max(0, size - samples.size)))[:size]


def on_the_telephone(samples: Samples, slope_hz: float = 0.0) -> Samples:
    """Nothing below 300 or above 3,400 Hz is left (with a slope: little): voices lose their fundamental."""
    return band(samples, *TELEPHONE_HZ, slope_hz)


def timeline(sounds: Iterable[tuple[float, Samples]], duration_s: float) -> Samples:
    """Sounds placed at their start times in seconds, silence between them."""
    total = np.zeros(round(duration_s * RATE_HZ), np.float32)
    for start_s, sound in sounds:
        start = round(start_s * RATE_HZ)
        total[start : start + sound.size] += sound[: max(0, total.size - start)]
    return total


def faded(samples: Samples, fade_s: float = 0.03) -> Samples:
    """Rising and falling at the ends, as voices do."""
    ramp = np.sin(np.linspace(0, np.pi / 2, max(1, round(fade_s * RATE_HZ)))) ** 2
    shape = np.ones(samples.size)
    shape[: ramp.size], shape[-ramp.size :] = ramp, ramp[::-1]
    return (samples * shape).astype(np.float32)


def melody(pitch_hz: float, syllables: int, range_st: float = 6.0, syllable_s: float = 0.2) -> list[Contour]:
    """The pitch of syllables that stay, rise and fall within ``range_st`` semitones; ``pitch_hz`` is the median."""
    high, low = pitch_hz * 2 ** (range_st / 24), pitch_hz / 2 ** (range_st / 24)
    tones = ((high, high), (low, high), (pitch_hz, pitch_hz), (pitch_hz, low), (high, low))
    return [glide(*tones[number % len(tones)], syllable_s - GAP_S) for number in range(syllables)]


def utterance(pitch_hz: float, syllables: int, range_st: float = 6.0, syllable_s: float = 0.2) -> Samples:
    """The syllables of a melody, ``GAP_S`` apart; the first and the last sample belong to a syllable."""
    gap = np.zeros(round(GAP_S * RATE_HZ), np.float32)
    parts: list[Samples] = []
    for number, contour in enumerate(melody(pitch_hz, syllables, range_st, syllable_s)):
        parts += [faded(voiced(contour, "aiu"[number % 3])), gap]
    return np.concatenate(parts[:-1])


def bursts(spans: Sequence[Span], duration_s: float, pitch_hz: float = 150.0, amplitude: float = 0.2) -> Samples:
    """One vowel of constant pitch per span."""
    return timeline(
        ((span.start_s, voiced(steady(pitch_hz, span.duration_s), amplitude=amplitude)) for span in spans), duration_s
    )


def padded(spans: Sequence[Span], duration_s: float, pad_s: float = 0.2) -> tuple[Span, ...]:
    """The spans as a voice detector gives them: with some sound kept on both sides."""
    return tuple(Span(max(0.0, s.start_s - pad_s), min(duration_s, s.end_s + pad_s)) for s in spans)
