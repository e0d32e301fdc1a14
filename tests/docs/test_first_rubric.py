"""The tutorial is run from its first block to its last, in both languages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.cli.main import main
from qa_pipeline.insight.examples import run_examples
from qa_pipeline.rubric.loading import RubricError, load_rubric
from tests.docs.blocks import DOCS, REPLACE, ROOT, Block, blocks_of

PAGES = ("first-rubric.md", "first-rubric.zh-CN.md")

#: Runs one command line; gives its exit code and everything that it printed.
Shell = Callable[[str], tuple[int, str]]


@pytest.fixture
def shell(folder: Path, capfd: pytest.CaptureFixture[str]) -> Shell:
    """Commands in an empty folder in which the demo lies where it lies in the project's folder."""
    (folder / "qa_pipeline").symlink_to(ROOT / "qa_pipeline")

    def run(line: str) -> tuple[int, str]:
        program, *arguments = shlex.split(line, comments=True)
        assert program == "qa-pipeline"
        target = arguments[arguments.index(">") + 1] if ">" in arguments else None
        with pytest.raises(SystemExit) as leaving:
            main(arguments[: arguments.index(">")] if target else arguments)
        printed = capfd.readouterr()
        if target:
            Path(target).write_text(printed.out, encoding="utf-8")
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, printed.out + printed.err

    return run


def matches(shown: str, printed: str) -> bool:
    """Whether output is what a page shows; ``…`` stands for anything left out."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), flags=re.DOTALL) is not None


def wanted_code(line: str) -> int:
    said = re.search(r"exit code (\d)", line)
    return int(said[1]) if said else 0


@pytest.mark.parametrize("page", PAGES)
def test_the_tutorial_runs(page: str, shell: Shell) -> None:
    printed = ""
    for block in blocks_of(DOCS / page):
        if block.language == "yaml":
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == REPLACE:
            replace(block.text)
        elif block.language == "sh":
            answers = [(line, *shell(line)) for line in block.text.splitlines()]
            printed = "".join(output for _, _, output in answers)
            assert [(line, code) for line, code, _ in answers] == [(line, wanted_code(line)) for line, _, _ in answers]
        else:
            assert block.language == "text"
            assert matches(block.text, printed), f"{page} shows:\n{block.text}\nprinted:\n{printed}"
    assert Path("tutorial/index.html").is_file() and Path("rubric.schema.json").stat().st_size > 1000


def replace(change: str) -> None:
    """What the reader is asked to change by hand."""
    name, _, what = change.partition(": ")
    old, new = what.split(" → ")
    text = Path(name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    Path(name).write_text(text.replace(old, new), encoding="utf-8")


def forms() -> list[tuple[str, Block]]:
    return [(page, block) for page in PAGES for block in blocks_of(DOCS / page) if block.language == "yaml"]


@pytest.mark.parametrize(("page", "block"), forms(), ids=lambda value: value if isinstance(value, str) else value.file)
def test_every_form_of_the_tutorial_loads_and_its_examples_hold(page: str, block: Block, tmp_path: Path) -> None:
    file = tmp_path / block.file
    file.write_text(block.text, encoding="utf-8")
    if block.file == "typo.yaml":
        with pytest.raises(RubricError) as error:
            load_rubric(str(file))
        assert len(error.value.problems) == 2
        return
    assert [result for result in run_examples(load_rubric(str(file))) if not result.passed] == []


def test_both_languages_show_the_same_forms_and_commands() -> None:
    def of(page: str) -> list[tuple[str, str]]:
        plain = [b for b in blocks_of(DOCS / page) if b.language != "text"]
        # Only explain speaks the reader's language.
        return [(b.language, re.sub(r" --lang \w+", "", b.text)) for b in plain]

    assert of(PAGES[0]) == of(PAGES[1])


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n…\nd", "a\nb\nc\nd\n", True),
        ("a (…)", "a (12)", True),
        ("a\nb", "a\nc", False),
        ("a\n…\nd", "a\nb\nc\n", False),
        ("a", "a\nb", False),
    ],
)
def test_shown_output_is_compared(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) is same
