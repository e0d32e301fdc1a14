"""A night's batch with broken recordings in it: every good call is done, every broken one is a row with its reason.

``python -m benchmarks.broken_batch [--count 300] [--broken 30] [--keep FOLDER]``. Each broken recording is broken in
another way (``tests/broken_recordings.py``); the others are stretches of 3 s of the demo's two-channel calls, no two
the same. All lie in one folder and go through ``qa-pipeline run`` with the demo model in a process of its own. What
does not hold ends the benchmark with an error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.pipeline import storable
from qa_pipeline.resources import demo_dir
from qa_pipeline.store.database import Failure, open_store
from tests.audio_files import Samples, write_wav
from tests.broken_recordings import Kind, write_broken

#: Of the demo's recordings: they have two channels.
CALLS = ("D01", "D02", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12")
STRETCH_S, RATE_HZ = 3.0, 16_000
#: From one stretch to the next: they overlap, so that there are more than 300.
STEP_S = 2.0
#: What hangs is stopped: far more than a call of 3 s takes, and time to load the models.
MAX_CALL_S, MAX_START_S = 30.0, 300.0


def stretches() -> Iterator[list[Samples]]:
    """Both channels of 3 s each of the demo's calls, shape (samples,) at 8 kHz."""
    size, step = round(STRETCH_S * RATE_HZ), round(STEP_S * RATE_HZ)
    for call_id in CALLS:
        _, channels = ingest(next((demo_dir() / "recordings").glob(f"{call_id}.*")), IngestOptions(settle_s=0.0))
        if len(channels) != 2:
            continue
        for start in range(0, len(channels[0]) - size, step):
            # Every second sample of 16 kHz: the demo's recordings hold nothing above 4 kHz.
            parts = [channel[start : start + size : 2] for channel in channels]
            if all(np.abs(part).max() > 0 for part in parts):
                yield parts


def write_good(folder: Path, count: int) -> None:
    found = stretches()
    for number in range(count):
        parts = next(found, None)
        if parts is None:
            raise SystemExit(f"the demo's calls give only {number} stretches; use a smaller --count")
        write_wav(folder / f"call {number:03}.wav", parts)


def run(folder: Path, out: Path, count: int) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the results printed, and what was said on stderr."""
    command = [
        sys.executable,
        "-m",
        "qa_pipeline.cli.main",
        "run",
        str(folder),
        "--model",
        "demo-zh",
        "--language",
        "zh",
    ]
    command += ["--store", str(out / "calls.sqlite3"), "--out", str(out), "--json"]
    limit_s = MAX_START_S + count * MAX_CALL_S
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)  # noqa: S603
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def check(code: int, results: Sequence[dict[str, Any]], stderr: str, good: int, broken: int) -> None:
    """AssertionError where the batch is not what it must be."""
    counts = Counter(result["status"] for result in results)
    assert counts == Counter(done=good, failed=broken), f"{dict(counts)}; stderr:\n{stderr}"  # noqa: S101
    assert code == 1, f"exit code {code}"  # noqa: S101
    assert "Traceback" not in stderr, stderr  # noqa: S101


def check_rows(rows: Sequence[Failure], calls: int, good: int, broken: dict[Path, Kind]) -> None:
    assert calls == good, f"{calls} calls in the store"  # noqa: S101
    assert len(rows) == len(broken), f"{len(rows)} failure rows"  # noqa: S101
    expected = {storable(path): kind for path, kind in broken.items()}
    for row in rows:
        kind = expected[row.recording]
        assert row.code == kind.code and kind.words in row.reason, f"{kind.name}: {row.code}: {row.reason}"  # noqa: S101


def table(rows: Sequence[Failure], broken: dict[Path, Kind]) -> Iterator[str]:
    names = {storable(path): kind.name for path, kind in broken.items()}
    for row in rows:
        yield f"{names[row.recording]:28} {row.code:18} {row.reason}"


def measure(folder: Path, count: int, broken_count: int) -> None:
    recordings, out = folder / "recordings", folder / "out"
    recordings.mkdir(parents=True)
    out.mkdir()
    broken = write_broken(recordings, broken_count)
    good = count - len(broken)
    write_good(recordings, good)
    start_s = time.perf_counter()
    code, results, stderr = run(recordings, out, count)
    took_s = time.perf_counter() - start_s
    check(code, results, stderr, good, len(broken))
    with open_store(str(out / "calls.sqlite3")) as store:
        rows, calls = store.failures(), len(store.call_ids())
    check_rows(rows, calls, good, broken)
    print(*table(rows, broken), sep="\n")
    print(f"{count} recordings: {good} done, {len(rows)} failure rows; exit code {code}; {took_s:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="recordings in all")
    parser.add_argument("--broken", type=int, help="of them; one in ten if not given")
    parser.add_argument("--keep", type=Path, help="a new folder for recordings, store and pages; else they go")
    arguments = parser.parse_args()
    broken = arguments.count // 10 if arguments.broken is None else arguments.broken
    if arguments.keep:
        measure(arguments.keep, arguments.count, broken)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.count, broken)


if __name__ == "__main__":
    main()
