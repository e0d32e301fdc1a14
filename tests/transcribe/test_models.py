"""Which model a name stands for. Nothing here asks a network."""

from __future__ import annotations

from pathlib import Path

import faster_whisper.utils
import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models import find_model


def model_folder(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    asked: list[tuple[str, bool]] = []

    def refuse(name: str, local_files_only: bool = False) -> str:
        asked.append((name, local_files_only))
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(faster_whisper.utils, "download_model", refuse)
    return asked


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    model = find_model(str(model_folder(tmp_path / "mine")))
    assert (model.name, model.folder, model.is_demo) == ("mine", tmp_path / "mine", False)


@pytest.mark.parametrize("part", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    (model_folder(tmp_path) / part).unlink()
    with pytest.raises(UserError, match=rf"{part} is missing") as error:
        find_model(str(tmp_path))
    assert "\n" not in str(error.value)


def test_the_revision_changes_with_the_weights_anywhere_at_their_ends(tmp_path: Path) -> None:
    big = b"\0" * (3 << 20)
    contents = [b"weights", b"weightt", big, b"x" + big[1:], big[1:] + b"x", big + b"\0"]
    revisions = [find_model(str(model_folder(tmp_path, content))).revision for content in contents]
    assert len(set(revisions)) == len(contents)
    assert find_model(str(model_folder(tmp_path, big))).revision == revisions[2]


def test_a_shipped_name_is_found_in_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_folder(tmp_path / "demo-xx")
    monkeypatch.setattr("qa_pipeline.transcribe.models.models_dir", lambda: tmp_path)
    assert find_model("demo-xx").is_demo


@pytest.mark.parametrize(
    ("name", "hint"),
    [("larg-v3", "did you mean large-v3"), ("demozh", "did you mean demo-zh"), ("qqqqqq", "sizes: tiny")],
)
def test_an_unknown_name_gets_a_hint(offline: list[tuple[str, bool]], name: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        find_model(name)
    assert offline == []


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "~/models/x", "C:\\models\\x"])
def test_a_path_that_is_no_folder_is_not_looked_for_on_the_hub(offline: list[tuple[str, bool]], name: str) -> None:
    with pytest.raises(UserError, match="no such folder"):
        find_model(name)
    assert offline == []


@pytest.mark.parametrize("name", ["tiny", "someone/whisper-zh"])
def test_a_hub_model_without_a_network_is_one_line_of_advice(offline: list[tuple[str, bool]], name: str) -> None:
    with pytest.raises(UserError) as error:
        find_model(name)
    assert "\n" not in str(error.value)
    assert "ConnectionError" in str(error.value)
    assert offline == [(name, True), (name, False)]


def test_nothing_is_downloaded_where_that_is_not_allowed(offline: list[tuple[str, bool]]) -> None:
    with pytest.raises(UserError, match="not on this machine"):
        find_model("tiny", may_download=False)
    assert offline == [("tiny", True)]


def test_a_cached_hub_model_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder(tmp_path / "snapshot")
    monkeypatch.setattr(faster_whisper.utils, "download_model", lambda name, local_files_only=False: str(folder))
    assert (find_model("tiny").name, find_model("tiny").folder) == ("tiny", folder)
