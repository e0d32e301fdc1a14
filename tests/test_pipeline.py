"""One recording through all steps, with transcripts that are replayed and small files with a known sound."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline import pipeline as pipeline_module
from qa_pipeline.audio.ingest import IngestOptions, file_sha256, ingest
from qa_pipeline.core.call import (
    CallMetadata,
    ChannelQuality,
    MadeBy,
    Role,
    RoleDecision,
    Segment,
    Transcript,
)
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.score import Reason
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import WordList
from qa_pipeline.pages import Pages, StoredSound
from qa_pipeline.pipeline import Pipeline, PipelineOptions, RunResult, WorkItem, transcribe
from qa_pipeline.report.call.notices import notices
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.transcribe.engine import ReplayEngine, SpeechJob
from tests.audio_files import speechlike, tone, write_wav
from tests.factories import ANY_RECORDING, A, C, call, criterion, rubric

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
        self, *items: WorkItem, loaded: LoadedRubric | None = None, store: str = "s.sqlite3", out: str = "out"
    ) -> list[RunResult]:
        chosen = loaded or rubric(recording=ANY_RECORDING)
        with self.store(store) as opened:
            pages = Pages(self.folder / out)
            made = Pipeline(opened, self.engine, chosen, pages, OPTIONS)
            try:
                return list(made.process_all(items or self.items()))
            finally:
                pages.write_index(opened, chosen)

    def items(self) -> list[WorkItem]:
        return [WorkItem(path, path.stem, AGENT_LEFT) for path in self.recordings]


def sha(path: Path) -> str:
    return file_sha256(path, 10**9)


def statuses(results: Sequence[RunResult]) -> list[str]:
    return [result.status for result in results]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_recordings_become_calls_with_scorecards_and_pages(world: World) -> None:
    assert statuses(world.run()) == ["done"] * 3
    with world.store() as store:
        first = store.call("a")
        card = store.scorecard("a", "test")
    assert first is not None
    assert [(turn.role, turn.text) for turn in first.turns] == [(A, "您好"), (C, "喂")]
    assert card is not None
    assert card.percent == 100
    index = (world.folder / "out" / "index.html").read_text(encoding="utf-8")
    for name in "abc":
        assert (world.folder / "out" / "calls" / f"{name}.html").is_file()
        assert f"calls/{name}.html" in index
        assert (world.folder / "out" / "audio" / f"{name}.webm").stat().st_size > 0


def test_a_second_run_skips_and_hears_nothing(world: World) -> None:
    world.run()
    world.engine, world.decoded = world.new_engine(), []
    results = world.run()
    assert [(r.status, r.reason) for r in results] == [("skipped", "already done")] * 3
    assert (world.engine.asked, world.decoded) == ([], [])


def test_changed_metadata_is_analysed_again_without_listening(world: World) -> None:
    world.run()
    world.engine, world.decoded = world.new_engine(), []
    swapped = WorkItem(world.recordings[0], "a", CallMetadata(agent_channel=1))
    assert statuses(world.run(swapped)) == ["done"]
    assert (world.engine.asked, world.decoded) == ([], [])
    with world.store() as store:
        stored = store.call("a")
    assert stored is not None
    assert [turn.role for turn in stored.turns] == [C, A]


def test_a_changed_rubric_scores_again_and_nothing_more(world: World) -> None:
    world.run()
    before = stored_rows(world.folder / "s.sqlite3")
    world.engine, world.decoded = world.new_engine(), []
    other = dataclasses.replace(
        rubric(criterion(check={"phrases": {"any": ["没有"]}}), recording=ANY_RECORDING), sha256="ef" * 32
    )
    assert statuses(world.run(loaded=other)) == ["done"] * 3
    assert (world.engine.asked, world.decoded) == ([], [])
    after = stored_rows(world.folder / "s.sqlite3")
    assert [row for row in after if row[0] == "result"] == [row for row in before if row[0] == "result"]
    with world.store() as store:
        card = store.scorecard("a", "test")
    assert card is not None
    assert card.percent == 0


def test_a_broken_file_is_a_row_and_the_rest_go_on(world: World) -> None:
    world.recordings[1].write_bytes(b"RIFF")
    world.engine = world.new_engine()
    results = world.run()
    assert statuses(results) == ["done", "failed", "done"]
    assert results[1].step == "ingest"
    assert results[1].reason
    with world.store() as store:
        (failure,) = store.failures()
    assert (Path(failure.recording).name, failure.call_id, failure.step) == ("b.wav", "b", "ingest")
    assert "b.wav" in (world.folder / "out" / "index.html").read_text(encoding="utf-8")


def test_success_clears_the_failure(world: World) -> None:
    whole = world.recordings[1].read_bytes()
    world.recordings[1].write_bytes(b"")
    world.run()
    world.recordings[1].write_bytes(whole)
    assert statuses(world.run()) == ["skipped", "done", "skipped"]
    with world.store() as store:
        assert store.failures() == []


def test_a_missing_file_is_a_row(world: World) -> None:
    assert statuses(world.run(WorkItem(world.folder / "none.wav"))) == ["failed"]


def test_without_a_call_id_the_hash_names_the_call(world: World) -> None:
    (result,) = world.run(WorkItem(world.recordings[0]))
    assert result.call_id == sha(world.recordings[0])[:12]


def test_the_same_sound_under_two_names_is_one_call(world: World) -> None:
    copy = world.folder / "copy.wav"
    copy.write_bytes(b"")
    items = WorkItem(world.recordings[0]), WorkItem(copy)
    assert statuses(world.run(*items)) == ["done", "failed"]
    shutil.copy(world.recordings[0], copy)
    results = world.run(*items)
    assert [(r.status, r.reason) for r in results] == [
        ("skipped", "already done"),
        ("skipped", "the same recording as a.wav"),
    ]
    with world.store() as store:
        assert len(store.call_ids()) == 1
        assert store.failures() == []


def test_a_call_id_belongs_to_one_recording(world: World) -> None:
    a, b, _ = world.recordings
    results = world.run(WorkItem(a, "x"), WorkItem(b, "x"))
    assert statuses(results) == ["done", "failed"]
    assert "another recording" in results[1].reason
    assert statuses(world.run(WorkItem(b, "x"))) == ["failed"]
    with world.store() as store:
        assert store.recording_of("x") == (a, sha(a))


def test_a_broken_file_keeps_its_call_id_from_being_taken_for_its_twin(world: World) -> None:
    a, b, _ = world.recordings
    a.write_bytes(b"not audio")
    results = world.run(WorkItem(a, "x"), WorkItem(b, "x"))
    assert statuses(results) == ["failed", "failed"]
    assert "another recording" in results[1].reason


def test_an_engine_that_fails_for_one_recording_fails_that_one(world: World) -> None:
    failure = StepFailure("transcribe", "engine_failed", "the speech engine failed")
    world.engine = world.new_engine(failure)
    results = world.run()
    assert statuses(results) == ["done", "failed", "failed"]
    assert (results[1].step, results[1].reason) == ("transcribe", "the speech engine failed")
    world.engine = world.new_engine()
    assert statuses(world.run()) == ["skipped", "done", "done"]


def stored_rows(path: Path) -> list[tuple[str, ...]]:
    """Everything stored except moments in time."""
    with sqlite3.connect(path) as raw:
        results = raw.execute("select 'result', call_id, step, key, payload from results").fetchall()
        cards = raw.execute("select 'card', call_id, rubric_id, call_key, payload from scorecards").fetchall()
        files = raw.execute("select 'file', call_id, path, sha256 from recordings").fetchall()
        failed = raw.execute("select 'failure', recording, step, code from failures").fetchall()
    return sorted([*results, *cards, *files, *failed])


def test_an_interrupted_run_ends_like_one_that_was_not(world: World) -> None:
    world.run(store="whole.sqlite3", out="whole")
    world.engine = world.new_engine(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.run()
    with world.store() as store:
        assert store.call_ids() == ["a"]
    world.engine = world.new_engine()
    assert statuses(world.run()) == ["skipped", "done", "done"]
    assert stored_rows(world.folder / "s.sqlite3") == stored_rows(world.folder / "whole.sqlite3")
    assert tree(world.folder / "out") == tree(world.folder / "whole")


@pytest.mark.parametrize("method", ["put_recording", "put_result", "put_scorecard"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_stop_before_any_write_changes_nothing_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str, nth: int
) -> None:
    world.run(store="whole.sqlite3", out="whole")
    count = 0
    original = getattr(Store, method)

    def stop(self: Store, *values: Any) -> None:
        nonlocal count
        count += 1
        if count == nth:
            raise KeyboardInterrupt
        original(self, *values)

    with monkeypatch.context() as patch:
        patch.setattr(Store, method, stop)
        with pytest.raises(KeyboardInterrupt):
            world.run()
    world.run()
    assert stored_rows(world.folder / "s.sqlite3") == stored_rows(world.folder / "whole.sqlite3")


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_recordings_are_not_touched(world: World) -> None:
    world.recordings[1].write_bytes(b"broken")

    def facts() -> list[tuple[str, int, int]]:
        return [(sha(path), path.stat().st_mtime_ns, path.stat().st_mode) for path in world.recordings]

    before = facts()
    world.run()
    world.run()
    assert facts() == before


def test_a_file_that_changes_while_it_is_read_fails_this_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def grown(path: Path, options: IngestOptions) -> Any:
        shutil.copy(world.recordings[1], path)
        return ingest(path, options)

    monkeypatch.setattr(pipeline_module, "ingest", grown)
    (result,) = world.run(WorkItem(world.recordings[0]))
    assert (result.status, result.reason.split(";")[0]) == ("failed", "changed while it was read")
    with world.store() as store:
        assert store.call_ids() == []


def test_a_name_that_is_no_utf8_fails_alone(world: World) -> None:
    path = world.folder / os.fsdecode("客户.wav".encode("gb18030"))
    shutil.copy(world.recordings[0], path)
    results = world.run(WorkItem(path), WorkItem(world.recordings[1]))
    assert statuses(results) == ["failed", "done"]
    assert "rename" in results[0].reason
    results[0].recording.encode("utf-8")
    with world.store() as store:
        assert [failure.code for failure in store.failures()] == ["bad_name"]


def test_a_page_never_plays_another_recording(world: World) -> None:
    first, second, _ = world.recordings
    channels = StoredSound(first, sha(first)).channels
    assert len(channels) == 2
    with pytest.raises(StepFailure):
        StoredSound(second, sha(first)).channels  # noqa: B018 - asking is what decodes


def test_pages_are_written_again_without_sound_when_the_recording_is_gone(world: World) -> None:
    world.run()
    for path in world.recordings:
        path.unlink()
    with world.store() as store:
        pages = Pages(world.folder / "again")
        pages.write_all(store, rubric())
        pages.write_index(store, rubric())
    assert sorted(p.stem for p in (world.folder / "again" / "calls").glob("?.html")) == ["a", "b", "c"]
    assert not list((world.folder / "again").rglob("*.webm"))


# -- transcribe ---------------------------------------------------------------


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
    transcribe(listener, *ingest(path, OPTIONS.ingest))
    assert [list(part) for part in listener.speech] == [[], []]


def test_identical_channels_are_listened_to_once(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", [speechlike(1, 1), speechlike(1, 1)])
    listener = Listener()
    recording, channels = ingest(path, OPTIONS.ingest)
    assert recording.identical_channels
    transcribe(listener, recording, channels)
    assert (len(listener.channels), len(listener.speech)) == (1, 1)


# -- notices ------------------------------------------------------------------


def made_by(model: str) -> tuple[MadeBy, ...]:
    return (MadeBy("transcribe", "0", model),)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("demo_model", {"made_by": made_by("faster-whisper demo-zh")}),
        ("low_confidence", {"confidence": 0.3}),
        ("imported_no_audio", {"recording": None}),
        ("mono", {"recording_fields": {"channels": 1}}),
        ("mono", {"recording_fields": {"identical_channels": True}}),
        ("truncated", {"recording_fields": {"truncated": True}}),
    ],
)
def test_what_a_reader_must_know_is_noticed(code: str, fields: dict[str, Any]) -> None:
    plain = call((A, "您好", 0, 1), recording_s=5, confidence=0.9)
    assert notices(plain, 0.5) == ()
    more = dict(fields)
    if changed := more.pop("recording_fields", None):
        assert plain.recording is not None
        more["recording"] = dataclasses.replace(plain.recording, **changed)
    assert notices(dataclasses.replace(plain, **more), 0.5) == (code,)


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("channels_swapped", RoleDecision(0, A, "conflict", 0.97)),
        ("roles_conflict", RoleDecision(0, Role.UNKNOWN, "conflict", 0.7)),
        ("roles_from_text", RoleDecision(0, A, "text", 0.97)),
        ("roles_from_voices", RoleDecision(0, A, "text", 0.97, voice=0)),
    ],
)
def test_how_roles_were_found_is_noticed(code: str, decision: RoleDecision) -> None:
    plain = call((A, "您好", 0, 1), recording_s=5)
    conversation = dataclasses.replace(plain.conversation, roles=(decision,))
    assert notices(dataclasses.replace(plain, conversation=conversation), 0.5) == (code,)


def test_a_dead_channel_is_noticed_beside_one_that_sounds() -> None:
    plain = call((A, "您好", 0, 1), recording_s=5)
    assert plain.recording is not None
    for dead, told in (((False, True), ("dead_channel",)), ((True, True), ()), ((False, False), ())):
        quality = tuple(ChannelQuality(i, -20, -3, 0.0, 0.1, each) for i, each in enumerate(dead))
        source = dataclasses.replace(plain.recording, quality=quality)
        assert notices(dataclasses.replace(plain, recording=source), 0.5) == told


def test_what_a_reason_for_not_scoring_says_is_no_notice_as_well() -> None:
    cut = call((A, "您好", 0, 1), recording_s=5, confidence=0.3)
    assert cut.recording is not None
    cut = dataclasses.replace(cut, recording=dataclasses.replace(cut.recording, truncated=True))
    assert notices(cut, 0.5, [Reason("low_confidence"), Reason("recording_truncated")]) == ()
    assert notices(cut, 0.5, [Reason("recording_truncated")]) == ("low_confidence",)
    assert notices(call(recording_s=5), 0.5, [Reason("no_speech")]) == ()


def test_a_recording_that_cannot_be_scored_is_done_and_says_why(world: World) -> None:
    """The recordings of these tests last a second."""
    strict = rubric()
    first, again = world.run(loaded=strict), world.run(loaded=strict)
    assert statuses(first) == ["done"] * 3
    assert statuses(again) == ["skipped"] * 3
    assert {result.unscorable for result in first + again} == {("recording_too_short", "too_little_speech")}
    with world.store() as store:
        card = store.scorecard("a", "test")
    assert card is not None
    assert (card.percent, card.scored) == (None, 0)
    assert {result.unscorable for result in world.run(store="free.sqlite3")} == {()}


def test_scores_of_older_rules_are_made_anew_without_listening(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run()
    world.engine, world.decoded = world.new_engine(), []
    monkeypatch.setattr("qa_pipeline.scoring._RULES", "rules=later")
    assert statuses(world.run()) == ["done"] * 3
    assert statuses(world.run()) == ["skipped"] * 3
    assert (world.engine.asked, world.decoded) == ([], [])


def test_silence_and_unknown_roles_are_noticed() -> None:
    assert notices(call(recording_s=5), 0.5) == ("silent",)
    assert notices(call(("unknown", "您好", 0, 1), recording_s=5), 0.5) == ("roles_unknown",)


def test_an_engine_that_works_on_several_recordings_gets_them_together(world: World) -> None:
    world.engine.group_speech_s = 3600.0
    results = world.run()
    assert [result.status for result in results] == ["done"] * 3
    assert world.engine.groups == [3]
    assert world.decoded == ["a.wav", "b.wav", "c.wav"]
    assert [result.status for result in world.run()] == ["skipped"] * 3
    assert world.engine.groups == [3]


def test_a_group_holds_what_is_not_recognised_yet(world: World) -> None:
    first, *rest = world.items()
    world.run(first)
    world.engine.group_speech_s = 3600.0
    broken = WorkItem(world.folder / "broken.wav", "broken")
    broken.path.write_bytes(b"no sound")
    results = world.run(first, broken, *rest)
    assert [result.status for result in results] == ["skipped", "failed", "done", "done"]
    assert world.engine.groups == [1, 2]


def test_what_was_recognised_in_a_group_survives_a_kill(world: World) -> None:
    world.engine.group_speech_s = 3600.0
    with world.store() as opened:
        made = Pipeline(opened, world.engine, rubric(recording=ANY_RECORDING), Pages(world.folder / "out"), OPTIONS)
        next(made.process_all(world.items()))
    world.engine.group_speech_s = 0.0
    assert [result.status for result in world.run()] == ["skipped", "done", "done"]
    assert world.engine.groups == [3]


def test_an_error_over_a_group_is_met_again_by_each_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.engine.group_speech_s = 3600.0
    whole = world.engine.transcribe

    def breaking(jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        if len(jobs) > 1:
            raise IndexError("您好")
        return whole(jobs)

    monkeypatch.setattr(world.engine, "transcribe", breaking)
    assert [result.status for result in world.run()] == ["done"] * 3


def test_a_group_and_one_after_the_other_end_alike(world: World) -> None:
    alone = world.run(store="alone.sqlite3")
    world.engine = world.new_engine()
    world.engine.group_speech_s = 3600.0
    assert world.run() == alone
    with world.store() as together, world.store("alone.sqlite3") as apart:
        assert [together.call(r.call_id) for r in alone] == [apart.call(r.call_id) for r in alone]


def test_a_word_list_is_part_of_what_names_a_transcript(world: World) -> None:
    world.run()
    options = dataclasses.replace(OPTIONS, words=WordList(("您号",), "r1"))
    with world.store() as opened:
        made = Pipeline(opened, world.engine, rubric(recording=ANY_RECORDING), Pages(world.folder / "out"), options)
        assert [result.status for result in made.process_all(world.items())] == ["done"] * 3
