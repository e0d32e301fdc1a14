"""``rubric show``: weighted points and conditions in short; nothing of a file steers the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_pipeline.cli.rubric_show import MAX_CHECK_CHARS
from tests.cli.conftest import Command

FORM = """\
id: form
version: "1.0"
title: 小表
conditions:
  refused: {phrases: {role: customer, any: [不需要, 不用了], min_hits: 2}}
  either: {any: [{use: refused}, {all: [{use: refused}, {not: {act: {any: [smile]}}}]}]}
  some: {at_least: {n: 1, of: [{use: refused}, {regex: {pattern: "一.*二"}}]}}
  near: {within: {check: {use: refused}, after: {phrases: {any: [您好]}}, turns: 2}}
  long: {phrases: {any: [LONG]}}
sections:
  - id: main
    title: 主要
    weight: 2
    criteria:
      - {id: greet, title: 问候, points: 5, weight: 3, check: {phrases: {any: [您好]}}}
      - {id: smile, title: 微笑, bonus: 2, check: {phrases: {any: [呵呵]}}}
      - {id: polite, title: 文明, deduct: {points: 2, per: hit, cap: 4}, weight: 1.5, fatal: call,
         when: {use: refused}, check: {phrases: {none: [滚]}}}
      - {id: calm, title: 平静, deduct: {points: 0.5}, when: {criterion_model: {criterion: greet, ask: applies}},
         check: {any: [{use: either}, {use: some}, {use: near}, {use: long}]}}
""".replace("LONG", "一二三四五六七八九十" * 10)


def shown(qa: Command, folder: Path) -> list[str]:
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    answer = qa("rubric", "show", "form.yaml")
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def test_points_hold_the_weights_of_section_and_criterion(qa: Command, folder: Path) -> None:
    lines = shown(qa, folder)
    assert lines[:2] == ["小表  form 1.0  (zh)", "30 points in all"]
    assert lines[4:8] == [
        "      30  问候  (greet)",  # 2 × 3 × 5
        "  +4 bonus  微笑  (smile)",
        "  -6/hit, at most -12  文明  (polite)  red line: call, when: refused",  # 2 × 1.5 × (2, 4)
        "      -1  平静  (calm)  when: model applies greet",
    ]


def test_conditions_are_shown_in_short(qa: Command, folder: Path) -> None:
    lines = shown(qa, folder)
    start = lines.index("Conditions")
    assert lines[start + 1 : start + 5] == [
        "  refused: phrases customer, 不需要, 不用了, min_hits: 2",
        "  either: refused or (refused and not act smile)",
        "  some: at least 1 of (refused, regex 一.*二)",
        "  near: within check: use: refused, after: phrases: 您好, turns: 2",
    ]
    assert lines[-1].endswith("一…") and len(lines[-1]) == len("  long: ") + MAX_CHECK_CHARS


@pytest.mark.parametrize("command", ["check", "show", "test"])
def test_no_text_of_a_file_steers_the_terminal(qa: Command, folder: Path, command: str) -> None:
    hostile = r'title: "\e]0;pwn\a\e[31m表\n假行\u202e\x9b"'
    text = re.sub("title: (小表|主要|问候)", lambda _: hostile, FORM)
    (folder / "form.yaml").write_text(text, encoding="utf-8")
    answer = qa("rubric", command, "form.yaml")
    assert answer.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", answer.out)
    assert not any(line.startswith("假行") for line in answer.out.splitlines())
    assert command == "test" or "]0;pwn[31m表 假行" in answer.out


def test_no_mistake_that_is_quoted_steers_the_terminal(qa: Command, folder: Path) -> None:
    (folder / "bad.yaml").write_text(FORM + '"\\e[31mx": 1\n', encoding="utf-8")
    for command in ("check", "test"):
        answer = qa("rubric", command, "bad.yaml")
        assert answer.code == 2 and "[31mx" in answer.err and "\x1b" not in answer.err
