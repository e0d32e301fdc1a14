"""What is heard on a telephone line beside two people: music, tones, echo, the line's band and codecs; by numpy.

All sounds are float32 at 16 kHz, shape (samples,). Levels are RMS in dBFS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler

from tests.audio_files import Samples, tone, write_audio

RATE_HZ = 16_000
Floats = npt.NDArray[np.float64]

#: C, A minor, F, G: semitones above C4 (261.6 Hz).
CHORDS = ((0, 4, 7), (-3, 0, 4), (-7, -3, 0), (-5, -1, 2))
#: A tune over them, two notes per beat; None: held on.
TUNE = (12, 16, None, 19, 17, 16, 12, None, 9, 12, None, 16, 14, None, 12, 11)


def at_level(sound: npt.NDArray[np.floating], db: float) -> Samples:
    """The sound scaled to an RMS of ``db`` dBFS."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) or 1.0
    return (sound * (10 ** (db / 20) / rms)).astype(np.float32)


def silence(duration_s: float) -> Samples:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def noise(duration_s: float, db: float, seed: int = 0) -> Samples:
    """White noise."""
    return at_level(np.random.default_rng(seed).standard_normal(round(duration_s * RATE_HZ)), db)


def hz(semitones: float) -> float:
    """Frequency of a note so many semitones above C4."""
    return float(261.63 * 2 ** (semitones / 12))


def music(style: str, duration_s: float, db: float = -20.0, beat_s: float = 0.5) -> Samples:
    """Music: ``pad``, ``plucked``, ``piano``, ``melody``, ``band`` (with drums), ``song`` (with a voice), ``solo``."""
    parts: dict[str, tuple[Callable[[float, float], Floats], ...]] = {
        "pad": (_pad,),
        "plucked": (_arpeggio,),
        "piano": (_piano,),
        "melody": (_pad, _lead),
        "band": (_piano, _lead, _drums),
        "song": (_piano, _sung),
        "solo": (_lead,),
    }
    return at_level(sum((part(duration_s, beat_s) for part in parts[style]), np.zeros(1)), db)


def cadence(frequencies: Sequence[float], pattern_s: Sequence[float], duration_s: float, db: float = -20.0) -> Samples:
    """Tones by a pattern of seconds on, off, on, off … repeated; the level is that of the tone while it is on."""
    wave = sum((tone(f, duration_s, amplitude=1.0).astype(np.float64) for f in frequencies), np.zeros(1))
    on = np.zeros(wave.size, bool)
    edges = np.cumsum(np.tile(pattern_s, int(duration_s / sum(pattern_s)) + 1))
    for start, end in zip([0.0, *edges[1::2]], edges[::2], strict=False):
        on[round(start * RATE_HZ) : round(end * RATE_HZ)] = True
    return np.where(on, at_level(wave, db), np.float32(0)).astype(np.float32)


def ringback(duration_s: float, country: str = "cn", db: float = -20.0) -> Samples:
    """Ringing tone. Cadences: ITU-T E.180 supplement 2."""
    frequencies, pattern_s = {
        "cn": ((450,), (1, 4)),
        "us": ((440, 480), (2, 4)),
        "uk": ((400, 450), (0.4, 0.2, 0.4, 2)),
        "eu": ((425,), (1, 4)),
    }[country]
    return cadence(frequencies, pattern_s, duration_s, db)


def busy(duration_s: float, country: str = "cn", db: float = -20.0) -> Samples:
    """Busy tone; ``congestion``: China's, ``reorder``: North America's."""
    frequencies, pattern_s = {
        "cn": ((450,), (0.35, 0.35)),
        "congestion": ((450,), (0.7, 0.7)),
        "us": ((480, 620), (0.5, 0.5)),
        "reorder": ((480, 620), (0.25, 0.25)),
        "uk": ((400,), (0.375, 0.375)),
        "eu": ((425,), (0.5, 0.5)),
    }[country]
    return cadence(frequencies, pattern_s, duration_s, db)


