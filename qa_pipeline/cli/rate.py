"""How many are done in a second, a minute or an hour: the unit in which the number can be read."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text

_UNITS = ((1.0, "/s"), (60.0, "/min"), (3600.0, "/h"))


class RateColumn(ProgressColumn):
    """The rate of a task; empty until something is done."""

    def render(self, task: Task) -> Text:
        return Text(rate_in_words(task.finished_speed or task.speed or 0.0), style="progress.data.speed")


def rate_in_words(per_s: float) -> str:
    """``2.5/s``, ``14/min``, ``3.2/h``; the smallest unit that gives at least one, nothing for nothing."""
    if per_s <= 0:
        return ""
    number, unit = next(((per_s * s, unit) for s, unit in _UNITS if per_s * s >= 1), (per_s * 3600, "/h"))
    return f"{number:.0f}{unit}" if number >= 10 else f"{number:.1f}{unit}"
