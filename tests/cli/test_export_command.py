"""``export``: which files it writes, what it tells, and one line for every slip."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.call import CallMetadata
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.store.codec import unpack
from qa_pipeline.store.database import open_store
from tests.cli.conftest import MARKER, Command
from tests.factories import A, C, call

FORM = """\
id: form
version: "1.0"
title: 小表
pass_percent: 60
recording: {min_duration_s: 0, min_speech_s: 0, both_parties: false}
sections:
  - id: main
    title: 主要
    criteria:
      - {id: greet, title: 问候, points: 5, check: {phrases: {role: agent, any: [您好]}}}
      - {id: thank, title: 感谢, points: 5, check: {phrases: {role: agent, any: [谢谢]}}}
"""
PHONE = "13912345678"


def facts(agent: str, day: str) -> CallMetadata:
    return CallMetadata(agent_id=agent, team="一组", started_at=datetime.fromisoformat(f"{day}T10:15:00+08:00"))


@pytest.fixture
def stored(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Three calls: c1 half met and inspected, c2 of another agent and month, c3 without times, facts or scorecard."""
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    monkeypatch.setenv("QA_PIPELINE_RUBRIC", "form.yaml")
    loaded = load_rubric("form.yaml")
    calls = [
        call(
            (A, "您好", 0, 1),
            (C, f"{MARKER}，我的电话是{PHONE}", 1, 2),
            call_id="c1",
            metadata=facts("A01", "2026-11-03"),
        ),
        call((A, "您好，谢谢", 0, 1), (C, "好", 1, 2), call_id="c2", metadata=facts("A02", "2026-10-09")),
        call((A, "喂"), (C, "=1+1"), call_id="c3"),
    ]
    with open_store("qa-pipeline.sqlite3") as store:
        for one in calls:
            store.put_result(one.call_id, "call", "k", one)
        for one in calls[:2]:
            store.put_scorecard(score(one, loaded), "k")
        at = datetime(2026, 11, 5, 9, tzinfo=UTC)
        change = Review("c1", "form", ReviewKind.CHANGE, "李质检", at, criterion_id="thank", verdict=Verdict.MET)
        store.put_reviews([change])
    return qa


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


NOT_SCORED = "1 of 3 calls have no score under form 1.0; qa-pipeline score gives one\n"


def test_all_tables_as_csv(stored: Command, folder: Path) -> None:
    answer = stored("export")
    assert (answer.code, answer.err) == (0, NOT_SCORED)
    out = folder / "export"
    counts = (("calls", 3), ("outcomes", 4), ("turns", 6))
    assert answer.out.splitlines() == [f"{out / name}.csv: {count} rows" for name, count in counts]
    calls = {row["call_id"]: row for row in rows(out / "calls.csv")}
    assert {name: (row["machine_percent"], row["final_percent"]) for name, row in calls.items()} == {
        "c1": ("50.0", "100.0"),
        "c2": ("100.0", "100.0"),
        "c3": ("", ""),
    }
    verdicts = [
        (row["call_id"], row["criterion_id"], row["machine_verdict"], row["inspector_verdict"], row["final_verdict"])
        for row in rows(out / "outcomes.csv")
    ]
    assert verdicts == [
        ("c1", "greet", "met", "", "met"),
        ("c1", "thank", "missed", "met", "met"),
        ("c2", "greet", "met", "", "met"),
        ("c2", "thank", "met", "", "met"),
    ]
    said = [row["text"] for row in rows(out / "turns.csv")]
    assert said == ["您好", f"{MARKER}，我的电话是139****5678", "您好，谢谢", "好", "喂", "'=1+1"]


@pytest.mark.parametrize("made", ["csv", "jsonl", "parquet", "xlsx"])
def test_each_table_in_each_format(stored: Command, folder: Path, made: str) -> None:
    for what, count in (("calls", 3), ("outcomes", 4), ("turns", 6)):
        answer = stored("export", what, "--format", made, "--out", "new/out", "--json")
        assert answer.code == 0
        assert answer.rows == [{"table": what, "file": str(folder / "new" / "out" / f"{what}.{made}"), "rows": count}]
        assert answer.err == ("" if what == "turns" else NOT_SCORED)
        assert (folder / "new" / "out" / f"{what}.{made}").stat().st_size > 0


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("--calls", "agent=A01"), ["c1"]),
        (("--calls", "team=一组,agent=A02"), ["c2"]),
        (("--calls", "id=c3"), ["c3"]),
        (("--calls", "agent=nobody"), []),
        (("--period", "2026-10"), ["c2"]),
        (("--period", "month"), ["c1"]),
        (("--period", "2026-10-01..2026-11-30"), ["c1", "c2"]),
        (("--period", "all"), ["c1", "c2", "c3"]),
        (("--period", "2026-11", "--calls", "agent=A02"), []),
    ],
)
def test_only_the_calls_that_are_asked_for(
    stored: Command, folder: Path, options: tuple[str, ...], kept: list[str]
) -> None:
    answer = stored("export", "calls", *options)
    assert (answer.code, "no call fits" in answer.err) == (0, not kept)
    assert [row["call_id"] for row in rows(folder / "export" / "calls.csv")] == kept


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ((), ["c1", "c2", "c3"]),
        (("--calls", "agent=A01"), ["c1"]),
        (("--calls", "id=c3"), ["c3"]),
        (("--period", "2026-10"), ["c2"]),
        (("--period", "2026-10-10..2026-10-31"), ["c2"]),  # the day before: near enough to have a look at the call
        (("--period", "2026-10-11..2026-10-31"), []),
        (("--period", "all"), ["c1", "c2", "c3"]),
        (("--period", "2026-10-01..2026-11-30", "--calls", "agent=A01"), ["c1"]),
    ],
)
def test_only_calls_that_may_be_asked_for_are_read(
    stored: Command, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], read: list[str]
) -> None:
    from qa_pipeline.store import results

    decoded: list[str] = []

    def counting(kind: type[Any], payload: bytes) -> Any:
        value = unpack(kind, payload)
        decoded.append(value.call_id)
        return value

    monkeypatch.setattr(results, "unpack", counting)
    assert stored("export", "calls", *options).code == 0
    assert decoded == read


