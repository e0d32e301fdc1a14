"""A line for a table cell. Not drawn by Vega: a table has forty of them, and each is one path."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

_WIDTH, _HEIGHT, _EDGE = 80.0, 20.0, 3.0


def spark(values: Sequence[float | None], label: str) -> Markup | None:
    """``values`` oldest first, None leaves a gap; ``label`` says in words what the line shows. The newest value is a
    dot. None where no value is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)

    def at(i: int, value: float) -> tuple[str, str]:
        level = (value - low) / (high - low) if high > low else 0.5
        return f"{_EDGE + i * step:.1f}", f"{_HEIGHT - _EDGE - level * (_HEIGHT - 2 * _EDGE):.1f}"

    path, is_on = "", False
    for i, value in enumerate(values):
        if value is not None:
            path += ("L" if is_on else "M") + ",".join(at(i, value))
        is_on = value is not None
    last = max(i for i, value in enumerate(values) if value is not None)
    x, y = at(last, values[last] or 0.0)
    return Markup(
        f'<svg class="spark" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(label)}">'
        f'<path d="{path}"/><circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    )
