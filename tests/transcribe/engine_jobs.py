"""Recordings for tests of speech engines, and answers of engines as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.core.call import Transcript
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.engine import Engine, SpeechJob
from tests.factories import recording

RECORDED = Path(__file__).parent / "recorded"
RATE = 16_000


def recorded(name: str) -> Any:
    """The answer that a file of ``recorded`` holds."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def job(*channels: list[tuple[float, float]], seconds: float = 40.0) -> SpeechJob:
    """A recording with stretches of speech per channel; the samples of a channel count up, so that clips tell where
    they were cut."""
    sound = np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(seconds * RATE)
    return SpeechJob(
        recording(), [sound for _ in channels], [[Span(*stretch) for stretch in each] for each in channels]
    )


def heard(engine: Engine, *jobs: SpeechJob) -> list[Transcript]:
    """The transcripts; a failure fails the test."""
    answers = engine.transcribe(jobs)
    for answer in answers:
        assert isinstance(answer, Transcript), answer
    return [answer for answer in answers if isinstance(answer, Transcript)]


def times(transcript: Transcript) -> list[tuple[str, float, float]]:
    """Every word with its times."""
    return [
        (word.text, word.span.start_s, word.span.end_s) for segment in transcript.segments for word in segment.words
    ]
