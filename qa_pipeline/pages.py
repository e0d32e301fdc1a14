"""The output folder: call pages with their sound, and the index over all calls that have a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_pipeline import __version__
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.insight.team_norms import TeamNorms, team_norms
from qa_pipeline.leads.loading import load_lead_rules
from qa_pipeline.leads.record import lead_record
from qa_pipeline.leads.rules import LeadRules
from qa_pipeline.report import (
    CallResult,
    FailureRow,
    IndexRow,
    PageOptions,
    index_row,
    page_name,
    write_call_page,
    write_index,
    write_static,
)
from qa_pipeline.report.audio_copy import write_audio_copy
from qa_pipeline.report.notices import notices
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store


class Sound(Protocol):
    """Sound that is decoded only when it is asked for."""

    @property
    def channels(self) -> Sequence[NDArray[np.float32]]: ...


@dataclass(frozen=True, slots=True)
class StoredSound:
    """The sound of a recording that was processed before; StepFailure when the file is gone."""

    path: Path
    sha256: str

    @property
    def channels(self) -> Sequence[NDArray[np.float32]]:
        recording, channels = ingest(self.path, IngestOptions(settle_s=0.0))
        if recording.sha256 != self.sha256:
            raise StepFailure("ingest", "changed", "another recording lies under the path now")
        return channels


class Pages:
    """Writes into one folder, which can be copied anywhere and opened without a network."""

    def __init__(self, out: Path, lead_rules: LeadRules | None = None) -> None:
        self._out = out
        self._lead_rules = lead_rules or load_lead_rules()
        self._options = PageOptions(version=__version__)
        self._norms = TeamNorms()
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_static(out)
        except OSError as error:
            raise UserError(f"{out}: cannot be written to ({error.strerror}); choose another --out folder") from None

    @property
    def index(self) -> Path:
        return self._out / "index.html"

    def page(self, call_id: str) -> Path:
        return self._out / "calls" / f"{page_name(call_id)}.html"

    def write(self, call: Call, store: Store, loaded: LoadedRubric, sound: Sound | None) -> Path:
        """The page of one call under a rubric, with a copy of its sound where there is one."""
        try:
            return write_call_page(
                self._result(call, store, loaded, self._audio(call, sound)), self._out, self._options
            )
        except OSError as error:
            raise UserError(f"{self._out}: cannot be written to ({error.strerror}); mend this and run again") from None

    def learn_norms(self, store: Store) -> bool:
        """From now on pages show what is usual in the calls' teams; True where that is not what they showed before."""
        before, self._norms = self._norms, team_norms(store.calls())
        return self._norms != before

    def write_again(self, call_id: str, store: Store, loaded: LoadedRubric) -> None:
        """The page of a call that has one, where there is something to compare the call with."""
        call = store.call(call_id)
        if call is not None and self._norms.of(call):
            self.write(call, store, loaded, None)

    def write_all(self, store: Store, loaded: LoadedRubric) -> None:
        """Every stored call's page anew."""
        for call in store.calls():
            stored = store.recording_of(call.call_id)
            self.write(call, store, loaded, StoredSound(*stored) if stored else None)

    def write_index(self, store: Store, loaded: LoadedRubric) -> Path:
        failures = [FailureRow(f.recording, f.call_id, f.step, f.code, f.reason, f.failed_at) for f in store.failures()]
        return write_index(self._rows(store, loaded), failures, self._out, self._options)

    def _rows(self, store: Store, loaded: LoadedRubric) -> Iterator[IndexRow]:
        """One small row per call, so that the calls themselves need not be held."""
        for call in store.calls():
            if self.page(call.call_id).exists():
                yield index_row(self._result(call, store, loaded, None))

    def _result(self, call: Call, store: Store, loaded: LoadedRubric, audio: Path | None) -> CallResult:
        card = store.scorecard(call.call_id, loaded.rubric.id, loaded.sha256)
        told = notices(call, loaded.rubric.min_confidence, card.unscorable if card else ())
        lead = lead_record(call, self._lead_rules)
        return CallResult(call, card, loaded.rubric, audio, told, lead, self._norms.of(call))

    def _audio(self, call: Call, sound: Sound | None) -> Path | None:
        path = self._out / "audio" / f"{page_name(call.call_id)}.m4a"
        if path.exists():
            return path
        if sound is None:
            return None
        try:
            channels = sound.channels
        except StepFailure:
            return None  # the recording is gone or changed: the page is written without sound
        return write_audio_copy(channels, path)
