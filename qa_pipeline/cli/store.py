"""``store``: is it whole, make it smaller, copy it while it is in use."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.store.upkeep import Problem

app = typer.Typer(no_args_is_help=True, help="Look after the store: check, compact, backup.")

#: What a problem is, for people.
_WORDS = {
    "damaged": "damage in the file: take the newest backup, or `sqlite3 FILE .recover`",
    "foreign_keys": "rows that belong to nothing",
    "unreadable": "values of another version: process these calls again",
    "scorecards_without_call": "scorecards of calls that are not stored",
    "calls_without_rows": "calls without rows",
    "rows_without_call": "rows without a call",
    "scorecards_without_outcomes": "scorecards without rows of their outcomes",
    "missing_recordings": "recordings are no longer where they were: new pages get no sound",
    "shared_recordings": "calls that share their recording with another call: allowed, but seldom meant",
}
#: Worth knowing, but nothing is wrong with the store.
_NOTES = frozenset({"missing_recordings", "shared_recordings"})


@app.command("check")
def check(
    store: options.Store = None,
    mend: Annotated[bool, typer.Option("--mend", help="Make derived rows anew; nothing else is changed.")] = False,
    json: options.Json = False,
) -> int:
    """Look for damage, values that cannot be read, orphaned rows and missing recordings."""
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.config import load_settings
    from qa_pipeline.store import upkeep

    with open_existing(load_settings({"store": store}).store) as opened:
        if mend:
            upkeep.mend(opened)
        problems = list(upkeep.check(opened))
        counts = opened.count_rows()
    if json:
        typer.echo(json_module.dumps({"problems": [asdict(p) for p in problems], "rows": counts}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(_line(problem))
        typer.echo(f"{counts['calls']} calls, {counts['scorecards']} scorecards, {counts['failures']} failures")
        if not problems:
            typer.echo("nothing is wrong")
    return 1 if any(problem.code not in _NOTES for problem in problems) else 0


def _line(problem: Problem) -> str:
    from qa_pipeline.language.redaction import mask_identifier

    named = ", ".join(mask_identifier(example) for example in problem.examples)
    more = ", …" if problem.count > len(problem.examples) else ""
    hint = "; --mend makes them anew" if problem.mendable else ""
    return f"{problem.count} {_WORDS[problem.code]} ({named}{more}){hint}"


@app.command("compact")
def compact(store: options.Store = None, json: options.Json = False) -> int:
    """Give unused space back to the disk; nobody else may be writing meanwhile."""
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.config import load_settings
    from qa_pipeline.store import upkeep

    with open_existing(load_settings({"store": store}).store) as opened:
        before, after = upkeep.compact(opened)
    if json:
        typer.echo(json_module.dumps({"bytes_before": before, "bytes_after": after}))
    elif before is None or after is None:
        typer.echo("done")
    else:
        typer.echo(f"{before / 1e6:.1f} MB, now {after / 1e6:.1f} MB")
    return 0


@app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(help="File of the copy.")],
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Copy the whole store while it is in use; the copy is checked before it takes its name."""
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.config import load_settings
    from qa_pipeline.store import upkeep

    with open_existing(load_settings({"store": store}).store) as opened:
        size = upkeep.back_up(opened, to)
    typer.echo(json_module.dumps({"backup": str(to), "bytes": size}) if json else f"{to}: {size / 1e6:.1f} MB")
    return 0
