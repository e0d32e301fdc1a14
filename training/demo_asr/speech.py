"""Mandarin speech of espeak-ng, its syllables, and the telephone line that it passes through."""

import io
import os
import random
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

Wave = NDArray[np.float32]  # mono samples, shape (n_samples,), full scale 1.0

SAMPLE_RATE_HZ = 16_000  # what Whisper's front end takes
LINE_RATE_HZ = 8_000  # telephone
# Plain "cmn" of Debian's espeak-ng 1.51 reads most hanzi as English-spelt pinyin; this voice does not.
VOICE = "cmn-latn-pinyin"
LINE_BAND = butter(4, [300, 3400], "bandpass", fs=LINE_RATE_HZ, output="sos")
PEAK = 0.7  # of full scale, after every synthesis


@dataclass(frozen=True)
class Utterance:
    """One synthesised sentence: samples at `SAMPLE_RATE_HZ` and the syllables that were really spoken."""

    wave: Wave
    syllables: list[str]


def espeak(text: str, variant: str, speed: int, pitch: int) -> tuple[Wave, int, str]:
    """Synthesise `text`; returns samples, their rate in Hz and espeak-ng's phoneme mnemonics of this very rendering."""
    path = Path(tempfile.gettempdir(), f"espeak_{os.getpid()}.wav")
    voice = f"{VOICE}+{variant}"
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-x", "-w", str(path), text]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()  # noqa: S603 no shell
    wave, rate_hz = soundfile.read(path, dtype="float32")
    return wave, rate_hz, printed


def split_syllables(mnemonics: str) -> list[str]:
    """espeak-ng mnemonics -> tonal syllables, one per hanzi as a rule."""
    syllables: list[str] = []
    for chunk in re.split(r"[\s_|]+", re.sub(r"\((\w|-)+\)", " ", mnemonics)):
        plain = re.sub(r"[',!:%]", "", chunk)
        # A chunk may hold several syllables: each ends with its tone digits and perhaps a nasal.
        syllables += re.findall(r"[^0-9]+[0-9]+(?:n|N)?(?![a-z@A-MO-Z])|[^0-9]+[0-9]+|[^0-9]+$", plain)
    return [join_neutral(s) for s in syllables if re.search(r"[0-9]", s)]


def join_neutral(syllable: str) -> str:
    """All spellings of the neutral tone become one label."""
    if re.search(r"[^0-9](11|22|33|44|5|1)$", syllable):
        return re.sub(r"(11|22|33|44|5|1)$", "0", syllable)
    return syllable


def mu_law(wave: Wave) -> Wave:
    """Through 8-bit mu-law (ITU-T G.711, continuous form) and back."""
    coded = np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256)
    coded = np.round((coded + 1) * 127.5) / 127.5 - 1
    return (np.sign(coded) * (np.power(256, np.abs(coded)) - 1) / 255).astype(np.float32)


def through_codec(wave: Wave, codec: str, container: str, bit_rate: int) -> Wave:
    """Encode and decode 8 kHz samples with a lossy codec; the result starts about where the input did."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as writer:
        stream = writer.add_stream(codec, rate=LINE_RATE_HZ, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray((wave[None] * 32767).astype(np.int16), format="s16", layout="mono")
        frame.sample_rate = LINE_RATE_HZ
        for packet in (*stream.encode(frame), *stream.encode(None)):
            writer.mux(packet)
    buffer.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=LINE_RATE_HZ)
    with av.open(buffer) as reader:
        frames = [out for frame in reader.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate([f.to_ndarray()[0] for f in (*frames, *resampler.resample(None))])


def trim(wave: Wave) -> Wave:
    """Cut silence at both ends, keeping 10 ms before and 20 ms after the sound."""
    loud = np.flatnonzero(np.abs(wave) > np.abs(wave).max() * 0.01)
    if not len(loud):
        return wave
    return wave[max(0, loud[0] - SAMPLE_RATE_HZ // 100) : loud[-1] + SAMPLE_RATE_HZ // 50]


def on_the_line(wave: Wave, rate_hz: int, rng: random.Random) -> Wave:
    """A random recording path to 16 kHz: one in six wide band, the rest 8 kHz, some band-passed, mu-law or lossy."""
    kind = rng.random()
    if kind < 0.16:
        line = soxr.resample(wave, rate_hz, SAMPLE_RATE_HZ)
    else:
        line = soxr.resample(wave, rate_hz, LINE_RATE_HZ)
        if kind < 0.6:
            line = sosfilt(LINE_BAND, line)
        line = line / (np.abs(line).max() + 1e-9) * 10 ** (-rng.uniform(1, 12) / 20)
        line = code(line.astype(np.float32), rng)
        line = soxr.resample(line.astype(np.float32), LINE_RATE_HZ, SAMPLE_RATE_HZ)
    line = trim(line)
    return (line / (np.abs(line).max() + 1e-9) * PEAK).astype(np.float32)


def code(line: Wave, rng: random.Random) -> Wave:
    """Half mu-law, a quarter MP3 or Opus at telephone bit rates, the rest linear."""
    kind = rng.random()
    if kind < 0.5:
        return mu_law(line)
    if kind < 0.62:
        return through_codec(line, "libmp3lame", "mp3", rng.choice([8_000, 16_000, 24_000]))
    if kind < 0.75:
        return through_codec(line, "libopus", "ogg", rng.choice([10_000, 16_000, 24_000]))
    return line


def speak(text: str, variant: str, rng: random.Random, speeds: tuple[int, int], pitches: tuple[int, int]) -> Utterance:
    """Synthesise one training sentence at a random speed and pitch through a random line."""
    wave, rate_hz, mnemonics = espeak(text, variant, rng.randint(*speeds), rng.randint(*pitches))
    return Utterance(on_the_line(wave, rate_hz, rng), split_syllables(mnemonics))
