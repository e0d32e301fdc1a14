"""Progress on the terminal for commands that go through many calls; silent where the output is read by a program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

#: Fewer are done before anybody looks.
MIN_SHOWN = 20


@contextmanager
def tracked(items: Iterable[Item], total: int) -> Iterator[Iterable[Item]]:
    """The same items, with a bar on stderr: how many of ``total`` are done and when the rest will be.

    However the block ends, Ctrl-C too, the bar goes and the terminal is as it was.
    """
    if total < MIN_SHOWN or not sys.stderr.isatty():
        yield items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress.track(items, total=total)
