"""Values compressed, with the number of their format; calls, turns, stages, outcomes, runs, rubrics as rows."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 200
CALL_ID = sa.String(200)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _compress("results", ("call_id", "step"))
    _compress("scorecards", ("id",))
    _widen_scorecards()
    _make_summaries_anew()
    _new_tables()
    op.add_column("failures", sa.Column("sha256", sa.String(64)))
    op.add_column("failures", sa.Column("version", sa.String(32)))
    op.execute("UPDATE schema_version SET version = 2")


def _compress(name: str, keys: Sequence[str]) -> None:
    """``payload`` from JSON text to format 2: one byte 2, then deflated JSON."""
    op.add_column(name, sa.Column("packed", sa.LargeBinary))
    connection = op.get_bind()
    table = sa.table(name, *(sa.column(key) for key in keys), sa.column("payload"), sa.column("packed", sa.LargeBinary))
    for row in _rows(connection, table, keys):
        here = sa.and_(*(table.c[key] == getattr(row, key) for key in keys))
        packed = b"\x02" + zlib.compress(row.payload.encode(), 4)
        connection.execute(sa.update(table).where(here).values(packed=packed))
    with op.batch_alter_table(name) as batch:
        batch.drop_column("payload")
        batch.alter_column("packed", new_column_name="payload", existing_type=sa.LargeBinary, nullable=False)


def _rows(connection: sa.Connection, table: Any, keys: Sequence[str]) -> Iterator[Any]:
    """All rows in pages: memory stays flat, whatever a store holds."""
    columns = [table.c[key] for key in keys]
    after: Sequence[Any] | None = None
    while True:
        query = sa.select(*columns, table.c.payload).order_by(*columns).limit(ROWS_AT_ONCE)
        if after is not None:
            query = query.where(sa.tuple_(*columns) > sa.tuple_(*after))
        page = connection.execute(query).all()
        yield from page
        if len(page) < ROWS_AT_ONCE:
            return
        after = page[-1][: len(keys)]


def _widen_scorecards() -> None:
    for name, kind in (("points", sa.Float), ("points_possible", sa.Float), ("passed", sa.Boolean)):
        op.add_column("scorecards", sa.Column(name, kind))
    op.drop_index("ix_scorecards_call_id", "scorecards")
    op.create_index("ix_scorecards_newest", "scorecards", ["rubric_id", "call_id", "id"])


def _make_summaries_anew() -> None:
    """They are derived: the next report makes them again."""
    op.drop_table("summaries")
    op.create_table(
        "summaries",
        sa.Column("call_id", CALL_ID, primary_key=True),
        sa.Column("rubric_id", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("day", sa.Date, index=True),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )


def _new_tables() -> None:
    _calls()
    _parts_of_calls()
    op.create_table(
        "outcomes",
        sa.Column("scorecard_id", sa.Integer, sa.ForeignKey("scorecards.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("criterion_id", sa.String(64), primary_key=True),
        sa.Column("section_id", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("points", sa.Float),
        sa.Column("points_limit", sa.Float, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("fatal", sa.String(16)),
    )
    _makers()
    _runs()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", CALL_ID, primary_key=True),
        sa.Column("agent_id", sa.Text, index=True),
        sa.Column("agent_name", sa.Text),
        sa.Column("team", sa.Text, index=True),
        sa.Column("customer_id", sa.Text),
        sa.Column("started_at", MOMENT),
        sa.Column("direction", sa.String(16)),
        sa.Column("connected", sa.Boolean),
        sa.Column("outcome", sa.String(16)),
        sa.Column("amount", sa.Float),
        sa.Column("refunded", sa.Boolean),
        sa.Column("wrap_up_s", sa.Float),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("duration_s", sa.Float),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("doubted_turns", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("agent_speech_s", sa.Float),
        sa.Column("customer_speech_s", sa.Float),
        sa.Column("overlap_s", sa.Float),
        sa.Column("silence_s", sa.Float),
        sa.Column("ended_by", sa.String(16)),
        sa.Column("recording_sha256", sa.String(64), index=True),
    )


def _parts_of_calls() -> None:
    op.create_table(
        "turns",
        sa.Column("call_id", CALL_ID, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("characters", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("doubted", sa.Boolean, nullable=False),
    )
    op.create_table(
        "stages",
        sa.Column("call_id", CALL_ID, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("first_turn", sa.Integer, nullable=False),
        sa.Column("last_turn", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
    )


def _makers() -> None:
    op.create_table(
        "rubrics",
        sa.Column("rubric_id", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("first_used_at", MOMENT, nullable=False),
    )
    op.create_table(
        "models",
        sa.Column("step", sa.String(32), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("revision", sa.String(200), primary_key=True),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("first_used_at", MOMENT, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("rubric_id", sa.String(64), nullable=False),
        sa.Column("recordings", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer),
        sa.Column("skipped", sa.Integer),
        sa.Column("failed", sa.Integer),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_table(
        "claims",
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("call_id", CALL_ID, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
    )
