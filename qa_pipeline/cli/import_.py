"""``import``: transcripts made elsewhere into the store, scored and shown like any call."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator, Sequence
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
    from qa_pipeline.cli.progress import tracked
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
    # All files are read before anything is stored, so that a mistake in the last one changes nothing; then once more,
    # so that a file of any length needs no memory.
    total = _check_all(files, spoken)
    failed = 0
    with open_store(settings.store) as opened, tracked(_calls(files, spoken), total) as calls:
        refuse_changed_version(opened, loaded)
        judge = make_judge(settings, opened)
        for path, imported in calls:
            status, reason, unscorable = _store_call(opened, imported, loaded, judge, analyse)
            failed += status == "failed"
            row = {
                "recording": str(path),
                "call_id": imported.call_id,
                "status": status,
                "step": STEP,
                "reason": reason,
                "unscorable": unscorable,
                "code": "call_id_taken" if status == "failed" else "",
            }
            why = f"not scorable: {reasons(unscorable)}" if unscorable else ""
            line = "  ".join(filter(None, (f"{status}: {mask_identifier(imported.call_id)} {reason}".rstrip(), why)))
            # print, not typer.echo: a progress bar that is being drawn moves aside for it.
            print(json_module.dumps(row, ensure_ascii=False) if json else line)
    return 1 if failed else 0


def _calls(files: Sequence[Path], language: str) -> Iterator[tuple[Path, ImportedCall]]:
    from qa_pipeline.transcribe.imported import stream_transcripts

    for path in files:
        for call in stream_transcripts(path, language):
            yield path, call


def _check_all(files: Sequence[Path], language: str) -> int:
    """How many calls there are; one UserError names every file that cannot be read, or the first two with one id."""
    from qa_pipeline.core.errors import UserError

    first: dict[str, Path] = {}
    mistakes: list[str] = []
    for path in files:
        if not path.is_file() and path.exists() and not path.is_dir():
            mistakes.append(f"{path}: is no file, which is read twice; save what it gives first")
            continue
        try:
            for _, call in _calls([path], language):
                if first.setdefault(call.call_id, path) != path:
                    raise UserError(f"{path}: gives the same call id as {first[call.call_id]}; rename one of the files")
        except UserError as error:
            mistakes.append(str(error))
    if mistakes:
        raise UserError("\n".join(mistakes))
    return len(first)


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
