"""Fits a stage model, saves it, and writes the card that says what it was made from."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_pipeline import __version__
from qa_pipeline.cli.progress import bar
from qa_pipeline.core.errors import UserError
from qa_pipeline.stages.cue_matcher import cue_languages
from qa_pipeline.stages.model import save_stage_model
from qa_pipeline.stages.training import STEPS, fit_stage_model
from qa_pipeline.stages.validation import taught_calls
from qa_pipeline.transcribe.labelled import LabelledCall

CARD, FIGURES = "README.md", "figures.json"

#: The line by which a card that was written here is known: one that a person wrote is never replaced.
_MARK = "Written by `qa-pipeline stages train`; change this line to keep the card as it is."


LabelledFile = tuple[Path, Sequence[LabelledCall]]


def prepare(folder: Path) -> None:
    """UserError where no model could be written there: better before the training than after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to ({error.strerror}); choose another --model folder") from None


def one_language(calls: Sequence[LabelledCall]) -> str:
    """The language of the calls; UserError where there are several or no cues for it."""
    languages = dict.fromkeys(call.conversation.language.split("-")[0] for call in calls)
    if len(languages) > 1:
        raise UserError(f"the calls are in {', '.join(languages)}; train one model per language")
    (language,) = languages
    if language not in cue_languages():
        raise UserError(f"there are no cues for the language {language}; there are for {', '.join(cue_languages())}")
    return language


def fit_and_save(
    files: Sequence[LabelledFile],
    passages: Sequence[LabelledFile],
    folder: Path,
    figures: dict[str, Any] | None,
    jobs: int,
) -> None:
    """The model of all files and passages, with figures.json and, unless a person wrote one, a card."""
    language = one_language([call for _, of_file in (*files, *passages) for call in of_file])
    taught = [call for _, of_file in files for call in taught_calls(of_file)]
    taught += [call for _, of_file in passages for call in taught_calls(of_file, whole=False)]
    with bar(STEPS) as advance:
        model = fit_stage_model(language, taught, jobs, advance)
    try:
        save_stage_model(model, folder)
        if figures:
            text = json.dumps(figures, ensure_ascii=False, indent=1)
            (folder / FIGURES).write_text(text + "\n", encoding="utf-8")
        else:
            (folder / FIGURES).unlink(missing_ok=True)
        if _is_ours(folder / CARD):
            (folder / CARD).write_text(_card(folder.resolve().name, files, passages, figures), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to ({error.strerror}); choose another --model folder") from None


def _is_ours(card: Path) -> bool:
    return not card.exists() or _MARK in card.read_text(encoding="utf-8", errors="replace")


def _card(
    name: str,
    files: Sequence[LabelledFile],
    passages: Sequence[LabelledFile],
    figures: dict[str, Any] | None,
) -> str:
    made_from = ", ".join(
        f"{file.name} ({len(calls)} {kind})"
        for kind, given in (("calls", files), ("passages", passages))
        for file, calls in given
    )
    command = shlex.join(["qa-pipeline", *sys.argv[1:]])
    return f"""# {name}

Acts and script stages of sales calls, for `--stage-model`. {_MARK}

- **Made from**: {made_from}; on {datetime.now(UTC):%Y-%m-%d}, with
  qa-pipeline {__version__}.
- **Command**: `{command}`
- **Result**: {_result(figures, files[0][0].name)}
- **Limits**: measured on calls like the training calls only. What the labels of the training calls get wrong, the model
  learns. Not for decisions about people without a human who listens; not for calls of another kind or language.
"""


def _result(figures: dict[str, Any] | None, file: str) -> str:
    if figures is None:
        return "not measured (`--no-measure`)."
    acts = figures["acts"]
    said = f"macro F1 of stages {figures['macro_f1']:.3f}, boundary F1 {figures['boundary_f1']:.3f}"
    said += f", micro F1 of acts {acts['micro_f1']:.3f}" if acts else ", acts not labelled"
    return f"{said}; five-fold cross-validation over whole calls of {file}; all in figures.json."
