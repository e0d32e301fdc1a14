"""Looking after a store: is it whole, is it larger than it must be, and a copy of it while it is in use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, Select, delete, exists, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from qa_pipeline.core.call import Call, Dialogue, Recording, Transcript
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.places import is_address
from qa_pipeline.core.score import Scorecard
from qa_pipeline.store import tables
from qa_pipeline.store.codec import Unreadable, unpack
from qa_pipeline.store.connection import ROWS_AT_ONCE, Database, now, telling
from qa_pipeline.store.filling import fill_calls, fill_outcomes

#: What every step stores.
_KINDS = {"recording": Recording, "transcript": Transcript, "dialogue": Dialogue, "call": Call}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be. ``mendable``: :func:`mend` puts it right without any loss."""

    code: str
    count: int
    examples: tuple[str, ...] = ()
    mendable: bool = False


#: Examples that a problem names.
_SHOWN = 5

#: A run that began longer ago and never ended was killed: its claims, up to one per recording, serve nobody.
LONGEST_RUN_DAYS = 30


def check(store: Database) -> Iterator[Problem]:
    """Everything that is wrong, the worst first; nothing is changed."""
    yield from _damage(store)
    yield from _listed("unreadable", list(_unreadable(store)))
    yield from _listed("scorecards_without_call", store.scalars(_orphan_cards()))
    yield from _listed("calls_without_rows", store.scalars(_unfilled_calls()), mendable=True)
    yield from _listed("rows_without_call", store.scalars(_orphan_rows()), mendable=True)
    unfilled = store.scalars(_unfilled_cards())
    yield from _listed("scorecards_without_outcomes", [str(number) for number in unfilled], mendable=True)
    yield from _listed("missing_recordings", list(_missing_recordings(store)))
    yield from _listed("shared_recordings", store.scalars(_shared()))


def mend(store: Database) -> None:
    """Derived rows anew: nothing that cannot be made again is touched."""
    with store.writing() as connection:
        connection.execute(delete(tables.calls).where(tables.calls.c.call_id.in_(_orphan_rows())))
        fill_calls(connection)
        fill_outcomes(connection)


def compact(store: Database) -> tuple[int | None, int | None]:
    """Give unused space back; bytes before and after, None for a database that is no file."""
    path = file_of(store)
    before = path.stat().st_size if path else None
    with store.writing() as connection:
        connection.execute(delete(tables.claims).where(tables.claims.c.run_id.in_(_over())))
        stored = select(tables.results.c.call_id).where(tables.results.c.step == "call")
        connection.execute(delete(tables.summaries).where(tables.summaries.c.call_id.not_in(stored)))
    if path is None:
        with telling("compacted"), store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        return None, None
    with telling("compacted"):
        _vacuum(store.engine)
    return before, path.stat().st_size


def _over() -> Select[tuple[str]]:
    """Runs that need no claims: those that ended, and those that must have been killed. Others may still go on."""
    runs = tables.runs
    killed = runs.c.ended_at.is_(None) & (runs.c.started_at < now() - timedelta(days=LONGEST_RUN_DAYS))
    return select(runs.c.id).where(runs.c.ended_at.is_not(None) | killed)


def _vacuum(engine: Engine) -> None:
    """Outside of any transaction, which SQLAlchemy would begin: on the driver's own connection, with its errors."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM")
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        kind = OperationalError if isinstance(error, sqlite3.OperationalError) else DBAPIError
        raise kind("VACUUM", None, error) from error
    finally:
        raw.close()


def back_up(store: Database, to: Path) -> int:
    """A whole copy of an SQLite store while others use it; its bytes. It is checked before it gets its name."""
    source = file_of(store)
    if source is None:
        raise UserError("backup: this store is on a database server; use its own tool, e.g. pg_dump")
    if to.exists() and (to.is_dir() or to.samefile(source)):
        raise UserError(f"{to}: name a file of its own for the backup")
    if to.exists() and not _is_store(to):
        raise UserError(f"{to}: exists and is no store; name another file for the backup")
    half = to.with_name(f"{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(half)) as copy:
            # In one step: between several, a write of another program makes SQLite begin anew, and a batch writes all
            # the time. With WAL, which stores have, a reader holds up no writer.
            original.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")
            (state,) = copy.execute("PRAGMA quick_check").fetchone()
        if state != "ok":
            raise UserError(f"{source}: damaged ({state}); the backup was not kept")
        half.replace(to)
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"{to}: the backup cannot be written ({_reason(error)})") from None
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return to.stat().st_size


def _is_store(path: Path) -> bool:
    """An older backup, say, which may be replaced."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as opened:
        return bool(opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone())
    return False


