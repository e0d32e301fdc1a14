"""``rubric check``: every mistake of a rubric file at once."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer

from qa_pipeline.cli import options

app = typer.Typer(help="Rubrics: the scoring forms.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Rubrics: the scoring forms."""


@app.command("check")
def check(
    files: Annotated[list[str], typer.Argument(help="Rubric files, or ids of shipped rubrics.")],
    json: options.Json = False,
) -> int:
    """Report every mistake as file:line: path: message; exit code 2 when there is one."""
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.rubric.loading import load_rubric

    wrong = False
    for file in files:
        try:
            loaded = load_rubric(file)
        except UserError as error:
            wrong = True
            problems = str(error).splitlines()
            typer.echo(json_module.dumps({"file": file, "ok": False, "problems": problems}, ensure_ascii=False)) if json else None
            for problem in [] if json else problems:
                typer.echo(problem, err=True)
            continue
        n = len(loaded.rubric.criteria)
        if json:
            row = {"file": file, "ok": True, "id": loaded.rubric.id, "version": loaded.rubric.version, "criteria": n}
            typer.echo(json_module.dumps(row, ensure_ascii=False))
        else:
            typer.echo(f"{file}: {loaded.rubric.title} {loaded.rubric.version}, {n} criteria, no mistakes")
    return 2 if wrong else 0
