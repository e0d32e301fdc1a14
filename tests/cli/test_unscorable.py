"""Calls that cannot be scored, in what the commands print: why, and how many."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call
from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command, wav
from tests.factories import A
from tests.test_scorable import ALONE, taped

FORM = """\
id: form
version: "1.0"
title: 小表
sections:
  - id: main
    title: 主要
    criteria:
      - {id: greet, title: 问候, points: 5, check: {phrases: {role: agent, any: [您好]}}}
"""
CALLS: dict[str, Call] = {
    "alone": taped(*ALONE),
    "fine": taped(),
    "short": taped(duration_s=6.0),
    "short-unsure": replace(taped(duration_s=4.0), confidence=0.41),
    "unsure": replace(taped(), confidence=0.41),
}


@pytest.fixture
def scored(qa: Command, folder: Path) -> Command:
    """The calls in a store, and a form."""
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    with open_store("qa-pipeline.sqlite3") as store:
        for name, made in CALLS.items():
            store.put_result(name, "call", "key", replace(made, call_id=name))
    return qa


def test_score_says_why_and_counts_by_the_first_reason(scored: Command) -> None:
    answer = scored("score", "--rubric", "form.yaml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "alone  not scorable: one party missing  scored 0 of 1",
        "fine  100.0  scored 1 of 1",
        "short  not scorable: too short  scored 0 of 1",
        "short-unsure  not scorable: too short, unsure text  scored 0 of 1",
        "unsure  not scorable: unsure text  scored 0 of 1",
        "5 calls: 0 passed, 0 failed, 1 neither, 0 with red lines, "
        "4 not scorable (too short 2, unsure text 1, one party missing 1)",
    ]


def test_score_as_json_gives_every_code(scored: Command) -> None:
    rows = {row["call_id"]: row for row in scored("score", "--rubric", "form.yaml", "--json").rows}
    assert {name: row["unscorable"] for name, row in rows.items()} == {
        "alone": ["party_missing"],
        "fine": [],
        "short": ["recording_too_short"],
        "short-unsure": ["recording_too_short", "low_confidence"],
        "unsure": ["low_confidence"],
    }
    assert [rows[name]["percent"] for name in ("short", "fine")] == [None, 100.0]


def test_another_limit_scores_the_call_and_a_simulation_shows_it(scored: Command, folder: Path) -> None:
    scored("score", "--rubric", "form.yaml")
    freer = FORM.replace('"1.0"', '"1.1"').replace("sections:", "recording: {min_duration_s: 5}\nsections:", 1)
    (folder / "freer.yaml").write_text(freer, encoding="utf-8")
    lines = scored("score", "--rubric", "freer.yaml", "--simulate").out.splitlines()
    assert lines[:2] == ["short  100.0  scored 1 of 1  (was not scorable)", "1 of 5 calls change"]


def test_pages_of_stored_calls_show_reason_and_count(scored: Command, folder: Path) -> None:
    scored("score", "--rubric", "form.yaml")
    assert scored("report", "--rubric", "form.yaml", "--out", "pages").code == 0
    index = (folder / "pages" / "index.html").read_text(encoding="utf-8")
    assert "太短 2" in index and "识别把握低 1" in index and "缺一方 1" in index
    page = (folder / "pages" / "calls" / "short.html").read_text(encoding="utf-8")
    assert "录音只有 6 秒，至少要 10 秒" in page
    unsure = (folder / "pages" / "calls" / "unsure.html").read_text(encoding="utf-8")
    assert "识别把握只有 41%，至少要 60%" in unsure
    assert "请先听录音，不要据此评判坐席" not in unsure  # the notice would say it twice


@pytest.mark.usefixtures("spoken")
def test_run_tells_it_when_a_recording_is_done_and_when_it_is_skipped(qa: Command, folder: Path) -> None:
    """The recordings of these tests last one second."""
    wav(folder / "a.wav")
    first = qa("run", "a.wav")
    assert first.code == 0
    assert "✓ a.wav  not scorable: too short, little speech\n" in first.out
    assert "1 done, 0 skipped, 0 failed; 1 not scorable (too short 1)\n" in first.out
    again = qa("run", "a.wav")
    assert "· a.wav  already done  not scorable: too short, little speech\n" in again.out
    (row,) = qa("run", "a.wav", "--json").rows
    assert (row["status"], row["unscorable"]) == ("skipped", ["recording_too_short", "too_little_speech"])


def test_import_tells_what_cannot_be_scored(qa: Command, folder: Path) -> None:
    calls = [{"id": name, "turns": [{"role": A, "text": "您好"}] * n} for name, n in (("said", 1), ("nothing", 0))]
    (folder / "calls.jsonl").write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    answer = qa("import", "calls.jsonl", "--rubric", "form.yaml")
    assert answer.out.splitlines() == ["done: said", "done: nothing  not scorable: no speech"]
    rows = qa("import", "calls.jsonl", "--rubric", "form.yaml", "--json").rows
    assert [row["unscorable"] for row in rows] == [[], ["no_speech"]]


def test_explain_asks_no_check_of_a_call_that_cannot_be_scored(scored: Command) -> None:
    (row,) = scored("explain", "short", "greet", "--rubric", "form.yaml", "--json").rows
    assert (row["verdict"], row["reason"], row["asked"]) == ("not_scorable", "recording_too_short", False)
    assert row["reason_text"] == "录音只有 6 秒，至少要 10 秒"
