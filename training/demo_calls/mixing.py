"""From spoken turns to the two channels of a telephone recording."""

import random
from dataclasses import dataclass, replace

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from training.demo_calls.dialogue import Dialogue, Line
from training.demo_calls.timed_speech import Spoken, Word

Wave = NDArray[np.float32]

RATE_HZ = 8_000
LINE_BAND = butter(4, [250, 3500], "bandpass", fs=RATE_HZ, output="sos")
LEAD_S, TAIL_S = (0.5, 1.2), (0.6, 1.3)
GAP_S = (0.3, 0.75)
MONO_GAP_S = (0.8, 1.1)  # one mixed channel: the change of speaker must be audible
SAME_SPEAKER_GAP_S = (0.3, 0.45)
AGENT_LEVEL_DB = (-21.0, -18.0)  # RMS of the speech, dB below full scale
CUSTOMER_LEVEL_DB = (-26.0, -20.0)
CROSSTALK_DB = (-46.0, -38.0)
SILENCE_NOISE_DB = -58.0
QUIET = 0.01  # of the peak: where a turn's sound begins and ends


@dataclass(frozen=True)
class Turn:
    """A turn with its place in the recording; word times are in the recording, too."""

    line: Line
    wave: Wave  # at RATE_HZ, from start_s on
    start_s: float
    end_s: float
    words: tuple[Word, ...]


def on_the_line(spoken: Spoken) -> tuple[Wave, tuple[Word, ...]]:
    """Telephone band at 8 kHz with the silence at both ends cut; word times move along."""
    line = soxr.resample(spoken.samples.astype(np.float32) / 32768, spoken.rate_hz, RATE_HZ)
    line = sosfilt(LINE_BAND, line)
    loud = np.flatnonzero(np.abs(line) > np.abs(line).max() * QUIET)
    first, last = int(loud[0]), int(loud[-1]) + 1
    shift_s, length_s = first / RATE_HZ, (last - first) / RATE_HZ
    words = tuple(
        Word(w.text, max(0.0, w.start_s - shift_s), min(length_s, max(0.0, w.end_s - shift_s))) for w in spoken.words
    )
    return line[first:last].astype(np.float32), words


def gap_before(dialogue: Dialogue, line: Line, previous: Line, rng: random.Random) -> float:
    """Seconds from the end of the floor-holder's turn to this one."""
    if line.gap_s is not None:
        return line.gap_s
    if line.role == previous.role:
        return rng.uniform(*SAME_SPEAKER_GAP_S)
    return rng.uniform(*(MONO_GAP_S if dialogue.layout == "mono" else GAP_S))


def place(dialogue: Dialogue, spoken: list[Spoken], rng: random.Random) -> list[Turn]:
    """Put the turns one after the other, with pauses, barge-ins and backchannels."""
    turns: list[Turn] = []
    floor: Turn | None = None  # the last turn that was not a backchannel
    for line, speech in zip(dialogue.lines, spoken, strict=True):
        wave, words = on_the_line(speech)
        if floor is None:
            start_s = rng.uniform(*LEAD_S)
        elif line.over_previous is not None:
            start_s = floor.start_s + line.over_previous * (floor.end_s - floor.start_s)
        else:
            start_s = floor.end_s + gap_before(dialogue, line, floor.line, rng)
        start_s = round(start_s * RATE_HZ) / RATE_HZ
        moved = tuple(replace(w, start_s=w.start_s + start_s, end_s=w.end_s + start_s) for w in words)
        turn = Turn(line, wave, start_s, start_s + len(wave) / RATE_HZ, moved)
        turns.append(turn)
        floor = floor if line.over_previous is not None and floor else turn
    return turns


def noise(length: int, rms: float, hum: bool, generator: np.random.Generator) -> Wave:
    """Line noise, softer towards high frequencies, with mains hum where the line has it."""
    spectrum = np.fft.rfft(generator.standard_normal(length))
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / RATE_HZ), 100.0)
    wave = np.fft.irfft(spectrum * frequencies**-0.5, length)
    wave = wave / wave.std()
    if hum:
        wave = wave + 0.8 * np.sin(2 * np.pi * 50 * np.arange(length) / RATE_HZ)
    return (wave * rms).astype(np.float32)


def level(wave: Wave, db: float) -> Wave:
    """The wave at an RMS of `db` below full scale."""
    return (wave * 10 ** (db / 20) / max(1e-9, float(np.sqrt(np.mean(wave**2))))).astype(np.float32)


def mix(dialogue: Dialogue, turns: list[Turn], rng: random.Random, generator: np.random.Generator) -> Wave:
    """All channels of the recording, shape (1 or 2, n), full scale 1."""
    if not turns:
        length = int(dialogue.silent_s * RATE_HZ)
        rms = 10 ** (SILENCE_NOISE_DB / 20)
        return np.stack([noise(length, rms, hum, generator) for hum in (True, False)])
    length = int((max(t.end_s for t in turns) + rng.uniform(*TAIL_S)) * RATE_HZ)
    ranges = {"agent": AGENT_LEVEL_DB, "customer": CUSTOMER_LEVEL_DB}
    levels = {role: rng.uniform(*between) + dialogue.gain_db for role, between in ranges.items()}
    channels = {role: np.zeros(length, np.float32) for role in levels}
    for turn in turns:
        first = round(turn.start_s * RATE_HZ)
        channels[turn.line.role][first : first + len(turn.wave)] += level(turn.wave, levels[turn.line.role])
    leak = np.float32(10 ** (rng.uniform(*CROSSTALK_DB) / 20))
    hum = rng.random() < 0.4
    rms = 10 ** ((levels["agent"] - dialogue.snr_db) / 20)
    agent, customer = channels["agent"], channels["customer"]
    agent = agent + leak * customer + noise(length, rms, hum, generator)
    customer = customer + leak * channels["agent"] + noise(length, rms, False, generator)
    if dialogue.layout == "mono":
        return np.clip(agent + customer, -0.99, 0.99)[None]
    pair = (customer, agent) if dialogue.agent_side == "right" else (agent, customer)
    return np.clip(np.stack(pair), -0.99, 0.99)
