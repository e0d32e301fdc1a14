"""Views for other programs (BI tools): read-only, with what is useful there and without customers' names and words.

Paths and addresses of recordings are left out: recorders put phone numbers into them.

docs/store.md lists their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, event, text

from qa_pipeline.store import tables

#: Each begins WITH a subquery: PostgreSQL then takes no writes through it, as SQLite never does.
VIEWS: Mapping[str, str] = {
    "bi_calls": """
        WITH source AS (SELECT * FROM calls)
        SELECT call_id, agent_id, agent_name, team, started_at, direction, connected, outcome, amount, refunded,
               wrap_up_s, language, duration_s, turns, doubted_turns, confidence, agent_speech_s, customer_speech_s,
               overlap_s, silence_s, ended_by
        FROM source""",
    "bi_turns": """
        WITH source AS (SELECT * FROM turns)
        SELECT call_id, number, role, stage, start_s, end_s, characters, confidence, doubted FROM source""",
    "bi_stages": """
        WITH source AS (SELECT * FROM stages)
        SELECT call_id, number, stage, first_turn, last_turn, start_s, end_s FROM source""",
    "bi_scorecards": """
        WITH newest AS (SELECT max(id) AS id FROM scorecards GROUP BY rubric_id, call_id)
        SELECT card.id AS scorecard_id, card.call_id, card.rubric_id, card.rubric_version, card.percent, card.points,
               card.points_possible, card.passed, card.stored_at, calls.agent_id, calls.team, calls.started_at
        FROM newest JOIN scorecards card ON card.id = newest.id LEFT JOIN calls ON calls.call_id = card.call_id""",
    "bi_outcomes": """
        WITH newest AS (SELECT max(id) AS id FROM scorecards GROUP BY rubric_id, call_id)
        SELECT card.id AS scorecard_id, card.call_id, card.rubric_id, card.rubric_version, outcome.criterion_id,
               outcome.section_id, outcome.verdict, outcome.reason, outcome.points, outcome.points_limit, outcome.kind,
               outcome.severity, outcome.fatal
        FROM newest JOIN scorecards card ON card.id = newest.id
             JOIN outcomes outcome ON outcome.scorecard_id = card.id""",
    "bi_failures": """
        WITH source AS (SELECT * FROM failures)
        SELECT call_id, step, code, reason, failed_at FROM source""",
    "bi_runs": """
        WITH source AS (SELECT * FROM runs)
        SELECT id, host, version, rubric_id, recordings, done, skipped, failed, started_at, ended_at FROM source""",
    "bi_rubrics": """
        WITH source AS (SELECT * FROM rubrics)
        SELECT rubric_id, sha256, version, title, first_used_at FROM source""",
    "bi_models": """
        WITH source AS (SELECT * FROM models)
        SELECT step, model, revision, options, version, first_used_at FROM source""",
}

_READERS = """
    SELECT table_name, grantee FROM information_schema.table_privileges
    WHERE table_schema = current_schema() AND table_name = ANY(:names) AND privilege_type = 'SELECT'
          AND grantee <> current_user"""


def create_views(connection: Connection) -> None:
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")


def drop_views(connection: Connection) -> None:
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def readers(connection: Connection) -> list[tuple[str, str]]:
    """View and account of everybody else who may read one: a view that is made anew has lost them. Files have none."""
    if connection.dialect.name != "postgresql":
        return []
    found = connection.execute(text(_READERS), {"names": list(VIEWS)})
    return [(name, account) for name, account in found]


def admit(connection: Connection, known: Iterable[tuple[str, str]]) -> None:
    """Let these accounts read these views."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    for name, account in known:
        to = account if account == "PUBLIC" else quoted(account)
        connection.exec_driver_sql(f"GRANT SELECT ON {name} TO {to}")


@event.listens_for(tables.metadata, "after_create")
def _after_create(_metadata: object, connection: Connection, **_: object) -> None:
    drop_views(connection)
    create_views(connection)
