"""A form with mistakes of every kind, several in one criterion: one run reports all, each once, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.rubric.loading import RubricError, load_rubric

PLANTED = Path(__file__).with_name("planted.yaml")
EXPECTED = [line.split(" | ", 2) for line in PLANTED.with_suffix(".txt").read_text(encoding="utf-8").splitlines()]


def reported(path: Path) -> list[list[str]]:
    """Line, path and message of every problem."""
    with pytest.raises(RubricError) as caught:
        load_rubric(str(path))
    lines = [line.removeprefix(f"{path}:") for line in caught.value.lines]
    return [[number, *rest.strip().split(": ", 1)] for number, rest in (line.split(":", 1) for line in lines)]


def test_every_planted_mistake_is_reported_once_and_nothing_else() -> None:
    left = reported(PLANTED)
    missing = []
    for number, path, fragment in EXPECTED:
        hit = next((found for found in left if found[:2] == [number, path] and fragment in found[2]), None)
        if hit:
            left.remove(hit)
        else:
            missing.append((number, path, fragment))
    assert (missing, left) == ([], [])


def test_there_are_many_mistakes_of_many_kinds() -> None:
    assert len(EXPECTED) >= 60
    assert len({fragment for _, _, fragment in EXPECTED}) >= 50


def test_problems_come_in_the_order_of_the_file() -> None:
    numbers = [int(number) for number, *_ in reported(PLANTED)]
    assert numbers == sorted(numbers)


def test_the_answer_is_the_same_every_time() -> None:
    assert reported(PLANTED) == reported(PLANTED)


def test_line_endings_and_encoding_change_nothing(tmp_path: Path) -> None:
    text = PLANTED.read_text(encoding="utf-8")
    for content in (text.replace("\n", "\r\n").encode(), text.encode("gb18030"), text.encode("utf-8-sig")):
        (tmp_path / "form.yaml").write_bytes(content)
        assert reported(tmp_path / "form.yaml") == reported(PLANTED)


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("id: a\ntitle: 费用: 每月\n", 2, "put the text in quotes"),
        ('id: a\npattern: "工号\\d+"\n', 2, "use single quotes"),
        ("id: a\ntitle: @b\n", 2, "put the text in quotes"),
        ("id: a\n\n\ntitle: 'b\nversion: c\n", 4, "a quote is not closed"),
        ("id: a\nlist: [b, c\nversion: d\n", 3, "the bracket opened in line 2 is not closed"),
        ("id: a\nsections:\n  - id: x\n title: y\n", 4, "the indentation does not fit"),
        ("id: a\ntitle\nversion: 1\n", 3, "the colon after a key is missing"),
        ("id: a\n---\nid: b\n", 2, "remove the line ---"),
    ],
)
def test_what_ends_the_reading_of_a_file_is_told_with_advice(tmp_path: Path, text: str, line: int, hint: str) -> None:
    (tmp_path / "form.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as caught:
        load_rubric(str(tmp_path / "form.yaml"))
    (problem,) = caught.value.problems
    assert (problem.line, "not valid YAML" in problem.message, hint in problem.message) == (line, True, True)
