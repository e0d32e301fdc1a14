"""The documentation names every command, setting, check and rubric key; its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from qa_pipeline.checks.base import KINDS
from qa_pipeline.checks.registry import CHECK_NAMES
from qa_pipeline.checks.scope import Anchor, Scope
from qa_pipeline.cli.main import app
from qa_pipeline.config import Settings
from qa_pipeline.core.call import CallMetadata
from qa_pipeline.rubric.model import Criterion, Deduction, ExampleSet, Rubric, Section
from qa_pipeline.transcribe.labelled import read_labelled

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = ["README.md", "README.zh-CN.md", *(str(path.relative_to(ROOT)) for path in sorted(DOCS.rglob("*.md")))]


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def command_names() -> list[str]:
    names = [command.name or "" for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        names += [f"{group.name} {command.name}" for command in group.typer_instance.registered_commands]
    return names


def option_names(command: str) -> list[str]:
    """The long options of a command, ``--help`` and ``--json`` left out."""
    found = typer.main.get_command(app)
    for part in command.split():
        found = found.commands[part]  # type: ignore[attr-defined]
    options = [opt for param in found.params for opt in param.opts if opt.startswith("--")]
    return [option for option in options if option not in ("--help", "--json")]


def row_of(command: str) -> str:
    """The row of the table of commands that is about this one."""
    (row,) = re.findall(
        rf"^\| `qa-pipeline {command}(?![\w-]| (?:check|test|evaluate)\b).*$", text_of("commands.md"), re.M
    )
    return str(row)


@pytest.mark.parametrize("command", command_names())
def test_every_command_is_documented(command: str) -> None:
    assert row_of(command)


@pytest.mark.parametrize(
    "command", [name for name in command_names() if name.startswith("rubric") or name == "explain"]
)
def test_every_option_of_the_rubric_commands_is_documented(command: str) -> None:
    assert [option for option in option_names(command) if option not in row_of(command)] == []


def test_nothing_but_existing_commands_is_documented() -> None:
    groups = "|".join(str(group.name) for group in app.registered_groups)
    documented = re.findall(rf"^\| `qa-pipeline ((?:{groups}) \w+|\w+)", text_of("commands.md"), flags=re.MULTILINE)
    assert sorted(documented) == sorted(command_names())


@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(setting: str) -> None:
    default = Settings.model_fields[setting].default
    assert f"| `{setting}` | `{default}` |" in text_of("files.md")


@pytest.mark.parametrize("column", [name for name in CallMetadata.__dataclass_fields__ if name != "extra"])
def test_every_metadata_column_is_documented(column: str) -> None:
    assert f"`{column}`" in text_of("files.md")


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_check_has_a_page_that_names_its_parameters(name: str) -> None:
    page = text_of(f"checks/{name}.md")
    params = KINDS[name].params
    fields = params.model_fields if isinstance(params, type) and issubclass(params, BaseModel) else {}
    assert page.startswith(f"# `{name}`\n")
    assert [field for field in fields if f"`{field}`" not in page and field != "every_turn"] == []


@pytest.mark.parametrize("model", [Rubric, Section, Criterion, Deduction, ExampleSet, Scope, Anchor])
def test_every_rubric_key_is_documented(model: type[BaseModel]) -> None:
    assert [name for name in model.model_fields if f"| `{name}` |" not in text_of("rubric-keys.md")] == []


def test_the_overview_names_every_key_of_the_scope_and_most_of_a_criterion() -> None:
    page = text_of("rubrics.md")
    shown_elsewhere = {"id", "title", "title_en", "partly_share", "advice_en", "praise_en"}
    wanted = [*Scope.model_fields, *(name for name in Criterion.model_fields if name not in shown_elsewhere)]
    assert [name for name in wanted if f"`{name}`" not in page] == []


def test_the_example_of_a_labelled_call_is_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", text_of("files.md"), flags=re.DOTALL)
    file = tmp_path / "example.jsonl"
    file.write_text(block, encoding="utf-8")
    (call,) = read_labelled(file)
    assert call.labels == {"greet": "yes"}
    assert call.conversation.turns[0].channel == 0


def anchors_of(page: Path) -> set[str]:
    """What a page's headings can be linked to by, as GitHub writes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    file = ROOT / page
    broken = []
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", file.read_text(encoding="utf-8")):
        there = (file.parent / target) if target else file
        if not there.exists() or (anchor and anchor not in anchors_of(there)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def test_both_readmes_name_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        readme = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in readme and "make test" in readme


def test_every_shipped_model_has_a_card() -> None:
    for folder in (ROOT / "models").iterdir():
        if folder.is_dir():
            card = (folder / "README.md").read_text(encoding="utf-8")
            assert "python -m training." in card or "qa-pipeline stages train" in card, folder
            assert sum(file.stat().st_size for file in folder.iterdir()) <= 30_000_000


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_is_gone_is_mentioned(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "telesales-basic" not in text and "training.calls.agreement" not in text
