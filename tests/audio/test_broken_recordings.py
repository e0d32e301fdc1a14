"""Every way of being broken becomes a failure that a person understands: no crash, no hang, no half call."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.audio import ingest as ingest_module
from qa_pipeline.audio.decode import DecodedAudio, DecodeOptions, decode
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.audio.manifest import find_recordings
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.pipeline import WorkItem, storable
from tests.broken_recordings import (
    BAD_NAME,
    FOLDER,
    FORBIDDEN,
    IN_A_FOLDER,
    USABLE,
    Kind,
    broken_kinds,
    good_wav,
    write_broken,
)
from tests.pipeline_world import AGENT_LEFT, World, sha

AT_ONCE = IngestOptions(settle_s=0.0)
#: Nothing here takes a second; what hangs (a pipe that is opened waits for a writer for ever) is a failed test.
HANGS_S = 60


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise AssertionError("hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANGS_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def failure(path: Path, options: IngestOptions = AT_ONCE) -> StepFailure:
    with pytest.raises(StepFailure) as caught:
        ingest(path, options)
    return caught.value


def assert_says(failed: StepFailure, kind: Kind) -> None:
    assert (failed.step, failed.code) == ("ingest", kind.code)
    assert kind.words in failed.reason
    assert "\n" not in failed.reason and "Error" not in failed.reason and "Traceback" not in failed.reason


@pytest.mark.parametrize("kind", [*IN_A_FOLDER, FOLDER], ids=lambda kind: kind.name)
def test_each_kind_fails_by_its_code_with_words_for_people(
    kind: Kind, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = kind.make(tmp_path, "a", 1)
    failed = failure(path)
    assert_says(failed, kind)
    assert failed.reason.startswith(f"{path.name}: ")
    assert str(tmp_path) not in failed.reason  # folders may hold customers' names
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    assert_says(failure(FORBIDDEN.make(tmp_path, "a", 1)), FORBIDDEN)


def test_there_are_kinds_enough_and_none_twice() -> None:
    assert len(IN_A_FOLDER) == 30
    assert len({kind.name for kind in IN_A_FOLDER}) == 30
    assert len({kind.code for kind in IN_A_FOLDER}) == 10


def test_a_run_over_their_folder_meets_them_all(tmp_path: Path) -> None:
    broken = write_broken(tmp_path, len(broken_kinds()))
    assert set(find_recordings([str(tmp_path)])) == set(broken)
    assert {kind.name for kind in broken.values()} == {kind.name for kind in broken_kinds()}


@pytest.mark.parametrize("kind", IN_A_FOLDER, ids=lambda kind: kind.name)
def test_what_is_random_in_a_kind_does_not_decide(kind: Kind, tmp_path: Path) -> None:
    for seed in range(2, 5):
        assert_says(failure(kind.make(tmp_path, f"{seed}", seed)), kind)


def test_too_long_and_too_large_by_the_options(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(good_wav(1))
    too_long = failure(tmp_path / "a.wav", IngestOptions(DecodeOptions(max_duration_s=0.5), 0.0))
    assert too_long.code == "too_long" and "longer than" in too_long.reason
    assert failure(tmp_path / "a.wav", IngestOptions(DecodeOptions(max_bytes=100), 0.0)).code == "too_large"


@pytest.mark.parametrize("size", [0, 44, 10_000])
def test_a_file_that_shrinks_while_it_is_read(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(good_wav(1))

    def shrink(path: Path, options: DecodeOptions) -> DecodedAudio:
        audio = decode(path, options)
        os.truncate(path, size)
        return audio

    monkeypatch.setattr(ingest_module, "decode", shrink)
    failed = failure(path)
    assert failed.code == "still_growing" and "run again" in failed.reason


def test_a_file_that_shrinks_before_it_is_decoded_gives_no_shorter_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(good_wav(1))

    def shrunk(path: Path, options: DecodeOptions) -> DecodedAudio:
        os.truncate(path, 10_000)
        return decode(path, options)

    monkeypatch.setattr(ingest_module, "decode", shrunk)
    assert failure(path).code == "still_growing"


def test_a_file_that_is_deleted_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(good_wav(1))

    def gone(path: Path, options: DecodeOptions) -> DecodedAudio:
        audio = decode(path, options)
        path.unlink()
        return audio

    monkeypatch.setattr(ingest_module, "decode", gone)
    failed = failure(path)
    assert failed.code == "missing_file" and "disappeared" in failed.reason


@pytest.mark.parametrize("name", USABLE)
def test_what_can_be_used_in_part_is_used_and_says_so(name: str, tmp_path: Path) -> None:
    make, cut_off = USABLE[name]
    recording, channels = ingest(make(tmp_path, "a", 1), AT_ONCE)
    assert recording.truncated is cut_off
    assert recording.duration_s > 0.4
    assert len(channels) == 2


def test_floats_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    make, _ = USABLE["wav of floats that are no numbers"]
    recording, channels = ingest(make(tmp_path, "a", 1), AT_ONCE)
    assert all(quality.dead for quality in recording.quality)
    assert not any(channel.any() for channel in channels)


def test_broken_ones_among_good_ones_become_rows_and_cost_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, monkeypatch)
    (tmp_path / "broken").mkdir()
    broken = write_broken(tmp_path / "broken", len(broken_kinds()))
    items = [WorkItem(path, metadata=AGENT_LEFT) for path in [*broken, *world.recordings]]
    results = world.run(*items[::2], *items[1::2])
    failed = {result.recording for result in results if result.status == "failed"}
    assert failed == {storable(path) for path in broken}
    assert sum(result.status == "done" for result in results) == len(world.recordings)
    with world.store() as store:
        rows = {row.recording: row for row in store.failures()}
        assert sorted(store.call_ids()) == sorted(sha(path)[:12] for path in world.recordings)
    assert set(rows) == {storable(path) for path in broken}
    for path, kind in broken.items():
        row = rows[storable(path)]
        assert_says(StepFailure(row.step, row.code, row.reason), kind)


def test_a_name_that_is_not_utf8_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = World(tmp_path, monkeypatch).run(WorkItem(BAD_NAME.make(tmp_path, "a", 1)))
    assert result.status == "failed"
    assert BAD_NAME.words in result.reason
    result.recording.encode()  # can be printed and stored
