"""``report``: pages of stored calls."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer

from qa_pipeline.cli import options


def report(
    what: Annotated[str, typer.Argument(help="all, or the id of one call.")] = "all",
    rubric: options.Rubric = None,
    store: options.Store = None,
    out: options.Out = None,
    json: options.Json = False,
) -> int:
    """Write the pages of stored calls and the index anew."""
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.pages import Pages, StoredSound
    from qa_pipeline.rubric.loading import load_rubric
    from qa_pipeline.store.database import open_store

    settings = load_settings({"rubric": rubric, "store": store, "out": out})
    loaded = load_rubric(settings.rubric)
    with open_store(settings.store) as opened:
        pages = Pages(settings.out)
        if what == "all":
            pages.write_all(opened, loaded)
            page = pages.write_index(opened, loaded)
        else:
            call = opened.call(what)
            if call is None:
                raise UserError(f"report {what}: no such call is stored; use all, or a call id from the index")
            stored = opened.recording_of(what)
            page = pages.write(call, opened, loaded, StoredSound(*stored) if stored else None)
            pages.write_index(opened, loaded)
    typer.echo(json_module.dumps({"report": str(page.resolve())}) if json else f"report: {page.resolve()}")
    return 0