def _reason(error: OSError | sqlite3.Error) -> str:
    return (error.strerror or "error") if isinstance(error, OSError) else str(error)


def file_of(store: Database) -> Path | None:
    """The file of an SQLite store."""
    url = store.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _damage(store: Database) -> Iterator[Problem]:
    if file_of(store) is None:
        return  # the server looks after its own files
    with store.reading() as connection:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        strays = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    yield from _listed("damaged", [line for line in found if line != "ok"])
    yield from _listed("foreign_keys", strays)


def _listed(code: str, found: list[str], *, mendable: bool = False) -> Iterator[Problem]:
    if found:
        yield Problem(code, len(found), tuple(found[:_SHOWN]), mendable)


def _unreadable(store: Database) -> Iterator[str]:
    """Stored values that this version cannot read."""
    results, cards = tables.results, tables.scorecards
    with store.reading() as connection:
        rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
            select(results.c.call_id, results.c.step, results.c.payload).order_by(results.c.call_id, results.c.step)
        )
        for call_id, step, payload in rows:
            if step in _KINDS and not _is_readable(_KINDS[step], payload):
                yield call_id
        for call_id, payload in connection.execute(select(cards.c.call_id, cards.c.payload).order_by(cards.c.id)):
            if not _is_readable(Scorecard, payload):
                yield call_id


def _is_readable(kind: type[object], payload: bytes) -> bool:
    try:
        unpack(kind, payload)
    except Unreadable:
        return False
    return True


def _stored_calls() -> Select[tuple[str]]:
    return select(tables.results.c.call_id).where(tables.results.c.step == "call")


def _orphan_cards() -> Select[Any]:
    cards = tables.scorecards
    return select(cards.c.call_id).where(cards.c.call_id.not_in(_stored_calls())).distinct().order_by(cards.c.call_id)


def _unfilled_calls() -> Select[Any]:
    return (
        select(tables.results.c.call_id)
        .where(tables.results.c.step == "call", tables.results.c.call_id.not_in(select(tables.calls.c.call_id)))
        .order_by(tables.results.c.call_id)
    )


def _orphan_rows() -> Select[Any]:
    return select(tables.calls.c.call_id).where(tables.calls.c.call_id.not_in(_stored_calls()))


def _unfilled_cards() -> Select[Any]:
    has_rows = exists().where(tables.outcomes.c.scorecard_id == tables.scorecards.c.id)
    return select(tables.scorecards.c.id).where(~has_rows).order_by(tables.scorecards.c.id)


def _missing_recordings(store: Database) -> Iterator[str]:
    """Of those on this machine; whether an address still answers is not asked."""
    table = tables.recordings
    for call_id, path in store.pairs(select(table.c.call_id, table.c.path).order_by(table.c.call_id)).items():
        # Unlike Path.exists this bears folders that cannot be entered, names that are too long, disks that fail.
        if not is_address(path) and not os.path.exists(path):  # noqa: PTH110
            yield call_id


def _shared() -> Select[Any]:
    table = tables.recordings
    twice = select(table.c.sha256).group_by(table.c.sha256).having(func.count() > 1)
    return select(table.c.call_id).where(table.c.sha256.in_(twice)).order_by(table.c.sha256, table.c.call_id)
