"""Runs what ``asr evaluate`` compares: one way to recognise after the other, so that one model is loaded at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qa_pipeline.cli.asr_variants import Variant
from qa_pipeline.core.call import MadeBy, Transcript, Turn
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.evaluate import Normaliser, TranscriptFigures, compare

if TYPE_CHECKING:
    from qa_pipeline.config import Settings
    from qa_pipeline.core.call import Recording
    from qa_pipeline.listening import Channels, Found
    from qa_pipeline.transcribe.engine import Engine
    from qa_pipeline.transcribe.labelled import LabelledCall


@dataclass(frozen=True, slots=True)
class Row:
    """One call under one variant: its figures, or the reason why there are none.

    ``seconds``: what recognition took, decoding of the file and voice activity left out; 0 where nothing was run;
    ``speech_s``: the speech that there was to recognise, all channels together.
    """

    call_id: str
    recording: str
    figures: TranscriptFigures | None = None
    heard: Transcript | Sequence[Turn] | None = None
    reason: str = ""
    audio_s: float = 0.0
    seconds: float = 0.0
    speech_s: float = 0.0


@dataclass(slots=True)
class Work:
    """What all variants are measured on. ``found`` remembers the speech of a recording, its sound left out."""

    file: Path
    calls: Sequence[LabelledCall]
    paths: Mapping[str, Path]
    normaliser: Normaliser
    found: dict[Path, Found] = field(default_factory=dict)

    def name(self, call: LabelledCall) -> str:
        path = self.paths.get(call.call_id)
        return path.name if path else call.recording or call.call_id

    @property
    def language(self) -> str:
        return self.calls[0].conversation.language


class Source(Protocol):
    """Where the words of a call come from."""

    @property
    def made_by(self) -> MadeBy | None:
        """Engine, model and revision; None where nothing is run."""
        ...

    def heard(self, row: Row, work: Work) -> Row:
        """The row with what was heard, or with the reason why nothing was; StepFailure for the latter, too."""
        ...


@dataclass(frozen=True, slots=True)
class Recognised:
    """An engine listens to the recording."""

    engine: Engine
    words: WordList

    @property
    def made_by(self) -> MadeBy | None:
        return self.engine.made_by

    def heard(self, row: Row, work: Work) -> Row:
        from qa_pipeline.listening import recognise

        recording, found = _listen(work, work.paths[row.call_id])
        begun = time.perf_counter()
        (answer,) = recognise(self.engine, [found], self.words)
        seconds = time.perf_counter() - begun
        if isinstance(answer, StepFailure):
            raise answer
        speech_s = sum(span.duration_s for spans in found.job.speech for span in spans)
        return replace(row, heard=answer, audio_s=recording.duration_s, seconds=seconds, speech_s=speech_s)


@dataclass(frozen=True, slots=True)
class Transcribed:
    """Transcripts made elsewhere, by call id."""

    turns: Mapping[str, Sequence[Turn]]

    @property
    def made_by(self) -> MadeBy | None:
        return None

    def heard(self, row: Row, work: Work) -> Row:
        if row.call_id not in self.turns:
            return replace(row, reason="the transcripts hold no call of this id")
        return replace(row, heard=self.turns[row.call_id])


@dataclass(frozen=True, slots=True)
class Runner:
    """A variant with everything read that it needs: mistakes show before anything long begins."""

    variant: Variant
    source: Source

    def measured(self, call: LabelledCall, work: Work) -> Row:
        """The figures of one call, or the reason why there are none."""
        row = Row(call.call_id, work.name(call))
        try:
            row = self.source.heard(row, work)
        except StepFailure as failure:
            return replace(row, reason=failure.reason)
        if row.heard is None:
            return row
        turns, language = call.conversation.turns, call.conversation.language
        return replace(row, figures=compare(row.recording, turns, row.heard, work.normaliser, language))


def _listen(work: Work, path: Path) -> tuple[Recording, Found]:
    """The recording and its speech; where speech is, is found once for all variants."""
    from qa_pipeline.audio.ingest import IngestOptions, ingest
    from qa_pipeline.listening import distinct, find_speech

    recording, channels = ingest(path, IngestOptions(settle_s=0.0))
    known = work.found.get(path)
    found = find_speech(recording, channels) if known is None else _with_sound(known, distinct(recording, channels))
    work.found[path] = _with_sound(found, ())
    return recording, found


def _with_sound(found: Found, channels: Channels) -> Found:
    return replace(found, job=replace(found.job, channels=channels))


def runners(variants: Sequence[Variant], work: Work) -> list[Runner]:
    """All variants made ready; UserError for what is wrong with any of them. No model is loaded yet."""
    return [Runner(variant, _source(variant, work)) for variant in variants]


def _source(variant: Variant, work: Work) -> Source:
    from qa_pipeline.assembly import make_engine, word_list

    if variant.transcripts:
        return _transcribed(variant.transcripts, work)
    if variant.settings is None:
        raise ValueError("a variant has settings or transcripts")
    _refuse_language(variant, variant.settings.language, work)
    return Recognised(make_engine(variant.settings), word_list(variant.settings))


def _refuse_language(variant: Variant, spoken: str, work: Work) -> None:
    if spoken not in ("auto", work.language.split("-")[0]):
        line = f"{work.file}:{work.calls[0].line}"
        raise UserError(f"{line}: is in {work.language}, but {variant.name} recognises {spoken}; set --language")


def listed_words(base: Settings, variants: Sequence[Variant]) -> WordList:
    """The words that errors are counted on: those of the settings, else of the first variant that has some."""
    from qa_pipeline.assembly import word_list

    lists = (word_list(settings) for settings in (base, *(variant.settings for variant in variants)) if settings)
    return next((words for words in lists if words.words), EMPTY)


def _transcribed(path: Path, work: Work) -> Transcribed:
    from qa_pipeline.transcribe.imported import read_transcripts

    files = (
        sorted(each for each in path.iterdir() if each.is_file() and each.name[0] != ".") if path.is_dir() else [path]
    )
    read = [call for file in files for call in read_transcripts(file, work.language)]
    known = {call.call_id: call.conversation.turns for call in read}
    if not any(call.call_id in known for call in work.calls):
        raise UserError(f"--hypothesis {path}: holds no call of {work.file}; calls are matched by their id")
    return Transcribed(known)


def reference(file: Path, folder: Path | None, *, with_sound: bool) -> tuple[list[LabelledCall], dict[str, Path]]:
    """The calls of the reference and, where something is run, their recordings; UserError for what is missing."""
    from qa_pipeline.transcribe.labelled import read_labelled

    calls = read_labelled(file)
    first = calls[0].conversation.language
    other = next((call for call in calls if call.conversation.language != first), None)
    if other is not None:
        spoken = other.conversation.language
        raise UserError(f"{file}:{other.line}: is in {spoken}, line {calls[0].line} in {first}; measure them apart")
    return calls, {call.call_id: _recording(call, file, folder) for call in calls} if with_sound else {}


def _recording(call: LabelledCall, file: Path, folder: Path | None) -> Path:
    name = call.recording or call.call_id
    for base in [folder] if folder else [file.parent, file.parent / "recordings"]:
        if (base / name).is_file():
            return base / name
    raise UserError(f"{file}:{call.line}: the recording {name} is not found; name its folder with --recordings")
