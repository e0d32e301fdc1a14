"""Rows of calls and scorecards that were stored before there were any; what cannot be read gets none."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from qa_pipeline.core.call import Call
from qa_pipeline.core.score import Scorecard
from qa_pipeline.store import rows, tables
from qa_pipeline.store.codec import Unreadable, unpack
from qa_pipeline.store.rows import put_call_rows


def fill_calls(connection: Connection) -> int:
    """How many calls got their rows."""
    table, made = tables.results, 0
    stored = select(table.c.call_id).where(table.c.step == "call")
    for call_id in connection.execute(stored.except_(select(tables.calls.c.call_id))).scalars().all():
        wanted = (table.c.call_id == call_id) & (table.c.step == "call")
        payload = connection.execute(select(table.c.payload).where(wanted)).scalar_one()
        try:
            put_call_rows(connection, unpack(Call, payload))
            made += 1
        except Unreadable:
            continue
    return made


def fill_outcomes(connection: Connection) -> int:
    """How many scorecards got their rows."""
    table, made = tables.scorecards, 0
    for number in (
        connection.execute(select(table.c.id).except_(select(tables.outcomes.c.scorecard_id))).scalars().all()
    ):
        payload = connection.execute(select(table.c.payload).where(table.c.id == number)).scalar_one()
        try:
            card = unpack(Scorecard, payload)
        except Unreadable:
            continue
        values = {name: value for name, value in rows.scorecard_row(card).items() if name in _DERIVED}
        connection.execute(update(table).where(table.c.id == number).values(values))
        several = list(rows.outcome_rows(card, number))
        if several:
            connection.execute(insert(tables.outcomes), several)
            made += 1
    return made


_DERIVED = ("percent", "points", "points_possible", "passed")
