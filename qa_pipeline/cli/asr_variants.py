"""What ``asr evaluate`` compares: engines, models and options to run, and transcripts made elsewhere."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_pipeline.core.errors import UserError

if TYPE_CHECKING:
    from qa_pipeline.config import Settings

#: The settings that change what is recognised, or how fast.
KEYS = (
    "engine",
    "model",
    "words",
    "word_prompt",
    "asr_url",
    "asr_key_env",
    "language",
    "device",
    "compute_type",
    "cpu_threads",
    "batch_size",
    "beam_size",
)
_EXAMPLE = "'fast: model=large-v3-turbo, beam_size=1'"
_DEFAULT_ENGINE = "faster-whisper"


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the comparison: a way to recognise (``settings``), or a file or folder of finished transcripts."""

    name: str
    settings: Settings | None = None
    transcripts: Path | None = None
    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command line: ``base`` holds for all that is run; the others add rows."""

    base: Mapping[str, Any]
    models: Sequence[str] = ()
    engines: Sequence[str] = ()
    variants: Sequence[str] = ()
    transcripts: Sequence[Path] = ()
    default_model: str | None = None


def variants_of(asked: Asked) -> list[Variant]:
    """All rows in the order in which they are named; UserError for the first mistake, with the option that holds it."""
    _refuse_unclear(asked)
    runs: list[Variant] = []
    if asked.variants:
        shared = {"model": _only(asked.models), "engine": _only(asked.engines)}
        runs = [_named(text, {**asked.base, **shared}, asked) for text in asked.variants]
    elif asked.models or asked.engines or not asked.transcripts:
        runs = _by_name(asked)
    others = [Variant(path.stem or path.name, transcripts=path) for path in asked.transcripts]
    _refuse_twins([*runs, *others])
    return [*runs, *others]


def _refuse_unclear(asked: Asked) -> None:
    if len(asked.models) > 1 and len(asked.engines) > 1:
        raise UserError(
            f"--model, --engine: several of both leave the pairs open; name each pair as --variant {_EXAMPLE}"
        )
    if asked.variants and max(len(asked.models), len(asked.engines)) > 1:
        raise UserError("--variant: several --model or --engine cannot stand beside it; name each as a --variant")


def _only(values: Sequence[str]) -> str | None:
    return values[0] if values else None


def _by_name(asked: Asked) -> list[Variant]:
    """One row for each model, or each engine, that is named; one of the settings as they are where none is."""
    models = asked.models if len(asked.models) > 1 else [_only(asked.models)]
    engines = asked.engines if len(asked.engines) > 1 else [_only(asked.engines)]
    rows = []
    for model in models:
        for engine in engines:
            settings = _settings({**asked.base, "model": model, "engine": engine}, asked, "command line")
            parts = [engine if engine or settings.engine != _DEFAULT_ENGINE else None, model]
            name = " ".join(filter(None, parts)) or settings.model
            rows.append(Variant(name, settings))
    return rows


def _named(text: str, base: Mapping[str, Any], asked: Asked) -> Variant:
    """``name: key=value, key=value``; a name alone stands for the settings as they are."""
    name, _, rest = text.partition(":")
    name = name.strip()
    if not name or "=" in name:
        raise UserError(f"--variant {text}: begins with no name; write it as {_EXAMPLE}")
    given = _pairs(name, rest)
    values = {key: value for key, value in given.items() if value}
    settings = _settings({**base, **values}, asked, f"--variant {name}")
    emptied = {key: None for key, value in given.items() if not value}
    return Variant(name, settings.model_copy(update=emptied), given=tuple(given.items()))


def _pairs(name: str, rest: str) -> dict[str, str]:
    """Values in quotes may hold commas; an empty value is allowed for ``words`` alone: no word list."""
    (row,) = csv.reader([rest.replace("\n", " ")], skipinitialspace=True) if rest.strip() else ([],)
    pairs: dict[str, str] = {}
    for part in filter(str.strip, row):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise UserError(f"--variant {name}: {part.strip()} is no key=value; write it as {_EXAMPLE}")
        _refuse_key(name, key)
        if key in pairs:
            raise UserError(f"--variant {name}: {key} is given twice")
        if not value and key != "words":
            raise UserError(f"--variant {name}: {key} has no value")
        pairs[key] = value
    return pairs


def _refuse_key(name: str, key: str) -> None:
    from qa_pipeline.config import Settings

    if key in KEYS:
        return
    if key in Settings.model_fields:
        raise UserError(f"--variant {name}: {key} changes nothing about recognition; choose among {', '.join(KEYS)}")
    close = difflib.get_close_matches(key, KEYS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose among {', '.join(KEYS)}"
    raise UserError(f"--variant {name}: {key} is no setting; {hint}")


def _settings(values: Mapping[str, Any], asked: Asked, source: str) -> Settings:
    from qa_pipeline.config import load_settings

    try:
        settings = load_settings(values)
    except UserError as error:
        raise UserError(str(error).replace("command line:", f"{source}:")) from None
    fitting = asked.default_model and not values.get("model") and settings.engine == _DEFAULT_ENGINE
    return settings.model_copy(update={"model": asked.default_model}) if fitting else settings


def _refuse_twins(variants: Sequence[Variant]) -> None:
    names = [variant.name for variant in variants]
    twins = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twins:
        raise UserError(f"{twins[0]}: two of what is to be compared have this name; name them apart with --variant")
