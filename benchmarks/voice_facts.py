"""What voice facts cost: CPU seconds per hour of two-channel recording, beside the usual ways to get them; and memory.

``python -m benchmarks.voice_facts [--minutes 20] [--no-memory]``. The recording is made of the bundled demo calls one
after another, the turns come from their reference transcripts. The other ways (librosa.pyin, librosa.yin, a loop over
the turns) read the same speech in the same run, pyin only a part of it; their costs are scaled to the hour. Memory is
the peak of what is allocated beside the sound itself, for one channel of the recording and for two hours of it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.non_speech import Clock, Wave, long_recording
from qa_pipeline.acoustics.activity import exact_stretches
from qa_pipeline.acoustics.pitch import HOP_S, MAX_HZ, MIN_HZ, pitch_track
from qa_pipeline.acoustics.turn_voice import turn_voices
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Role, Transcript, Turn
from qa_pipeline.core.span import Span, total_s
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ, VoiceActivityOptions, speech_spans

#: Seconds of speech that pyin reads.
PYIN_SAMPLE_S = 30.0
#: What librosa needs for three periods of the lowest voice, and our hop.
FRAME, HOP = 1024, round(HOP_S * SAMPLE_RATE_HZ)
BUDGET_S = 6.0
LONG_S = 2 * 3600.0

Spans = tuple[Span, ...]


class Material:
    """Two channels, the spans of the voice detector on each, and the turns."""

    def __init__(self, minutes: float) -> None:
        with tempfile.TemporaryDirectory() as name:
            path, transcript, self.duration_s = long_recording(Path(name), minutes)
            self.channels: tuple[Wave, ...] = ingest(path, IngestOptions(settle_s=0.0))[1]
        self.spans = [speech_spans(channel, VoiceActivityOptions()) for channel in self.channels]
        self.turns = turns_of(transcript)


def turns_of(transcript: Transcript) -> list[Turn]:
    """One turn per segment: who speaks is known from the channel."""
    return [
        Turn(index, Role.UNKNOWN, segment.text, segment.span, segment.channel, voice=segment.channel)
        for index, segment in enumerate(transcript.segments)
    ]


def piece(channel: Wave, span: Span) -> Wave:
    return channel[round(span.start_s * SAMPLE_RATE_HZ) : round(span.end_s * SAMPLE_RATE_HZ)]


def own_steps(material: Material, clock: Clock) -> list[Spans]:
    """The steps of the package; gives the exact stretches of each channel."""
    with clock.step("exact stretches of speech"):
        speech = [exact_stretches(*each) for each in zip(material.channels, material.spans, strict=True)]
    with clock.step("pitch"):
        tracks = [pitch_track(*each) for each in zip(material.channels, speech, strict=True)]
    with clock.step("loudness, rate and pauses of turns"):
        turn_voices(material.channels, material.turns, speech, "zh", tracks)
    return speech


def other_ways(material: Material, speech: Sequence[Spans], clock: Clock) -> None:
    """Pitch by librosa over the same speech, and everything by a loop over the turns."""
    import librosa

    spoken = [
        np.concatenate([piece(*each) for each in ((channel, span) for span in spans)])
        for channel, spans in zip(material.channels, speech, strict=True)
        if spans
    ]
    ranges = {"fmin": MIN_HZ, "fmax": MAX_HZ, "sr": SAMPLE_RATE_HZ, "frame_length": FRAME, "hop_length": HOP}
    with clock.step("librosa.yin: pitch alone"):
        for sound in spoken:
            librosa.yin(sound, **ranges)
    sample = spoken[0][: round(PYIN_SAMPLE_S * SAMPLE_RATE_HZ)]
    with clock.step("librosa.pyin: pitch alone", sum(map(len, spoken)) / len(sample)):
        librosa.pyin(sample, **ranges)
    with clock.step("loop over turns: yin, rms, split"):
        for turn in material.turns:
            if turn.span is not None and turn.channel is not None:
                naive_turn(piece(material.channels[turn.channel], turn.span), ranges)


def naive_turn(sound: Wave, ranges: dict[str, float]) -> None:
    import librosa

    librosa.yin(sound, **ranges)
    librosa.feature.rms(y=sound, frame_length=FRAME, hop_length=HOP)
    librosa.effects.split(sound, top_db=30)


def warm_up() -> float:
    """CPU seconds to load libraries and, for librosa.yin and pyin, to compile them; a batch does it once."""
    start = time.process_time()
    voice = np.sin(np.arange(SAMPLE_RATE_HZ, dtype=np.float32) / 16).astype(np.float32)
    everything(voice, (Span(0.2, 0.8),), [Turn(0, Role.UNKNOWN, "", Span(0.2, 0.8), 0, voice=0)])
    loaded_s = time.process_time() - start
    import librosa

    ranges = {"fmin": MIN_HZ, "fmax": MAX_HZ, "sr": SAMPLE_RATE_HZ, "frame_length": FRAME, "hop_length": HOP}
    librosa.pyin(voice, **ranges)
    naive_turn(voice, ranges)
    return loaded_s


def everything(channel: Wave, spans: Spans, turns: Sequence[Turn]) -> None:
    speech = exact_stretches(channel, spans)
    turn_voices((channel,), turns, (speech,), "zh")


def peak_mb(channel: Wave, spans: Spans, turns: Sequence[Turn], times: int) -> float:
    """Peak of allocated memory in MB, beside the sound, while ``times`` copies of a channel in a row are measured."""
    length_s = len(channel) / SAMPLE_RATE_HZ
    sound = np.tile(channel, times)
    longer = tuple(span.shift(length_s * i) for i in range(times) for span in spans)
    shifted = [(turn, turn.span.shift(length_s * i)) for i in range(times) for turn in turns if turn.span]
    repeated = [Turn(i, turn.role, turn.text, span, 0, voice=0) for i, (turn, span) in enumerate(shifted)]
    tracemalloc.start()
    everything(sound, longer, repeated)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def show_memory(material: Material, show: Callable[[str], None]) -> None:
    own = [turn for turn in material.turns if turn.channel == 0]
    times = max(2, round(LONG_S / material.duration_s))
    show("peak memory beside the sound, one channel")
    for count in (1, times):
        minutes = count * material.duration_s / 60
        sound_mb = material.channels[0].nbytes * count / 1e6
        peak = peak_mb(material.channels[0], material.spans[0], own, count)
        show(f"  {f'{minutes:.0f} minutes ({sound_mb:.0f} MB of sound)':<38}{peak:8.1f} MB")


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="length of the recording")
    parser.add_argument("--no-memory", action="store_true", help="leave out memory, which takes a minute")
    arguments = parser.parse_args()
    loaded_s = warm_up()
    material = Material(arguments.minutes)
    own, others = Clock(material.duration_s), Clock(material.duration_s)
    speech = own_steps(material, own)
    other_ways(material, speech, others)
    total = sum(own.costs.values())
    share = sum(map(total_s, speech)) / material.duration_s
    show(f"CPU seconds per hour of two-channel recording ({share:.0%} of it speech, {len(material.turns)} turns)")
    for name, cost in own.costs.items():
        show(f"  {name:<38}{cost:8.2f}")
    show(f"  {'all voice facts':<38}{total:8.2f}   (budget: {BUDGET_S:g})")
    for name, cost in others.costs.items():
        show(f"  {name:<38}{cost:8.2f}   {cost / total:.1f} times all voice facts")
    show(f"  loading libraries, once per process: {loaded_s:.1f} s")
    if not arguments.no_memory:
        show_memory(material, show)


if __name__ == "__main__":
    main()