def dialled(digits: str, on_s: float = 0.1, off_s: float = 0.1, db: float = -20.0) -> Samples:
    """Keys pressed: two tones each (ITU-T Q.23)."""
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    keys = {key: (rows[i // 3], columns[i % 3]) for i, key in enumerate("123456789*0#")}
    return np.concatenate([cadence(keys[digit], (on_s, off_s), on_s + off_s, db) for digit in digits])


def voice(duration_s: float, seed: int = 0, pitch_hz: float = 130.0, db: float = -22.0, sway: float = 0.12) -> Samples:
    """A voiced stand-in for speech: syllables of vowels with gliding pitch, hisses between them, and pauses.

    ``sway``: how far the pitch glides, as a share of it; 0 is a monotone.
    """
    rng = np.random.default_rng(seed)
    pieces: list[Floats] = []
    length = 0
    while length < duration_s * RATE_HZ:
        for _ in range(int(rng.integers(4, 12))):
            slope = sway * rng.uniform(-1, 1, 2)
            glide = np.linspace(
                pitch_hz * (1 + slope[0]), pitch_hz * (1 + slope[1]), int(rng.uniform(0.12, 0.28) * RATE_HZ)
            )
            pieces += [_hiss(rng), _vowel(glide, int(rng.integers(0, 5))) * rng.uniform(0.5, 1.0)]
        pieces.append(np.zeros(int(rng.uniform(0.2, 0.9) * RATE_HZ)))
        length = sum(piece.size for piece in pieces)
    return at_level(np.concatenate(pieces)[: round(duration_s * RATE_HZ)], db)


def echo(
    sound: Samples, delay_s: float, db: float, reverb_s: float = 0.0, band: bool = False, seed: int = 0
) -> Samples:
    """The sound ``delay_s`` later and ``db`` louder (negative: softer), as a loudspeaker's sound comes back.

    ``reverb_s``: time in which the room's reverberation falls by 60 dB; ``band``: only 300–3400 Hz pass, with ripples.
    """
    late = np.concatenate([np.zeros(round(delay_s * RATE_HZ)), sound])[: sound.size]
    if reverb_s:
        times = np.arange(round(reverb_s * RATE_HZ)) / RATE_HZ
        room = np.random.default_rng(seed).standard_normal(times.size) * 10 ** (-3 * times / reverb_s)
        room[0] = np.sqrt(np.sum(room[1:] ** 2))
        late = _convolved(late, room / np.sqrt(np.sum(room**2)))
    if band:
        late = line(late, ripple_db=4.0, seed=seed)
    return (late * 10 ** (db / 20)).astype(np.float32)


def line(sound: npt.NDArray[np.floating], ripple_db: float = 0.0, seed: int = 0) -> Samples:
    """What a telephone line passes (300–3400 Hz, linear phase), optionally with ripples in its response."""
    taps = 257
    freqs = np.fft.rfftfreq(1024, 1 / RATE_HZ)
    ripple = np.cos(freqs / 330 + seed) + np.cos(freqs / 170 + 2 * seed)
    gain = ((freqs > 300) & (freqs < 3400)) * 10 ** (ripple_db * ripple / 20)
    response = np.roll(np.fft.irfft(gain), taps // 2)[:taps] * np.hanning(taps)
    return _convolved(np.pad(sound, (0, taps // 2)), response)[taps // 2 :].astype(np.float32)


def coded(sound: Samples, codec: str) -> Samples:
    """Through a telephone codec at 8 kHz and back to 16 kHz (``pcm_alaw``, ``libopencore_amrnb``, ``libspeex`` …)."""
    container = {"pcm_alaw": "wav", "pcm_mulaw": "wav", "libopencore_amrnb": "amr", "libspeex": "ogg"}.get(
        codec, "matroska"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = write_audio(Path(folder) / "line", [_resampled(sound, RATE_HZ, 8000)], 8000, codec, container)
        with av.open(str(path)) as file:
            heard = np.concatenate([piece for frame in file.decode(audio=0) for piece in _planes(frame)])
    again = _resampled(heard, 8000, RATE_HZ)
    return np.pad(again, (0, max(0, sound.size - again.size)))[: sound.size]


def _planes(frame: av.AudioFrame) -> Iterator[Samples]:
    for piece in AudioResampler(format="fltp", layout="mono", rate=frame.sample_rate).resample(frame):
        yield piece.to_ndarray()[0].astype(np.float32)


def _resampled(sound: Samples, from_hz: int, to_hz: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(sound, np.float32).reshape(1, -1), format="flt", layout="mono"
    )
    frame.sample_rate = from_hz
    fitted = AudioResampler(format="fltp", layout="mono", rate=to_hz)
    return np.concatenate([piece.to_ndarray()[0] for piece in [*fitted.resample(frame), *fitted.resample(None)]])


def _times(duration_s: float) -> Floats:
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def _notes(duration_s: float, beat_s: float, notes: Callable[[int], Iterator[tuple[Floats, float]]]) -> Floats:
    """Sounds of ``notes(beat)``, each with the beats after which it starts, laid over one another."""
    out = np.zeros(round(duration_s * RATE_HZ))
    for beat in range(int(duration_s / beat_s) + 1):
        for sound, late in notes(beat):
            start = round((beat + late) * beat_s * RATE_HZ)
            room = min(sound.size, out.size - start)
            if room > 0:
                out[start : start + room] += sound[:room]
    return out


def _harmonics(frequency_hz: float | Floats, seconds: float, strength: Sequence[float]) -> Floats:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(frequency_hz, _times(seconds).shape)) / RATE_HZ
    return np.sum([part * np.sin((i + 1) * phase) for i, part in enumerate(strength)], axis=0)


def _faded(sound: Floats, seconds: float = 0.03) -> Floats:
    edge = np.linspace(0, 1, min(sound.size // 2, round(seconds * RATE_HZ)))
    sound[: edge.size] *= edge
    sound[sound.size - edge.size :] *= edge[::-1]
    return sound


def _pad(duration_s: float, beat_s: float) -> Floats:
    """Held chords of four beats, like strings."""

    def chord(beat: int) -> Iterator[tuple[Floats, float]]:
        if beat % 4 == 0:
            for note in CHORDS[beat // 4 % 4]:
                yield _faded(_harmonics(hz(note), 4 * beat_s, (1, 0.5, 0.3, 0.2, 0.1)), 0.1), 0.0

    return _notes(duration_s, beat_s, chord)


def _struck(note: float, seconds: float, falls_s: float, strength: Sequence[float]) -> Floats:
    sound = _harmonics(hz(note), seconds, strength) * 10 ** (-3 * _times(seconds) / falls_s)
    return _faded(sound, 0.004)


def _arpeggio(duration_s: float, beat_s: float) -> Floats:
    """Plucked strings, two notes per beat, each ringing on for a second."""

    def pluck(beat: int) -> Iterator[tuple[Floats, float]]:
        chord = CHORDS[beat // 4 % 4]
        for half in (0, 1):
            yield _struck(chord[(2 * beat + half) % 3] + 12 * (beat % 2), 1.2, 1.5, (1, 0.6, 0.4, 0.25, 0.15)), half / 2

    return _notes(duration_s, beat_s, pluck)


def _piano(duration_s: float, beat_s: float) -> Floats:
    """Chords struck on every beat over a bass note."""

    def strike(beat: int) -> Iterator[tuple[Floats, float]]:
        chord = CHORDS[beat // 4 % 4]
        for note in (*chord, chord[0] - 12):
            yield _struck(note, beat_s * 1.5, 1.2, (1, 0.5, 0.25, 0.15)), 0.0

    return _notes(duration_s, beat_s, strike)


def _tune(beat: int) -> Iterator[tuple[int, float, float]]:
    """Notes of the tune that start in a beat: semitones, beats late, length in beats."""
    for half in (0, 1):
        place = (2 * beat + half) % len(TUNE)
        note = TUNE[place]
        if note is not None:
            held = TUNE[(place + 1) % len(TUNE)] is None
            yield note, half / 2, 1.0 if held else 0.5


def _vibrato(note: float, seconds: float, cents: float = 25.0) -> Floats:
    return hz(note) * 2 ** (cents / 1200 * np.sin(2 * np.pi * 5.5 * _times(seconds)))


def _lead(duration_s: float, beat_s: float) -> Floats:
    """The tune on an instrument with vibrato."""

    def play(beat: int) -> Iterator[tuple[Floats, float]]:
        for note, late, beats in _tune(beat):
            seconds = beats * beat_s
            yield 1.5 * _faded(_harmonics(_vibrato(note, seconds), seconds, (1, 0.4, 0.3, 0.1))), late

    return _notes(duration_s, beat_s, play)


def _sung(duration_s: float, beat_s: float) -> Floats:
    """The tune an octave lower, sung on vowels with vibrato and a hiss before every second note."""
    rng = np.random.default_rng(1)

    def sing(beat: int) -> Iterator[tuple[Floats, float]]:
        for i, (note, late, beats) in enumerate(_tune(beat)):
            vowel = _vowel(_vibrato(note - 12, beats * beat_s, 35), (beat + i) % 5)
            yield 3.0 * vowel, late
            if i % 2:
                yield 1.5 * _hiss(rng), late

    return _notes(duration_s, beat_s, sing)


def _drums(duration_s: float, beat_s: float) -> Floats:
    """A low thump on every beat and noise on every second."""
    rng = np.random.default_rng(2)

    def hit(beat: int) -> Iterator[tuple[Floats, float]]:
        fall = 10 ** (-3 * _times(0.15) / 0.15)
        yield 3.0 * fall * np.sin(2 * np.pi * 70 * _times(0.15)), 0.0
        yield (1.5 if beat % 2 else 0.4) * fall * rng.standard_normal(fall.size), 0.0
        yield 0.4 * fall * rng.standard_normal(fall.size), 0.5

    return _notes(duration_s, beat_s, hit)


#: Formants of a, e, i, o, u in Hz (Peterson and Barney 1952, rounded), and their bandwidths.
_FORMANTS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))
_WIDTH_HZ = 90.0


def _vowel(pitch_hz: Floats, which: int) -> Floats:
    """A vowel whose harmonics follow ``pitch_hz`` (Hz per sample)."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    out = np.zeros(pitch_hz.size)
    for i in range(1, int(3600 / pitch_hz.max()) + 1):
        frequency = i * pitch_hz.mean()
        gain = sum(1 / (1 + ((frequency - f) / _WIDTH_HZ) ** 2) / (n + 1) for n, f in enumerate(_FORMANTS[which]))
        out += (gain + 0.02) * np.sin(i * phase)
    return _faded(out)


def _hiss(rng: np.random.Generator) -> Floats:
    """A consonant's noise, mostly above 2 kHz."""
    sound = np.diff(rng.standard_normal(int(rng.uniform(0.04, 0.1) * RATE_HZ)))
    return _faded(0.15 * sound, 0.01)


def _convolved(sound: npt.NDArray[np.floating], response: Floats) -> Floats:
    """Convolution, cut to the sound's length."""
    size = 1 << int(np.ceil(np.log2(sound.size + response.size)))
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: sound.size]
