"""What is written where nobody speaks: half an hour of silence, noise, hold music, tones, keys and a fax.

``python -m benchmarks.no_words [--minutes 30] [--words]``, some minutes. Every kind of sound is made by numpy and
written as a file of its own (8 kHz A-law, as a telephone line passes it), and all of them one after another as a call
of two channels. Three ways to listen, with the bundled model: as the program does (voice activity first), and without
voice activity, the sound cut into stretches of 25 s and of 2 s, so that the model is forced to write and the guards
stand alone. ``kept``: words without a doubt and of the confidence that scoring asks for.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Transcript
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.listening import find_speech
from qa_pipeline.transcribe.engine import Engine, SpeechJob, transcribed
from qa_pipeline.transcribe.finishing import finish
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.spoken_tokens import tokens
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions
from tests.audio_files import write_audio
from tests.line_sounds import RATE_HZ, at_level, busy, cadence, dialled, music, noise, ringback, silence

Sound = NDArray[np.float32]
#: Lengths of the stretches that are decoded without voice activity, seconds.
FORCED_S = (25.0, 2.0)
#: Normal confidence: what a rubric asks for of a call (``min_confidence``) unless it says otherwise.
MIN_CONFIDENCE = 0.6
#: Shown to the model, to see whether they come back where nobody speaks.
WORDS = WordList(("汇江通信", "畅享融合套餐", "全家福宽带", "陈雨桐", "尊享流量包", "千兆提速包"), "benchmark")


def fax(duration_s: float, db: float = -20.0) -> Sound:
    """Calling tone (CNG, 1100 Hz), answer tone (CED, 2100 Hz), then V.21 and the page (ITU-T T.30)."""
    calling = cadence((1100,), (0.5, 3.0), duration_s * 0.3, db)
    answer = cadence((2100,), (2.6, 0.4), duration_s * 0.2, db)
    return np.concatenate([calling, answer, _v21(duration_s * 0.2, db), _page(duration_s * 0.3, db)])


def _v21(duration_s: float, db: float) -> Sound:
    """300 bits a second at 1650 and 1850 Hz: the second channel of V.21."""
    bits = np.random.default_rng(21).integers(0, 2, int(duration_s * 300) + 1)
    which = bits[(np.arange(round(duration_s * RATE_HZ)) * 300 / RATE_HZ).astype(int)]
    return at_level(np.sin(2 * np.pi * np.cumsum(np.where(which, 1650.0, 1850.0)) / RATE_HZ), db)


def _page(duration_s: float, db: float) -> Sound:
    """2400 symbols of four bits a second on a carrier of 1800 Hz, as V.29 sends a page."""
    rng = np.random.default_rng(29)
    symbols = rng.choice([-3, -1, 1, 3], (2, int(duration_s * 2400) + 1))
    at = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    real, imaginary = symbols[:, (at * 2400).astype(int)]
    return at_level(real * np.cos(2 * np.pi * 1800 * at) - imaginary * np.sin(2 * np.pi * 1800 * at), db)


def hum(duration_s: float, db: float) -> Sound:
    """Mains: 50 Hz and its harmonics, under a little noise."""
    at = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return at_level(np.sum([np.sin(2 * np.pi * 50 * n * at) / n for n in range(1, 20)], axis=0), db) + noise(
        duration_s, db - 20
    )


def brown(duration_s: float, db: float) -> Sound:
    """Noise that falls by 6 dB an octave, as a street or a machine room has it, swelling every five seconds."""
    rumble = np.cumsum(np.random.default_rng(6).standard_normal(round(duration_s * RATE_HZ)))
    rumble -= np.convolve(rumble, np.ones(1601) / 1601, "same")
    swell = 1.2 + np.sin(2 * np.pi * 0.2 * np.arange(rumble.size) / RATE_HZ)
    return at_level(rumble * swell, db)


def clicks(duration_s: float, db: float) -> Sound:
    """Crackle of a bad line over soft noise."""
    sound = noise(duration_s, db - 20).astype(np.float64)
    rng = np.random.default_rng(9)
    sound[rng.integers(0, sound.size, int(8 * duration_s))] += rng.choice([-0.5, 0.5], int(8 * duration_s))
    return sound.astype(np.float32)


#: Name, share of the time, and its maker (seconds → sound).
KINDS: tuple[tuple[str, float, Callable[[float], Sound]], ...] = (
    ("digital silence", 3, silence),
    *((f"white noise {db} dB", 1, lambda s, db=db: noise(s, db)) for db in (-70, -55, -40, -25, -15)),
    ("street noise -25 dB", 2, lambda s: brown(s, -25)),
    ("mains hum -30 dB", 1, lambda s: hum(s, -30)),
    ("crackle", 1, lambda s: clicks(s, -30)),
    *(
        (f"music, {style}", 1, lambda s, style=style: music(style, s))
        for style in ("pad", "plucked", "piano", "melody", "band", "song", "solo")
    ),
    ("music, soft band", 1, lambda s: music("band", s, -40)),
    *((f"ringback {country}", 1, lambda s, country=country: ringback(s, country)) for country in ("cn", "us", "uk")),
    *((f"busy {country}", 1, lambda s, country=country: busy(s, country)) for country in ("cn", "us", "congestion")),
    ("keys pressed", 1, lambda s: dialled("13800138000#" * (int(s / 2.4) + 1))[: round(s * RATE_HZ)]),
    ("fax", 3, fax),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one way of listening made of one recording."""

    speech_s: float
    words: int
    unsure: int
    """Words without a doubt whose confidence alone is too low."""
    kept: tuple[str, ...]
    """Texts of normal confidence."""


