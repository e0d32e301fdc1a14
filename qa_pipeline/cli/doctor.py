"""``doctor``: what this installation can do."""

from __future__ import annotations

import json as json_module
import os
import platform
from importlib import metadata
from typing import Annotated

import typer

from qa_pipeline import __version__
from qa_pipeline.cli import options

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


def doctor(
    model: options.Model = None,
    json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> int:
    """Show versions, devices, shipped rubrics and models; exit code 1 when the speech model is not to be had."""
    facts = _facts(model)
    if json:
        typer.echo(json_module.dumps(facts, ensure_ascii=False, indent=1))
    else:
        for name, value in facts.items():
            typer.echo(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return 0 if facts["model_ready"] else 1


def _facts(model: str | None) -> dict[str, object]:
    import ctranslate2

    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.resources import models_dir
    from qa_pipeline.rubric.loading import shipped_ids
    from qa_pipeline.store.database import shown_address
    from qa_pipeline.transcribe.models import find_model

    settings = load_settings({"model": model})
    try:
        found = find_model(settings.model, may_download=False)
        state, ready = f"{found.name} {found.revision} in {found.folder}", True
    except UserError as error:
        state, ready = str(error), False
    gpus = ctranslate2.get_cuda_device_count()
    return {
        "qa-pipeline": __version__,
        "python": platform.python_version(),
        "libraries": [f"{name} {metadata.version(name)}" for name in _LIBRARIES],
        "cpu_cores": os.cpu_count(),
        "gpus": gpus,
        "compute_types": sorted(ctranslate2.get_supported_compute_types("cuda" if gpus else "cpu")),
        "rubrics": shipped_ids(),
        "models": sorted(path.name for path in models_dir().iterdir() if path.is_dir()),
        "speech_model": state,
        "model_ready": ready,
        "store": shown_address(settings.store),
        "out": str(settings.out),
    }
