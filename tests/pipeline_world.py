"""Small recordings with a known sound, an engine that replays, a store, an output folder: to test pipelines on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline import pipeline as pipeline_module
from qa_pipeline.audio.ingest import IngestOptions, file_sha256, ingest
from qa_pipeline.core.call import CallMetadata, MadeBy, Segment, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span
from qa_pipeline.pages import Pages
from qa_pipeline.pipeline import Pipeline, PipelineOptions, RunResult, WorkItem
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.transcribe.engine import ReplayEngine, SpeechJob
from tests.audio_files import speechlike, write_wav
from tests.factories import ANY_RECORDING, rubric

OPTIONS = PipelineOptions(IngestOptions(settle_s=0.0))
AGENT_LEFT = CallMetadata(agent_channel=0)


def heard(text: str = "您好") -> Transcript:
    spans = Span(0.1, 0.5), Span(0.6, 0.9)
    segments = tuple(Segment(i, span, said) for i, (span, said) in enumerate(zip(spans, (text, "喂"), strict=True)))
    return Transcript("zh", None, segments, tuple((span,) for span in spans))


class CountingEngine:
    """Replays, and remembers what it was asked; may be told to fail or to be interrupted."""

    def __init__(self, transcripts: Mapping[str, Transcript], error: BaseException | None = None) -> None:
        self._replay = ReplayEngine(transcripts)
        self.error = error
        self.asked: list[str] = []
        self.groups: list[int] = []
        self.group_speech_s = 0.0

    @property
    def made_by(self) -> MadeBy:
        return self._replay.made_by

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        if self.error is not None and self.asked:
            raise self.error
        self.asked += [job.recording.sha256 for job in jobs]
        self.groups.append(len(jobs))
        return self._replay.transcribe(jobs)


class World:
    """A folder of recordings with a store and an output folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.decoded: list[str] = []
        self.recordings = [self._wav(name, i) for i, name in enumerate(("a.wav", "b.wav", "c.wav"))]
        self.engine = self.new_engine()
        monkeypatch.setattr(pipeline_module, "ingest", self._ingest)

    def _wav(self, name: str, seed: int) -> Path:
        channels = [speechlike(1, seed=2 * seed + 1), speechlike(1, seed=2 * seed + 2)]
        return write_wav(self.folder / name, channels)

    def _ingest(self, path: Path, options: IngestOptions) -> Any:
        self.decoded.append(path.name)
        return ingest(path, options)

    def new_engine(self, error: BaseException | None = None) -> CountingEngine:
        return CountingEngine({sha(path): heard() for path in self.recordings}, error)

    def store(self, name: str = "s.sqlite3") -> Store:
        return open_store(str(self.folder / name))

    def run(
        self,
        *items: WorkItem,
        loaded: LoadedRubric | None = None,
        store: str = "s.sqlite3",
        out: str = "out",
        retry: bool = False,
    ) -> list[RunResult]:
        chosen = loaded or rubric(recording=ANY_RECORDING)
        with self.store(store) as opened:
            pages = Pages(self.folder / out)
            made = self.pipeline(opened, dataclasses.replace(OPTIONS, retry_failed=retry), chosen, pages)
            try:
                return list(made.process_all(items or self.items()))
            finally:
                pages.write_index(opened, chosen)

    def pipeline(
        self,
        opened: Store,
        options: PipelineOptions = OPTIONS,
        loaded: LoadedRubric | None = None,
        pages: Pages | None = None,
    ) -> Pipeline:
        """One batch's."""
        chosen, run_id = loaded or rubric(recording=ANY_RECORDING), opened.begin_run("test", 3)
        return Pipeline(opened, self.engine, chosen, pages or Pages(self.folder / "out"), options, run_id=run_id)

    def items(self) -> list[WorkItem]:
        return [WorkItem(path, path.stem, AGENT_LEFT) for path in self.recordings]


def sha(path: Path) -> str:
    return file_sha256(path, 10**9)


def statuses(results: Sequence[RunResult]) -> list[str]:
    return [result.status for result in results]
