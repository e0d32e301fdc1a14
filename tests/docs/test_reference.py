"""The generated reference equals what the program says; each check has a page, an index row and an example."""

from __future__ import annotations

import enum
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, Field

from docs.build_reference import CHECKS, form_of, pages, table
from qa_pipeline.checks.base import Check, walk
from qa_pipeline.checks.ranges import Count
from qa_pipeline.checks.registry import CHECK_NAMES
from qa_pipeline.checks.scope import Anchor
from qa_pipeline.insight.examples import run_examples
from qa_pipeline.language.quantities import FACT_NAMES
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.transcribe.labelled import read_labelled
from tests.docs.blocks import ROOT, blocks_of

#: Asks a language model, which tests do not have: its page says how to try it.
WITHOUT_EXAMPLES = {"llm"}


def example(name: str) -> Path:
    return CHECKS / "examples" / f"{name}.yaml"


@pytest.mark.parametrize(("path", "text"), [pytest.param(*page, id=str(page[0].relative_to(ROOT))) for page in pages()])
def test_the_committed_page_is_what_the_program_generates(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_check_has_page_example_note_and_index_row_and_nothing_else_has() -> None:
    index = (CHECKS / "README.md").read_text(encoding="utf-8")
    notes = yaml.safe_load((CHECKS / "notes.yaml").read_text(encoding="utf-8"))
    assert {page.stem for page in CHECKS.glob("*.md")} - {"README"} == set(CHECK_NAMES)
    assert {file.stem for file in (CHECKS / "examples").glob("*.yaml")} == set(CHECK_NAMES) == set(notes)
    assert [name for name in CHECK_NAMES if index.count(f"| [`{name}`]({name}.md) |") != 1] == []


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_the_example_of_a_check_uses_it_and_is_quoted_whole(name: str) -> None:
    loaded = load_rubric(str(example(name)))
    assert name in {check.name for _, check in loaded.rubric.checks}
    (block,) = blocks_of(CHECKS / f"{name}.md")
    assert (block.language, block.text) == ("yaml", example(name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_example_holds(name: str) -> None:
    loaded = load_rubric(str(example(name)))
    results = list(run_examples(loaded))
    assert [
        f"{r.criterion_id} {r.expected} {r.number}: {r.outcome or r.problem}" for r in results if not r.passed
    ] == []
    expected = {(result.criterion_id, result.expected) for result in results}
    wanted = {(c.id, verdict) for c in loaded.rubric.criteria for verdict in ("met", "missed")}
    if name in WITHOUT_EXAMPLES:
        assert not results and "../llm.md" in (CHECKS / f"{name}.md").read_text(encoding="utf-8")
    else:
        assert wanted <= expected


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_criteria_with_a_condition_show_a_call_to_which_they_do_not_apply(name: str) -> None:
    criteria = load_rubric(str(example(name))).rubric.criteria
    if name not in WITHOUT_EXAMPLES:
        assert [c.id for c in criteria if c.when and not c.examples.na] == []


def test_the_page_of_facts_names_every_fact() -> None:
    page = (CHECKS / "fact.md").read_text(encoding="utf-8")
    assert [name for name in sorted(FACT_NAMES) if f"`{name}`" not in page] == []


def test_what_transcripts_may_carry_is_written_as_it_is_read(tmp_path: Path) -> None:
    notes = (CHECKS / "notes.yaml").read_text(encoding="utf-8")
    keys = [key for key in re.findall(r"`(\"\w+\": [^`]+)`", notes) if not key.startswith('"voice"')]
    voices = re.findall(r'"voice": {([^}]+)}', notes)
    turn = {
        "role": "agent",
        "text": "您好",
        "start_s": 0.0,
        "end_s": 1.0,
        "voice": json.loads(f"{{{','.join(voices)}}}"),
    }
    whole = {"id": "a", "turns": [turn] * 4, **json.loads(f"{{{','.join(keys)}}}")}
    whole["turns"][0]["acts"] = whole.pop("acts")
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(whole), encoding="utf-8")
    (call,) = read_labelled(file)
    said = call.annotations
    assert call.ended_by == "customer" and said.turn_acts[0][0].name == "greet"
    assert said.facts and said.facts[0].name == "provider" and said.overlaps and said.overlaps[0].by_agent
    assert None not in (v := said.turn_voices[0], v.level_db, v.level_jump_db, v.pitch_range_st)


def test_the_schema_names_every_check_and_is_plain_json() -> None:
    schema = json.loads((ROOT / "rubrics" / "rubric.schema.json").read_text(encoding="utf-8"))
    assert sorted(schema["$defs"]["Check"]["properties"]) == sorted(CHECK_NAMES)


def test_walk_sees_the_checks_inside_anchors() -> None:
    check = Check.parse({"phrases": {"any": ["好"], "after": {"check": {"fact": {"any": ["price"]}}}}})
    assert [inner.name for _, inner in walk(check)] == ["phrases", "fact"]


class _Colour(enum.StrEnum):
    RED = "red"
    UNKNOWN = "unknown"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (str, "text"),
        (bool, "true or false"),
        (int | None, "whole number"),
        (str | float, "text or number"),
        (Literal["a", "b"], "`a`, `b`"),
        (_Colour, "`red`"),
        (tuple[Annotated[_Colour, Field(strict=False)], ...], "list: `red`"),
        (Anchor | None, "[anchor](../rubric-keys.md#anchor)"),
        (Count, "[bounds](../rubric-keys.md#bounds) in whole numbers"),
        (dict[str, Check], "names, each with a [check](README.md)"),
    ],
)
def test_forms_are_put_into_words(kind: Any, words: str) -> None:
    assert form_of(kind) == words


def test_a_table_shows_limits_defaults_and_aliases() -> None:
    class Params(BaseModel):
        first: int = Field(ge=1, le=5, description="how many")
        second: float = Field(0.5, gt=0, alias="2nd", description="a share")
        third: tuple[str, ...] = Field((), description="texts")
        fourth: Count = Field(default_factory=lambda: Count(max=0))
        fifth: bool = False
        sixth: str = Field(min_length=10, max_length=200)
        seventh: tuple[str, ...] = Field(min_length=2)

    assert table(Params.model_fields).splitlines()[2:] == [
        "| `first` | whole number, ≥ 1, ≤ 5 | required | how many |",
        "| `2nd` | number, > 0 | `0.5` | a share |",
        "| `third` | list: text | – | texts |",
        "| `fourth` | [bounds](../rubric-keys.md#bounds) in whole numbers | `{max: 0}` |  |",
        "| `fifth` | true or false | `false` |  |",
        "| `sixth` | text, ≥ 10 characters, ≤ 200 characters | required |  |",
        "| `seventh` | list: text, ≥ 2 items | required |  |",
    ]
