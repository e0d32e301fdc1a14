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


class Engine(Protocol):
    """Turns the speech of a recording into words. Equal input gives equal output."""

    @property
    def made_by(self) -> MadeBy:
        """Engine, model, revision and options: the identity of its results."""
        ...

    def transcribe(
        self, recording: Recording, channels: Sequence[Samples], speech: Sequence[Sequence[Span]]
    ) -> Transcript:
        """Recognise each channel on its own.

        Args:
            recording: the file's facts.
            channels: float32 arrays, shape (samples,), 16 kHz, one per channel.
            speech: per channel the stretches with voice; nothing else is decoded.

        Raises:
            StepFailure: this recording cannot be transcribed.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReplayEngine:
    """Gives back recorded transcripts by the file's hash; for tests and for measuring the other steps."""

    transcripts: Mapping[str, Transcript]

    @property
    def made_by(self) -> MadeBy:
        return MadeBy("transcribe", __version__, model="replay")

    def transcribe(
        self, recording: Recording, channels: Sequence[Samples], speech: Sequence[Sequence[Span]]
    ) -> Transcript:
        try:
            return self.transcripts[recording.sha256]
        except KeyError:
            raise StepFailure(
                "transcribe", "no_recorded_transcript", "no transcript is recorded for this file"
            ) from None
