"""Progress on the terminal for commands that go through many calls; silent where the output is read by a program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

#: The rate, and the time that is left, are those of the last minutes: one call may take a minute.
RATE_PERIOD_S = 600.0

#: Fewer are done before anybody looks.
MIN_SHOWN = 20


@contextmanager
def bar(total: int, *, quiet: bool = False) -> Iterator[Callable[[str, int], None]]:
    """A bar on stderr, and ``advance(name of what is worked on, how many are done)``; nothing where nobody looks.

    However the block ends, Ctrl-C too, the bar goes and the terminal is as it was.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda name, steps: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from qa_pipeline.cli.rate import RateColumn
    from qa_pipeline.language.redaction import mask_identifier

    counts = (BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    columns = (*counts, TextColumn("{task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, speed_estimate_period=RATE_PERIOD_S) as progress:
        task = progress.add_task("", total=total)
        yield lambda name, steps: progress.update(task, advance=steps, description=escape(mask_identifier(name)))


@contextmanager
def tracked(items: Iterable[Item], total: int) -> Iterator[Iterable[Item]]:
    """The same items, with a bar of how many of ``total`` are done and when the rest will be."""
    with bar(total, quiet=total < MIN_SHOWN) as advance:
        yield _advancing(items, advance)


def _advancing(items: Iterable[Item], advance: Callable[[str, int], None]) -> Iterator[Item]:
    for item in items:
        yield item
        advance("", 1)
