"""The database behind the store: its engine, reading, and writing in whole transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from qa_pipeline.core.errors import UserError

#: Seconds that a second process waits for the first one's write.
LOCK_WAIT_S = 30

#: Rows that a long list is read in: memory stays flat, and few are too many round trips.
ROWS_AT_ONCE = 500

#: What databases say, and what a person can do about it.
_ADVICE = (
    ("locked", f"another program has kept it locked for {LOCK_WAIT_S} s; end that one or wait"),
    ("full", "the disk is full; make room"),
    ("No space left", "the disk is full; make room"),
    ("readonly", "it, or its folder, is write-protected; mend the permissions"),
    ("read-only", "it, or its folder, is write-protected; mend the permissions"),
    ("permission denied", "this account may not do that there; ask for its rights"),
    ("disk I/O", "the disk reports an error; look after it"),
    ("malformed", "the file is damaged; see 'qa-pipeline store check'"),
)


#: PostgreSQL's codes for a server that takes no writes, and for an account without the right.
_NOT_ALLOWED = ("25006", "42501")


class Database:
    """What all parts of the store share. A write is one transaction: a kill at any moment leaves whole rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writing=True)

    @property
    def engine(self) -> Engine:
        return self._engine

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with telling("read"), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; a full disk or a lost database ends the run, and the next one goes on from there."""
        with telling("written to"), self._writer.begin() as connection:
            yield connection

    def scalar(self, query: Any) -> Any:
        with self.reading() as connection:
            return connection.execute(query).scalar()

    def scalars(self, query: Any) -> list[Any]:
        with self.reading() as connection:
            return list(connection.execute(query).scalars())

    def pairs(self, query: Any) -> dict[str, Any]:
        """Rows of two columns, the second by the first, in their order."""
        with self.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Trouble with the database as one line for the user."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise UserError(f"the store cannot be {what}: {advice(error)}; then run again") from None
    except DBAPIError as error:
        # These are no OperationalErrors; other mistakes are the program's own.
        damaged = any(sign in str(error.orig) for sign in ("malformed", "not a database"))
        if not damaged and getattr(error.orig, "sqlstate", None) not in _NOT_ALLOWED:
            raise
        raise UserError(f"the store cannot be {what}: {advice(error)}; then run again") from None


def advice(error: DBAPIError) -> str:
    """What to do about it; the database's own words where nothing better is known."""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    return next((what for sign, what in _ADVICE if sign in said), said)


def configure_sqlite(engine: Engine) -> None:
    """WAL, transactions that hold table changes too, and a writer that waits for its turn when it begins."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: object) -> None:
    # The driver's own transactions end at every table change; ours are begun below.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_S * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    with suppress(Exception):  # some network file systems have no shared memory; the default journal then stays
        connection.execute("PRAGMA journal_mode = WAL")


def _on_begin(connection: Connection) -> None:
    # A reader that becomes a writer in mid-transaction may fail at once; a writer that says so at the start waits.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def put_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or write them over those with the same primary key; others may be doing the same."""
    if not rows:
        return
    statement = _insert_into(connection, table)
    keys = [column.name for column in table.primary_key.columns]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))


def put_new_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose primary key is not there yet; others stay as they are."""
    connection.execute(_insert_into(connection, table).on_conflict_do_nothing(), list(rows))


def _insert_into(connection: Connection, table: Table) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def now() -> datetime:
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """SQLite forgets the time zone; everything is stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
