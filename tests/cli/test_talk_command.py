"""``talk``: figures of stored calls, without a word of what was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_pipeline.cli.main import main

TURNS = [
    ("agent", "您好，您现在用什么套餐？", 0.0, 4.0),
    ("customer", "我用的是九十九的", 4.5, 7.0),
    ("agent", "那我给您介绍一下", 14.0, 18.0),
]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    code = left.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture
def store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    turns = [{"role": r, "text": t, "start_s": s, "end_s": e} for r, t, s, e in TURNS]
    untimed = [{"role": r, "text": t} for r, t, _, _ in TURNS]
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps({"id": i, "turns": t}) for i, t in (("a", turns), ("b", untimed))), "utf-8")
    address = str(tmp_path / "store.sqlite3")
    assert run("import", str(path), "--store", address) == 0
    capsys.readouterr()
    return address


def test_figures_of_one_call(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("talk", "a", "--store", store, "--json", "--turns") == 0
    said = capsys.readouterr().out
    figures = json.loads(said)
    assert (figures["agent_speech_s"], figures["customer_speech_s"], figures["agent_share"]) == (8.0, 2.5, 8 / 10.5)
    assert figures["dead_air"] == [{"start_s": 7.0, "end_s": 14.0, "after": "customer"}]
    assert (figures["agent"]["responses_s"], figures["agent"]["questions"]) == ([7.0], 1)
    assert figures["estimated"] and figures["overlaps"] is None and figures["interruptions"] is None
    assert [(turn["role"], turn["start_s"]) for turn in figures["turns"]] == [
        ("agent", 0.0), ("customer", 4.5), ("agent", 14.0),
    ]  # fmt: skip
    assert "套餐" not in said and "九十九" not in said


def test_all_calls_one_line_each(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("talk", "--store", store, "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["call_id"] for line in lines] == ["a", "b"]
    assert lines[1]["duration_s"] is None


def test_the_table_shows_what_is_known_and_dashes(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("talk", "--store", store) == 0
    first, second = [line.split() for line in capsys.readouterr().out.splitlines() if line[:2] in ("a ", "b ")]
    assert "~76%" in first
    assert set(second[1:]) == {"-"}


def test_an_unknown_call_or_store_is_one_line(store: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("talk", "nobody", "--store", store) == 2
    assert "no such call" in capsys.readouterr().err
    assert run("talk", "--store", str(tmp_path / "none.sqlite3")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
