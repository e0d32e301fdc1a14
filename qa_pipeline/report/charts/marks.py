"""The few marks that charts are made of, as layers of a Vega-Lite description.

``x``, ``y`` (``x2``, ``y2``) of values are places in the plot, counted from its top left corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

from qa_pipeline.report.charts import labels, theme
from qa_pipeline.report.charts.theme import Spec

Values = Sequence[Mapping[str, Any]]


def layer(values: Values, mark: Spec, **encoding: Any) -> Spec:
    """One layer with its own data."""
    return {"data": {"values": list(values)}, "mark": mark, "encoding": encoding}


def place(field: str) -> Spec:
    """A channel whose values are places in the drawing already."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def _at() -> dict[str, Spec]:
    return {"x": place("x"), "y": place("y")}


def texts(values: Values, **mark: Any) -> Spec:
    """``text`` of each value: a str, or a list of lines."""
    look = {"type": "text", "fontSize": theme.FONT, "fill": theme.INK, "lineHeight": theme.LINE_HEIGHT, **mark}
    return layer(values, look, **_at(), text={"field": "text"})


def haloed(values: Values, **mark: Any) -> list[Spec]:
    """Text over lines and bars, with a rim of the background around it (drawn first, by ``paint-order``)."""
    return [texts(values, stroke=theme.SURFACE, strokeWidth=3, strokeJoin="round", **mark)]


def names(rows: Sequence[tuple[str, float]]) -> Spec:
    """Labels of rows at the left of the plot, of one line or two, each around its ``y``."""
    placed = []
    for text, y in rows:
        lines = labels.wrapped(text)
        above = (len(lines) - 1) * theme.LINE_HEIGHT / 2
        placed.append({"x": theme.EDGE - theme.NAME_W, "y": y - above, "text": lines})
    return texts(placed, align="left")


def room_for(figures: Sequence[str]) -> float:
    """The margin that the values at the right of rows need."""
    return theme.EDGE + 10 + theme.FIGURE * max(map(labels.em, figures))


def figures(rows: Sequence[tuple[str, float]]) -> Spec:
    """Values of rows at the right edge of the drawing, in the margin that ``room_for`` gives."""
    end = theme.WIDTH - theme.NAME_W - theme.EDGE
    return texts([{"x": end, "y": y, "text": text} for text, y in rows], align="right", fontSize=theme.FIGURE)


def rects(values: Values, fill: str, **mark: Any) -> Spec:
    return layer(values, {"type": "rect", "fill": fill, **mark}, **_at(), x2={"field": "x2"}, y2={"field": "y2"})


def rules(values: Values, **mark: Any) -> Spec:
    look = {"type": "rule", "color": theme.LINE, "strokeWidth": 1, **mark}
    return layer(values, look, **_at(), x2={"field": "x2"}, y2={"field": "y2"})


def line(values: Values, series: int, **mark: Any) -> Spec:
    """A line through the places in their order, in the colour and dash of a series; one for each ``run``."""
    return path(values, **{**theme.line_look(series), **mark})


def path(values: Values, **mark: Any) -> Spec:
    """The same in any look."""
    placed = [{"run": 0, **value, "i": i} for i, value in enumerate(values)]
    order = {"field": "i", "type": "quantitative"}
    return layer(placed, {"type": "line", **mark}, **_at(), order=order, detail={"field": "run", "type": "nominal"})


def band(values: Values) -> Spec:
    """The area between ``y`` and ``y2``, one for each ``run``."""
    look = {"type": "area", "color": theme.BAND}
    return layer(values, look, **_at(), y2={"field": "y2"}, detail={"field": "run", "type": "nominal"})


def dots(values: Values, series: int, size: float = 48) -> Spec:
    """The points of a series in its shape; ``size`` is their area."""
    return layer(values, theme.dot_look(series, size), **_at())


def tens(values: Sequence[float]) -> tuple[float, float]:
    """From ten to ten around all values, at least twenty wide: one point of change must not look like a cliff."""
    low, high = 10.0 * floor(min(values) / 10), 10.0 * ceil(max(values) / 10)
    while high - low < 20:
        low, high = (low - 10, high) if low >= 10 else (low, high + 10)
    return low, high
