"""The Hugging Face hub: what a repository holds, and its files. ``HF_ENDPOINT`` names a mirror."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.folder import read_json
from qa_pipeline.transcribe.models.storage import need_space

#: Short names of models for Mandarin; docs/speech-models.md has their figures and cards.
ALIASES = {
    "belle-large-v3-zh": "BELLE-2/Belle-whisper-large-v3-zh",
    "belle-large-v3-zh-punct": "BELLE-2/Belle-whisper-large-v3-zh-punct",
    "belle-turbo-zh": "BELLE-2/Belle-whisper-large-v3-turbo-zh",
}


class Hub(Protocol):
    """What is asked of a hub; tests have one of their own."""

    def cached(self, repository: str) -> tuple[Path, str] | None:
        """Folder and revision of what was fetched before, whole or not; asks no network."""
        ...

    def files(self, repository: str) -> dict[str, int]:
        """Names and bytes of a repository's files; UserError where it cannot be asked."""
        ...

    def fetch(self, repository: str, files: Sequence[str], progress: bool) -> tuple[Path, str]:
        """Folder and revision with these files; goes on where an earlier call was interrupted."""
        ...


class HuggingFace:
    """The hub by its own client, which keeps a cache of its own (``HF_HOME``) that other programs share."""

    def cached(self, repository: str) -> tuple[Path, str] | None:
        import huggingface_hub

        try:
            folder = Path(huggingface_hub.snapshot_download(repository, local_files_only=True))
        except Exception:  # noqa: BLE001 - the client raises many kinds, all mean "not here"
            return None
        return folder, folder.name

    def files(self, repository: str) -> dict[str, int]:
        import huggingface_hub

        try:
            told = huggingface_hub.HfApi().model_info(repository, files_metadata=True).siblings or []
        except Exception as error:  # noqa: BLE001 - network, name and access alike end in one line of advice
            raise UserError(advice(repository, error)) from None
        return {file.rfilename: file.size or 0 for file in told}

    def fetch(self, repository: str, files: Sequence[str], progress: bool) -> tuple[Path, str]:
        import huggingface_hub
        from faster_whisper.utils import disabled_tqdm

        bar: dict[str, Any] = {} if progress else {"tqdm_class": disabled_tqdm}
        try:
            folder = Path(huggingface_hub.snapshot_download(repository, allow_patterns=list(files), **bar))
        except Exception as error:  # noqa: BLE001 - as above, and a full disk
            raise UserError(advice(repository, error)) from None
        return folder, folder.name


def cache_folder() -> Path:
    """Where the hub's client keeps what it fetched."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def need_cache_space(need_bytes: int) -> None:
    """UserError where the hub's cache has no room for that."""
    folder = cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    need_space(existing, need_bytes)


def config_of(hub: Hub, repository: str, progress: bool) -> dict[str, Any]:
    """A repository's config.json."""
    folder, _ = hub.fetch(repository, ["config.json"], progress)
    return read_json(folder / "config.json")


def repository_of(name: str) -> str | None:
    """The repository that a size, a short name or an id stands for; None: no such name."""
    if "/" in name:
        return name
    return ALIASES.get(name) or sizes().get(name)


def short_name(name: str) -> str:
    """The short name of a repository that has one: whatever it is called by, it is one model."""
    return next((short for short, long in ALIASES.items() if long == name), name)


def sizes() -> dict[str, str]:
    """Whisper's sizes and the repositories from which faster-whisper takes them."""
    from faster_whisper import utils

    return dict(utils._MODELS)


def known_as(repository: str) -> str:
    """What users call a repository: its short name or size, else its id."""
    by_size = next((size for size, long in sizes().items() if long == repository), repository)
    return short_name(by_size)


def advice(repository: str, error: Exception) -> str:
    """One line that says what is wrong and what to do."""
    name = known_as(repository)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"model {name}: no space in {cache_folder()}; make room, or name another folder with HF_HOME"
    kind = type(error).__name__
    if kind == "GatedRepoError":
        return f"model {name}: its owner asks for consent: give it on the model's page, then `hf auth login`"
    if kind in ("RepositoryNotFoundError", "HFValidationError"):
        return f"model {name}: the hub has no such model, or it is private; check the name, or `hf auth login`"
    return (
        f"model {name}: not on this machine and not to be had from the hub ({kind}); on a machine with internet: "
        f"`qa-pipeline models fetch {name} --to FOLDER`, then here: `qa-pipeline models import FOLDER`; "
        "or try --model demo-zh"
    )
