"""Recordings that are recognised together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from qa_pipeline.core.call import Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.pipeline import WorkItem
from qa_pipeline.transcribe.engine import SpeechJob
from tests.pipeline_world import World, sha


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


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


def test_a_recording_that_failed_before_is_in_no_group(world: World) -> None:
    """One on which a worker died would end the next worker too."""
    with world.store() as opened:
        first = world.recordings[0]
        opened.put_failure(str(first.absolute()), "a", StepFailure("run", "worker_died", "died"), sha(first))
    world.engine.group_speech_s = 3600.0
    assert [result.status for result in world.run()] == ["failed", "done", "done"]
    assert world.decoded == ["b.wav", "c.wav"]


def test_what_was_recognised_in_a_group_survives_a_kill(world: World) -> None:
    world.engine.group_speech_s = 3600.0
    with world.store() as opened:
        made = world.pipeline(opened)
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
