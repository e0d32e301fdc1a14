"""How the hub's own client is asked. Nothing here asks a network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models import hub


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the client was asked last; ``error`` is raised instead of an answer."""
    asked: dict[str, Any] = {}

    def download(repository: str, **options: Any) -> str:
        if problem := asked.get("error"):
            raise problem
        asked.update(options, repository=repository)
        return str(tmp_path / "4f2c")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return asked


def test_only_the_named_files_are_fetched(client: dict[str, Any]) -> None:
    folder, revision = hub.HuggingFace().fetch("a/b", ("model.bin",), progress=True)
    assert (folder.name, revision) == ("4f2c", "4f2c")
    assert client["allow_patterns"] == ["model.bin"]
    assert "tqdm_class" not in client
    hub.HuggingFace().fetch("a/b", ("model.bin",), progress=False)
    assert "tqdm_class" in client


def test_looking_into_the_cache_asks_no_network(client: dict[str, Any]) -> None:
    assert hub.HuggingFace().cached("a/b") is not None
    assert client["local_files_only"] is True
    client["error"] = FileNotFoundError("not cached")
    assert hub.HuggingFace().cached("a/b") is None


def test_a_full_disk_while_fetching_is_one_line(client: dict[str, Any]) -> None:
    client["error"] = OSError(28, "No space left on device")
    with pytest.raises(UserError, match=r"no space in .*HF_HOME") as error:
        hub.HuggingFace().fetch("a/b", ("model.bin",), progress=False)
    assert "\n" not in str(error.value)


def test_files_come_with_their_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    siblings = [SimpleNamespace(rfilename="model.bin", size=7), SimpleNamespace(rfilename="x", size=None)]
    asked = SimpleNamespace(model_info=lambda repository, files_metadata: SimpleNamespace(siblings=siblings))
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: asked)
    assert hub.HuggingFace().files("a/b") == {"model.bin": 7, "x": 0}


def test_too_large_a_model_is_told_before_it_is_fetched() -> None:
    hub.need_cache_space(1)
    with pytest.raises(UserError, match="no space"):
        hub.need_cache_space(1 << 60)


@pytest.mark.parametrize(
    ("repository", "name"),
    [
        ("Systran/faster-whisper-tiny", "tiny"),
        ("BELLE-2/Belle-whisper-large-v3-zh", "belle-large-v3-zh"),
        ("someone/model", "someone/model"),
    ],
)
def test_messages_call_a_model_as_users_do(repository: str, name: str) -> None:
    assert hub.known_as(repository) == name
