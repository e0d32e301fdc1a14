"""What everything beside the speech model costs: CPU seconds per hour of two-channel recording, by step.

``python -m benchmarks.non_speech [--minutes 20]``. The recording is made of the bundled demo calls; the words come from
their reference transcripts, so that no speech model runs. For comparison the demo's speech model recognises a part of
the same recording in the same run; the last line is the ratio of the two.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from qa_pipeline.acoustics.tones import sound_events
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import CallMetadata, MadeBy, Recording, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from qa_pipeline.listening import hear
from qa_pipeline.report import CallResult, PageOptions, write_call_page, write_static
from qa_pipeline.report.sound.audio_copy import write_audio_copy
from qa_pipeline.resources import demo_dir
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.steps import build_call, build_imported_call
from qa_pipeline.transcribe.cross_talk import cross_talk
from qa_pipeline.transcribe.engine import SpeechJob
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ, VoiceActivityOptions, speech_spans
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

Wave = NDArray[np.float32]
#: Seconds of the recording that the speech model reads for the comparison.
MODEL_SAMPLE_S = 180.0


def long_recording(folder: Path, minutes: float) -> tuple[Path, Transcript, float]:
    """A µ-law WAV of the demo's two-channel calls one after another, with the words of their references."""
    calls = [call for call in read_labelled(demo_dir() / "reference.jsonl") if call.conversation.turns]
    sounds = {call.call_id: _sound(call) for call in calls}
    pieces: list[Wave] = []
    segments: list[Segment] = []
    offset_s = 0.0
    while offset_s < minutes * 60:
        for call in calls:
            sound = sounds[call.call_id]
            if sound is None:
                continue
            pieces.append(sound)
            segments += _shifted(call, offset_s)
            offset_s += sound.shape[1] / SAMPLE_RATE_HZ
    path = folder / "long.wav"
    _write_mulaw(path, np.concatenate(pieces, axis=1))
    segments.sort(key=lambda segment: segment.span.start_s)
    return path, Transcript("zh", None, tuple(segments)), offset_s


def _sound(call: LabelledCall) -> Wave | None:
    path = demo_dir() / "recordings" / str(call.recording)
    channels = ingest(path, IngestOptions(settle_s=0.0))[1]
    return np.stack(channels) if len(channels) == 2 else None


def _shifted(call: LabelledCall, by_s: float) -> Iterator[Segment]:
    for turn in call.conversation.turns:
        if turn.span is None or turn.channel is None:
            continue
        words = tuple(Word(word.text, word.span.shift(by_s), 0.9) for word in turn.words)
        yield Segment(turn.channel, turn.span.shift(by_s), turn.text, words, 0.9)


def _write_mulaw(path: Path, sound: Wave) -> None:
    samples = np.round(np.clip(sound[:, ::2], -1, 1) * 32767).astype(np.int16)
    with av.open(str(path), "w", format="wav") as writer:
        stream = writer.add_stream("pcm_mulaw", rate=SAMPLE_RATE_HZ // 2, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.reshape(1, -1)), format="s16", layout="stereo"
        )
        frame.sample_rate = SAMPLE_RATE_HZ // 2
        for packet in (*stream.encode(frame), *stream.encode(None)):
            writer.mux(packet)


class Clock:
    """CPU seconds by step, scaled to an hour of recording."""

    def __init__(self, recorded_s: float) -> None:
        self._scale = 3600 / recorded_s
        self.costs: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, scale: float = 1.0) -> Iterator[None]:
        start = time.process_time()
        yield
        self.costs[name] = (time.process_time() - start) * self._scale * scale


def measure(minutes: float) -> Clock:
    loaded = load_rubric("telesales-coaching")
    warm_up(loaded.rubric.id)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, transcript, recorded_s = long_recording(folder, minutes)
        clock = Clock(recorded_s)
        with clock.step("decode, hash and quality facts"):
            recording, channels = ingest(path, IngestOptions(settle_s=0.0))
        with clock.step("music and tones"):
            events = sound_events(channels)
        with clock.step("cross-talk"):
            leaked = cross_talk(channels)
        with clock.step("voice activity"):
            speech = tuple(speech_spans(c, VoiceActivityOptions()) for c in leaked.channels)
        words = Transcript(transcript.language, None, transcript.segments, speech, events, tuple(leaked.seconds))
        with clock.step("turns, pitch, loudness, pauses"):
            heard = hear(recording, words, channels, load_role_model("zh"))
        with clock.step("roles, talk facts, acts, stages"):
            call = build_call("bench", recording, words, heard, CallMetadata(), MadeBy("transcribe", "bench"))
        with clock.step("scoring"):
            card = score(call, loaded)
        with clock.step("sound copy and pages"):
            write_static(folder)
            audio = write_audio_copy(channels, folder / "audio" / "bench.webm")
            write_call_page(CallResult(call, card, loaded.rubric, audio), folder, PageOptions())
        add_model_cost(clock, recording, channels)
    return clock


def warm_up(rubric_id: str) -> None:
    """Load libraries and models, which a batch does once."""
    silent = np.zeros(SAMPLE_RATE_HZ, np.float32)
    silent[::100] = 0.1
    speech_spans(silent, VoiceActivityOptions())
    sound_events([silent])
    recording, channels = ingest(demo_dir() / "recordings" / "D09.wav", IngestOptions(settle_s=0.0))
    leaked = cross_talk(channels).channels
    call = next(call for call in read_labelled(demo_dir() / "reference.jsonl") if call.call_id == "D09")
    speech = tuple(speech_spans(c, VoiceActivityOptions()) for c in leaked)
    hear(recording, Transcript("zh", None, tuple(_shifted(call, 0.0)), speech), channels, None)
    score(build_imported_call(call), load_rubric(rubric_id))


def add_model_cost(clock: Clock, recording: Recording, channels: tuple[Wave, ...]) -> None:
    engine = WhisperEngine(find_model("demo-zh"), WhisperOptions(language="zh"))
    sample = [channel[: int(MODEL_SAMPLE_S * SAMPLE_RATE_HZ)] for channel in channels]
    spans = [speech_spans(channel, VoiceActivityOptions()) for channel in cross_talk(sample).channels]
    engine.transcribe([SpeechJob(recording, sample, [[Span(0.0, 1.0)], []])])
    with clock.step("speech model (demo-zh)", recording.duration_s / MODEL_SAMPLE_S):
        engine.transcribe([SpeechJob(recording, sample, spans)])


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="length of the recording")
    costs = measure(parser.parse_args().minutes).costs
    model = costs.pop("speech model (demo-zh)")
    show("CPU seconds per hour of two-channel recording")
    for name, cost in costs.items():
        show(f"  {name:<34}{cost:8.2f}")
    total = sum(costs.values())
    show(f"  {'all but the speech model':<34}{total:8.2f}   (budget: 20)")
    show(f"  {'speech model (demo-zh, 7 M weights)':<34}{model:7.2f}")
    show(f"  all else / speech model: {total / model:.2f}")


if __name__ == "__main__":
    main()
