"""Settings: defaults < file < environment < command line."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, LiteralString
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.core.errors import UserError

FILE_NAME = "qa-pipeline.toml"
ENVIRONMENT_PREFIX = "QA_PIPELINE_"


class Settings(BaseModel):
    """Everything that can be set; each field is a key of the file and QA_PIPELINE_<NAME> in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str = Field(
        "qa-pipeline.sqlite3", min_length=1, description="database of results: SQLAlchemy URL or SQLite file"
    )
    out: Path = Field(Path("reports"), description="folder for pages")
    audio: Literal["copy", "link", "none"] = Field(
        "copy", description="what pages play: a small copy with masked numbers bleeped, a link to the recording"
    )
    rubric: str = Field("telesales-coaching", min_length=1, description="rubric file or id of a shipped rubric")
    engine: Literal["faster-whisper", "funasr", "qwen", "openai"] = Field(
        "faster-whisper", description="what recognises speech; funasr and qwen are extras, openai asks a server"
    )
    model: str = Field(
        "large-v3-turbo", min_length=1, description="speech model: size, hub id, folder, or demo-zh; others by engine"
    )
    models: Path | None = Field(None, description="folder of your speech models; none: that of this system's user data")
    words: Path | None = Field(None, description="word list: names of products, people and tariffs, one a line")
    word_prompt: bool = Field(True, description="show the word list to the speech model, not only correct after it")
    asr_url: str = Field("", description="OpenAI-compatible transcription address for the engine openai, up to /v1")
    asr_key_env: str = Field(
        "", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$", description="environment variable with that server's key"
    )
    language: str = Field("zh", pattern=r"^(auto|[a-z]{2,3})$", description="language spoken, or auto")
    separator: Literal["builtin", "pyannote"] = Field(
        "builtin", description="what parts the voices of mono recordings; pyannote needs the extra diarize"
    )
    pyannote_model: str = Field(
        "pyannote/speaker-diarization-community-1", min_length=1, description="pyannote pipeline: hub id or folder"
    )
    stage_model: str = Field("stages", min_length=1, description="model of acts and stages: shipped name or folder")
    lead_rules: Path | None = Field(None, description="file with the rules of lead grades; none: the shipped ones")
    inspect_per_agent_week: int = Field(
        0, ge=0, le=10_000, description="sampling plan: calls per agent and week; 0: none"
    )
    inspect_per_agent_month: int = Field(
        0, ge=0, le=10_000, description="sampling plan: calls per agent and month; 0: none"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the speech model runs")
    compute_type: str = Field("default", description="CTranslate2 number type, e.g. int8, float16")
    cpu_threads: int = Field(0, ge=0, le=1024, description="0: as many as there are cores")
    batch_size: int = Field(0, ge=0, le=256, description="windows of 30 s decoded together; 0: chosen for the machine")
    packed: Literal["auto", "yes", "no"] = Field(
        "auto", description="speech of a recording packed into full windows; auto: as the model takes it"
    )
    beam_size: int = Field(5, ge=1, le=20, description="search width of the speech model")
    executor: Literal["local", "ray"] = Field("local", description="where workers run; ray needs the extra cluster")
    workers: int = Field(
        1, ge=0, le=1024, description="worker processes, each with its own model; 0: no process of its own"
    )
    time_limit_s: float = Field(7200.0, ge=0, description="seconds until a recording is given up; 0: none")
    watch_settle_s: float = Field(
        10.0, ge=0, le=3600, description="run --watch: seconds that a recording must stand still to be complete"
    )
    gpus_per_worker: float = Field(0.0, ge=0, le=64, description="GPUs, or a part of one, that a Ray worker needs")
    ray_address: str = Field("", description="Ray cluster, e.g. ray://head:10001; empty: one on this machine")
    llm_url: str = Field("", description="OpenAI-compatible address for llm checks, up to /v1; empty: off")
    llm_model: str = Field("", description="name of the language model at that address")
    llm_key_env: str = Field(
        "", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$", description="environment variable that holds the key; empty: no key"
    )
    llm_timeout_s: float = Field(60.0, gt=0, le=600, description="seconds for one question, all tries together")
    llm_max_retries: int = Field(2, ge=0, le=10, description="further tries when the server fails")

    @field_validator("llm_url", "asr_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        problem = _problem_of_address(url) if url else ""
        if problem:
            # Not the address itself: people put keys into it.
            raise PydanticCustomError("address", problem)
        return url.rstrip("/")


def _problem_of_address(url: str) -> LiteralString:
    expected: LiteralString = "expected an address such as http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return expected
    if not known or not url.isprintable() or " " in url:
        return expected
    if "@" in parts.netloc or "?" in url or "#" in url:
        return "give the plain address: the key goes into the variable that llm_key_env (asr_key_env) names"
    if parts.path.rstrip("/").endswith(("/completions", "/transcriptions")):
        return "give the address up to /v1: the rest is added"
    return ""


def load_settings(overrides: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Settings with the given overrides (None: not given); UserError names the file or variable that is wrong."""
    environment = os.environ if environment is None else environment
    given = {key: value for key, value in overrides.items() if value is not None}
    layers = ((str(path), values) for path, values in _files(environment))
    merged: dict[str, Any] = {}
    for source, values in (*layers, ("environment", _environment(environment)), ("command line", given)):
        _check(source, values)
        merged |= values
    return Settings(**merged)


def _files(environment: Mapping[str, str]) -> list[tuple[Path, dict[str, Any]]]:
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (home / "qa-pipeline" / "config.toml", Path(FILE_NAME))
    return [(path, _read(path)) for path in candidates if path.is_file()]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: cannot be read as TOML ({error})") from None


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = {f"{ENVIRONMENT_PREFIX}{name.upper()}": name for name in Settings.model_fields}
    return {name: environment[variable] for variable, name in names.items() if environment.get(variable)}


def _check(source: str, values: Mapping[str, Any]) -> None:
    """Report what is wrong in one layer, so that the message can name it."""
    try:
        Settings(**values)
    except ValidationError as error:
        lines = [f"{source}: {_wording(detail)}" for detail in error.errors(include_url=False)]
        raise UserError("\n".join(lines)) from None


def _wording(detail: Any) -> str:
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, Settings.model_fields, n=1)
        return f"{name} is no setting" + (f"; did you mean {close[0]}?" if close else "")
    return f"{name}: {detail['msg']}"
