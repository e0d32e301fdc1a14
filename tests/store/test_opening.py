"""Stores of older and newer versions: brought up to date with all that they hold, or refused."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from qa_pipeline.core.call import Call, Transcript
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.score import Verdict
from qa_pipeline.store import opening, tables
from qa_pipeline.store.database import Store, open_store, shown_address
from qa_pipeline.store.migrations.first_form import metadata as first_form

OLD = Path(__file__).parents[1] / "data" / "old"
ROOT = Path(__file__).parents[2]


def first_store(path: Path) -> str:
    """The sample of the first form: three imported calls, scored, with everything that people had added."""
    with sqlite3.connect(path) as raw:
        raw.executescript((OLD / "store-1.sql").read_text(encoding="utf-8"))
    return str(path)


def copied_to_postgres(sample: str, url: str) -> None:
    """The sample's rows in PostgreSQL's tables of the first form."""
    source = create_engine(f"sqlite:///{sample}")
    target = opening._engine(url)
    first_form.create_all(target)
    with source.connect() as rows, target.begin() as into:
        for table in first_form.sorted_tables:
            several = [dict(row) for row in rows.execute(table.select()).mappings()]
            if several:
                into.execute(table.insert(), several)


@pytest.fixture
def old_url(store_url: str, tmp_path: Path) -> str:
    if "://" not in store_url:
        return first_store(Path(store_url))
    copied_to_postgres(first_store(tmp_path / "sample.sqlite3"), store_url)
    return store_url


def holds_the_sample(store: Store) -> None:
    assert store.call_ids() == ["D06", "D09", "D13"]
    call = store.call("D06")
    assert call is not None
    assert len(call.turns) == 11
    card = store.scorecard("D06", "telesales-coaching")
    assert card is not None
    assert len(card.outcomes) >= 15
    transcript = store.result("D09", "transcript", "t-key", Transcript)
    assert transcript is not None
    assert transcript.text == "您好"
    (review,) = store.reviews("telesales-coaching")
    assert (review.author, review.verdict) == ("王敏", Verdict.MET)
    assert [action.action for action in store.actions()] == ["开场先报工号"]
    assert [failure.code for failure in store.failures()] == ["empty_file"]
    assert store.recording_of("D09") == ("/calls/one.wav", "ab" * 32)
    assert store.llm_answer("k1") == '{"met": true}'


def test_an_old_store_keeps_all_that_it_holds(old_url: str) -> None:
    with open_store(old_url) as store:
        holds_the_sample(store)
    with open_store(old_url) as again:
        holds_the_sample(again)


def test_an_old_store_gets_its_rows(old_url: str) -> None:
    with open_store(old_url) as store:
        counts = store.count_rows()
        calls = list(store.calls())
        cards = [card for call in calls if (card := store.scorecard(call.call_id, "telesales-coaching"))]
    assert counts["calls"] == 3
    assert counts["turns"] == sum(len(call.turns) for call in calls) > 0
    assert counts["stages"] == sum(len(call.stages) for call in calls) > 0
    assert counts["outcomes"] == sum(len(card.outcomes) for card in cards) > 0


def shape(url: str) -> dict[str, object]:
    """Tables with their columns, keys and indices, and the views."""
    inspector = inspect(opening._engine(url))
    found: dict[str, object] = {"views": sorted(inspector.get_view_names())}
    for table in inspector.get_table_names():
        columns = [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)]
        indices = sorted((i["name"], tuple(i["column_names"])) for i in inspector.get_indexes(table))
        keys = inspector.get_pk_constraint(table)["constrained_columns"]
        found[table] = (sorted(columns), keys, indices)
    return found


def test_migrations_lead_to_what_a_new_store_is(tmp_path: Path) -> None:
    old, new = first_store(tmp_path / "old.sqlite3"), str(tmp_path / "new.sqlite3")
    for url in (old, new):
        open_store(url).close()
    assert shape(old) == shape(new)


def test_the_tables_are_those_that_the_newest_migration_makes(old_url: str) -> None:
    open_store(old_url).close()
    with opening._engine(old_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, tables.metadata) if "_fk" not in str(d[0])]
    assert differences == []


def test_the_program_knows_its_own_migrations() -> None:
    scripts = ScriptDirectory(str(Path(opening.__file__).parent / "migrations"))
    assert scripts.get_heads() == [opening.HEAD]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(opening.KNOWN)


def test_a_store_without_the_tables_that_came_later_opens_too(tmp_path: Path) -> None:
    url = first_store(tmp_path / "s.sqlite3")
    with sqlite3.connect(url) as raw:
        for table in ("llm_answers", "summaries", "reviews", "agreed_actions"):
            raw.execute(f"drop table {table}")
        raw.execute("delete from schema_version")
    with open_store(url) as store:
        assert store.call_ids() == ["D06", "D09", "D13"]
        assert store.actions() == []


def test_what_cannot_be_read_is_kept_and_told(tmp_path: Path) -> None:
    url = first_store(tmp_path / "s.sqlite3")
    with sqlite3.connect(url) as raw:
        raw.execute("update results set payload = '{}' where call_id = 'D06' and step = 'call'")
    with open_store(url) as store:
        assert [call.call_id for call in store.calls()] == ["D09", "D13"]
        assert store.unreadable_calls() == ["D06"]
        assert store.count_rows()["calls"] == 2


@pytest.mark.parametrize("table", ["alembic_version", "schema_version"])
def test_a_newer_store_is_refused_and_left_alone(table: str, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    open_store(str(path)).close() if table == "alembic_version" else first_store(path)
    column = "version_num" if table == "alembic_version" else "version"
    with sqlite3.connect(path) as raw:
        raw.execute(f"update {table} set {column} = 9999")  # noqa: S608
    with pytest.raises(UserError, match="format 9999, this program knows up to 0003: a newer version made it"):
        open_store(str(path))
    with sqlite3.connect(path) as raw:
        assert str(raw.execute(f"select {column} from {table}").fetchone()[0]) == "9999"  # noqa: S608


def test_programs_from_before_migrations_refuse_the_new_form(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    open_store(str(path)).close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(2,)]


SLOW_MIGRATION = """
import os, sys, time
from sqlalchemy import event
from qa_pipeline.store import opening
fill = opening.fill_calls
def slowly(connection):
    print("in the middle", flush=True)
    time.sleep(600)
