"""Plain bars: findings by type, adherence to stages, each with what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import Bar, ChartView, LegendItem, TableView
from qa_pipeline.report.wording import UNKNOWN, Wording

_ROW, _TOP, _BOTTOM = 32.0, 4.0, 4.0
_MOST_TEXT_EM = 11.0


def bars(
    wording: Wording,
    title: str,
    items: Sequence[Bar],
    *,
    label_name: str,
    value_name: str,
    maximum: float | None = None,
    tick_name: str = "",
    note: str = "",
) -> ChartView | None:
    """In the caller's order. ``maximum``: what a full bar stands for (100 for percentages); else the largest value.
    ``label_name``, ``value_name`` and ``tick_name`` head the table's columns."""
    known = [item for item in items if item.value is not None]
    if not known:
        return None
    told = ", ".join(f"{labels.cut(item.label)} {labels.cut(item.text)}" for item in known[:3])
    label = wording.text("chart.say.bars", title=labels.title(title), bars=len(items), first=told)
    has_ticks = any(item.tick is not None for item in items)
    size = (theme.WIDTH, _TOP + _ROW * len(items) + _BOTTOM)
    right = marks.room_for([labels.cut(item.text, _MOST_TEXT_EM) for item in items])
    svg = theme.drawn(_layers(items, maximum, right), size, (_TOP, right, _BOTTOM, theme.NAME_W), label)
    legend = (LegendItem("b1", value_name), LegendItem("tick", tick_name)) if has_ticks else ()
    columns = (label_name, value_name) + ((tick_name,) if has_ticks else ())
    rows = [(item.label, item.text) + ((item.tick_text or UNKNOWN,) if has_ticks else ()) for item in items]
    return ChartView("bars", title, label, svg, TableView(columns, tuple(rows)), legend, note)


def _layers(items: Sequence[Bar], maximum: float | None, right: float) -> list[theme.Spec]:
    width = theme.WIDTH - theme.NAME_W - right
    told = [value for item in items for value in (item.value, item.tick) if value is not None]
    full = maximum or max(told) or 1.0

    def at(value: float) -> float:
        return width * min(max(value / full, 0.0), 1.0)

    placed = [(item, (i + 0.5) * _ROW) for i, item in enumerate(items)]
    tracks = [{"x": 0, "x2": width, "y": y - 8, "y2": y + 8} for _, y in placed]
    filled = [{"x": 0, "x2": at(item.value), "y": y - 8, "y2": y + 8} for item, y in placed if item.value is not None]
    ticks = [
        {"x": at(item.tick), "x2": at(item.tick), "y": y - 12, "y2": y + 12}
        for item, y in placed
        if item.tick is not None
    ]
    return [
        marks.rects(tracks, theme.TRACK),
        marks.rects(filled, theme.COLOURS[0]),
        # A rim, so that the tick is seen within the bar too.
        marks.rules(ticks, color=theme.SURFACE, strokeWidth=6),
        marks.rules(ticks, color=theme.INK, strokeWidth=3),
        marks.names([(item.label, y) for item, y in placed]),
        marks.figures([(labels.cut(item.text, _MOST_TEXT_EM), y) for item, y in placed]),
    ]
