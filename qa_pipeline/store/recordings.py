"""Recordings, runs over them, and those that failed."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from qa_pipeline import __version__
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.store import tables
from qa_pipeline.store.connection import Database, aware, now, put_new_rows, put_rows


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be processed. ``sha256``, ``version``: of what was read, and by which program."""

    recording: str
    call_id: str
    step: str
    code: str
    reason: str
    failed_at: datetime
    sha256: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A batch; ``ended_at`` is None while it runs and where it was killed."""

    id: str
    host: str
    process: int
    version: str
    rubric_id: str
    recordings: int
    done: int | None
    skipped: int | None
    failed: int | None
    started_at: datetime
    ended_at: datetime | None


class Recordings(Database):
    """Where recordings lie, and what became of those without a call."""

    def recording_of(self, call_id: str) -> tuple[str, str] | None:
        """Place (path, or address of one that lies elsewhere) and hash of the recording stored under a call id."""
        table = tables.recordings
        with self.reading() as connection:
            row = connection.execute(select(table.c.path, table.c.sha256).where(table.c.call_id == call_id)).first()
        return None if row is None else (row.path, row.sha256)

    def calls_of_recording(self, sha256: str) -> list[str]:
        """Ids of the calls that were made from the same sound."""
        table = tables.recordings
        return self.scalars(select(table.c.call_id).where(table.c.sha256 == sha256).order_by(table.c.call_id))

    def put_recording(self, call_id: str, place: str, sha256: str) -> str:
        """Remember where the recording of a call lies; the hash of the recording that has the call id.

        That is another one's where it came first, in another run perhaps: nothing is changed then.
        """
        table = tables.recordings
        known = self.recording_of(call_id)
        if known == (place, sha256):
            return sha256
        with self.writing() as connection:
            if known is None:
                put_new_rows(connection, table, [{"call_id": call_id, "path": place, "sha256": sha256}])
            same = (table.c.call_id == call_id) & (table.c.sha256 == sha256)
            connection.execute(update(table).where(same).values(path=place))
            owner: str = connection.execute(select(table.c.sha256).where(table.c.call_id == call_id)).scalar_one()
        return owner

    # -- failures -------------------------------------------------------------

    def put_failure(self, recording: str, call_id: str, failure: StepFailure, sha256: str | None = None) -> None:
        row = {"step": failure.step, "code": failure.code, "reason": failure.reason, "failed_at": now()}
        read = {"sha256": sha256, "version": __version__}
        with self.writing() as connection:
            put_rows(connection, tables.failures, [{"recording": recording, "call_id": call_id, **row, **read}])

    def failure_of(self, recording: str) -> Failure | None:
        table = tables.failures
        with self.reading() as connection:
            row = connection.execute(select(table).where(table.c.recording == recording)).mappings().first()
        return None if row is None else Failure(**{**row, "failed_at": aware(row["failed_at"])})

    def clear_failure(self, recording: str) -> None:
        table = tables.failures
        # Reading first: most recordings have none, and a write makes others wait.
        if self.scalar(select(table.c.recording).where(table.c.recording == recording)) is not None:
            with self.writing() as connection:
                connection.execute(delete(table).where(table.c.recording == recording))

    def failures(self) -> list[Failure]:
        with self.reading() as connection:
            rows = connection.execute(select(tables.failures).order_by(tables.failures.c.recording)).mappings()
            return [Failure(**{**row, "failed_at": aware(row["failed_at"])}) for row in rows]

    # -- runs -----------------------------------------------------------------

    def begin_run(self, rubric_id: str, recordings: int) -> str:
        """Note that a batch begins; its id."""
        run_id = uuid.uuid4().hex
        row = {"id": run_id, "host": socket.gethostname()[:200], "process": os.getpid(), "version": __version__}
        with self.writing() as connection:
            values = {**row, "rubric_id": rubric_id, "recordings": recordings, "started_at": now()}
            connection.execute(insert(tables.runs).values(values))
        return run_id

    def end_run(self, run_id: str, done: int, skipped: int, failed: int) -> None:
        """Note how a batch ended; its claims have served."""
        counts = {"done": done, "skipped": skipped, "failed": failed, "ended_at": now()}
        with self.writing() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(counts))
            connection.execute(delete(tables.claims).where(tables.claims.c.run_id == run_id))

    def runs(self) -> list[Run]:
        """All batches, the newest first."""
        with self.reading() as connection:
            rows = connection.execute(select(tables.runs).order_by(tables.runs.c.started_at.desc())).mappings()
            found = [dict(row) for row in rows]
        for row in found:
            row["started_at"] = aware(row["started_at"])
            row["ended_at"] = aware(row["ended_at"]) if row["ended_at"] else None
        return [Run(**row) for row in found]

    def claim(self, run_id: str, call_id: str, sha256: str, path: str) -> tuple[str, str]:
        """Path and hash of the file that this call of a run is made from: the first that asked, here or elsewhere."""
        table = tables.claims
        row = {"run_id": run_id, "call_id": call_id, "sha256": sha256, "path": path}
        try:
            with self.writing() as connection:
                connection.execute(insert(table).values(row))
            return path, sha256
        except IntegrityError:
            wanted = (table.c.run_id == run_id) & (table.c.call_id == call_id)
            with self.reading() as connection:
                owner = connection.execute(select(table.c.path, table.c.sha256).where(wanted)).one()
            return owner.path, owner.sha256

    def count_rows(self) -> dict[str, int]:
        """How many rows every table holds."""
        with self.reading() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables.metadata.sorted_tables
            }
