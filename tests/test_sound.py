"""Arrays that lie in files hold the same bits as others, and what is said to be released is."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline import sound
from qa_pipeline.sound import Growing, Samples, blocks, lies_in_file, mean, peak, release, silenced

RNG = np.random.default_rng(11)
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is counted by Linux")


def noise(size: int) -> Samples:
    return RNG.standard_normal(size).astype(np.float32)


def grown(pieces: Sequence[Samples], in_memory: int, length: int | None = None) -> Samples:
    growing = Growing(in_memory)
    for piece in pieces:
        growing.add(piece)
    return growing.array(length)


def filed(samples: Samples) -> Samples:
    return grown([samples], 0)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def memory_of_files_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssFile:"))


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 800), st.integers(0, 100))
def test_in_a_file_or_in_memory_the_bits_are_the_same(sizes: list[int], in_memory: int, more: int) -> None:
    pieces = [noise(size) for size in sizes]
    whole = np.concatenate([*pieces, np.zeros(more, np.float32)])
    found = grown(pieces, in_memory, whole.size)
    assert found.dtype == np.float32 and found.tobytes() == whole.tobytes()
    assert lies_in_file(found) == (sum(sizes) * 4 > in_memory)


def test_a_short_channel_is_an_array_like_any_other() -> None:
    found = grown([noise(100)], sound.IN_MEMORY)
    assert not lies_in_file(found) and found.flags.writeable


def test_ten_minutes_lie_in_a_file_and_five_do_not() -> None:
    assert 5 * 60 * 16_000 * 4 < sound.IN_MEMORY < 10 * 60 * 16_000 * 4


def test_strided_pieces_are_stored_as_they_read() -> None:
    both = noise(2000).reshape(-1, 2)
    assert np.array_equal(grown([both[:, 1], both[:, 0]], 0), np.concatenate([both[:, 1], both[:, 0]]))


def test_what_lies_in_a_file_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        filed(noise(10))[0] = 1.0


@linux
def test_the_file_has_no_name_and_goes_with_its_last_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_folder", lambda: str(tmp_path))
    opened = open_files()
    view = filed(noise(5000))[100:200]
    assert lies_in_file(view) and list(tmp_path.iterdir()) == []
    assert open_files() == opened + 1
    del view
    assert open_files() == opened


def test_a_disk_that_fills_up_costs_no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [noise(1000) for _ in range(5)]
    written = 0

    def write(file: IO[bytes], piece: Samples) -> None:
        nonlocal written
        written += 1
        file.write(piece.tobytes()[: 4000 if written < 3 else 1234])
        if written == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sound, "_write", write)
    found = grown(pieces, 0, 6000)
    assert written == 3 and not lies_in_file(found)
    assert np.array_equal(found, np.concatenate([*pieces, np.zeros(1000, np.float32)]))


def test_without_a_place_for_files_sound_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_folder", lambda: str(tmp_path / "missing"))
    samples = noise(3000)
    found = filed(samples)
    assert not lies_in_file(found) and np.array_equal(found, samples)


def test_files_go_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/somewhere")
    assert sound._folder() is None
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sound, "_ROOMY", "/nowhere")
    assert sound._folder() is None
    monkeypatch.setattr(sound, "_ROOMY", "/")
    assert sound._folder() == ("/" if os.access("/", os.W_OK) else None)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 95])
def test_blocks_are_the_array_in_order(size: int) -> None:
    samples = filed(noise(size))
    parts = list(blocks(samples, 10))
    assert [part.size for part in parts[:-1]] == [10] * (len(parts) - 1)
    assert np.array_equal(np.concatenate([np.zeros(0, np.float32), *parts]), samples)


@linux
def test_going_through_blocks_leaves_memory_as_it_was() -> None:
    samples = grown([noise(2**20)] * 8, 0)
    before = memory_of_files_mb()
    assert sum(float(block.sum()) for block in blocks(samples)) != 0
    assert memory_of_files_mb() - before < 2
    total = float(samples.sum())
    assert memory_of_files_mb() - before > 24, "32 MB were looked at and not released"
    release(samples[5:-5])
    assert memory_of_files_mb() - before < 2
    assert float(samples.sum()) == total


@linux
def test_what_was_brought_in_beside_a_part_goes_with_it() -> None:
    samples = grown([noise(2**20)] * 8, 0)
    before = memory_of_files_mb()
    for first in range(20_000, samples.size, 40_000):
        samples[first : first + 100].sum()
        release(samples[first : first + 100])
    assert memory_of_files_mb() - before < 2


def test_releasing_an_array_in_memory_does_nothing() -> None:
    samples = noise(20_000)
    kept = samples.copy()
    release(samples[3:])
    assert np.array_equal(samples, kept)


@pytest.mark.parametrize("size", [1, 8191, 8193, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20 + 777])
def test_mean_and_peak_are_those_of_the_whole_array(size: int) -> None:
    samples = noise(size) + np.float32(0.01)
    assert mean(samples) == float(samples.mean(dtype=np.float64))
    assert peak(samples) == float(np.abs(samples).max())
    assert peak(-samples) == peak(samples)


def test_of_nothing_mean_and_peak_are_nothing() -> None:
    assert mean(noise(0)) == peak(noise(0)) == 0.0


@pytest.mark.parametrize("in_memory", [0, sound.IN_MEMORY])
def test_silence_is_put_into_a_copy(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "IN_MEMORY", in_memory)
    samples = noise(2 * sound.BLOCK + 100)
    before = samples.copy()
    ranges = [(0, 5), (sound.BLOCK - 3, sound.BLOCK + 4), (sound.BLOCK, sound.BLOCK + 9), (samples.size - 2, 10**9)]
    expected = samples.copy()
    for first, last in ranges:
        expected[first:last] = 0.0
    found = silenced(samples, ranges)
    assert np.array_equal(found, expected) and np.array_equal(samples, before)
    assert lies_in_file(found) == (in_memory == 0)
