"""The tables. Values are kept whole in ``payload`` (codec.py); what is searched, counted or shown to other programs has
columns of its own, written in the same transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from qa_pipeline.core.call import MAX_CALL_ID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _Plain(TypeDecorator[str]):
    """Text without the character NUL, which PostgreSQL takes in no text; SQLite keeps it as it is."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        taken = value is None or dialect.name != "postgresql" or "\x00" not in value
        return value if taken or value is None else value.replace("\x00", "\ufffd")


class _Text(_Plain):
    impl = Text
    cache_ok = True


class _String(_Plain):
    impl = String
    cache_ok = True


CALL_ID = _String(MAX_CALL_ID)


def _moment(name: str, *, optional: bool = False) -> Column[object]:
    """A point in time; always UTC."""
    return Column(name, DateTime(timezone=True), nullable=optional)


#: Programs that are older than Alembic here look for their format number in this table, and refuse any but their own.
schema = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

#: One row per call and step (recording, transcript, dialogue, call); ``key`` names what made it: input, model, options.
results = Table(
    "results",
    metadata,
    Column("call_id", CALL_ID, primary_key=True),
    Column("step", _String(32), primary_key=True),
    Column("key", _String(64), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    _moment("stored_at"),
)

#: The facts about a call that lists, figures and other programs ask for; seconds. Unknown is null.
calls = Table(
    "calls",
    metadata,
    Column("call_id", CALL_ID, primary_key=True),
    Column("agent_id", _Text, index=True),
    Column("agent_name", _Text),
    Column("team", _Text, index=True),
    Column("customer_id", _Text),
    _moment("started_at", optional=True),
    Column("direction", _String(16)),
    Column("connected", Boolean),
    Column("outcome", _String(16)),
    Column("amount", Float),
    Column("refunded", Boolean),
    Column("wrap_up_s", Float),
    Column("language", _String(16), nullable=False),
    Column("duration_s", Float),
    Column("turns", Integer, nullable=False),
    Column("doubted_turns", Integer, nullable=False),
    Column("confidence", Float),
    Column("agent_speech_s", Float),
    Column("customer_speech_s", Float),
    Column("overlap_s", Float),
    Column("silence_s", Float),
    Column("ended_by", _String(16)),
    Column("recording_sha256", _String(64), index=True),
)

#: Turns without their words, which are confidential and lie in the payload.
turns = Table(
    "turns",
    metadata,
    Column("call_id", CALL_ID, ForeignKey(calls.c.call_id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("role", _String(16), nullable=False),
    Column("stage", _String(16)),
    Column("start_s", Float),
    Column("end_s", Float),
    Column("characters", Integer, nullable=False),
    Column("confidence", Float),
    Column("doubted", Boolean, nullable=False),
)

stages = Table(
    "stages",
    metadata,
    Column("call_id", CALL_ID, ForeignKey(calls.c.call_id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("stage", _String(16), nullable=False),
    Column("first_turn", Integer, nullable=False),
    Column("last_turn", Integer, nullable=False),
    Column("start_s", Float),
    Column("end_s", Float),
)

#: Scorecards are appended; the newest of a call and rubric is the one in force.
scorecards = Table(
    "scorecards",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", CALL_ID, nullable=False),
    Column("rubric_id", _String(64), nullable=False),
    Column("rubric_version", _String(32), nullable=False),
    Column("rubric_sha256", _String(64), nullable=False),
    Column("call_key", _String(64), nullable=False),
    Column("percent", Float),
    Column("points", Float),
    Column("points_possible", Float),
    Column("passed", Boolean),
    Column("payload", LargeBinary, nullable=False),
    _moment("stored_at"),
    Index("ix_scorecards_newest", "rubric_id", "call_id", "id"),
)

#: One row per criterion of a scorecard, as the rules decided.
outcomes = Table(
    "outcomes",
    metadata,
    Column("scorecard_id", Integer, ForeignKey(scorecards.c.id, ondelete="CASCADE"), primary_key=True),
    Column("criterion_id", _String(64), primary_key=True),
    Column("section_id", _String(64), nullable=False),
    Column("verdict", _String(16), nullable=False),
    Column("reason", _String(64), nullable=False),
    Column("points", Float),
    Column("points_limit", Float, nullable=False),
    Column("kind", _String(16), nullable=False),
    Column("severity", _String(16), nullable=False),
    Column("fatal", _String(16)),
)

#: The rubric versions that scored anything, with the file's text, so that an old scorecard can be understood.
rubrics = Table(
    "rubrics",
    metadata,
    Column("rubric_id", _String(64), primary_key=True),
    Column("sha256", _String(64), primary_key=True),
    Column("version", _String(32), nullable=False),
    Column("title", _Text, nullable=False),
    Column("source", _Text, nullable=False),
    _moment("first_used_at"),
)

#: The models that results were made with.
models = Table(
    "models",
    metadata,
    Column("step", _String(32), primary_key=True),
    Column("model", _String(200), primary_key=True),
    Column("revision", _String(200), primary_key=True),
    Column("options", _Text, nullable=False),
    Column("version", _String(32), nullable=False),
    _moment("first_used_at"),
)

#: One row per run of a batch; ``ended_at`` stays null where it was killed.
runs = Table(
    "runs",
    metadata,
    Column("id", _String(32), primary_key=True),
    Column("host", _String(200), nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", _String(32), nullable=False),
    Column("rubric_id", _String(64), nullable=False),
    Column("recordings", Integer, nullable=False),
    Column("done", Integer),
    Column("skipped", Integer),
    Column("failed", Integer),
    _moment("started_at"),
    _moment("ended_at", optional=True),
)

#: Which file of a run a call was made from: two files of one run with the same sound are one call.
claims = Table(
    "claims",
    metadata,
    Column("run_id", _String(32), ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("call_id", CALL_ID, primary_key=True),
    Column("sha256", _String(64), nullable=False),
    Column("path", _Text, nullable=False),
)

#: The recordings that belong to calls, and where they lay when they were last read.
recordings = Table(
    "recordings",
    metadata,
    Column("call_id", CALL_ID, primary_key=True),
    Column("path", _Text, nullable=False),
    Column("sha256", _String(64), nullable=False, index=True),
)

#: Recordings that could not be processed; a row goes when the recording succeeds. ``sha256`` and ``version``: of what
#: could be read, and by which program; null where the file could not be read at all.
failures = Table(
    "failures",
    metadata,
    Column("recording", _Text, primary_key=True),
    Column("call_id", CALL_ID, nullable=False),
    Column("step", _String(32), nullable=False),
    Column("code", _String(64), nullable=False),
    Column("reason", _Text, nullable=False),
    Column("sha256", _String(64)),
    Column("version", _String(32)),
    _moment("failed_at"),
)

#: What language models answered, by the hash of model, question and passage, so that nothing is asked twice.
llm_answers = Table(
    "llm_answers",
    metadata,
    Column("key", _String(64), primary_key=True),
    Column("answer", _Text, nullable=False),
    Column("model", _String(200), nullable=False),
    _moment("stored_at"),
)

#: What lists and period reports need of a call under a rubric; ``key`` names what it was made from.
summaries = Table(
    "summaries",
    metadata,
    Column("call_id", CALL_ID, primary_key=True),
    Column("rubric_id", _String(64), primary_key=True),
    Column("key", _String(200), nullable=False),
    Column("day", Date, index=True),
    Column("payload", LargeBinary, nullable=False),
)

#: Comments, changed verdicts and appeals; appended, never overwritten. The payload is JSON text (format 1 on).
reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", CALL_ID, nullable=False, index=True),
    Column("rubric_id", _String(64), nullable=False),
    Column("payload", _Text, nullable=False),
    _moment("stored_at"),
)

#: What was agreed in one-to-ones; appended, never overwritten.
actions = Table(
    "agreed_actions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("agent", _String(200), nullable=False, index=True),
    Column("agreed_on", Date, nullable=False),
    Column("payload", _Text, nullable=False),
    _moment("stored_at"),
)
