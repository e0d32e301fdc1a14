"""``report``: pages of stored calls."""

from __future__ import annotations

import json as json_module
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.pages import Pages
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store


class What(StrEnum):
    """What a report is about."""

    CALL = "call"
    ALL = "all"


def report(
    what: Annotated[What, typer.Argument(help="all calls, or one call.")] = What.ALL,
    call_id: Annotated[str | None, typer.Argument(help="With call: its id.")] = None,
    rubric: options.Rubric = None,
    store: options.Store = None,
    out: options.Out = None,
    lead_rules: options.LeadRules = None,
    json: options.Json = False,
) -> int:
    """Write the pages of stored calls and the index anew."""
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.cli.stored import open_existing, tell_unreadable
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.leads.loading import load_lead_rules
    from qa_pipeline.pages import Pages
    from qa_pipeline.rubric.loading import load_rubric

    if (what is What.CALL) != (call_id is not None):
        raise UserError("report call needs a call id; report all takes none")
    settings = load_settings({"rubric": rubric, "store": store, "out": out, "lead_rules": lead_rules})
    loaded = load_rubric(settings.rubric)
    rules = load_lead_rules(settings.lead_rules)
    with open_existing(settings.store) as opened:
        refuse_changed_version(opened, loaded)
        pages = Pages(settings.out, rules)
        pages.learn_norms(opened)
        page = _write_call(pages, opened, loaded, call_id) if call_id else None
        if page is None:
            pages.write_all(opened, loaded)
        index = pages.write_index(opened, loaded)
        code = tell_unreadable(opened, call_id)
    written = (page or index).resolve()
    if json:
        typer.echo(json_module.dumps({"report": str(written)}))
    else:
        say([f"report: {written}"])
    return code


def _write_call(pages: Pages, store: Store, loaded: LoadedRubric, call_id: str) -> Path:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.pages import StoredSound

    call = store.call(call_id)
    if call is None:
        raise UserError(f"report call {call_id}: no such call is stored; take an id from the index, or report all")
    stored = store.recording_of(call_id)
    return pages.write(call, store, loaded, StoredSound(*stored) if stored else None)
