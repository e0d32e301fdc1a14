"""The user's folder of speech models: converted and imported ones, each whole or not there."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.folder import NEEDED

VARIABLE = "QA_PIPELINE_MODELS"
#: Work that was cut off (power failure, kill -9) is cleared away after this time; younger work may still go on.
_ABANDONED_S = 24 * 3600
_UNFINISHED = ".part-"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_GB = 1_000_000_000


def models_folder(
    chosen: Path | None = None, environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> Path:
    """The folder: chosen, else of the environment, else where programs of this system keep data of a user.

    Not a cache: on a machine without internet, what a cleaner deletes is not fetched again.
    """
    environment = os.environ if environment is None else environment
    given = chosen or environment.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    return _data_home(environment, platform) / "qa-pipeline" / "models"


def _data_home(environment: Mapping[str, str], platform: str) -> Path:
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def folder_name(name: str) -> str:
    """The name of a model as that of a folder: ``owner/model`` becomes ``owner--model``; UserError for others."""
    plain = name.replace("/", "--")
    if not _NAME.fullmatch(plain):
        raise UserError(f"model name {name!r}: use letters, digits, '.', '_' and '-', at most 100; give --name")
    return plain


def stored(folder: Path, name: str) -> Path | None:
    """The folder of a model that is here whole."""
    plain = name.replace("/", "--")
    place = folder / plain
    whole = _NAME.fullmatch(plain) and all((place / needed).is_file() for needed in NEEDED)
    return place if whole else None


def place(folder: Path, name: str, need_bytes: int, make: Callable[[Path], None]) -> Path:
    """Let ``make`` fill a folder, then give it its name in one step: what is interrupted leaves nothing.

    Raises:
        UserError: no space, no right to write, or whatever ``make`` says.
    """
    final = folder / folder_name(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        need_space(folder, need_bytes)
        work = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
        try:
            make(work)
            work.chmod(0o755)
            _name(work, final)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise UserError(f"{folder}: {_why(error)}; name another folder with {VARIABLE}") from None
    return final


def _name(work: Path, final: Path) -> None:
    try:
        work.rename(final)
    except OSError:
        # Another process was faster with the same model: its work is as good.
        if not all((final / needed).is_file() for needed in NEEDED):
            raise


def need_space(folder: Path, need_bytes: int) -> None:
    """UserError where a folder's disk has less room than that."""
    free = shutil.disk_usage(folder).free
    if free < need_bytes:
        raise UserError(
            f"{folder}: no space: about {need_bytes / _GB:.1f} GB are needed, {free / _GB:.1f} GB are free; "
            f"make room, or name a folder on another disk with {VARIABLE}"
        )


def _clear_abandoned(folder: Path) -> None:
    for path in folder.glob(f"{_UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no space left"
    return error.strerror or type(error).__name__


def remove(folder: Path, name: str) -> Path:
    """Delete a stored model; UserError where there is none of that name."""
    found = stored(folder, name)
    if found is None:
        raise UserError(f"model {name}: not in {folder}; `qa-pipeline models list` shows what is there")
    shutil.rmtree(found)
    return found
