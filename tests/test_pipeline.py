"""One recording through all steps, with transcripts that are replayed and small files with a known sound."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline import pipeline as pipeline_module
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import (
    CallMetadata,
)
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.language.word_list import WordList
from qa_pipeline.pages import Pages, StoredSound
from qa_pipeline.pipeline import AS_BEFORE, WorkItem
from qa_pipeline.store.database import Store
from tests.factories import ANY_RECORDING, A, C, criterion, rubric
from tests.pipeline_world import AGENT_LEFT, OPTIONS, World, sha, statuses


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
        assert store.recording_of("x") == (str(a), sha(a))


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
    assert statuses(world.run(retry=True)) == ["skipped", "done", "done"]


def test_what_failed_is_tried_again_on_demand_or_when_it_has_changed(world: World) -> None:
    world.recordings[1].write_bytes(b"no sound")
    assert statuses(world.run()) == ["done", "failed", "done"]
    world.decoded.clear()
    again = world.run()
    assert statuses(again) == ["skipped", "failed", "skipped"]
    assert again[1].reason.endswith(AS_BEFORE)
    assert world.decoded == []
    assert statuses(world.run(retry=True)) == ["skipped", "failed", "skipped"]
    assert world.decoded == ["b.wav"]
    world.recordings[1].write_bytes(b"no sound, but other bytes")
    assert not world.run()[1].reason.endswith(AS_BEFORE)


def test_another_version_of_the_program_tries_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.recordings[1].write_bytes(b"no sound")
    world.run()
    monkeypatch.setattr("qa_pipeline.pipeline.__version__", "later")
    assert not world.run()[1].reason.endswith(AS_BEFORE)


def test_two_calls_may_share_a_recording_and_say_so(world: World) -> None:
    path = world.recordings[0]
    results = world.run(WorkItem(path, "one", AGENT_LEFT), WorkItem(path, "two", AGENT_LEFT))
    assert statuses(results) == ["done", "done"]
    assert results[1].reason == "shares its recording with call one"
    with world.store() as store:
        assert store.call_ids() == ["one", "two"]


def test_a_renamed_recording_without_its_row_is_still_its_call(world: World) -> None:
    """The sheet of calls names the file as it was called before: nothing is known about the new name."""
    known = dataclasses.replace(AGENT_LEFT, agent_id="A7")
    world.run(WorkItem(world.recordings[0], "x", known))
    moved = world.recordings[0].rename(world.folder / "renamed.wav")
    (result,) = world.run(WorkItem(moved))
    assert (result.status, result.call_id, result.reason) == ("skipped", "x", "already done")
    with world.store() as store:
        assert store.call_ids() == ["x"]
        call = store.call("x")
        assert call is not None
        assert call.metadata == known
        stored = store.recording_of("x")
        assert stored is not None
        assert stored[0] == str(moved)


def test_two_runs_at_once_do_not_mix_two_recordings_under_one_call_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run takes the id after this one has looked whether it is free."""
    mine, other, _ = world.recordings
    original = Store.claim

    def claim(store: Store, *given: str) -> tuple[str, str]:
        store.put_recording("x", str(other), sha(other))
        return original(store, *given)

    monkeypatch.setattr(Store, "claim", claim)
    (result,) = world.run(WorkItem(mine, "x"))
    assert (result.status, result.step) == ("failed", "ingest")
    assert "another recording (b.wav) is stored under this call id" in result.reason
    with world.store() as store:
        assert store.recording_of("x") == (str(other), sha(other))
        assert store.count_rows()["results"] == 0


def test_a_renamed_recording_is_the_same(world: World) -> None:
    world.run(WorkItem(world.recordings[0]))
    moved = world.recordings[0].rename(world.folder / "another name.wav")
    assert statuses(world.run(WorkItem(moved))) == ["skipped"]
    with world.store() as store:
        (call_id,) = store.call_ids()
        stored = store.recording_of(call_id)
        assert stored is not None
        assert stored[0] == str(moved)


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

    def stop(self: Store, *values: Any) -> Any:
        nonlocal count
        count += 1
        if count == nth:
            raise KeyboardInterrupt
        return original(self, *values)

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
    channels = StoredSound(str(first), sha(first)).channels
    assert len(channels) == 2
    with pytest.raises(StepFailure):
        StoredSound(str(second), sha(first)).channels  # noqa: B018 - asking is what decodes


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


def test_a_word_list_is_part_of_what_names_a_transcript(world: World) -> None:
    world.run()
    options = dataclasses.replace(OPTIONS, words=WordList(("您号",), "r1"))
    with world.store() as opened:
        made = world.pipeline(opened, options)
        assert [result.status for result in made.process_all(world.items())] == ["done"] * 3
