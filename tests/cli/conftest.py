"""Commands run in this process, in an empty folder, with a replayed transcript instead of a speech model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.cli.main import main
from qa_pipeline.core.call import MadeBy, Segment, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.engine import SpeechJob
from tests.audio_files import speechlike, write_wav

#: What the replayed customer says: it must stand in no message.
MARKER = "机密原话一二三"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Answer]


@pytest.fixture
def qa(folder: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """``qa("run", "x.wav")``: the command's exit code and what it printed."""

    def command(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as leaving:
            main(list(arguments))
        printed = capfd.readouterr()
        assert isinstance(leaving.value.code, int)
        return Answer(leaving.value.code, printed.out, printed.err)

    return command


class SpokenEngine:
    """Hears the same two sentences in every recording."""

    made_by = MadeBy("transcribe", "0", "spoken")
    group_speech_s = 0.0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        return [self._transcript() for _ in jobs]

    def _transcript(self) -> Transcript:
        spans = Span(0.1, 0.5), Span(0.6, 0.9)
        texts = "您好，我是小李，工号三零五二", f"{MARKER}，我的电话是13912345678"
        segments = tuple(Segment(i, spans[i], texts[i]) for i in (0, 1))
        return Transcript("zh", None, segments, ((spans[0],), (spans[1],)))


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.assembly.make_engine", lambda settings: SpokenEngine())
    # Nobody says so much in half a second: what is said is taken as it is.
    monkeypatch.setattr("qa_pipeline.listening.finish", lambda transcript, words: transcript)


def settled(path: Path) -> Path:
    """A file old enough not to be watched for growth."""
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def wav(path: Path, seed: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return settled(write_wav(path, [speechlike(1, seed), speechlike(1, seed + 50)]))
