"""The tables of the first form, as they were; frozen."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

schema = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

#: One row per call and step (transcript, call); ``key`` names input, model and options that made it.
results = Table(
    "results",
    metadata,
    Column("call_id", String(200), primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
)

#: Scorecards are appended; the newest of a call and rubric is the one in force.
scorecards = Table(
    "scorecards",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", String(200), nullable=False, index=True),
    Column("rubric_id", String(64), nullable=False),
    Column("rubric_version", String(32), nullable=False),
    Column("rubric_sha256", String(64), nullable=False),
    Column("call_key", String(64), nullable=False),
    Column("percent", Float),
    Column("payload", Text, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
)

#: The recordings that belong to calls, and what became of them.
recordings = Table(
    "recordings",
    metadata,
    Column("call_id", String(200), primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
)

#: Recordings that could not be processed; a row goes when the recording succeeds.
failures = Table(
    "failures",
    metadata,
    Column("recording", Text, primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("step", String(32), nullable=False),
    Column("code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False),
)

#: What language models answered, by the hash of model and question; they quote what was said.
llm_answers = Table(
    "llm_answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("model", String(200), nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
)

#: What lists and period reports need of a call under a rubric; ``key`` names what it was made from.
summaries = Table(
    "summaries",
    metadata,
    Column("call_id", String(200), primary_key=True),
    Column("rubric_id", String(64), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("day", Date, index=True),
    Column("payload", Text, nullable=False),
)

#: Comments, changed verdicts and appeals; appended, never overwritten.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", String(200), nullable=False, index=True),
    Column("rubric_id", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
)

#: What was agreed in one-to-ones; appended, never overwritten.
actions = Table(
    "agreed_actions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("agent", String(200), nullable=False, index=True),
    Column("agreed_on", Date, nullable=False),
    Column("payload", Text, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
)
