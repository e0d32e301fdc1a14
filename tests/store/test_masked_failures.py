"""Failures of stores from before their reasons were masked: no customer's number is left for other programs."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text

from qa_pipeline.core.errors import StepFailure
from qa_pipeline.store import opening
from qa_pipeline.store.database import open_store

PHONE = "13912345678"
PLACE = f"/calls/{PHONE}/out-{PHONE}.wav"

SECOND_VIEW = """CREATE VIEW bi_failures AS WITH source AS (SELECT * FROM failures)
    SELECT recording, call_id, step, code, reason, failed_at FROM source"""


def make_second_form(connection: Connection) -> None:
    """From the third form, which has the same tables."""
    connection.execute(text("DROP VIEW bi_failures"))
    connection.execute(text(SECOND_VIEW))
    connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))


@pytest.fixture
def second_url(store_url: str) -> str:
    with open_store(store_url) as store:
        store.put_failure(PLACE, "", StepFailure("ingest", "empty_file", f"out-{PHONE}.wav: the file is empty"))
        store.put_failure("/calls/b.wav", "c", StepFailure("transcribe", "engine_failed", "the speech engine failed"))
        with store.writing() as connection:
            make_second_form(connection)
    return store_url


def test_reasons_are_masked_and_places_are_kept_for_the_program_alone(second_url: str) -> None:
    with open_store(second_url) as store:
        kept = {failure.recording: failure.reason for failure in store.failures()}
        with store.reading() as connection:
            shown = [dict(row) for row in connection.execute(text("SELECT * FROM bi_failures")).mappings()]
    assert kept == {
        PLACE: "out-139****5678.wav: the file is empty",
        "/calls/b.wav": "the speech engine failed",
    }
    assert PHONE not in str(shown)
    assert sorted(row["reason"] for row in shown) == sorted(kept.values())
    assert list(shown[0]) == ["call_id", "step", "code", "reason", "failed_at"]


def test_all_views_are_those_of_a_new_store(second_url: str) -> None:
    def views() -> dict[str, object]:
        inspector = inspect(opening._engine(second_url))
        return {name: inspector.get_view_definition(name) for name in sorted(inspector.get_view_names())}

    before = views()
    open_store(second_url).close()
    after = views()
    assert set(after) == set(before)
    assert [name for name in after if after[name] != before[name]] == ["bi_failures"]
    with open_store(second_url) as store, store.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [(opening.HEAD,)]


def test_who_could_read_a_view_still_can(postgres_url: str) -> None:
    reader = "Test BI"
    with open_store(postgres_url) as store, store.writing() as connection:
        connection.execute(text(f'DROP ROLE IF EXISTS "{reader}"'))
        connection.execute(text(f'CREATE ROLE "{reader}"'))
        make_second_form(connection)
        connection.execute(text(f'GRANT SELECT ON bi_calls, bi_failures TO "{reader}"'))
        connection.execute(text("GRANT SELECT ON bi_runs TO PUBLIC"))
    with open_store(postgres_url) as store, store.writing() as connection:
        allowed = text("SELECT has_table_privilege(:who, :name, 'SELECT')")
        names = ("bi_calls", "bi_failures", "bi_runs", "bi_turns", "failures")
        found = [connection.execute(allowed, {"who": reader, "name": name}).scalar() for name in names]
        connection.execute(text(f'DROP OWNED BY "{reader}"'))
        connection.execute(text(f'DROP ROLE "{reader}"'))
    assert found == [True, True, True, False, False]
