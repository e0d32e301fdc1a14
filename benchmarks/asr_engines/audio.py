"""Two-channel sound of a wanted length from the demo's calls, and what is said on each channel."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Turn
from qa_pipeline.core.span import Span
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """``sound``: shape (2, samples), 16 kHz; ``said``: the true words of each channel, in order of time."""

    sound: Sound
    said: tuple[str, str]

    @property
    def duration_s(self) -> float:
        return float(self.sound.shape[1] / SAMPLE_RATE_HZ)


def demo_sample(seconds: float) -> Sample:
    """The demo's two-channel calls one after another, over and over, cut in the last pause before ``seconds``."""
    sounds: list[Sound] = []
    said: list[list[str]] = [[], []]
    left_s = seconds
    for call, sound in _calls():
        turns = [turn for turn in call.conversation.turns if turn.span and turn.channel is not None]
        end_s = cut_s([turn.span for turn in turns if turn.span], left_s, sound.shape[1] / SAMPLE_RATE_HZ)
        for turn in turns:
            if turn.span and turn.span.end_s <= end_s:
                said[_channel(turn)].append(turn.text)
        sounds.append(sound[:, : int(end_s * SAMPLE_RATE_HZ)])
        left_s -= end_s
        if end_s < sound.shape[1] / SAMPLE_RATE_HZ or left_s <= 0:
            break
    return Sample(np.concatenate(sounds, axis=1), ("".join(said[0]), "".join(said[1])))


def cut_s(spans: Sequence[Span], limit_s: float, whole_s: float) -> float:
    """Where to end a call: its whole length if that fits, else the middle of the last pause that begins before the
    limit, and the limit itself where there is none."""
    if whole_s <= limit_s:
        return whole_s
    ordered = sorted(spans, key=lambda span: span.start_s)
    pauses, reached_s = [], 0.0
    for span in ordered:
        middle_s = (reached_s + span.start_s) / 2
        if reached_s < span.start_s and middle_s <= limit_s:
            pauses.append(middle_s)
        reached_s = max(reached_s, span.end_s)
    return max([each for each in pauses if each > 0] or [limit_s])


def _channel(turn: Turn) -> int:
    return int(turn.channel or 0)


def _calls() -> Iterator[tuple[LabelledCall, Sound]]:
    """The two-channel calls in which somebody speaks, for ever."""
    calls = [call for call in read_labelled(demo_dir() / "reference.jsonl") if call.conversation.turns]
    kept: list[tuple[LabelledCall, Sound]] = []
    for call in calls:
        channels = ingest(demo_dir() / "recordings" / str(call.recording), IngestOptions(settle_s=0.0))[1]
        if len(channels) == 2:
            kept.append((call, np.stack(channels)))
            yield kept[-1]
    while True:
        yield from kept


def write_wav(sound: Sound, path: Path) -> None:
    """16-bit PCM, two channels."""
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(np.ascontiguousarray(samples.T).tobytes())
