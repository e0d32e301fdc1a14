"""Rows of calls and scorecards, and the views on them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from qa_pipeline.audio.containers import fail
from qa_pipeline.core.call import CallMetadata, CallOutcome, MadeBy
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.score import Verdict
from qa_pipeline.store import tables
from qa_pipeline.store.database import Store
from qa_pipeline.store.views import VIEWS
from tests.factories import A, C, call, outcome, scorecard

CHINA = timezone(timedelta(hours=8))
KNOWN = CallMetadata(
    agent_id="A1",
    team="一组",
    customer_id="13800138000",
    started_at=datetime(2026, 11, 2, 9, 0, tzinfo=CHINA),
    outcome=CallOutcome.DEAL,
    amount=199.0,
)


def rows_of(store: Store, name: str) -> list[dict[str, object]]:
    with store.reading() as connection:
        return [dict(row) for row in connection.exec_driver_sql(f"select * from {name}").mappings()]  # noqa: S608


def put_call(store: Store, call_id: str = "call-1", text: str = "您好") -> None:
    kept = call((A, text, 0, 1.5), (C, "喂", 2, 3), stages="on", recording_s=9, call_id=call_id)
    store.put_result(call_id, "call", "k", dataclasses.replace(kept, metadata=KNOWN))


def test_a_call_has_its_row(store: Store) -> None:
    put_call(store)
    with store.reading() as connection:
        row = connection.execute(select(tables.calls)).mappings().one()
    assert (row["call_id"], row["agent_id"], row["team"], row["outcome"]) == ("call-1", "A1", "一组", "deal")
    assert (row["amount"], row["duration_s"], row["turns"], row["doubted_turns"]) == (199.0, 9.0, 2, 0)
    moment = row["started_at"]
    assert (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) == KNOWN.started_at
    assert row["wrap_up_s"] is None


def test_turns_and_stages_have_theirs(store: Store) -> None:
    put_call(store)
    with store.reading() as connection:
        turns = connection.execute(select(tables.turns).order_by(tables.turns.c.number)).mappings().all()
        stages = connection.execute(select(tables.stages).order_by(tables.stages.c.number)).mappings().all()
    assert [(t["role"], t["stage"], t["start_s"], t["end_s"], t["characters"]) for t in turns] == [
        ("agent", "opening", 0.0, 1.5, 2),
        ("customer", "needs", 2.0, 3.0, 1),
    ]
    assert [(s["stage"], s["first_turn"], s["last_turn"]) for s in stages] == [("opening", 0, 0), ("needs", 1, 1)]


def test_rows_follow_the_call(store: Store) -> None:
    put_call(store)
    store.put_result("call-1", "call", "k2", call((A, "您好"), call_id="call-1"))
    counts = store.count_rows()
    assert (counts["calls"], counts["turns"], counts["stages"]) == (1, 1, 0)


def test_outcomes_are_rows_of_their_scorecard(store: Store) -> None:
    store.put_scorecard(scorecard(outcome(verdict=Verdict.MISSED)), "k")
    store.put_scorecard(scorecard(outcome()), "k2")
    assert store.count_rows()["outcomes"] == 2
    (newest,) = rows_of(store, "bi_outcomes")
    assert (newest["verdict"], newest["points"]) == ("met", 10.0)
    (card,) = rows_of(store, "bi_scorecards")
    assert (card["call_id"], card["percent"], card["agent_id"]) == ("call-1", 100.0, None)


def test_every_view_can_be_read_and_holds_no_customer(store: Store) -> None:
    put_call(store, text="我的电话是13800138000")
    store.put_scorecard(scorecard(outcome()), "k")
    with pytest.raises(StepFailure) as empty:
        fail(Path("/calls/13800138000/out-13800138000.wav"), "empty_file", "the file is empty (0 bytes)")
    store.put_failure("/calls/13800138000/out-13800138000.wav", "", empty.value)
    store.end_run(store.begin_run("test", 3), 1, 1, 1)
    store.note_rubric("test", "00", "1.0", "题", "source")
    store.note_model(MadeBy("transcribe", "1", "m", "r", "{}"))
    for name in VIEWS:
        rows = rows_of(store, name)
        assert rows, name
        assert "13800138000" not in str(rows)
        assert "customer_id" not in rows[0]


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_written_through_a_view(name: str, store: Store) -> None:
    put_call(store)
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.exec_driver_sql(f"delete from {name}")  # noqa: S608


def test_a_rubric_and_a_model_are_noted_once(store: Store) -> None:
    for version in ("1.0", "1.0", "1.1"):
        store.note_rubric("r", f"hash of {version}", version, "题", "a: 1")
        store.note_model(MadeBy("transcribe", "1", "m", version, "{}"))
    counts = store.count_rows()
    assert (counts["rubrics"], counts["models"]) == (2, 2)


def test_a_run_is_noted_and_ends(store: Store) -> None:
    first = store.begin_run("r", 5)
    second = store.begin_run("r", 6)
    store.end_run(first, 3, 1, 1)
    by_id = {run.id: run for run in store.runs()}
    ended, running = by_id[first], by_id[second]
    assert (ended.done, ended.skipped, ended.failed, ended.recordings) == (3, 1, 1, 5)
    assert ended.ended_at is not None
    assert ended.ended_at.tzinfo is not None
    assert (running.done, running.ended_at) == (None, None)


def test_the_first_file_of_a_run_has_the_call(store: Store) -> None:
    run, other = store.begin_run("r", 2), store.begin_run("r", 2)
    assert store.claim(run, "c", "00", "/a.wav") == ("/a.wav", "00")
    assert store.claim(run, "c", "00", "/b.wav") == ("/a.wav", "00")
    assert store.claim(run, "d", "00", "/b.wav") == ("/b.wav", "00")
    assert store.claim(other, "c", "11", "/c.wav") == ("/c.wav", "11")
    store.end_run(run, 1, 1, 0)
    assert store.count_rows()["claims"] == 1


def test_calls_that_share_a_recording_are_known(store: Store) -> None:

    for call_id, sha256 in (("b", "00"), ("a", "00"), ("c", "11")):
        store.put_recording(call_id, "/x.wav", sha256)
    assert store.calls_of_recording("00") == ["a", "b"]
