"""``doctor``: what this installation can do."""

from __future__ import annotations

import json as json_module
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline import __version__
from qa_pipeline.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from qa_pipeline.config import Settings
    from qa_pipeline.transcribe.models import SpeechModel
    from qa_pipeline.transcribe.models.listing import Entry

_LIBRARIES = (
    "faster-whisper",
    "ctranslate2",
    "av",
    "librosa",
    "spacy",
    "pandas",
    "sqlalchemy",
    "pydantic",
    "jinja2",
)
#: Where the device is not there.
_UNKNOWN_TYPE = "unknown"
#: Extras that are no engine, and the modules that they bring.
_EXTRAS = {
    "cluster": ("ray", "fsspec"),
    "convert": ("torch", "transformers"),
    "diarize": ("pyannote.audio",),
    "parquet": ("pyarrow",),
    "plots": ("matplotlib",),
    "postgres": ("psycopg",),
}


def doctor(
    model: options.Model = None,
    engine: options.EngineName = None,
    device: options.Device = None,
    compute_type: options.ComputeType = None,
    threads: options.Threads = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Recognise a minute of the demo for some seconds and tell the speed.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Show versions, engines, devices and models, and how speech will be recognised; exit code 1 without a model."""
    from qa_pipeline.config import load_settings

    given = {"model": model, "engine": engine, "device": device, "compute_type": compute_type, "cpu_threads": threads}
    facts = _facts(load_settings(given), measure)
    if json:
        typer.echo(json_module.dumps(facts, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(f"{name}: {_shown(value)}" for name, value in facts.items()))
    return 0 if facts["model_ready"] else 1


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _facts(settings: Settings, measure: bool) -> dict[str, Any]:
    import ctranslate2

    from qa_pipeline.resources import models_dir
    from qa_pipeline.rubric.loading import shipped_ids
    from qa_pipeline.store.database import shown_address
    from qa_pipeline.transcribe.models.storage import models_folder

    gpus = ctranslate2.get_cuda_device_count()
    return {
        "qa-pipeline": __version__,
        "python": platform.python_version(),
        "libraries": [f"{name} {metadata.version(name)}" for name in _LIBRARIES],
        "extras": {name: _installed(modules) for name, modules in _EXTRAS.items()},
        "engines": _engines(settings),
        "cpu_cores": os.cpu_count(),
        "gpus": gpus,
        "compute_types": sorted(ctranslate2.get_supported_compute_types("cuda" if gpus else "cpu")),
        "rubrics": shipped_ids(),
        "models": sorted(path.name for path in models_dir().iterdir() if path.is_dir()),
        "own_models": str(models_folder(settings.models)),
        **_speech(settings, measure),
        "store": shown_address(settings.store),
        "out": str(settings.out),
    }


def _installed(modules: Iterable[str]) -> str:
    return "installed" if all(_is_there(module) for module in modules) else "not installed"


def _is_there(module: str) -> bool:
    """Whether a module could be imported; a parent that is missing counts as no."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _engines(settings: Settings) -> dict[str, str]:
    """Every engine, and what it lacks to be used."""
    from qa_pipeline.transcribe.engines import ENGINES

    states = {}
    for name, info in ENGINES.items():
        if not info.is_installed:
            states[name] = f"not installed (pip install 'qa-pipeline[{info.extra}]')"
        elif name == "openai" and not settings.asr_url:
            states[name] = "no address (set asr_url)"
        else:
            states[name] = "ready"
    return states


def _speech(settings: Settings, measure: bool) -> dict[str, Any]:
    """The model chosen, how this machine will run it, and how fast."""
    from qa_pipeline.core.errors import StepFailure, UserError

    facts = _whisper(settings) if settings.engine == "faster-whisper" else _other_engine(settings)
    if not measure:
        facts["speed"] = "not measured; qa-pipeline doctor --measure"
    elif facts["model_ready"]:
        from qa_pipeline.cli.measure import measured

        try:
            speed = measured(settings)
            facts["speed"] = speed.wording
            facts["real_time_factor"] = round(speed.real_time_factor, 4)
        except (UserError, StepFailure) as problem:
            facts |= {"speed": f"could not be measured: {problem}", "model_ready": False}
    return facts


def _other_engine(settings: Settings) -> dict[str, Any]:
    state = _engines(settings)[settings.engine]
    return {"speech_model": f"of the engine {settings.engine}, loaded by itself", "model_ready": state == "ready"}


def _whisper(settings: Settings) -> dict[str, Any]:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.transcribe.models import find_model
    from qa_pipeline.transcribe.models.listing import entry_of

    try:
        found = find_model(settings.model, may_download=False, models=settings.models)
    except UserError as error:
        return {"speech_model": str(error), "model_ready": False}
    entry = entry_of(found.name, "", found.folder)
    plan = _plan(settings, entry, found.folder)
    ready = not entry.problem and plan["compute_type"] != _UNKNOWN_TYPE
    return {"speech_model": _described(found, entry), "model_ready": ready, "plan": plan}


def _described(model: SpeechModel, entry: Entry) -> str:
    what = entry.problem or f"{(entry.parameters or 0) / 1e6:.0f} M parameters as {entry.quantisation}"
    return f"{model.name} {model.revision} in {model.folder} ({what})"


def _plan(settings: Settings, entry: Entry, folder: Path) -> dict[str, Any]:
    """How the engine will use this machine."""
    from qa_pipeline.transcribe.whisper.plan import plan_for, shape_of

    asked = (settings.device, settings.compute_type, settings.cpu_threads, settings.batch_size)
    plan = plan_for(*asked, shape_of(folder))
    return {
        "device": plan.device,
        "compute_type": running_type(plan.compute_type, entry.quantisation, plan.device),
        "workers": plan.workers,
        "threads_per_worker": plan.threads_per_worker,
        "batch_size": plan.batch_size,
    }


def running_type(asked: str, stored: str, device: str) -> str:
    """The number type that CTranslate2 will compute with.

    ``default`` keeps the stored type where the device has it, else converts at load: float16 becomes float32 on a CPU.
    Source: "Implicit type conversion on load" in CTranslate2's docs/quantization.md.
    """
    import ctranslate2

    wanted = stored if asked == "default" else asked
    try:
        supported = ctranslate2.get_supported_compute_types(device)
    except (RuntimeError, ValueError):  # no such device, or no driver for it
        return _UNKNOWN_TYPE
    if wanted in supported or wanted in ("auto", ""):
        return wanted or _UNKNOWN_TYPE
    return "int8" if wanted.startswith("int8") and "int8" in supported else "float32"