opening.fill_calls = slowly
opening.open_engine(sys.argv[1])
"""


def test_a_kill_in_the_middle_of_a_migration_leaves_the_old_store(tmp_path: Path) -> None:
    url = first_store(tmp_path / "s.sqlite3")
    command = [sys.executable, "-c", SLOW_MIGRATION, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ)) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "in the middle\n"
        writer.send_signal(signal.SIGKILL)
    with sqlite3.connect(url) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(1,)]
        assert raw.execute("select count(*) from sqlite_master where name = 'alembic_version'").fetchone() == (0,)
    with open_store(url) as store:
        holds_the_sample(store)


MANY = """
import sys
from qa_pipeline.store.database import open_store
with open_store(sys.argv[1]) as store:
    print(len(store.call_ids()))
"""


@pytest.mark.parametrize("kind", ["old", "new"])
def test_several_programs_may_open_it_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    expected = "3\n" if kind == "old" else "0\n"
    if kind == "old":
        first_store(path)
    command = [sys.executable, "-c", MANY, str(path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    assert [process.communicate()[0] for process in started] == [expected] * 3


def test_a_call_of_the_sample_is_read_as_it_was(old_url: str, tmp_path: Path) -> None:
    import json

    plain = sqlite3.connect(first_store(tmp_path / "plain.sqlite3"))
    (text_then,) = plain.execute("select payload from results where call_id = 'D06' and step = 'call'").fetchone()
    then = json.loads(text_then)
    with open_store(old_url) as store:
        call = store.call("D06")
    assert isinstance(call, Call)
    assert [turn.text for turn in call.turns] == [turn["text"] for turn in then["conversation"]["turns"]]
    assert [stage.stage for stage in call.stages] == [stage["stage"] for stage in then["stages"]]


def test_the_version_table_holds_one_row(store_url: str) -> None:
    for _ in range(2):
        open_store(store_url).close()
    with opening._engine(store_url).connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).all() == [(opening.HEAD,)]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://qa:secret@h/db", "postgresql://qa:***@h/db"),
        (
            "postgresql://qa@h/db?password=secret&sslmode=require",
            "postgresql://qa@h/db?password=hidden&sslmode=require",
        ),
        ("postgresql://qa:p@secret@h/db", "postgresql://***@h/db"),
        ("postgresql://qa:secret@h:port/db?password=secret", "postgresql://***@h:port/db"),
        ("calls.sqlite3", "calls.sqlite3"),
    ],
)
def test_no_password_is_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown


def test_an_at_sign_in_a_password_is_told_and_not_the_password() -> None:
    with pytest.raises(UserError) as refused:
        open_store("postgresql://qa:p@secret@127.0.0.1:1/db")
    assert "%40" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:/calls.sqlite3", "two slashes"),
        ("mysql://qa:secret@h/db", "SQLite files or on PostgreSQL"),
        ("postgresql://qa:secret@127.0.0.1:1/db", "does the server run?"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_to_do(address: str, said: str, folder: Path) -> None:
    with pytest.raises(UserError) as refused:
        open_store(address)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
    assert list(folder.iterdir()) == []
