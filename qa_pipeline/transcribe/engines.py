"""Which speech engines there are, what each needs, and how one is made by its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.engine import Engine


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """An engine that settings can name."""

    name: str
    about: str
    extra: str = ""
    """Of this package; empty: always there."""
    packages: tuple[str, ...] = ()
    """Modules that the extra brings and the engine imports."""
    default_model: str = ""
    """Empty: the model must be named."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Modules that are not installed; nothing is imported."""
        return tuple(package for package in self.packages if find_spec(package) is None)

    @property
    def is_installed(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What settings say about an engine. Empty: not said."""

    model: str = ""
    language: str | None = None
    """None: told from the sound."""
    words: WordList = EMPTY
    """Shown to the model."""
    device: str = "auto"
    cpu_threads: int = 0
    url: str = ""
    key_variable: str = ""
    """Environment variable that holds the server's key."""


_ALL = (
    EngineInfo(
        "faster-whisper",
        "Whisper on CTranslate2; the default",
        packages=("faster_whisper",),
        default_model="large-v3-turbo",
    ),
    EngineInfo(
        "funasr",
        "Paraformer, SenseVoice, Fun-ASR-Nano",
        extra="funasr",
        packages=("funasr", "torch", "torchaudio"),
        default_model="paraformer-zh+ct-punc",
    ),
    EngineInfo(
        "qwen",
        "Qwen3-ASR",
        extra="qwen",
        packages=("qwen_asr", "torch"),
        default_model="Qwen/Qwen3-ASR-0.6B+Qwen/Qwen3-ForcedAligner-0.6B",
    ),
    EngineInfo("openai", "a server with /v1/audio/transcriptions"),
)
ENGINES: Mapping[str, EngineInfo] = MappingProxyType({info.name: info for info in _ALL})


def make_other_engine(name: str, choice: EngineChoice) -> Engine:
    """An engine beside faster-whisper; UserError where its packages, model or address are not to be had."""
    info = ENGINES.get(name)
    if info is None or name == "faster-whisper":
        raise UserError(f"engine {name}: not known; there are {', '.join(ENGINES)}")
    if not info.is_installed:
        missing = f"{', '.join(info.missing)} not installed"
        raise UserError(f"engine {name}: {missing}; install qa-pipeline[{info.extra}] (docs/engines.md)")
    model = choice.model or info.default_model
    return {"funasr": _funasr, "qwen": _qwen, "openai": _openai}[name](model, choice)


def _funasr(model: str, choice: EngineChoice) -> Engine:
    from qa_pipeline.transcribe.other_engines.funasr import FunasrEngine, FunasrOptions
    from qa_pipeline.transcribe.other_engines.names import parse_model

    options = FunasrOptions(choice.language, choice.words, choice.device, choice.cpu_threads)
    return FunasrEngine(parse_model(model), options)


def _qwen(model: str, choice: EngineChoice) -> Engine:
    from qa_pipeline.transcribe.other_engines.clips import ClipOptions
    from qa_pipeline.transcribe.other_engines.names import parse_model
    from qa_pipeline.transcribe.other_engines.qwen import QwenEngine

    return QwenEngine(parse_model(model), ClipOptions(choice.language, choice.words, choice.device))


def _openai(model: str, choice: EngineChoice) -> Engine:
    from qa_pipeline.transcribe.other_engines.openai_api import OpenAiEngine, OpenAiOptions
    from qa_pipeline.transcribe.other_engines.server import ServerOptions, key_in

    if not model:
        raise UserError("engine openai: set model to the name by which the server knows its model")
    server = ServerOptions(choice.url, model, key_in(choice.key_variable, os.environ))
    return OpenAiEngine(server, OpenAiOptions(choice.language, choice.words))
