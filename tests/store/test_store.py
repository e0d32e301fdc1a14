"""Reading and writing the store."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import update

from qa_pipeline.core.call import Call, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.score import Scorecard, Verdict
from qa_pipeline.store import tables
from qa_pipeline.store.codec import decode, encode, packed_text
from qa_pipeline.store.database import Store, open_store, shown_address
from tests.factories import A, C, call, outcome, scorecard

HOSTILE_IDS = (
    'o\'hara "x"',
    "'; DROP TABLE results; --",
    "../../etc/passwd",
    "a" * 200,
    "客户张三",
    "%_*?",
    "line\nbreak",
    "\u202eabc",
)


def run_sql(store: Store, sql: str, *values: object) -> list[tuple[object, ...]]:
    """What another program, or another version, does with the store's tables."""
    with store.writing() as connection:
        found = connection.exec_driver_sql(sql, tuple(values) or None)
        return [tuple(row) for row in found] if found.returns_rows else []


def test_a_result_comes_back_as_it_was(store: Store) -> None:
    kept = call((A, "您好", 0, 1), (C, "喂", 1, 2), stages="oo", recording_s=9, word_size=1, confidence=0.9)
    store.put_result("call-1", "call", "k", kept)
    assert store.result("call-1", "call", "k", Call) == kept
    assert store.call("call-1") == kept
    assert store.result_key("call-1", "call") == "k"


@pytest.mark.parametrize(("call_id", "step", "key"), [("x", "call", "k"), ("c", "words", "k"), ("c", "call", "other")])
def test_another_call_step_or_key_is_not_stored(store: Store, call_id: str, step: str, key: str) -> None:
    store.put_result("c", "call", "k", call((A, "您好"), call_id="c"))
    assert store.result(call_id, step, key, Call) is None


def test_a_new_result_takes_the_place_of_the_old_one(store: Store) -> None:
    for key in ("1", "2"):
        store.put_result("c", "transcript", key, Transcript("zh", None, ()))
    assert store.result("c", "transcript", "1", Transcript) is None
    assert store.result("c", "transcript", "2", Transcript) is not None


def test_calls_are_listed_by_id_and_only_where_finished(store: Store) -> None:
    for call_id in ("b", "a"):
        store.put_result(call_id, "call", "k", call((A, "您好"), call_id=call_id))
    store.put_result("unfinished", "transcript", "k", Transcript("zh", None, ()))
    assert store.call_ids() == ["a", "b"]
    assert [stored.call_id for stored in store.calls()] == ["a", "b"]


def test_what_another_version_wrote_is_passed_over_and_named_without_its_content(store: Store) -> None:
    for call_id in ("a", "b", "c"):
        store.put_result(call_id, "call", "k", call((A, "您好"), call_id=call_id))
    store.put_scorecard(scorecard(outcome()), "k")
    other = packed_text('{"said": "' + HIDDEN + '"}')
    with store.writing() as connection:
        connection.execute(update(tables.results).where(tables.results.c.call_id == "b").values(payload=other))
        connection.execute(update(tables.scorecards).values(payload=other))
    assert store.unreadable_calls() == []
    assert [stored.call_id for stored in store.calls()] == ["a", "c"]
    assert [stored.call_id for stored in store.calls()] == ["a", "c"]
    assert store.unreadable_calls() == ["b"]
    with pytest.raises(UserError) as caught:
        store.call("b")
    assert str(caught.value) == "call b: stored by another version; process it again"
    assert store.scorecard("call-1", "test") is None


def test_the_newest_scorecard_is_in_force_and_older_ones_stay(store: Store) -> None:
    missed, met = scorecard(outcome(verdict=Verdict.MISSED)), scorecard(outcome())
    store.put_scorecard(missed, "k1")
    store.put_scorecard(met, "k2")
    assert store.scorecard("call-1", "test") == met
    assert store.scorecard("call-1", "test", "cd" * 32, "k1") == missed
    assert store.scorecard("call-1", "test", "00" * 32) is None
    assert store.scorecard("call-1", "other") is None
    assert run_sql(store, "select count(*) from scorecards") == [(2,)]


def test_a_version_with_results_names_the_file_that_made_the_first(store: Store) -> None:
    assert store.published_sha256("test", "1.0") is None
    card = scorecard(outcome())
    store.put_scorecard(card, "k")
    store.put_scorecard(dataclasses.replace(card, rubric_sha256="ef" * 32), "k")
    store.put_scorecard(dataclasses.replace(card, rubric_version="1.1", rubric_sha256="ab" * 32), "k")
    store.put_scorecard(dataclasses.replace(card, rubric_id="other", rubric_sha256="00" * 32), "k")
    assert [store.published_sha256("test", version) for version in ("1.0", "1.1", "2")] == ["cd" * 32, "ab" * 32, None]


def test_a_scorecard_without_anything_to_score_comes_back(store: Store) -> None:
    card = scorecard(outcome(verdict=Verdict.NOT_SCORABLE))
    store.put_scorecard(card, "k")
    assert store.scorecard("call-1", "test") == card


