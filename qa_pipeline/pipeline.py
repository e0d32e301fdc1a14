"""One recording through all steps: what is stored already is not done again, and a failure is a row, not an end."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from qa_pipeline import __version__
from qa_pipeline.audio.elsewhere import Downloads
from qa_pipeline.audio.ingest import IngestOptions, file_sha256, ingest
from qa_pipeline.checks.context import Judge
from qa_pipeline.core.call import Call, CallMetadata, Dialogue, Recording, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.score import Scorecard
from qa_pipeline.core.span import total_s
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.listening import Channels, Found, Separator, find_speech, hear, recognise, transcribe
from qa_pipeline.pages import Pages
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import is_current, score
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.steps import AnalyseOptions, build_call, call_key, dialogue_key, recording_key, transcript_key
from qa_pipeline.store.database import Failure, Store, UnreadableCall
from qa_pipeline.transcribe.engine import Engine
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions

_log = logging.getLogger(__name__)

#: Characters of the hash that name a call without a call id: enough for billions of recordings.
_ID_CHARACTERS = 12

#: Recordings, and seconds of them, whose sound lies in memory at once while they are recognised together.
MAX_GROUP, MAX_GROUP_S = 16, 3600.0


#: Failures that the same content may not meet again.
PASSING = frozenset({"still_growing", "call_id_taken", "unreadable", "missing_file", "server_failed", "out_of_memory"})
#: Said of a recording that failed before and was not tried again.
AS_BEFORE = "(as before; --retry-failed tries again)"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A recording to be processed with what is known about it."""

    path: Path
    """Where it lies; of one that lies elsewhere, its address as a path, for its name."""
    call_id: str | None = None
    metadata: CallMetadata = field(default_factory=CallMetadata)
    url: str = ""
    """The address of a recording that lies elsewhere."""

    @property
    def name(self) -> str:
        """As it was given."""
        return self.url or storable(self.path)

    @property
    def place(self) -> str:
        """Where it lies, for the store."""
        return self.url or storable(self.path.absolute())


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of one recording: status is done, skipped or failed."""

    recording: str
    call_id: str
    status: str
    step: str = ""
    reason: str = ""
    unscorable: tuple[str, ...] = ()
    """Codes of all reasons why nothing of the call was scored."""
    code: str = ""
    """Of the failure, as docs/batches.md lists them."""


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    ingest: IngestOptions = field(default_factory=IngestOptions)
    voice: VoiceActivityOptions = field(default_factory=VoiceActivityOptions)
    analyse: AnalyseOptions = field(default_factory=AnalyseOptions)
    separator: Separator = field(default_factory=Separator)
    words: WordList = EMPTY
    retry_failed: bool = False
    """Try again what failed before and has not changed since."""


class Pipeline:
    """Processes recordings one by one; everything that it makes is stored at once.

    An engine that works on several recordings at a time is fed ahead: see ``process_all``.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        rubric: LoadedRubric,
        pages: Pages,
        options: PipelineOptions | None = None,
        judge: Judge | None = None,
        *,
        run_id: str,
    ) -> None:
        """``run_id``: the batch in the store (``begin_run``): within one, files of the same sound are one call."""
        self._store = store
        self._engine = engine
        self._rubric = rubric
        self._pages = pages
        self._options = options or PipelineOptions()
        self._judge = judge
        self._run_id = run_id
        self._sounds: dict[str, _Sound] = {}
        self._downloads = Downloads()

    def process_all(self, items: Sequence[WorkItem]) -> Iterator[RunResult]:
        """The result of each item as it is known, in their order.

        Where the engine wants more speech than one recording holds, the next recordings are recognised together first;
        what that gives is stored, so that a run that is stopped loses nothing.
        """
        ahead = 0
        for number, item in enumerate(items):
            if number >= ahead and self._engine.group_speech_s:
                ahead = self._recognise_ahead(items, number)
            yield self.process(item)
            self._sounds.pop(item.place, None)
            self._downloads.drop(item.url)

    def _recognise_ahead(self, items: Sequence[WorkItem], first: int) -> int:
        """Recognise recordings from ``first`` on until there is speech enough; the number of the next one."""
        found: list[tuple[str, str, Found]] = []
        speech_s, sound_s, number = 0.0, 0.0, first
        most = min(len(items), first + MAX_GROUP)
        while number < most and sound_s < MAX_GROUP_S and speech_s < self._engine.group_speech_s:
            waiting = self._waiting(items[number])
            number += 1
            if waiting is not None:
                found.append(waiting)
                speech_s += sum(total_s(spans) for spans in waiting[2].job.speech)
                sound_s += waiting[2].job.recording.duration_s
        if len(found) > 1:
            self._store_recognised(found)
        return number

    def _store_recognised(self, found: Sequence[tuple[str, str, Found]]) -> None:
        """What goes wrong here is met again, and told, when each recording has its turn."""
        try:
            answers = recognise(self._engine, [each for _, _, each in found], self._options.words)
        except UserError:
            raise
        except Exception:  # noqa: BLE001 - as in ``process``
            _log.exception("%d recordings together", len(found))
            return
        for (call_id, key, _), answer in zip(found, answers, strict=True):
            if isinstance(answer, Transcript):
                self._store.put_result(call_id, "transcript", key, answer)

    def _waiting(self, item: WorkItem) -> tuple[str, str, Found] | None:
        """Call id, key and speech of a recording without a transcript; None where nothing is to be recognised.

        What is wrong with a recording is told when its turn comes.
        """
        try:
            sound = self._sound(item)
            sha256 = sound.sha256
            call_id, key = self._identified(item, sha256)[0], self._words_key(sha256)
            stored = self._store.recording_of(call_id)
            taken = stored[1] != sha256 if stored else self._store.result_key(call_id, "call") is not None
            if taken or self._failed_before(item.place, sha256):
                return None
            if self._store.result(call_id, "transcript", key, Transcript) is not None:
                return None
            self._sounds[item.place] = sound
            return call_id, key, find_speech(sound.recording, sound.channels, self._options.voice)
        except UserError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, ``process`` meets it again and makes a row of it
            return None

    def _words_key(self, sha256: str) -> str:
        return transcript_key(sha256, self._engine.made_by, self._options.voice, self._options.words.revision)

    def _sound(self, item: WorkItem) -> _Sound:
        """What a recording holds now; StepFailure where it cannot be read."""
        limits = self._options.ingest
        path = self._downloads.get(item.url, limits.decode.max_bytes) if item.url else item.path
        sha256 = file_sha256(path, limits.decode.max_bytes)
        known = self._sounds.get(item.place)
        return known if known and known.sha256 == sha256 else _Sound(path, sha256, limits, shown=item.url)

    def _identified(self, item: WorkItem, sha256: str) -> tuple[str, WorkItem]:
        """The call id; and the item with what is known about it.

        A recording that nothing is said about is the call that was made from it before: it was renamed, and the sheet
        of calls still has its old name.
        """
        if item.call_id:
            return item.call_id, item
        own = sha256[:_ID_CHARACTERS]
        known = [] if item.metadata != CallMetadata() else self._store.calls_of_recording(sha256)
        if not known or own in known:
            return own, item
        try:
            call = self._store.call(known[0])
        except UnreadableCall:
            call = None
        return (known[0], replace(item, metadata=call.metadata)) if call else (own, item)

    def process(self, item: WorkItem) -> RunResult:
        """Never raises for the recording's sake: a StepFailure becomes a row and a result."""
        name, place = item.name, item.place
        call_id, sha256 = item.call_id or "", None
        try:
            if not item.url and place != str(item.path.absolute()):
                raise StepFailure("ingest", "bad_name", "the path is not UTF-8 text; rename the file or folder")
            sound = self._sound(item)
            sha256 = sound.sha256
            call_id, item = self._identified(item, sha256)
            before = self._failed_before(place, sha256)
            if before is not None:
                return RunResult(name, call_id, "failed", before.step, f"{before.reason} {AS_BEFORE}", code=before.code)
            twin = self._claim(call_id, sha256, place)
            if twin:
                self._store.clear_failure(place)
                return RunResult(name, call_id, "skipped", reason=f"the same recording as {twin}")
            worked, card = self._work(item, call_id, sound)
        except StepFailure as failure:
            return self._failed(name, place, call_id, failure, sha256)
        except UserError:
            raise  # nothing can go on: the store or the model has to be mended first
        except Exception as error:  # noqa: BLE001 - a bug on one recording must not cost the night's batch
            _log.exception("call %s", call_id)
            why = f"an error in the program ({type(error).__name__}); please report it"
            return self._failed(name, place, call_id, StepFailure("run", "internal_error", why), sha256)
        self._store.clear_failure(place)
        unscorable = card.unscorable_codes
        if worked:
            return RunResult(name, call_id, "done", reason=self._shared(call_id, sha256), unscorable=unscorable)
        return RunResult(name, call_id, "skipped", reason="already done", unscorable=unscorable)

    def _failed(self, name: str, place: str, call_id: str, failure: StepFailure, sha256: str | None) -> RunResult:
        # What may pass by itself is tried in every run: it is stored without saying of which content it holds.
        of = None if failure.code in PASSING else sha256
        self._store.put_failure(place, call_id, failure, of)
        return RunResult(name, call_id, "failed", failure.step, failure.reason, code=failure.code)

    def _failed_before(self, place: str, sha256: str) -> Failure | None:
        """What the same content came to under the same program; None where it shall be tried."""
        if self._options.retry_failed:
            return None
        known = self._store.failure_of(place)
        return known if known and (known.sha256, known.version) == (sha256, __version__) else None

    def _shared(self, call_id: str, sha256: str) -> str:
        """Other calls that were made from the same sound, as a reason to look; allowed, but seldom meant."""
        others = [other for other in self._store.calls_of_recording(sha256) if other != call_id]
        return f"shares its recording with call {others[0]}" if others else ""

    def _claim(self, call_id: str, sha256: str, place: str) -> str | None:
        """The earlier file of this run with the same sound and call; a call id belongs to one sound."""
        stored = self._store.recording_of(call_id)
        if stored is None and self._store.result_key(call_id, "call"):
            raise StepFailure("ingest", "call_id_taken", "an imported transcript is stored under this call id")
        first, owner = self._store.claim(self._run_id, call_id, sha256, place)
        if owner != sha256:
            _taken(first)
        if stored and stored[1] != sha256:
            _taken(stored[0])
        return Path(first).name if first != place else None

    def _work(self, item: WorkItem, call_id: str, sound: _Sound) -> tuple[bool, Scorecard]:
        """True when any step had to run; the call's scorecard."""
        engine, sha256 = self._engine.made_by, sound.sha256
        words_key = self._words_key(sha256)
        transcript = self._store.result(call_id, "transcript", words_key, Transcript)
        known = self._store.result(call_id, "recording", recording_key(sha256), Recording)
        recording = known or sound.recording
        self._place(call_id, item.place, sha256)
        if known is None:
            self._store.put_result(call_id, "recording", recording_key(sha256), recording)
        if transcript is None:
            options = self._options
            transcript = transcribe(self._engine, recording, sound.channels, options.voice, options.words)
            self._store.put_result(call_id, "transcript", words_key, transcript)
        heard_key = dialogue_key(words_key, transcript.language, self._options.separator.name)
        key = call_key(heard_key, item.metadata, transcript.language, self._options.analyse)
        call = self._store.result(call_id, "call", key, Call)
        if call is None:
            heard = self._hear(call_id, heard_key, recording, transcript, sound)
            call = build_call(call_id, recording, transcript, heard, item.metadata, engine, self._options.analyse)
            self._store.put_result(call_id, "call", key, call)
        scored, card = self._score(call, key)
        self._pages.write(call, self._store, self._rubric, sound)
        return scored or sound.decoded, card

    def _hear(self, call_id: str, key: str, recording: Recording, transcript: Transcript, sound: _Sound) -> Dialogue:
        heard = self._store.result(call_id, "dialogue", key, Dialogue)
        if heard is None:
            model = load_role_model(transcript.language)
            heard = hear(recording, transcript, sound.channels, model, self._options.separator)
            self._store.put_result(call_id, "dialogue", key, heard)
        return heard

    def _place(self, call_id: str, place: str, sha256: str) -> None:
        """Remember where the recording lies now: it may have been moved since the last run."""
        if self._store.put_recording(call_id, place, sha256) != sha256:
            _taken((self._store.recording_of(call_id) or ("",))[0])

    def _score(self, call: Call, key: str) -> tuple[bool, Scorecard]:
        """True when the call had to be scored; its scorecard."""
        loaded = self._rubric
        stored = self._store.scorecard(call.call_id, loaded.rubric.id, loaded.sha256, key)
        if stored and is_current(stored, loaded.rubric, self._judge):
            return False, stored
        card = score(call, loaded, self._judge)
        if card == stored:
            return False, card
        self._store.put_scorecard(card, key)
        return True, card


