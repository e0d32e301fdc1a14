"""Settings: defaults < file < environment < command line, and what is wrong is named with its layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.config import Settings, load_settings
from qa_pipeline.core.errors import UserError


def home_file(content: str) -> Path:
    path = Path.home() / ".config" / "qa-pipeline" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    return path


def test_without_anything_the_defaults_hold(folder: Path) -> None:
    assert load_settings({}, {}) == Settings()
    assert Settings().language == "zh"


def test_later_layers_win(folder: Path) -> None:
    home_file('device = "cuda"\nbeam_size = 1\nbatch_size = 1\nmodel = "tiny"\nlanguage = "en"')
    (folder / "qa-pipeline.toml").write_text('beam_size = 2\nbatch_size = 2\nmodel = "base"\nlanguage = "de"')
    environment = {"QA_PIPELINE_BATCH_SIZE": "3", "QA_PIPELINE_MODEL": "small", "QA_PIPELINE_LANGUAGE": "fr"}
    environment["XDG_CONFIG_HOME"] = str(Path.home() / ".config")
    found = load_settings({"model": "medium", "language": "auto", "store": None}, environment)
    layers = (found.device, found.beam_size, found.batch_size, found.model, found.language, found.store)
    assert layers == ("cuda", 2, 3, "medium", "auto", "qa-pipeline.sqlite3")


def test_the_process_environment_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PIPELINE_OUT", "pages")
    monkeypatch.setenv("QA_PIPELINE_MODEL", "")
    assert load_settings({}).out == Path("pages")
    assert load_settings({}).model == Settings().model


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('modle = "tiny"', "qa-pipeline.toml: modle is no setting; did you mean model?"),
        ("zzzzzz = 1", "qa-pipeline.toml: zzzzzz is no setting"),
        ("[store]\nurl = 1", "qa-pipeline.toml: store: "),
        ("beam_size = 0", "qa-pipeline.toml: beam_size: "),
        ("beam_size = 99", "qa-pipeline.toml: beam_size: "),
        ('device = "tpu"', "qa-pipeline.toml: device: "),
        ('language = "Chinese"', "qa-pipeline.toml: language: "),
        ("model = ", "qa-pipeline.toml: cannot be read as TOML"),
        ("model = 'a'\nmodel = 'b'", "qa-pipeline.toml: cannot be read as TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(folder: Path, content: str, said: str) -> None:
    (folder / "qa-pipeline.toml").write_text(content)
    with pytest.raises(UserError) as error:
        load_settings({})
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "qa-pipeline.toml").write_bytes('model = "客户"'.encode("gb18030"))
    with pytest.raises(UserError, match="cannot be read as TOML"):
        load_settings({})


def test_every_mistake_of_a_layer_is_listed(folder: Path) -> None:
    (folder / "qa-pipeline.toml").write_text("modle = 1\nbeam_size = 0\n")
    with pytest.raises(UserError) as error:
        load_settings({})
    assert len(str(error.value).splitlines()) == 2


def test_the_file_of_the_user_is_named_by_its_path(folder: Path) -> None:
    path = home_file("modle = 1")
    with pytest.raises(UserError, match=str(path)):
        load_settings({})


@pytest.mark.parametrize("given", [{"cpu_threads": -1}, {"language": "zh-CN"}, {"store": ""}, {"model": ""}])
def test_a_mistake_on_the_command_line_is_named(folder: Path, given: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"^command line: {next(iter(given))}: "):
        load_settings(given)


def test_a_mistake_in_the_environment_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"^environment: cpu_threads: "):
        load_settings({}, {"QA_PIPELINE_CPU_THREADS": "many"})


def test_a_wrong_layer_is_told_even_where_a_later_one_hides_it(folder: Path) -> None:
    (folder / "qa-pipeline.toml").write_text("beam_size = 0")
    with pytest.raises(UserError, match=r"qa-pipeline\.toml: beam_size"):
        load_settings({"beam_size": 5})


def test_settings_cannot_be_changed(folder: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).model = "x"  # type: ignore[misc]
