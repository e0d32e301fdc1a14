"""``import``: transcripts made elsewhere into the store, scored and shown like any call."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.checks.context import Judge
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.steps import AnalyseOptions
    from qa_pipeline.store.database import Store
    from qa_pipeline.transcribe.imported import ImportedCall

STEP = "import"


def import_transcripts(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, Whisper JSON, SRT, WebVTT or 坐席：… text.")],
    rubric: options.Rubric = None,
    store: options.Store = None,
    language: options.Language = None,
    stage_model: options.StageModel = None,
    json: options.Json = False,
) -> int:
    """Store transcripts as calls and score them; `report all` then writes their pages."""
    from qa_pipeline.checks.llm_judge import make_judge
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.cli.unscorable import reasons
    from qa_pipeline.config import load_settings
    from qa_pipeline.language.redaction import mask_identifier
    from qa_pipeline.rubric.loading import load_rubric
    from qa_pipeline.steps import analyse_options
    from qa_pipeline.store.database import open_store

    settings = load_settings({"rubric": rubric, "store": store, "language": language, "stage_model": stage_model})
    loaded = load_rubric(settings.rubric)
    analyse = analyse_options(settings.stage_model)
    spoken = "zh" if settings.language == "auto" else settings.language
    # All files are read before anything is stored, so that a mistake in the last one changes nothing.
    read = _read_all(files, spoken)
    _refuse_twins(read)
    failed = 0
    with open_store(settings.store) as opened:
        refuse_changed_version(opened, loaded)
        judge = make_judge(settings, opened)
        for path, imported in read:
            status, reason, unscorable = _store_call(opened, imported, loaded, judge, analyse)
            failed += status == "failed"
            row = {
                "recording": str(path),
                "call_id": imported.call_id,
                "status": status,
                "step": STEP,
                "reason": reason,
                "unscorable": unscorable,
            }
            why = f"not scorable: {reasons(unscorable)}" if unscorable else ""
            line = "  ".join(filter(None, (f"{status}: {mask_identifier(imported.call_id)} {reason}".rstrip(), why)))
            typer.echo(json_module.dumps(row, ensure_ascii=False) if json else line)
    return 1 if failed else 0


def _read_all(files: Sequence[Path], language: str) -> list[tuple[Path, ImportedCall]]:
    """The calls of all files, or one UserError that names every file that cannot be read; nothing is stored then."""
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.transcribe.imported import read_transcripts

    read: list[tuple[Path, ImportedCall]] = []
    mistakes: list[str] = []
    for path in files:
        try:
            read += [(path, call) for call in read_transcripts(path, language)]
        except UserError as error:
            mistakes.append(str(error))
    if mistakes:
        raise UserError("\n".join(mistakes))
    return read


def _refuse_twins(read: Sequence[tuple[Path, ImportedCall]]) -> None:
    """Two calls of one id in one import: the second would take the first one's place."""
    from qa_pipeline.core.errors import UserError

    first: dict[str, Path] = {}
    for path, call in read:
        if first.setdefault(call.call_id, path) != path:
            raise UserError(f"{path}: gives the same call id as {first[call.call_id]}; rename one of the files")


def _store_call(
    store: Store, imported: ImportedCall, loaded: LoadedRubric, judge: Judge | None, analyse: AnalyseOptions
) -> tuple[str, str, tuple[str, ...]]:
    """Status, its reason, and the codes of why nothing of the call was scored."""
    from qa_pipeline.core.call import Call
    from qa_pipeline.scoring import is_current, score
    from qa_pipeline.steps import build_imported_call, import_key

    if store.recording_of(imported.call_id):
        return "failed", "a recording is stored under this call id", ()
    key = import_key(imported, analyse)
    stored = store.result(imported.call_id, "call", key, Call)
    before = store.scorecard(imported.call_id, loaded.rubric.id, loaded.sha256, key)
    if stored and before and is_current(before, loaded.rubric, judge):
        return "skipped", "already stored", before.unscorable_codes
    call = stored or build_imported_call(imported, analyse)
    card = score(call, loaded, judge)
    if stored and card == before:
        return "skipped", "already stored", card.unscorable_codes
    if not stored:
        store.put_result(call.call_id, "call", key, call)
    if card != before:
        store.put_scorecard(card, key)
    return "done", "", card.unscorable_codes