@pytest.mark.parametrize("offset", ["+14:00", "+08:00", "-12:00", ""])
@pytest.mark.parametrize("clock", ["00:00:00", "23:59:59"])
def test_the_day_is_that_of_the_calls_own_clock(stored: Command, folder: Path, clock: str, offset: str) -> None:
    at = datetime.fromisoformat(f"2026-05-05T{clock}{offset}")
    with open_store("qa-pipeline.sqlite3") as store:
        store.put_result("day", "call", "k", call((A, "喂"), call_id="day", metadata=CallMetadata(started_at=at)))
    for day, kept in (("2026-05-04", []), ("2026-05-05", ["day"]), ("2026-05-06", [])):
        assert stored("export", "calls", "--period", f"{day}..{day}").code == 0
        assert [row["call_id"] for row in rows(folder / "export" / "calls.csv")] == kept


def test_a_call_whose_row_is_missing_is_looked_at(stored: Command, folder: Path) -> None:
    with open_store("qa-pipeline.sqlite3") as store, store.writing() as connection:
        connection.exec_driver_sql("delete from calls where call_id = 'c2'")
    assert stored("export", "calls", "--period", "2026-10").code == 0
    assert [row["call_id"] for row in rows(folder / "export" / "calls.csv")] == ["c2"]


def test_an_empty_store_gives_tables_without_rows(qa: Command, folder: Path) -> None:
    open_store("empty.sqlite3").close()
    answer = qa("export", "--store", "empty.sqlite3", "--json")
    assert (answer.code, answer.err, [row["rows"] for row in answer.rows]) == (0, "", [0, 0, 0])
    assert rows(folder / "export" / "calls.csv") == []


def test_one_row_is_told_as_one(stored: Command) -> None:
    assert stored("export", "calls", "--calls", "id=c1").out.endswith("calls.csv: 1 row\n")


def test_a_scorecard_of_an_earlier_transcript_says_nothing(stored: Command, folder: Path) -> None:
    with open_store("qa-pipeline.sqlite3") as store:
        again = store.call("c2")
        assert again is not None
        store.put_result("c2", "call", "other", replace(again, confidence=0.5))
    assert stored("export").code == 0
    assert {row["call_id"] for row in rows(folder / "export" / "outcomes.csv")} == {"c1"}


def test_nothing_of_the_call_is_printed(stored: Command, folder: Path) -> None:
    for answer in (stored("export"), stored("export", "turns", "--json")):
        assert MARKER not in answer.out + answer.err
    files = [path.read_text(encoding="utf-8") for path in (folder / "export").iterdir()]
    assert not any(PHONE in text for text in files)
    assert [MARKER in (folder / "export" / f"{name}.csv").read_text() for name in ("calls", "outcomes")] == [False] * 2


def test_a_call_that_cannot_be_read_is_told_and_the_others_are_written(
    stored: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_pipeline.store.database import Store, UnreadableCall

    read = Store.call

    def call_of(self: Store, call_id: str) -> object:
        if call_id == "c2":
            raise UnreadableCall(call_id)
        return read(self, call_id)

    monkeypatch.setattr(Store, "call", call_of)
    answer = stored("export", "turns")
    assert (answer.code, answer.err) == (1, "call c2: stored by another version; process it again\n")
    assert {row["call_id"] for row in rows(folder / "export" / "turns.csv")} == {"c1", "c3"}


def test_a_changed_rubric_of_the_same_version_is_refused(stored: Command, folder: Path) -> None:
    (folder / "form.yaml").write_text(FORM.replace("points: 5", "points: 6"), encoding="utf-8")
    answer = stored("export")
    assert answer.code == 2
    assert "form 1.0 has results already" in answer.err
    assert not (folder / "export").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--calls", "phone=1"), "--calls phone=1: expected agent=…"),
        (("--period", "yesterday"), "--period yesterday: expected week"),
        (("--format", "pdf"), "pdf"),
        (("everything",), "everything"),
        (("--store", "none.sqlite3"), "none.sqlite3: there is none"),
        (("--out", "form.yaml"), "form.yaml: cannot be written to"),
        (("--out", "form.yaml/inside"), "form.yaml/inside: cannot be written to"),
        (("--rubric", "no-such"), "no-such"),
    ],
)
def test_a_slip_is_one_line(stored: Command, folder: Path, options: tuple[str, ...], named: str) -> None:
    answer = stored("export", *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert named in answer.err
    assert not (folder / "export").exists()


def test_without_pyarrow_the_extra_is_named(stored: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = stored("export", "--format", "parquet")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "pip install 'qa-pipeline[parquet]'" in answer.err
    assert list((folder / "export").iterdir()) == []


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_it_explains_itself(qa: Command, option: str) -> None:
    answer = qa("export", option)
    assert (answer.code, answer.err) == (0, "")
    assert "Usage: qa-pipeline export" in answer.out
