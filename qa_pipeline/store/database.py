"""Reading and writing the store. Each write is one transaction, so a kill at any moment leaves whole rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import URL, Connection, Engine, create_engine, delete, event, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError, SQLAlchemyError

from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.review import AgreedAction, Review
from qa_pipeline.core.score import Scorecard
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.language.redaction import mask_identifier
from qa_pipeline.store import tables
from qa_pipeline.store.codec import decode, encode

Value = TypeVar("Value")

#: Seconds that a second process waits for the first one's write.
_LOCK_WAIT_S = 30

#: Rows that a long list is read in: memory stays flat, and few are too many round trips.
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be processed."""

    recording: str
    call_id: str
    step: str
    code: str
    reason: str
    failed_at: datetime


class UnreadableCall(UserError):
    """A stored call that another version wrote; the message holds nothing of it."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {mask_identifier(call_id)}: stored by another version; process it again")


class Store:
    """Open with :func:`open_store`; close when done (or use as a context manager)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._unreadable: dict[str, None] = {}

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # -- results of steps -------------------------------------------------

    def result(self, call_id: str, step: str, key: str, kind: type[Value]) -> Value | None:
        """What a step gave for exactly this key (input, model, options); None when it is not stored."""
        table = tables.results
        wanted = (table.c.call_id == call_id) & (table.c.step == step) & (table.c.key == key)
        payload = self._scalar(select(table.c.payload).where(wanted))
        try:
            return None if payload is None else decode(kind, payload)
        except ValidationError:
            return None  # written by a version with other values: made anew

    def put_result(self, call_id: str, step: str, key: str, value: object) -> None:
        table = tables.results
        row = {"call_id": call_id, "step": step, "key": key, "payload": encode(value), "stored_at": _now()}
        with self._write() as connection:
            connection.execute(delete(table).where(table.c.call_id == call_id, table.c.step == step))
            connection.execute(insert(table).values(row))

    def result_key(self, call_id: str, step: str) -> str | None:
        table = tables.results
        found: str | None = self._scalar(select(table.c.key).where(table.c.call_id == call_id, table.c.step == step))
        return found

    def call_ids(self) -> list[str]:
        table = tables.results
        with self._engine.connect() as connection:
            rows = connection.execute(select(table.c.call_id).where(table.c.step == "call").order_by(table.c.call_id))
            return list(rows.scalars())

    def calls(self) -> Iterator[Call]:
        """All calls that can be read, one at a time; ``unreadable_calls`` names those that were passed over."""
        for call_id in self.call_ids():
            try:
                call = self.call(call_id)
            except UnreadableCall:
                self.pass_over(call_id)
                continue
            if call:
                yield call

    def pass_over(self, call_id: str) -> None:
        """Remember a call that could not be read."""
        self._unreadable[call_id] = None

    def unreadable_calls(self) -> list[str]:
        """Ids of calls that were passed over so far."""
        return list(self._unreadable)

    def call(self, call_id: str) -> Call | None:
        """One call; UnreadableCall where another version wrote it in a form that this one does not know."""
        table = tables.results
        payload = self._scalar(select(table.c.payload).where(table.c.call_id == call_id, table.c.step == "call"))
        try:
            return None if payload is None else decode(Call, payload)
        except ValidationError:
            raise UnreadableCall(call_id) from None  # without the cause: it would quote what was said

    # -- scorecards -------------------------------------------------------

    def put_scorecard(self, card: Scorecard, call_key: str) -> None:
        row = {
            "call_id": card.call_id,
            "rubric_id": card.rubric_id,
            "rubric_version": card.rubric_version,
            "rubric_sha256": card.rubric_sha256,
            "call_key": call_key,
            "percent": card.percent,
            "payload": encode(card),
            "stored_at": _now(),
        }
        with self._write() as connection:
            connection.execute(insert(tables.scorecards).values(row))

    def scorecard(
        self, call_id: str, rubric_id: str, rubric_sha256: str | None = None, call_key: str | None = None
    ) -> Scorecard | None:
        """The newest scorecard of a call under a rubric, or under exactly this file of it and this call key."""
        table = tables.scorecards
        query = select(table.c.payload).where(table.c.call_id == call_id, table.c.rubric_id == rubric_id)
        if rubric_sha256 is not None:
            query = query.where(table.c.rubric_sha256 == rubric_sha256)
        if call_key is not None:
            query = query.where(table.c.call_key == call_key)
        payload = self._scalar(query.order_by(table.c.id.desc()).limit(1))
        try:
            return None if payload is None else decode(Scorecard, payload)
        except ValidationError:
            return None  # written by a version with other values: scored anew

    def published_sha256(self, rubric_id: str, version: str) -> str | None:
        """The hash of the file under which results of this rubric version are stored; None where there are none."""
        table = tables.scorecards
        query = select(table.c.rubric_sha256).where(table.c.rubric_id == rubric_id, table.c.rubric_version == version)
        found: str | None = self._scalar(query.order_by(table.c.id).limit(1))
        return found

    # -- recordings and failures ------------------------------------------

    def recording_of(self, call_id: str) -> tuple[Path, str] | None:
        """Path and hash of the recording stored under a call id."""
        table = tables.recordings
        with self._engine.connect() as connection:
            row = connection.execute(select(table.c.path, table.c.sha256).where(table.c.call_id == call_id)).first()
        return None if row is None else (Path(row.path), row.sha256)

    def put_recording(self, call_id: str, path: Path, sha256: str) -> None:
        table = tables.recordings
        with self._write() as connection:
            connection.execute(delete(table).where(table.c.call_id == call_id))
            connection.execute(insert(table).values(call_id=call_id, path=str(path), sha256=sha256))

    def put_failure(self, recording: str, call_id: str, failure: StepFailure) -> None:
        table = tables.failures
        row = {"step": failure.step, "code": failure.code, "reason": failure.reason, "failed_at": _now()}
        with self._write() as connection:
            connection.execute(delete(table).where(table.c.recording == recording))
            connection.execute(insert(table).values(recording=recording, call_id=call_id, **row))

    def clear_failure(self, recording: str) -> None:
        with self._write() as connection:
            connection.execute(delete(tables.failures).where(tables.failures.c.recording == recording))

    def failures(self) -> list[Failure]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(tables.failures).order_by(tables.failures.c.recording)).mappings()
            return [Failure(**{**row, "failed_at": _aware(row["failed_at"])}) for row in rows]

    # -- summaries ----------------------------------------------------------

    def call_versions(self, rubric_id: str, rubric_sha256: str) -> dict[str, str]:
        """Per stored call what its summary under a rubric is made from: another text means another summary."""
        results, cards, reviews = tables.results, tables.scorecards, tables.reviews
        newest_card = select(cards.c.call_id, func.max(cards.c.id)).group_by(cards.c.call_id)
        newest_card = newest_card.where(cards.c.rubric_id == rubric_id, cards.c.rubric_sha256 == rubric_sha256)
        newest_review = select(reviews.c.call_id, func.max(reviews.c.id)).group_by(reviews.c.call_id)
        newest_review = newest_review.where(reviews.c.rubric_id == rubric_id)
        calls = select(results.c.call_id, results.c.key).where(results.c.step == "call").order_by(results.c.call_id)
        with self._engine.connect() as connection:
            card = _pairs(connection, newest_card)
            review = _pairs(connection, newest_review)
            found = _pairs(connection, calls)
        return {call_id: f"{key}:{card.get(call_id, 0)}:{review.get(call_id, 0)}" for call_id, key in found.items()}

    def summaries(self, rubric_id: str, keys: Mapping[str, str]) -> Iterator[CallSummary]:
        """Stored summaries that were made from exactly these versions (call id → key), one at a time."""
        table = tables.summaries
        query = select(table.c.call_id, table.c.key, table.c.payload).where(table.c.rubric_id == rubric_id)
        with self._engine.connect().execution_options(yield_per=_ROWS_AT_ONCE) as connection:
            for call_id, key, payload in connection.execute(query.order_by(table.c.call_id)):
                if keys.get(call_id) == key:
                    with suppress(ValidationError):  # written by a version with other values: made anew
                        yield decode(CallSummary, payload)

    def missing_summaries(self, rubric_id: str, keys: Mapping[str, str]) -> list[str]:
        """Calls whose stored summary was made from something else than these versions, or that have none."""
        table = tables.summaries
        query = select(table.c.call_id, table.c.key).where(table.c.rubric_id == rubric_id)
        with self._engine.connect() as connection:
            stored = _pairs(connection, query)
        return [call_id for call_id, key in keys.items() if stored.get(call_id) != key]

    def newest_day(self, rubric_id: str, until: date | None = None) -> date | None:
        """The day of the newest call that has a summary and a time; ``until``: of those up to this day."""
        table = tables.summaries
        query = select(func.max(table.c.day)).where(table.c.rubric_id == rubric_id)
        if until is not None:
            query = query.where(table.c.day <= until)
        found: date | None = self._scalar(query)
        return found

    def put_summaries(self, made: Iterable[tuple[CallSummary, str]]) -> None:
        """Write summaries with the versions that they were made from, in one transaction."""
        table = tables.summaries
        rows = [
            {
                "call_id": summary.call_id,
                "rubric_id": summary.rubric_id,
                "key": key,
                "day": summary.started_at.date() if summary.started_at else None,
                "payload": encode(summary, brief=True),
            }
            for summary, key in made
        ]
        if not rows:
            return
        with self._write() as connection:
            for row in rows:
                which = (table.c.call_id == row["call_id"]) & (table.c.rubric_id == row["rubric_id"])
                connection.execute(delete(table).where(which))
            connection.execute(insert(table), rows)

    # -- what people add ----------------------------------------------------

    def put_reviews(self, made: Iterable[Review]) -> int:
        """Append what is not stored yet; how many were new, so that a sheet can be read twice without harm."""
        table, added = tables.reviews, 0
        for review in made:
            payload = encode(review)
            known = select(table.c.id).where(table.c.call_id == review.call_id, table.c.payload == payload)
            if self._scalar(known) is None:
                row = {"call_id": review.call_id, "rubric_id": review.rubric_id, "payload": payload}
                with self._write() as connection:
                    connection.execute(insert(table).values(**row, stored_at=_now()))
                added += 1
        return added

    def reviews(self, rubric_id: str, call_id: str | None = None) -> list[Review]:
        """All remarks under a rubric, or those on one call, in the order in which they were stored."""
        table = tables.reviews
        query = select(table.c.payload).where(table.c.rubric_id == rubric_id)
        if call_id is not None:
            query = query.where(table.c.call_id == call_id)
        return [decode(Review, payload) for payload in self._scalars(query.order_by(table.c.id))]

    def put_actions(self, made: Iterable[AgreedAction]) -> int:
        """Append what is not stored yet; how many were new."""
        table, added = tables.actions, 0
        for action in made:
            payload = encode(action)
            if self._scalar(select(table.c.id).where(table.c.agent == action.agent, table.c.payload == payload)):
                continue
            row = {"agent": action.agent, "agreed_on": action.agreed_on, "payload": payload, "stored_at": _now()}
            with self._write() as connection:
                connection.execute(insert(table).values(row))
            added += 1
        return added

    def actions(self) -> list[AgreedAction]:
        """All agreed actions, the oldest first."""
        table = tables.actions
        query = select(table.c.payload).order_by(table.c.agreed_on, table.c.id)
        return [decode(AgreedAction, payload) for payload in self._scalars(query)]

    # -- answers of language models -----------------------------------------

    def llm_answer(self, key: str) -> str | None:
        """What was answered to exactly this question; None when it was not asked yet."""
        table = tables.llm_answers
        found: str | None = self._scalar(select(table.c.answer).where(table.c.key == key))
        return found

    def put_llm_answer(self, key: str, answer: str, model: str) -> None:
        table = tables.llm_answers
        row = {"key": key, "answer": answer, "model": model[:200], "stored_at": _now()}
        # Another process may have asked the same at the same time: either answer will do.
        with suppress(IntegrityError), self._write() as connection:
            connection.execute(delete(table).where(table.c.key == key))
            connection.execute(insert(table).values(row))

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """One transaction; a full disk or a lost database ends the run, and the next one goes on from there."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise UserError(f"the store cannot be written to ({error.orig}); mend this and run again") from None

    def _scalars(self, query: Any) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def _scalar(self, query: Any) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()


def _pairs(connection: Connection, query: Any) -> dict[str, Any]:
    """Rows of two columns, the second by the first, in their order."""
    return {row[0]: row[1] for row in connection.execute(query)}


def open_store(url: str) -> Store:
    """Open (and create) a store by SQLAlchemy URL or by the path of an SQLite file."""
    if not url.strip():
        raise UserError("store: the address is empty; e.g. qa-pipeline.sqlite3")
    text = url if "://" in url else f"sqlite:///{url}"
    try:
        # A path is taken as it is: its question mark begins no options.
        parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            _prepare_file(Path(parsed.database))
        engine = create_engine(parsed)
        if parsed.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
        _create_tables(engine)
        _check_version(engine)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise UserError(
            f"store {shown_address(text)}: not a database address ({error}); e.g. sqlite:///calls.sqlite3"
        ) from None
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise UserError(
            f"store {shown_address(text)}: cannot be opened ({cause}); check path and permissions"
        ) from None
    return Store(engine)


def _create_tables(engine: Engine) -> None:
    """Once more where another process makes the same tables at the same moment."""
    try:
        tables.metadata.create_all(engine)
    except OperationalError:
        tables.metadata.create_all(engine)


def _prepare_file(path: Path) -> None:
    """Transcripts are confidential: only the owner may read the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_LOCK_WAIT_S * 1000}")
    with suppress(Exception):  # some network file systems have no shared memory; the default journal then stays
        connection.execute("PRAGMA journal_mode = WAL")


def _check_version(engine: Engine) -> None:
    with engine.begin() as connection:
        version = connection.execute(select(tables.schema.c.version)).scalar()
        if version is None:
            connection.execute(insert(tables.schema).values(version=tables.SCHEMA_VERSION))
        elif version != tables.SCHEMA_VERSION:
            raise UserError(
                f"the store has format {version}, this program needs {tables.SCHEMA_VERSION}; "
                "use a matching version of the program or a new store"
            )


def shown_address(url: str) -> str:
    """The address without its password."""
    with suppress(ArgumentError, ValueError):
        return make_url(url).render_as_string(hide_password=True) if "://" in url else url
    return re.sub(r"//.*@", "//***@", url)


def _now() -> datetime:
    return datetime.now(UTC)


def _aware(moment: datetime) -> datetime:
    """SQLite forgets the time zone; everything is stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
