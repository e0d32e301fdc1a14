"""Rubric files: the shipped one loads, and every mistake of a bad one is named with its line."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.rubric.loading import MAX_BYTES, RubricError, load_rubric, locate, shipped_ids
from qa_pipeline.rubric.yaml_lines import MAX_VALUES, read

GOOD = """\
id: tiny
version: "1.0"
title: 小表
sections:
  - id: main
    title: 主要
    criteria:
      - id: greet
        title: 问候
        points: 5
        check:
          phrases: {role: agent, any: [您好]}
"""

WORDS_ONLY = Path(__file__).parents[1] / "data" / "words-only.yaml"


def load(folder: Path, content: str | bytes) -> object:
    path = folder / "r.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_rubric(str(path))


def mistakes(folder: Path, content: str | bytes) -> list[str]:
    """The lines of the error, without the path."""
    with pytest.raises(RubricError) as caught:
        load(folder, content)
    prefix = f"{caught.value.path}:"
    assert all(line.startswith(prefix) for line in caught.value.lines)
    return [line.removeprefix(prefix) for line in caught.value.lines]


def test_a_rubric_is_loaded_with_its_file_and_the_hash_of_it() -> None:
    loaded = load_rubric(str(WORDS_ONLY))
    assert (loaded.rubric.id, loaded.path) == ("words-only", WORDS_ONLY)
    assert loaded.sha256 == hashlib.sha256(WORDS_ONLY.read_bytes()).hexdigest()
    assert {c.id for c in loaded.rubric.criteria if c.fatal} == {"courteous"}
    assert loaded.rubric.criterion("greet").points == 5
    with pytest.raises(KeyError):
        loaded.rubric.criterion("nobody")


def test_good_file_loads(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


def test_one_mistake_gives_one_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD.replace("points: 5", "points: 0")) == [
        "10: sections[0].criteria[0].points: must be greater than 0 (found 0)"
    ]
    assert len(mistakes(tmp_path, GOOD.replace("phrases", "phrase"))) == 1
    copied = GOOD.split("criteria:\n")[1].replace("您好", "再见")
    assert len(mistakes(tmp_path, GOOD + copied)) == 1


@pytest.mark.parametrize("value", ["no", "NO", "yes", "on", "Off"])
def test_yaml_truth_words_are_never_read_silently(tmp_path: Path, value: str) -> None:
    assert (
        f"YAML reads {value} as true or false" in mistakes(tmp_path, GOOD.replace("title: 问候", f"title: {value}"))[0]
    )
    load(tmp_path, GOOD.replace("title: 问候", f'title: "{value}"'))


@pytest.mark.parametrize(
    "value", ["1:30", "0x10", "0b1", ".nan", "-.inf", "1.0e+999", "9" * 400, "0" * 5000 + "1", "!!int 1.5", "!!int x"]
)
def test_unusual_number_is_a_mistake_and_no_crash(tmp_path: Path, value: str) -> None:
    (line,) = mistakes(tmp_path, GOOD.replace("points: 5", f"points: {value}"))
    assert line.startswith("10: sections[0].criteria[0].points: ")


@pytest.mark.parametrize(("written", "points"), [("5", 5), ("2.5", 2.5), ("010", 10), ("1_00", 100), ("+7", 7)])
def test_plain_number_reads_as_it_looks(written: str, points: float) -> None:
    assert read(f"points: {written}").value == {"points": points}


@pytest.mark.parametrize("points", ['"5"', "true", "[5]", "1001"])
def test_points_are_a_number_in_bounds(tmp_path: Path, points: str) -> None:
    (line,) = mistakes(tmp_path, GOOD.replace("points: 5", f"points: {points}"))
    assert "points: " in line


def test_ids_used_twice_on_one_line_are_seen(tmp_path: Path) -> None:
    one = "{id: a, title: t, points: 1, check: {phrases: {any: [a]}}}"
    two = one.replace("[a]", "[b]")
    head = 'id: x\nversion: "1"\ntitle: t\nsections:\n'
    text = head + f"  - {{id: s, title: t, criteria: [{one}, {two}]}}\n"
    assert mistakes(tmp_path, text) == ["5: sections[0].criteria[1].id: the id a is used twice (first in line 5)"]


def test_section_and_criterion_share_one_list_of_ids(tmp_path: Path) -> None:
    assert "used twice" in mistakes(tmp_path, GOOD.replace("id: greet", "id: main"))[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: the file is empty"),
        ("# only a comment\n", "1: the file is empty"),
        ("null", "1: the file is empty"),
        ("- id: x\n", "1: a rubric is a mapping"),
        ("just text", "1: a rubric is a mapping"),
        ("5", "1: a rubric is a mapping"),
        ("id: x\n\ttitle: y\n", "a tab is used for indentation; use spaces"),
        ("id: [x\ntitle: y\n", "2: not valid YAML"),
        ("id: 'x\n", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "2: not valid YAML"),
        ("a: *nobody\n", "1: not valid YAML"),
        ("id: \x00x\n", "1: not valid YAML"),
        ("!!python/object/apply:os.system [echo]\n", "1: a rubric is a mapping"),
    ],
)
def test_file_that_is_no_rubric_at_all(tmp_path: Path, text: str, message: str) -> None:
    assert any(message in line for line in mistakes(tmp_path, text))


@pytest.mark.parametrize("tab", ["\t\t\t\t", "\t\t", "\t"])
def test_a_tab_hides_none_of_the_other_mistakes(tmp_path: Path, tab: str) -> None:
    """Eight columns, as four, two or one tab."""
    text = GOOD.replace("points: 5", "points: 0").replace("        title: 问候", f"{tab}titel: 问候")
    found = mistakes(tmp_path, text)
    assert found == [
        "9: sections[0].criteria[0].titel: unknown key; did you mean title?",
        "9: a tab is used for indentation; use spaces",
        "10: sections[0].criteria[0].points: must be greater than 0 (found 0)",
    ]


def test_each_line_with_a_tab_is_named(tmp_path: Path) -> None:
    tabbed = GOOD.replace("  ", "\t")
    indented = [n for n, line in enumerate(tabbed.splitlines(), 1) if line.startswith("\t")]
    assert mistakes(tmp_path, tabbed) == [f"{n}: a tab is used for indentation; use spaces" for n in indented]
    assert len(indented) == 8


def test_a_tab_within_a_text_is_no_mistake(tmp_path: Path) -> None:
    block = GOOD.replace("        points: 5", "        advice: |\n          一\n          \t二\n        points: 5")
    assert load(tmp_path, block)
    assert read('a: "x\\ty"  # 一\t二\n').problems == []


def test_a_tab_beside_a_quote_that_is_not_closed(tmp_path: Path) -> None:
    text = GOOD.replace("points: 5", "points: '5").replace("        title", "\t\t\t\ttitle")
    tab, quote = mistakes(tmp_path, text)
    assert tab == "9: a tab is used for indentation; use spaces"
    assert quote.startswith("10: not valid YAML: ") and quote.endswith("a quote is not closed")


def test_reference_to_itself_is_a_mistake(tmp_path: Path) -> None:
    assert "2: title[0]: refers to itself" in mistakes(tmp_path, "id: x\ntitle: &a\n  - *a\n")


def test_aliases_may_be_used_and_have_the_same_value(tmp_path: Path) -> None:
    aliased = GOOD.replace("any: [您好]}", "any: &list [您好]}") + "        when: {phrases: {any: *list}}\n"
    assert load(tmp_path, aliased)


def test_alias_bomb_is_bounded(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(12))
    started = time.monotonic()
    assert any(f"more than {MAX_VALUES} values" in line for line in mistakes(tmp_path, bomb))
    assert time.monotonic() - started < 10  # unbounded it would be 9^13 values


@pytest.mark.parametrize("depth", [200, 320, 1000, 20_000])
def test_deep_nesting_does_not_crash(tmp_path: Path, depth: int) -> None:
    nested = "{not: " * depth + "{phrases: {any: [a]}}" + "}" * depth
    text = GOOD.replace("phrases: {role: agent, any: [您好]}", f"not: {nested}")
    try:
        load(tmp_path, text)
    except RubricError as error:
        assert error.problems


def test_deep_lists_do_not_crash(tmp_path: Path) -> None:
    assert "nested too deeply" in mistakes(tmp_path, "[" * 2000)[0]


def test_gb18030_file_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    for content in (GOOD.encode("gb18030"), GOOD.encode("utf-8-sig"), GOOD.replace("\n", "\r\n").encode()):
        loaded = load(tmp_path, content)
        assert loaded.rubric.title == "小表"  # type: ignore[attr-defined]


def test_bytes_that_are_no_text_are_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="neither UTF-8 nor GB18030"):
        load(tmp_path, b"\xff\xff\xff\xff")


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too large for a rubric"):
        load(tmp_path, "#" * (MAX_BYTES + 1))


def test_folder_and_unknown_names_are_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        locate(str(tmp_path))
    name = shipped_ids()[0]
    with pytest.raises(UserError, match=rf"no such rubric file; did you mean {name}\?"):
        locate(name[1:])
    with pytest.raises(UserError, match=rf"shipped rubrics: .*{name}"):
        locate("zzz")
    with pytest.raises(UserError, match="no such rubric file"):
        locate("a\0b")


def test_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        locate("x" * 5000)


def test_file_is_preferred_to_the_shipped_rubric_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / shipped_ids()[0]).write_text(GOOD, encoding="utf-8")
    assert load_rubric(shipped_ids()[0]).rubric.id == "tiny"


def test_hash_is_of_the_bytes(tmp_path: Path) -> None:
    a = load(tmp_path, GOOD)
    b = load(tmp_path, GOOD + "# a remark\n")
    assert a.rubric.model_dump() == b.rubric.model_dump()  # type: ignore[attr-defined]
    assert a.sha256 != b.sha256  # type: ignore[attr-defined]


def test_keys_are_words_even_where_yaml_sees_truth() -> None:
    assert read("no: 1\non: 2\n").value == {"no": 1, "on": 2}


def test_lines_are_known_for_every_path_and_for_what_stands_around_it() -> None:
    document = read("a:\n  b:\n    - x\n    - c: 1\n")
    assert [document.line_of(p) for p in [("a",), ("a", "b", 1, "c"), ("a", "b", 1, "z"), ("q",)]] == [1, 4, 4, 1]


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\n\t 01.~<x"), max_size=40))
def test_reading_any_text_never_raises(text: str) -> None:
    document = read(text)
    assert document.value is not None or document.problems or text.strip()