def test_a_failure_is_replaced_and_cleared(store: Store) -> None:
    store.put_failure("a.wav", "", StepFailure("ingest", "empty_file", "empty"))
    store.put_failure("a.wav", "c", StepFailure("transcribe", "engine_failed", "failed"))
    store.put_failure("b.wav", "", StepFailure("ingest", "empty_file", "empty"))
    first, second = store.failures()
    assert (first.recording, first.call_id, first.step, first.code) == ("a.wav", "c", "transcribe", "engine_failed")
    assert first.failed_at.tzinfo is not None
    store.clear_failure("a.wav")
    assert store.failures() == [second]


def test_recordings_belong_to_call_ids(store: Store) -> None:
    assert store.put_recording("c", "/a.wav", "00") == "00"
    assert store.put_recording("c", "/moved.wav", "00") == "00"
    assert store.recording_of("c") == ("/moved.wav", "00")
    # A call id belongs to the recording that came first.
    assert store.put_recording("c", "/b.wav", "11") == "00"
    assert store.recording_of("c") == ("/moved.wav", "00")
    assert store.recording_of("x") is None


@pytest.mark.parametrize("call_id", HOSTILE_IDS)
def test_hostile_call_ids_are_plain_values(store: Store, call_id: str) -> None:
    store.put_result("other", "call", "k", call((A, "您好"), call_id="other"))
    store.put_result(call_id, "call", "k", call((A, "喂"), call_id=call_id))
    store.put_failure(call_id, call_id, StepFailure("a", "b", call_id))
    stored = store.call(call_id)
    assert stored is not None
    assert (stored.call_id, stored.turns[0].text) == (call_id, "喂")
    assert sorted(store.call_ids()) == sorted([call_id, "other"])


@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_text_goes_through_the_codec(call_id: str, text: str) -> None:
    kept = call((A, text), call_id=call_id)
    assert decode(Call, encode(kept)) == kept


def test_text_that_holds_no_value_is_not_decoded() -> None:
    card = encode(scorecard(outcome()))
    with pytest.raises(ValidationError):
        decode(Scorecard, card.replace('"points":10.0', '"points":99.0', 1))


# -- files and addresses ------------------------------------------------------


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(str(tmp_path / "new" / "s.sqlite3")) as opened:
            opened.put_recording("c", "a", "0")
            files = list((tmp_path / "new").iterdir())
            assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * len(files)
    finally:
        os.umask(before)


def test_a_path_may_hold_a_question_mark(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "what?x=1.db")) as opened:
        opened.put_recording("c", "a", "0")
    assert (tmp_path / "what?x=1.db").stat().st_size > 0


def test_a_second_store_sees_the_first_ones_writes(store_url: str) -> None:
    with open_store(store_url) as first, open_store(store_url) as second:
        first.put_recording("c", "a", "0")
        assert second.recording_of("c") == ("a", "0")
        second.put_recording("c", "b", "0")
        assert first.recording_of("c") == ("b", "0")


HIDDEN = "geheim"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        f"foo://u:{HIDDEN}@h/db",
        f"postgresql://u:{HIDDEN}@h:port/db",
        f"post gres://u:{HIDDEN}@h/db",
        f"://u:{HIDDEN}@h/db",
        "sqlite:////proc/nowhere/s.db",
    ],
)
def test_a_wrong_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UserError, match=r"^store") as error:
        open_store(url)
    assert HIDDEN not in str(error.value)
    assert "\n" not in str(error.value)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown_address(f"postgresql://u:{HIDDEN}@h/db") == "postgresql://u:***@h/db"
    assert shown_address("calls.sqlite3") == "calls.sqlite3"


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, folder = tmp_path / "notes.txt", tmp_path / "folder"
    text.write_text("my notes, which are longer than the head of a database file " * 20)
    folder.mkdir()
    for path in (text, folder, text / "below.db"):
        with pytest.raises(UserError, match="cannot be opened"):
            open_store(str(path))
    assert text.read_text().startswith("my notes")


WRITER = """
import sys
from pathlib import Path
from qa_pipeline.store.database import open_store
from tests.factories import A, call
store = open_store(sys.argv[1])
for i in range(100_000):
    store.put_result(f"c{i % 7}", "call", str(i), call((A, "您好" * 500), call_id=f"c{i % 7}"))
    print(i, flush=True)
"""


def test_a_kill_in_the_middle_leaves_whole_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path)]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        for _ in range(30):
            written = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
    with open_store(str(path)) as store:
        stored = list(store.calls())
        assert [one.call_id for one in stored] == [f"c{i}" for i in range(7)]
        assert all(one.turns[0].text == "您好" * 500 for one in stored)
        assert max(int(store.result_key(f"c{i}", "call") or 0) for i in range(7)) >= written
        store.put_recording("c", "a", "0")
    with sqlite3.connect(path) as raw:
        assert raw.execute("pragma integrity_check").fetchone() == ("ok",)
