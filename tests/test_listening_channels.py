"""Which channels and stretches an engine is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import MadeBy, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.listening import transcribe
from qa_pipeline.transcribe.engine import SpeechJob
from tests.audio_files import speechlike, tone, write_wav

SETTLED = IngestOptions(settle_s=0.0)


class Listener:
    """An engine that keeps what it was given."""

    made_by = MadeBy("transcribe", "0", "listener")
    group_speech_s = 0.0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        (job,) = jobs
        self.channels, self.speech = job.channels, job.speech
        return [Transcript("zh", None, (), tuple(tuple(part) for part in job.speech))]


def test_silent_channels_hold_no_speech(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", [tone(440, 1), tone(440, 1, amplitude=0.0)])
    listener = Listener()
    transcribe(listener, *ingest(path, SETTLED))
    assert [list(part) for part in listener.speech] == [[], []]


def test_identical_channels_are_listened_to_once(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", [speechlike(1, 1), speechlike(1, 1)])
    listener = Listener()
    recording, channels = ingest(path, SETTLED)
    assert recording.identical_channels
    transcribe(listener, recording, channels)
    assert (len(listener.channels), len(listener.speech)) == (1, 1)
