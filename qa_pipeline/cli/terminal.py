"""Lines for a terminal: titles, names and problems come from files, and must not steer the terminal."""

from __future__ import annotations

from collections.abc import Iterable

import typer


def say(lines: Iterable[str], *, err: bool = False) -> None:
    """Print one line for each text, without control characters; a line break inside a text is a space."""
    from qa_pipeline.report.text import one_line

    for line in lines:
        typer.echo(one_line(line), err=err)