class _Sound:
    """The recording's sound, decoded when it is first asked for."""

    def __init__(self, path: Path, sha256: str, options: IngestOptions, shown: str) -> None:
        """``shown``: what to call it, where the file itself is only a copy."""
        self.sha256 = sha256
        self._shown = shown
        self._path = path
        self._options = options
        self._content: tuple[Recording, Channels] | None = None

    @property
    def decoded(self) -> bool:
        return self._content is not None

    @property
    def recording(self) -> Recording:
        return self._load()[0]

    @property
    def channels(self) -> Channels:
        return self._load()[1]

    def _load(self) -> tuple[Recording, Channels]:
        if self._content is None:
            content = ingest(self._path, self._options)
            if content[0].sha256 != self.sha256:
                raise StepFailure("ingest", "still_growing", "changed while it was read; run again when it is complete")
            recording, channels = content
            self._content = (replace(recording, path=self._shown), channels) if self._shown else content
        return self._content


def _taken(by: str) -> NoReturn:
    """``by``: place of the recording that has the call id."""
    why = f"another recording ({Path(by).name}) is stored under this call id; give this one an id of its own"
    raise StepFailure("ingest", "call_id_taken", why)


def storable(path: Path) -> str:
    """The path as text that every encoding takes: names from other systems may hold bytes that are no UTF-8."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
