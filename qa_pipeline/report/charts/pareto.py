"""Which few criteria cause most of the misses: bars, longest first, with the share that they make up together.

The bars lie, so that names of criteria can be read; the cumulative line runs down, its axis is on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import ChartView, LegendItem, MissedCriterion, TableView
from qa_pipeline.report.wording import UNKNOWN, Wording, percent

MOST_BARS = 10
_ROW, _TOP, _BOTTOM = 34.0, 22.0, 6.0
_COLUMNS = ("criterion", "misses", "verdicts", "miss_share", "together")


@dataclass(frozen=True)
class _Row:
    label: str
    count: int
    n: int | None
    together: float
    """Share of all misses that this row and those before it make up, 0..1."""

    @property
    def figure(self) -> str:
        return str(self.count) if self.n is None else f"{self.count}/{self.n}"


def pareto(wording: Wording, title: str, missed: Sequence[MissedCriterion], *, note: str = "") -> ChartView | None:
    """Sorted here; beyond ten the rest becomes one bar. The table names them all."""
    found = sorted((m for m in missed if m.count > 0), key=lambda m: (-m.count, m.label))
    if not found:
        return None
    rows = _rows(_with_others(wording, found))
    label = _description(wording, title, rows)
    size = (theme.WIDTH, _TOP + _ROW * len(rows) + _BOTTOM)
    right = marks.room_for([row.figure for row in rows])
    svg = theme.drawn(_layers(rows, right), size, (_TOP, right, _BOTTOM, theme.NAME_W), label)
    legend = (LegendItem("b1", wording.text("chart.misses")), LegendItem("cum", wording.text("chart.together_axis")))
    whole = _rows([(m.label, m.count, m.n) for m in found])
    return ChartView("pareto", title, label, svg, _table(wording, whole), legend, note)


def _with_others(wording: Wording, found: Sequence[MissedCriterion]) -> list[tuple[str, int, int | None]]:
    rows: list[tuple[str, int, int | None]] = [(m.label, m.count, m.n) for m in found[:MOST_BARS]]
    rest = found[MOST_BARS:]
    if rest:
        rows.append((wording.text("chart.others", count=len(rest)), sum(m.count for m in rest), None))
    return rows


def _rows(counts: Sequence[tuple[str, int, int | None]]) -> list[_Row]:
    total = sum(count for _, count, _ in counts)
    sums = accumulate(count for _, count, _ in counts)
    return [_Row(label, count, n, done / total) for (label, count, n), done in zip(counts, sums, strict=True)]


def _layers(rows: Sequence[_Row], right: float) -> list[theme.Spec]:
    width, height = theme.WIDTH - theme.NAME_W - right, _ROW * len(rows)
    most = max(row.count for row in rows)
    placed = [(row, (i + 0.5) * _ROW) for i, row in enumerate(rows)]
    grid = [{"x": share * width, "x2": share * width, "y": 0, "y2": height} for share in (0, 0.25, 0.5, 0.75, 1)]
    scale = [{"x": share * width, "y": -10, "text": percent(share)} for share in (0, 0.5, 1)]
    bars = [{"x": 0, "x2": row.count / most * width, "y": y - 10, "y2": y + 4} for row, y in placed]
    line = [{"x": row.together * width, "y": y + 11} for row, y in placed]
    return [
        marks.rules(grid),
        marks.texts(scale, align="center", fontSize=theme.SMALL, fill=theme.MUTED),
        marks.rects(bars, theme.COLOURS[0]),
        marks.line(line, 1),
        marks.dots(line, 1),
        marks.names([(row.label, y) for row, y in placed]),
        marks.figures([(row.figure, y - 3) for row, y in placed]),
    ]


def _table(wording: Wording, rows: Sequence[_Row]) -> TableView:
    columns = tuple(wording.text(f"chart.{key}") for key in _COLUMNS)
    cells = [
        (
            row.label,
            str(row.count),
            UNKNOWN if row.n is None else str(row.n),
            percent(row.count / row.n) if row.n else UNKNOWN,
            percent(row.together),
        )
        for row in rows
    ]
    return TableView(columns, tuple(cells))


def _description(wording: Wording, title: str, rows: Sequence[_Row]) -> str:
    half = next(i for i, row in enumerate(rows, 1) if row.together >= 0.5)
    values = {"total": sum(row.count for row in rows), "top": labels.cut(rows[0].label), "count": rows[0].count}
    return wording.text("chart.say.pareto", title=labels.title(title), half=half, **values)
