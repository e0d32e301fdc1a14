"""``demo``: the whole job on the bundled recordings with the bundled models, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.cli import options

DEMO_MODEL = "demo-zh"

#: Its failure is part of the show: it lets people see how a broken file is reported.
BROKEN_RECORDING = "D14.mp3"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("reports/demo"),
    json: options.Json = False,
) -> int:
    """Run everything on the bundled recordings and print where the report is."""
    from qa_pipeline.audio.manifest import find_recordings
    from qa_pipeline.cli.batch import run_batch
    from qa_pipeline.cli.run import work_items
    from qa_pipeline.config import Settings
    from qa_pipeline.resources import demo_dir
    from qa_pipeline.rubric.loading import load_rubric

    settings = Settings(store=str(out / "demo.sqlite3"), out=out, model=DEMO_MODEL, language="zh", workers=0)
    items = work_items(find_recordings([str(demo_dir() / "recordings")]), demo_dir() / "calls.csv")
    if not json:
        typer.echo("The bundled recordings are synthetic; one of them is broken on purpose, to show how failures look.")
    code = run_batch(items, settings, load_rubric(settings.rubric), as_json=json)
    return 0 if code == 1 and _failures(settings.store) == [BROKEN_RECORDING] else code


def _failures(store_url: str) -> list[str]:
    from qa_pipeline.store.database import open_store

    with open_store(store_url) as store:
        return [Path(failure.recording).name for failure in store.failures()]
