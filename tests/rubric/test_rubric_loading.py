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

#: One file with mistakes of every kind. The comment at the end of a line holds a part of the message expected there.
PLANTED = """\
id: Bad Id                          # id: must match pattern
version: 1.0                        # version: must be text: put 1.0 in quotes
titel: 表                           # titel: unknown key; did you mean title?
language: no                        # language: YAML reads no as true or false
pass_percent: 120                   # pass_percent: must be less than or equal to 100
min_confidence: "0.5"               # min_confidence: must be a valid number
colour: blue                        # colour: unknown key
sections:
  - id: main                        # sections[0].title: is required
    criteria:
      - id: first
        title: 一
        title: 二                   # title: the key stands twice (first in line 12)
        points: -5                  # points: must be greater than 0
        check:
          phrases: {any: []}        # phrases: give exactly one of any, all, none
      - id: second                  # sections[0].criteria[1].points: is required
        title: 5                    # title: must be text: put 5 in quotes
        fatal: on                   # fatal: YAML reads on as true or false
        chekc: {}                   # chekc: unknown key; did you mean check?
        check:
          regex: {pattern: "(好"}   # pattern: not a regular expression
      - id: first                   # the id first is used twice (first in line 11)
        title: 三
        points: 1:30                # points: YAML reads 1:30 as a number to the base 60
        check: {}                   # check: a check is a mapping with exactly one of
      - id: fourth
        title: 四
        points: 0x1F                # points: 0x1F is an unusual number
        when:                       # when: a check is a mapping with exactly one of
          phrases: {any: [a]}
          question: {}
        check:
          stage_present:
            any: [opening, begin]   # any[1]: must be 'opening'
      - id: fifth
        title: 五
        points: ten                 # points: must be a valid number
        check:
          phrases:                  # phrases: role is agent or customer
            role: unknown
            any: [您好]
      - id: sixth
        title: 六
        points: 5
        check:
          phrases:
            first_turn: 3           # first_turn: unknown key; did you mean first_turns?
            any: 您好               # any: must be a list
      - id: seventh
        title: 七
        points: true                # points: must be a valid number
        check:
          within:                   # within: give exactly one of turns, seconds
            check: {phrases: {any: [a]}}
            after: {phrases: {any: [a]}}
      - just a word                 # sections[0].criteria[7]: must be a mapping
  - id: main                        # the id main is used twice (first in line 9)
    title: 空
    criteria: []                    # criteria: Tuple should have at least 1 item
  - title: 无                       # sections[2].id: is required
    id2: x                          # id2: unknown key
    criteria:
      - &again                      # check: is required
        id: eighth
        title: 八
        points: .inf                # points: .inf is an unusual number
        <<: {}                      # merging (<<) is not supported
"""


def expected(text: str) -> list[tuple[int, str]]:
    """The mistakes that the comments announce, with their lines."""
    lines = enumerate(text.splitlines(), 1)
    return [(number, line.split("# ", 1)[1]) for number, line in lines if "  # " in line]


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


def test_shipped_rubric_loads() -> None:
    loaded = load_rubric("telesales-basic")
    assert loaded.rubric.id == "telesales-basic"
    assert loaded.sha256 == hashlib.sha256(loaded.path.read_bytes()).hexdigest()
    assert {c.id for c in loaded.rubric.criteria if c.fatal} == {"courteous", "no_misleading_promise"}
    assert loaded.rubric.criterion("greet").points == 5
    with pytest.raises(KeyError):
        loaded.rubric.criterion("nobody")


@pytest.mark.parametrize("name", shipped_ids())
def test_every_shipped_rubric_has_its_file_name_as_id_and_both_languages(name: str) -> None:
    rubric = load_rubric(name).rubric
    assert rubric.id == name
    assert all(c.title and c.title_en and c.advice and c.advice_en for c in rubric.criteria)


def test_good_file_loads(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


def test_every_planted_mistake_is_reported_with_its_line_in_one_go(tmp_path: Path) -> None:
    found = mistakes(tmp_path, PLANTED)
    wanted = expected(PLANTED)
    assert len(wanted) >= 30
    missing = [
        (number, text)
        for number, text in wanted
        if not any(line.startswith(f"{number}: ") and text in line for line in found)
    ]
    assert missing == []


def test_lines_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    numbers = [int(line.split(":")[0]) for line in mistakes(tmp_path, PLANTED)]
    assert numbers == sorted(numbers)


def test_one_mistake_gives_one_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD.replace("points: 5", "points: 0")) == [
        "10: sections[0].criteria[0].points: must be greater than 0 (found 0)"
    ]
    assert len(mistakes(tmp_path, GOOD.replace("phrases", "phrase"))) == 1
    assert len(mistakes(tmp_path, GOOD + GOOD.split("criteria:\n")[1])) == 1


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


@pytest.mark.parametrize("points", ['"5"', "true", "null", "[5]", "1001"])
def test_points_are_a_number_in_bounds(tmp_path: Path, points: str) -> None:
    (line,) = mistakes(tmp_path, GOOD.replace("points: 5", f"points: {points}"))
    assert "points: " in line


def test_ids_used_twice_on_one_line_are_seen(tmp_path: Path) -> None:
    one = "{id: a, title: t, points: 1, check: {phrases: {any: [a]}}}"
    head = 'id: x\nversion: "1"\ntitle: t\nsections:\n'
    text = head + f"  - {{id: s, title: t, criteria: [{one}, {one}]}}\n"
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
        ("id: x\n\ttitle: y\n", "2: not valid YAML: a tab is used for indentation"),
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


def test_reference_to_itself_is_a_mistake(tmp_path: Path) -> None:
    assert "2: title: refers to itself" in "\n".join(mistakes(tmp_path, "id: x\ntitle: &a\n  - *a\n")).replace(
        "[0]", ""
    )


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
    with pytest.raises(UserError, match=r"no such rubric file; did you mean telesales-basic\?"):
        locate("telesale-basic")
    with pytest.raises(UserError, match=r"shipped rubrics: .*telesales-basic"):
        locate("zzz")
    with pytest.raises(UserError, match="no such rubric file"):
        locate("a\0b")


def test_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        locate("x" * 5000)


def test_file_is_preferred_to_the_shipped_rubric_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "telesales-basic").write_text(GOOD, encoding="utf-8")
    assert load_rubric("telesales-basic").rubric.id == "tiny"


def test_hash_is_of_the_bytes(tmp_path: Path) -> None:
    a = load(tmp_path, GOOD)
    b = load(tmp_path, GOOD + "# a remark\n")
    assert a.rubric == b.rubric  # type: ignore[attr-defined]
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
