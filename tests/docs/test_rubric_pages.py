"""What the pages about rubrics claim: blocks are read by the program, traps are traps, JSON has the keys shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from qa_pipeline.checks.base import Check
from qa_pipeline.cli.main import app
from qa_pipeline.insight.examples import example_call, run_examples
from qa_pipeline.report.call.explain_view import CheckView, ExplainView
from qa_pipeline.rubric.loading import RubricError, load_rubric, shipped_ids
from qa_pipeline.rubric.snippets import SnippetError
from tests.docs.blocks import DOCS, ROOT, Block, blocks_of

DEMO = ROOT / "qa_pipeline" / "demo" / "reference.jsonl"
FORM = """\
id: form
version: "1.0"
title: t
sections:
  - id: s
    title: s
    criteria:
      - id: greet
        title: g
        points: 5
        check: {phrases: {role: agent, any: [您好]}}
"""

Rubric = Callable[[str], Path]


@pytest.fixture
def rubric(tmp_path: Path) -> Rubric:
    """Text as a rubric file."""

    def write(text: str) -> Path:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def printed(*arguments: str) -> Any:
    answer = CliRunner().invoke(app, list(arguments))
    return json.loads(answer.output)


def yaml_blocks() -> list[Block]:
    return [block for block in blocks_of(DOCS / "rubrics.md") if block.language == "yaml"]


def test_the_overview_shows_a_whole_rubric_and_its_examples_hold(rubric: Rubric) -> None:
    (form,) = [block for block in yaml_blocks() if "sections:" in block.text]
    results = list(run_examples(load_rubric(str(rubric(form.text)))))
    assert len(results) == 4 and all(result.passed for result in results)


@pytest.mark.parametrize("block", [b for b in yaml_blocks() if "sections:" not in b.text], ids=lambda b: b.heading)
def test_every_other_block_of_the_overview_is_a_check(block: Block) -> None:
    assert Check.parse(yaml.safe_load(block.text)).name in ("all", "phrases")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version: "1.0"', "version: 1.0", "put 1.0 in quotes"),
        ("any: [您好]", "any: [yes]", "YAML reads yes as true or false"),
        ("any: [您好]", "any: [off]", "YAML reads off as true or false"),
        ("any: [您好]", "any: [12:30]", "to the base 60"),
        ("        points: 5", "        points: 5\n        points: 6", "the key stands twice"),
        ("        points: 5", "        <<: {points: 5}", "merging"),
        ("        points: 5", "\tpoints: 5", "tab"),
        ("title: g", "title: 报价: 五十九", "not valid YAML"),
        ("title: g", "title: '报价：五十九", "not valid YAML"),
        ("{phrases: {role: agent, any: [您好]}}", '{regex: {pattern: "\\d{4}"}}', "not valid YAML"),
        ("title: g", "title: [开场] 问候", "not valid YAML"),
        ("title: g", "title: @开场", "not valid YAML"),
        ("title: g", "title: %开场", "not valid YAML"),
    ],
)
def test_traps_are_reported(old: str, new: str, message: str, rubric: Rubric) -> None:
    assert FORM.count(old) == 1
    with pytest.raises(RubricError, match=message):
        load_rubric(str(rubric(FORM.replace(old, new))))


@pytest.mark.parametrize("new", ["title: 报价：五十九", "title: '[开场] 问候'", 'title: "报价: 五十九"'])
def test_what_the_overview_allows_is_read(new: str, rubric: Rubric) -> None:
    loaded = load_rubric(str(rubric(FORM.replace("title: g", new)))).rubric
    assert loaded.criterion("greet").title == yaml.safe_load(new)["title"]


def test_a_value_can_be_named_and_used_again(rubric: Rubric) -> None:
    text = FORM.replace("points: 5", "points: 5\n        title_en: &t hi")
    loaded = load_rubric(str(rubric(text + "        advice: *t\n"))).rubric
    assert loaded.criterion("greet").advice == "hi"


def test_every_shipped_form_is_named() -> None:
    page = (DOCS / "rubrics.md").read_text(encoding="utf-8")
    assert [name for name in shipped_ids() if f"`{name}`" not in page] == []


def test_a_chinese_comma_between_phrases_is_refused(rubric: Rubric) -> None:
    with pytest.raises(RubricError, match="write , between phrases"):
        load_rubric(str(rubric(FORM.replace("[您好]", "[谢谢，感谢]"))))


def shown_lines() -> Iterator[str]:
    """Lines of dialogue that the page about examples shows."""
    page = (DOCS / "rubrics.md").read_text(encoding="utf-8")
    section = page.partition("## Examples")[2].partition("## ")[0]
    yield from re.findall(r"`(\[[^`]+\] 坐席：[^`]+|@ [^`]+)`", section)


def test_the_notation_of_examples_is_read() -> None:
    lines = list(shown_lines())
    assert len(lines) == 4
    call = example_call("\n".join(lines))
    assert (call.ended_by, call.metadata.outcome, call.metadata.extra) == ("customer", "deal", {"deposit": "600"})
    assert [act.name for act in call.turn_acts[0]] == ["thank"] and call.turn_voices[0].rate_cpm == 310
    assert (call.turn_stages[0], call.turns[0].span.start_s) == ("close", 12.5)  # type: ignore[union-attr]
    with pytest.raises(SnippetError):
        example_call("[closing] 坐席：感谢您")


def keys_of(value: Any) -> set[str]:
    """Every key at any depth of what a command printed, names of criteria, agents and answers left out."""
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in keys_of(part)}
    return {key for part in value for key in keys_of(part)} if isinstance(value, list) else set()


def test_the_json_of_evaluate_and_diff_has_the_keys_shown(rubric: Rubric) -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    old = str(rubric(FORM))
    new = str(rubric(FORM.replace("您好", "你好").replace('"1.0"', '"1.1"')))
    figures = printed("rubric", "evaluate", str(DEMO), "--rubric", old, "--json")
    changes = printed("rubric", "diff", old, new, "--calls", str(DEMO), "--json")
    agents = set(changes["agents"])
    wanted = keys_of(figures) | keys_of(changes) - agents - {"greet"}
    missing = [key for key in sorted(wanted - {"greet"}) if f"`{key}`" not in page and f'"{key}"' not in page]
    assert missing == [] and {"macro_kappa_low", "evidence_shared", "newly_failed"} <= wanted


def test_the_json_of_check_test_and_show_has_the_keys_shown(rubric: Rubric) -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    good = str(rubric(FORM + "        examples: {met: [喂]}\n"))
    bad = str(rubric("id: X"))
    answers = [printed("rubric", "check", file, "--json") for file in (good, bad)]
    answers.append(printed("rubric", "test", good, "--json"))
    assert answers[2]["failed"] and answers[1]["problems"]
    assert [key for key in sorted(keys_of(answers)) if f'"{key}"' not in page] == []
    assert len(printed("rubric", "show", good, "--json")["sha256"]) == 64


def test_the_json_of_explain_has_the_keys_shown() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    paragraph = page.partition("`explain --json`")[2].partition("\n\n")[0]
    shown = set(re.findall(r"`(\w+)`", paragraph)) - {"holds", "fails", "unknown"}
    known = {field.name for view in (ExplainView, CheckView) for field in fields(view)}
    assert shown - known == set() and {"when", "check", "partly", "turns", "parts", "nearest"} <= shown
