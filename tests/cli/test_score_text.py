"""``score`` for people: passed or failed, what a simulation would change, and how many calls stand where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

FORM = """\
id: form
version: "1.0"
title: 小表
pass_percent: 50
sections:
  - id: main
    title: 主要
    criteria:
      - {id: greet, title: 问候, points: 5, check: {phrases: {role: agent, any: [您好]}}}
      - {id: thank, title: 感谢, points: 5, check: {phrases: {role: agent, any: [谢谢]}}}
"""
SAID = {"both": ("您好", "谢谢再见"), "greets": ("您好",), "neither": ("喂",), "thanks": ("谢谢",)}


@pytest.fixture
def stored(qa: Command, folder: Path) -> Command:
    """Four calls, scored by the form."""
    calls = [{"id": name, "turns": [{"role": "agent", "text": text} for text in said]} for name, said in SAID.items()]
    (folder / "calls.jsonl").write_text("\n".join(json.dumps(call) for call in calls), encoding="utf-8")
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    assert qa("import", "calls.jsonl", "--rubric", "form.yaml").code == 0
    return qa


def scored(qa: Command, folder: Path, form: str, *more: str) -> list[str]:
    (folder / "new.yaml").write_text(form, encoding="utf-8")
    answer = qa("score", "--rubric", "new.yaml", *more)
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def test_every_line_says_passed_or_failed_and_the_last_counts(stored: Command, folder: Path) -> None:
    assert sorted(scored(stored, folder, FORM)) == [
        "4 calls: 3 passed, 1 failed, 0 with red lines, 0 not scorable",
        "both  100.0  passed  scored 2 of 2",
        "greets  50.0  passed  scored 2 of 2",
        "neither  0.0  failed  scored 2 of 2",
        "thanks  50.0  passed  scored 2 of 2",
    ]


def test_a_simulation_lists_only_what_changes(stored: Command, folder: Path) -> None:
    strict = FORM.replace("any: [谢谢]", "all: [谢谢, 再见]").replace('"1.0"', '"1.1"')
    assert scored(stored, folder, strict, "--simulate") == [
        "thanks  0.0  failed  scored 2 of 2  (was 50.0, passed)",
        "1 of 4 calls change",
        "4 calls: 2 passed, 2 failed, 0 with red lines, 0 not scorable",
    ]
    assert scored(stored, folder, FORM, "--simulate")[0] == "0 of 4 calls change"
    assert len(scored(stored, folder, strict, "--simulate", "--json")) == 4


def test_a_change_that_leaves_the_score_alone_names_the_verdicts(stored: Command, folder: Path) -> None:
    swapped = FORM.replace("[您好]", "[甲]").replace("[谢谢]", "[您好]").replace("[甲]", "[谢谢]")
    assert sorted(scored(stored, folder, swapped, "--simulate"))[:1] == ["2 of 4 calls change"]
    assert "thanks  50.0  passed  scored 2 of 2  greet missed→met, thank met→missed" in scored(
        stored, folder, swapped, "--simulate"
    )


def test_a_form_that_never_scored_a_call_gives_each_its_first_score(stored: Command, folder: Path) -> None:
    lines = scored(stored, folder, FORM.replace("id: form", "id: other"), "--simulate")
    assert len(lines) == 6 and lines[-2] == "4 of 4 calls change"


def test_red_lines_and_calls_that_neither_passed_nor_failed_are_counted_apart(stored: Command, folder: Path) -> None:
    fatal = FORM.replace("title: 问候", "title: 问候, fatal: call").replace('"1.0"', '"1.1"')
    lines = scored(stored, folder, fatal)
    assert lines[-1] == "4 calls: 2 passed, 2 failed, 2 with red lines, 0 not scorable"
    assert "thanks  0.0  failed  scored 2 of 2  (was 50.0, passed)  red line: greet (call); needs human review" in lines
    lines = scored(stored, folder, FORM.replace("pass_percent: 50\n", "").replace('"1.0"', '"1.2"'))
    assert lines[-1] == "4 calls: 0 passed, 0 failed, 4 neither, 0 with red lines, 0 not scorable"


def test_calls_that_cannot_be_scored_are_counted(stored: Command, folder: Path) -> None:
    english = FORM.replace("title: 小表", "title: 小表\nlanguage: en").replace('"1.0"', '"1.3"')
    lines = scored(stored, folder, english)
    assert lines[-1] == "4 calls: 0 passed, 0 failed, 0 with red lines, 4 not scorable (other language 4)"
    assert "both  not scorable: other language  scored 0 of 2  (was 100.0, passed)" in lines


def test_too_little_scored_is_said(stored: Command, folder: Path) -> None:
    timed = FORM.replace("pass_percent: 50", "pass_percent: 50\nmin_scored_percent: 90").replace('"1.0"', '"1.4"')
    timed = timed.replace("{phrases: {role: agent, any: [谢谢]}}", "{silence: {longer_than_s: 1, count: {max: 0}}}")
    lines = scored(stored, folder, timed)
    assert "both  100.0  too little scored to pass or fail  scored 1 of 2  (was 100.0, passed)" in lines
