"""``rubric check``, ``test``, ``show`` and ``schema``: a rubric file by itself, without calls."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options, rubric_diff, rubric_evaluate, rubric_show
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.insight.examples import ExampleResult

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
            say(
                [f"{report['file']}: {report['title']} {report['version']}, {report['criteria']} criteria, no mistakes"]
            )
        else:
            say(report["problems"], err=True)
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


@app.command("test")
def test(
    files: Annotated[list[str], typer.Argument(help="Rubric files, or ids of shipped rubrics.")],
    json: options.Json = False,
) -> int:
    """Run the examples inside rubrics; exit code 1 when one of them gets another verdict."""
    reports = [_test(file) for file in files]
    for report in reports:
        if json:
            typer.echo(json_module.dumps(report, ensure_ascii=False))
        elif "problems" in report:
            say(report["problems"], err=True)
        else:
            say(_test_lines(report))
    if any("problems" in report for report in reports):
        return 2
    return 0 if all(report["ok"] for report in reports) else 1


def _test(file: str) -> dict[str, Any]:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.insight.examples import run_examples
    from qa_pipeline.rubric.loading import load_rubric

    try:
        loaded = load_rubric(file)
        results = list(run_examples(loaded))
    except UserError as error:
        return {"file": file, "ok": False, "problems": str(error).splitlines()}
    rows = [
        {
            "criterion": r.criterion_id,
            "expected": r.expected,
            "number": r.number,
            "got": _got(r),
            "text": " / ".join(r.text.split("\n")).strip(" /"),
        }
        for r in results
        if not r.passed and not r.unasked
    ]
    without = [c.id for c in loaded.rubric.criteria if not (c.examples.met or c.examples.missed)]
    unasked = sum(result.unasked for result in results)
    return {
        "file": file,
        "examples": len(results),
        "failed": rows,
        "not_run": unasked,
        "without_examples": without,
        "ok": not rows,
    }


#: Characters of an example that are enough to recognise it.
_SHOWN = 60


def _got(result: ExampleResult) -> str:
    from qa_pipeline.report.wording import wording

    if result.outcome is None:
        return result.problem
    return f"got {result.outcome.verdict}: {wording('en').reason(result.outcome.reason)}"


def _test_lines(report: dict[str, Any]) -> Iterator[str]:
    file, failed, unasked = report["file"], report["failed"], report["not_run"]
    for row in failed:
        shown = row["text"] if len(row["text"]) <= _SHOWN else row["text"][:_SHOWN] + "…"
        yield f"{file}: {row['criterion']}: {row['expected']} {row['number']} “{shown}”: {row['got']}"
    held = report["examples"] - len(failed) - unasked
    yield f"{file}: {held} of {report['examples']} examples hold"
    if unasked:
        yield f"{file}: {unasked} not run: they ask a language model"
    if report["without_examples"]:
        yield f"{file}: without examples: {', '.join(report['without_examples'])}"


@app.command("schema")
def schema() -> int:
    """Print the JSON Schema of rubric files, for editors that complete and check while you write."""
    from qa_pipeline.rubric.json_schema import rubric_schema

    typer.echo(json_module.dumps(rubric_schema(), ensure_ascii=False, indent=1))
    return 0


@app.command("show")
def show(
    file: Annotated[str, typer.Argument(help="Rubric file, or id of a shipped rubric.")],
    json: options.Json = False,
) -> int:
    """Show a rubric as a form: sections, criteria, points, red lines, conditions."""
    from qa_pipeline.rubric.loading import load_rubric

    loaded = load_rubric(file)
    if json:
        plain = loaded.rubric.model_dump(mode="json", exclude_defaults=True)
        typer.echo(json_module.dumps(plain | {"sha256": loaded.sha256}, ensure_ascii=False, indent=1))
        return 0
    say(rubric_show.form(loaded.rubric))
    return 0


app.command("evaluate")(rubric_evaluate.evaluate)
app.command("diff")(rubric_diff.diff)
