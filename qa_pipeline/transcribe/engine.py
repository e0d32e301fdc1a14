"""What a speech engine is to the pipeline, and the engine that replays recorded transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_pipeline import __version__
from qa_pipeline.core.call import MadeBy, Recording, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """One recording to be recognised.

    ``channels``: float32 arrays, shape (samples,), 16 kHz, one per channel; ``speech``: per channel the stretches with
    voice, in order, not overlapping; nothing else is decoded.
    """

    recording: Recording
    channels: Sequence[Samples]
    speech: Sequence[Sequence[Span]]


class Engine(Protocol):
    """Turns the speech of a recording into words. Equal input gives equal output."""

    @property
    def made_by(self) -> MadeBy:
        """Engine, model, revision and options: the identity of its results."""
        ...

    @property
    def group_speech_s(self) -> float:
        """Seconds of speech that are worth collecting from several recordings; 0: one recording at a time."""
        ...

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        """Recognise every channel of every recording; one answer per job, in their order."""
        ...


def transcribed(engine: Engine, job: SpeechJob) -> Transcript:
    """The transcript of one recording; StepFailure when the engine has none."""
    (answer,) = engine.transcribe([job])
    if isinstance(answer, StepFailure):
        raise answer
    return answer


@dataclass(frozen=True, slots=True)
class ReplayEngine:
    """Gives back recorded transcripts by the file's hash; for tests and for measuring the other steps."""

    transcripts: Mapping[str, Transcript]

    @property
    def made_by(self) -> MadeBy:
        return MadeBy("transcribe", __version__, model="replay")

    @property
    def group_speech_s(self) -> float:
        return 0.0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        unknown = StepFailure("transcribe", "no_recorded_transcript", "no transcript is recorded for this file")
        return [self.transcripts.get(job.recording.sha256, unknown) for job in jobs]