def sounds(minutes: float) -> dict[str, Sound]:
    whole = sum(share for _, share, _ in KINDS)
    return {name: make(60 * minutes * share / whole) for name, share, make in KINDS}


def heard(transcript: Transcript) -> Heard:
    found = sum(span.duration_s for spans in transcript.speech for span in spans)
    undoubted = [segment for segment in transcript.segments if not segment.doubts]
    kept = tuple(segment.text for segment in undoubted if (segment.confidence or 0.0) >= MIN_CONFIDENCE)
    words = _words(segment.text for segment in transcript.segments)
    return Heard(found, words, _words(segment.text for segment in undoubted) - _words(kept), kept)


def _words(texts: Iterable[str]) -> int:
    """English words, Chinese characters."""
    return sum(len(tokens(text)) for text in texts)


def ways(engine: Engine, path: Path, words: WordList) -> Iterator[Heard]:
    """As the program listens, then by stretches of each length in ``FORCED_S``."""
    recording, channels = ingest(path, IngestOptions(settle_s=0.0))
    jobs = [find_speech(recording, channels).job]
    for length_s in FORCED_S:
        speech = [_cut(samples.size / RATE_HZ, length_s) for samples in jobs[0].channels]
        jobs.append(SpeechJob(recording, jobs[0].channels, speech))
    for job in jobs:
        yield heard(finish(transcribed(engine, job), words))


def _cut(duration_s: float, length_s: float) -> tuple[Span, ...]:
    starts = np.arange(0, duration_s - 0.5, length_s)
    return tuple(Span(float(start), min(duration_s, float(start) + length_s)) for start in starts)


def recordings(made: dict[str, Sound], folder: Path) -> Iterator[tuple[str, Path]]:
    """A file for each kind, then all of them on two channels, the second in another order."""
    for number, (name, sound) in enumerate(made.items()):
        yield name, _written(folder / f"{number}.wav", [sound])
    pieces = list(made.values())
    half = len(pieces) // 2
    both = [np.concatenate(pieces), np.concatenate(pieces[half:] + pieces[:half])]
    yield "all on two channels", _written(folder / "all.wav", both)


def _written(path: Path, channels: Sequence[Sound]) -> Path:
    # Every second sample of 16 kHz: what lies above 4 kHz folds back as it would on no line, and stays no speech.
    return write_audio(path, [channel[::2] for channel in channels], RATE_HZ // 2, "pcm_alaw")


def engine_with(words: WordList) -> Engine:
    return WhisperEngine(find_model("demo-zh"), WhisperOptions(language="zh", words=words))


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="of all kinds together")
    parser.add_argument("--words", action="store_true", help="show the model a word list")
    arguments = parser.parse_args()
    words = WORDS if arguments.words else EMPTY
    engine = engine_with(words)
    show(f"{'':22}{'as the program listens':>34}{'25 s stretches':>24}{'2 s stretches':>24}")
    show(f"{'':22}{'speech s':>10}" + f"{'words':>8}{'unsure':>8}{'kept':>8}" * 3)
    with tempfile.TemporaryDirectory() as folder:
        for name, path in recordings(sounds(arguments.minutes), Path(folder)):
            found = list(ways(engine, path, words))
            counts = "".join(f"{each.words:8d}{each.unsure:8d}{_words(each.kept):8d}" for each in found)
            show(f"{name:22}{found[0].speech_s:10.1f}{counts}")
            for text in dict.fromkeys(text for each in found for text in each.kept):
                show(f"    kept: {text}")


if __name__ == "__main__":
    main()
