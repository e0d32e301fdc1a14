"""What was said, and the numbers of customers, stand in no output of a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MARKER, Command, wav

PHONE = "13912345678"
CUSTOMER = "王小虎"


@pytest.mark.usefixtures("spoken")
def test_run_score_and_report_say_nothing_of_the_call(qa: Command, folder: Path) -> None:
    wav(folder / f"{PHONE}.wav")
    (folder / "calls.csv").write_text(
        f"recording,call_id,customer_id,customer_name,agent_channel\n{PHONE}.wav,C1,{PHONE},{CUSTOMER},left\n",
        encoding="utf-8",
    )
    answers = [
        qa("run", f"{PHONE}.wav", "--calls", "calls.csv"),
        qa("score"),
        qa("score", "--json"),
        qa("report", "all"),
        qa("report", "call", "C1", "--json"),
    ]
    assert [answer.code for answer in answers] == [0] * 5
    printed = "".join(answer.out + answer.err for answer in answers)
    assert "139****5678" in printed
    for secret in (MARKER, PHONE, CUSTOMER):
        assert secret not in printed


@pytest.mark.usefixtures("spoken")
def test_a_failure_masks_the_number_in_the_name_of_the_file(qa: Command, folder: Path) -> None:
    (folder / f"{PHONE}.wav").write_bytes(b"")
    answer = qa("run", f"{PHONE}.wav")
    assert answer.code == 1
    assert PHONE not in answer.out + answer.err


def test_import_says_nothing_of_the_call(qa: Command, folder: Path) -> None:
    (folder / f"{PHONE}.txt").write_text(f"坐席：您好{CUSTOMER}\n客户：{MARKER}，{PHONE}\n", encoding="utf-8")
    answer = qa("import", f"{PHONE}.txt")
    assert answer.code == 0
    for secret in (MARKER, PHONE, CUSTOMER):
        assert secret not in answer.out + answer.err


def test_a_broken_import_says_nothing_of_the_call(qa: Command, folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps({"segments": [{"text": [MARKER]}]}), encoding="utf-8")
    (folder / "b.jsonl").write_text(json.dumps({"id": MARKER, "turns": [{"text": MARKER, "role": PHONE}]}))
    (folder / "c.srt").write_text(f"1\n00:xx --> {PHONE}\n{MARKER}\n", encoding="utf-8")
    for name in ("a.json", "b.jsonl", "c.srt"):
        answer = qa("import", name)
        assert answer.code == 2
        assert MARKER not in answer.err
        assert PHONE not in answer.err


@pytest.mark.usefixtures("spoken")
def test_pages_mask_the_number_that_was_said(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav")
    qa("run", "a.wav")
    pages = list((folder / "reports").rglob("*.html"))
    assert any(MARKER in page.read_text(encoding="utf-8") for page in pages)
    assert not any(PHONE in page.read_text(encoding="utf-8") for page in pages)
