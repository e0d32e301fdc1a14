"""``rubric check``: every mistake of a rubric file at once."""

from __future__ import annotations

import json as json_module
from typing import Annotated, Any

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
    reports = [_check(file) for file in files]
    for report in reports:
        if json:
            typer.echo(json_module.dumps(report, ensure_ascii=False))
        elif report["ok"]:
            typer.echo(
                f"{report['file']}: {report['title']} {report['version']}, {report['criteria']} criteria, no mistakes"
            )
        else:
            typer.echo("\n".join(report["problems"]), err=True)
    return 0 if all(report["ok"] for report in reports) else 2


def _check(file: str) -> dict[str, Any]:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.rubric.loading import load_rubric

    try:
        rubric = load_rubric(file).rubric
    except UserError as error:
        return {"file": file, "ok": False, "problems": str(error).splitlines()}
    facts = {"id": rubric.id, "version": rubric.version, "title": rubric.title, "criteria": len(rubric.criteria)}
    return {"file": file, "ok": True, **facts}
