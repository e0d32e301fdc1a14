"""Results of steps, and the calls that they make up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.engine import Engine

from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import UserError
from qa_pipeline.language.redaction import mask_identifier
from qa_pipeline.store import tables
from qa_pipeline.store.codec import Unreadable, pack, unpack
from qa_pipeline.store.connection import Database, now, put_rows
from qa_pipeline.store.rows import put_call_rows

Value = TypeVar("Value")


#: What calls can be chosen by, and the column that holds it.
_FILTERS = {"agent": "agent_id", "team": "team", "outcome": "outcome"}


class UnreadableCall(UserError):
    """A stored call that another version wrote; the message holds nothing of it."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {mask_identifier(call_id)}: stored by another version; process it again")


class Results(Database):
    """One value per call and step, under the key of what made it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._unreadable: dict[str, None] = {}

    def result(self, call_id: str, step: str, key: str, kind: type[Value]) -> Value | None:
        """What a step gave for exactly this key (input, model, options); None when it is not stored."""
        table = tables.results
        wanted = (table.c.call_id == call_id) & (table.c.step == step) & (table.c.key == key)
        payload = self.scalar(select(table.c.payload).where(wanted))
        try:
            return None if payload is None else unpack(kind, payload)
        except Unreadable:
            return None  # made anew

    def put_result(self, call_id: str, step: str, key: str, value: object) -> None:
        row = {"call_id": call_id, "step": step, "key": key, "payload": pack(value), "stored_at": now()}
        with self.writing() as connection:
            put_rows(connection, tables.results, [row])
            if isinstance(value, Call):
                put_call_rows(connection, value)

    def result_key(self, call_id: str, step: str) -> str | None:
        table = tables.results
        found: str | None = self.scalar(select(table.c.key).where(table.c.call_id == call_id, table.c.step == step))
        return found

    def call_ids(self, wanted: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """Ids of stored calls, in order; ``wanted``: only those with this id, agent, team or outcome."""
        table = tables.results
        query = select(table.c.call_id).where(table.c.step == "call").order_by(table.c.call_id)
        for name, value in wanted.items():
            if name == "id":
                query = query.where(table.c.call_id == value)
            else:
                column = tables.calls.c[_FILTERS[name]]
                query = query.where(table.c.call_id.in_(select(tables.calls.c.call_id).where(column == value)))
        return self.scalars(query)

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
        found = self.keyed_call(call_id)
        return found[0] if found else None

    def keyed_call(self, call_id: str) -> tuple[Call, str] | None:
        """One call, and the key of what made it; UnreadableCall as for ``call``."""
        table = tables.results
        wanted = (table.c.call_id == call_id) & (table.c.step == "call")
        with self.reading() as connection:
            row = connection.execute(select(table.c.payload, table.c.key).where(wanted)).first()
        try:
            return None if row is None else (unpack(Call, row.payload), row.key)
        except Unreadable:
            raise UnreadableCall(call_id) from None
