"""Tiny model folders, a converter and a hub that need no network, no torch and no time."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.core.errors import UserError

TOKENS = ["<|startoftranscript|>", "<|en|>", "<|zh|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
TOKENIZER = json.dumps(
    {"added_tokens": [{"id": 100 + number, "content": token} for number, token in enumerate(TOKENS)]}
)
CHECKPOINT_CONFIG = {"model_type": "whisper", "d_model": 1280, "decoder_layers": 4, "num_mel_bins": 128}


def weights(values: int = 4, type_number: int = 4, bytes_each: int = 2, name: str = "WhisperSpec") -> bytes:
    """A weights file with one variable; type 4 is float16."""

    def text(written: str) -> bytes:
        return struct.pack("<H", len(written) + 1) + written.encode() + b"\0"

    data = bytes(values * bytes_each)
    head = struct.pack("<I", 6) + text(name) + struct.pack("<II", 3, 1)
    variable = text("encoder/weight") + struct.pack("<BI", 1, values) + struct.pack("<BI", type_number, len(data))
    return head + variable + data + struct.pack("<I", 0)


def model_folder(folder: Path, content: bytes | None = None) -> Path:
    """A CTranslate2 model as far as its files go."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(weights() if content is None else content)
    (folder / "config.json").write_text(json.dumps({"lang_ids": [101, 102], "alignment_heads": [[1, 0]]}))
    (folder / "tokenizer.json").write_text(TOKENIZER)
    return folder


def checkpoint_folder(folder: Path, config: dict[str, object] | None = None) -> Path:
    """A checkpoint of transformers as far as its files go."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CHECKPOINT_CONFIG if config is None else config))
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text(TOKENIZER)
    return folder


class FakeConverter:
    """Counts its work; ``problem`` is raised half-way."""

    def __init__(self, problem: BaseException | None = None) -> None:
        self.problem = problem
        self.sources: list[str] = []

    def __call__(self, source: Path, target: Path) -> None:
        self.sources.append(source.name)
        (target / "model.bin").write_bytes(weights())
        if self.problem:
            raise self.problem
        model_folder(target)


class FakeHub:
    """Repositories as folders; ``online`` False: nothing can be asked."""

    def __init__(self, repositories: dict[str, Path], cached: Sequence[str] = (), online: bool = True) -> None:
        self.repositories = repositories
        self.here = set(cached)
        self.online = online
        self.fetched: list[tuple[str, tuple[str, ...]]] = []

    def cached(self, repository: str) -> tuple[Path, str] | None:
        return (self.repositories[repository], "r1") if repository in self.here else None

    def files(self, repository: str) -> dict[str, int]:
        self._ask(repository)
        return {path.name: path.stat().st_size for path in self.repositories[repository].iterdir()}

    def fetch(self, repository: str, files: Sequence[str], progress: bool) -> tuple[Path, str]:
        self._ask(repository)
        self.fetched.append((repository, tuple(files)))
        return self.repositories[repository], "r1"

    def _ask(self, repository: str) -> None:
        if not self.online or repository not in self.repositories:
            raise UserError(f"model {repository}: not to be had from the hub")
