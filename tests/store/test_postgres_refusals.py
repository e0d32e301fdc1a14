"""A PostgreSQL server that takes no writes: one line for the user, without what was to be written."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import text

from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.store.database import open_store

FAILURE = StepFailure("ingest", "corrupt", "13912345678.wav: damaged")


@pytest.fixture
def stranger(postgres_server: str) -> Iterator[str]:
    """An account of the server without any rights."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger")
        yield "stranger"
        connection.execute("DROP ROLE stranger")


def refused(url: str, option: str) -> str:
    """What is said of a write under an option of the connection, where all may be read."""
    with open_store(url) as store:
        store.put_failure("a.wav", "a", FAILURE)
        with store.writing() as connection:
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC"))
            connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC"))
    with pytest.raises(UserError) as told, open_store(url + quote(f" -c {option}", safe="")) as limited:
        limited.put_failure("13912345678.wav", "b", FAILURE)
    return str(told.value)


def test_a_standby(postgres_url: str) -> None:
    said = refused(postgres_url, "default_transaction_read_only=on")
    assert "the store cannot be written to: it, or its folder, is write-protected" in said
    assert "13912345678" not in said


def test_an_account_without_rights(postgres_url: str, stranger: str) -> None:
    said = refused(postgres_url, f"role={stranger}")
    assert "this account may not do that there" in said
    assert "13912345678" not in said


def test_what_the_program_does_wrong_shows_no_values(postgres_url: str) -> None:
    from sqlalchemy.exc import DataError

    with open_store(postgres_url) as store, pytest.raises(DataError) as wrong:
        store.put_failure("13912345678.wav", "x" * 300, FAILURE)
    assert "13912345678" not in str(wrong.value)
