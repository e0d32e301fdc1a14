"""The documentation names every command, setting, check and rubric key, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from qa_pipeline.checks.registry import CHECK_NAMES, Check
from qa_pipeline.checks.scope import Scope
from qa_pipeline.cli.main import app
from qa_pipeline.config import Settings
from qa_pipeline.core.call import CallMetadata
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import Criterion, Rubric, Section
from qa_pipeline.transcribe.labelled import read_labelled

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def command_names() -> list[str]:
    names = [command.name or "" for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        names += [f"{group.name} {command.name}" for command in group.typer_instance.registered_commands]
    return names


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("command", command_names())
def test_every_command_is_documented(command: str) -> None:
    assert f"qa-pipeline {command}" in text_of("commands.md")


def test_nothing_but_existing_commands_is_documented() -> None:
    documented = re.findall(
        r"^\| `qa-pipeline (\w+(?: (?:check|evaluate))?)", text_of("commands.md"), flags=re.MULTILINE
    )
    assert sorted(documented) == sorted(command_names())


@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(setting: str) -> None:
    default = Settings.model_fields[setting].default
    assert f"| `{setting}` | `{default}` |" in text_of("files.md")


@pytest.mark.parametrize("column", [name for name in CallMetadata.__dataclass_fields__ if name != "extra"])
def test_every_metadata_column_is_documented(column: str) -> None:
    assert f"`{column}`" in text_of("files.md")


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_check_is_documented(name: str) -> None:
    assert f"`{name}`" in text_of("rubrics.md")


@pytest.mark.parametrize("model", [Rubric, Section, Criterion, Scope])
def test_every_rubric_key_is_documented(model: type[Rubric | Section | Criterion | Scope]) -> None:
    missing = [name for name in model.model_fields if f"`{name}`" not in text_of("rubrics.md")]
    assert missing == []


@pytest.mark.parametrize("check", ["phrases", "regex", "question", "stage_present", "order", "within"])
def test_every_parameter_of_a_check_is_documented(check: str) -> None:
    assert [name for name in _params_of(check) if f"`{name}`" not in text_of("rubrics.md")] == []


def _params_of(check: str) -> list[str]:
    schema = Check.model_json_schema()
    reference = next(
        option["$ref"] for option in schema["$defs"]["Check"]["properties"][check]["anyOf"] if "$ref" in option
    )
    return list(schema["$defs"][reference.rsplit("/", 1)[-1]]["properties"])


def test_the_example_rubric_loads(tmp_path: Path) -> None:
    (block,) = code_blocks(text_of("rubrics.md"), "yaml")
    file = tmp_path / "example.yaml"
    file.write_text(block, encoding="utf-8")
    assert load_rubric(str(file)).rubric.id == yaml.safe_load(block)["id"]


def test_the_example_of_a_labelled_call_is_read(tmp_path: Path) -> None:
    (block,) = code_blocks(text_of("files.md"), "json")
    file = tmp_path / "example.jsonl"
    file.write_text(block, encoding="utf-8")
    (call,) = read_labelled(file)
    assert call.labels == {"greet": "yes"}
    assert call.conversation.turns[0].channel == 0


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh-CN.md", *[f"docs/{path.name}" for path in sorted(DOCS.glob("*.md"))]]
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_both_readmes_name_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        readme = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in readme and "make test" in readme


def test_every_shipped_model_has_a_card() -> None:
    for folder in (ROOT / "models").iterdir():
        if folder.is_dir():
            card = (folder / "README.md").read_text(encoding="utf-8")
            assert "python -m training." in card, folder
            assert sum(file.stat().st_size for file in folder.iterdir()) <= 30_000_000
