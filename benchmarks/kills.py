"""A batch that is killed again and again ends like one that was not: no row lost, none doubled.

``python -m benchmarks.kills [--kills 200] [--calls 60] [--workers 1] [--postgres]``. A batch of small two-channel
recordings goes through ``qa-pipeline run``, recognised by a server in this process that answers at once. The whole
process group of the run gets SIGKILL at a random moment; then the same command again, until the batch is done. Its rows
are compared with those of an undisturbed run, and the next batch begins, until there were enough kills.
``--postgres``: on a PostgreSQL server of its own (Debian's package) instead of SQLite.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.broken_batch import write_good
from qa_pipeline.store import tables
from qa_pipeline.store.database import open_store
from tests.local_server import respond
from tests.postgres_server import postgres
from tests.transcribe.asr_server import AsrServer, Received

SEED = 20_261_127
#: Columns that tell when or in which order, and so differ between two runs that end alike.
_NOT_COMPARED = frozenset({"stored_at", "failed_at", "first_used_at", "id", "scorecard_id"})
#: Notes about the runs themselves, not about calls; ``summaries`` count the scorecards of their own store.
_RUNS = frozenset({"runs", "claims", "schema_version", "summaries"})
SENTENCES = (
    "您好，我是云桥通信的客服，工号三零五二。",
    "您现在一个月话费多少？",
    "不需要，谢谢。",
    "我给您介绍一下套餐。",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Where a batch lies and where it goes."""

    recordings: Path
    out: Path
    store: str
    server: str
    workers: int = 1
    executor: str = "local"

    def command(self) -> list[str]:
        run = [sys.executable, "-m", "qa_pipeline.cli.main", "run", str(self.recordings), "--engine", "openai"]
        run += ["--model", "any", "--store", self.store, "--out", str(self.out), "--workers", str(self.workers)]
        run += ["--executor", self.executor]
        return [*run, "--audio", "none", "--json"]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "QA_PIPELINE_ASR_URL": self.server}


def write_recordings(folder: Path, count: int) -> None:
    """Three seconds of the demo's calls each, no two the same."""
    folder.mkdir(parents=True)
    write_good(folder, count)
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))


@contextmanager
def speech_server(on_request: Callable[[], None] = lambda: None) -> Iterator[str]:
    """The address of a server that answers every sound with a sentence of its own."""

    def reply(request: Received) -> Any:
        on_request()
        number = int(hashlib.sha256(request["file"]).hexdigest(), 16)
        text = SENTENCES[number % len(SENTENCES)]
        segment = {"id": 0, "start": 0.0, "end": request.sound_s, "text": text, "avg_logprob": -0.1}
        answer = {"language": "zh", "duration": request.sound_s, "text": text, "segments": [segment]}
        return respond(json.dumps(answer, ensure_ascii=False).encode(), 200)

    with AsrServer(reply) as server:
        yield server.url


def stored_rows(url: str) -> dict[str, list[str]]:
    """Everything that is stored about calls, by table, without moments."""
    found: dict[str, list[str]] = {}
    with open_store(url) as store, store.reading() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name in _RUNS:
                continue
            columns = [column for column in table.columns if column.name not in _NOT_COMPARED]
            found[table.name] = sorted(str(tuple(row)) for row in connection.execute(select(*columns)))
    return found


def run_to_end(batch: Batch) -> int:
    done = subprocess.run(batch.command(), env=batch.environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    return done.returncode


def run_and_kill(batch: Batch, after_s: float) -> bool:
    """True where the run was killed, False where it had ended before."""
    with subprocess.Popen(  # noqa: S603
        batch.command(),
        env=batch.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(after_s)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return True


def whole_run_s(batch: Batch) -> float:
    begin = time.monotonic()
    code = run_to_end(batch)
    if code != 0:
        raise SystemExit(f"the undisturbed run ended with exit code {code}")
    return time.monotonic() - begin


def kill_until_done(batch: Batch, most: int, longest_s: float, chance: random.Random) -> int:
    """How many kills it took until a run ended by itself."""
    kills = 0
    while kills < most and run_and_kill(batch, chance.uniform(0.0, longest_s)):
        kills += 1
    if run_to_end(batch) != 0:
        raise SystemExit("the last run failed")
    return kills


def differences(expected: Mapping[str, list[str]], found: Mapping[str, list[str]]) -> list[str]:
    """Tables whose rows are not the same."""
    return [
        f"{name}: {len(expected[name])} rows, {len(found[name])} found"
        for name in expected
        if expected[name] != found[name]
    ]


@contextmanager
def stores(on_postgres: bool, folder: Path) -> Iterator[Iterator[str]]:
    """Addresses of new stores."""
    if not on_postgres:
        yield (str(folder / f"{number}.sqlite3") for number in range(10**6))
        return
    import psycopg

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        with postgres(Path(place)) as address:

            def schemas() -> Iterator[str]:
                for number in range(10**6):
                    with psycopg.connect(address, autocommit=True) as connection:
                        connection.execute(f"CREATE SCHEMA s{number}".encode())
                    yield f"{address}?options=-csearch_path%3Ds{number}"

            yield schemas()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name, speech_server() as server:
        folder = Path(name)
        write_recordings(folder / "recordings", given.calls)
        with stores(given.postgres, folder) as addresses:

            def batch(number: int) -> Batch:
                return Batch(folder / "recordings", folder / f"out{number}", next(addresses), server, given.workers)

            undisturbed = batch(0)
            longest_s = whole_run_s(undisturbed)
            expected = stored_rows(undisturbed.store)
            print(
                f"undisturbed: {longest_s:.1f} s, {len(expected['calls'])} calls, {len(expected['outcomes'])} outcomes"
            )
            kills = batches = 0
            while kills < given.kills:
                batches += 1
                killed = batch(batches)
                kills += kill_until_done(killed, given.kills - kills, longest_s, chance)
                wrong = differences(expected, stored_rows(killed.store))
                if wrong:
                    raise SystemExit(f"after {kills} kills: {'; '.join(wrong)}")
            print(f"{kills} kills in {batches} batches: all rows as undisturbed")


if __name__ == "__main__":
    main()
