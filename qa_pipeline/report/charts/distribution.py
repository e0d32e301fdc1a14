"""How scores are spread: bins of ten points, with the pass line."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import ChartView, LegendItem, TableView
from qa_pipeline.report.wording import Wording, number, percent

_HEIGHT, _TOP, _RIGHT, _BOTTOM, _LEFT = 210.0, 20.0, 10.0, 24.0, 10.0
_PLOT_W, _PLOT_H = theme.WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_BINS, _STEP = 10, 10


def distribution(
    wording: Wording, title: str, scores: Sequence[float], *, pass_line: float | None = None, note: str = ""
) -> ChartView | None:
    """``scores`` of calls, 0–100; 100 belongs to the last bin, values outside to the first or last."""
    if not scores:
        return None
    counts = _counts(scores)
    label = _description(wording, title, counts, scores)
    margins = (_TOP, _RIGHT, _BOTTOM, _LEFT)
    svg = theme.drawn(_layers(counts, pass_line), (theme.WIDTH, _HEIGHT), margins, label)
    legend = [LegendItem("b1", wording.text("chart.calls"))]
    if pass_line is not None:
        legend.append(LegendItem("pass", wording.text("chart.pass", value=number(pass_line))))
    return ChartView("distribution", title, label, svg, _table(wording, counts), tuple(legend), note)


def _counts(scores: Sequence[float]) -> list[int]:
    counts = [0] * _BINS
    for score in scores:
        counts[min(max(int(score // _STEP), 0), _BINS - 1)] += 1
    return counts


def _range(index: int) -> str:
    last = index == _BINS - 1
    return f"{index * _STEP}–{100 if last else index * _STEP + _STEP - 1}"


def _layers(counts: Sequence[int], pass_line: float | None) -> list[theme.Spec]:
    slot, most = _PLOT_W / _BINS, max(counts)
    rows = [
        {"x": i * slot + 2, "x2": (i + 1) * slot - 2, "y": _PLOT_H * (1 - count / most), "y2": _PLOT_H}
        for i, count in enumerate(counts)
        if count
    ]
    found = [marks.rects(rows, theme.COLOURS[0]), marks.rules([{"x": 0, "x2": _PLOT_W, "y": _PLOT_H, "y2": _PLOT_H}])]
    if pass_line is not None:
        x = pass_line / 100 * _PLOT_W
        line = [{"x": x, "x2": x, "y": -theme.FONT, "y2": _PLOT_H}]
        found.append(marks.rules(line, color=theme.PASS, strokeWidth=2, strokeDash=theme.PASS_DASH))
    numbers = [
        {"x": (i + 0.5) * slot, "y": _PLOT_H * (1 - count / most) - 5, "text": str(count)}
        for i, count in enumerate(counts)
        if count
    ]
    edges = [{"x": i * slot, "y": _PLOT_H + 13, "text": str(i * _STEP)} for i in range(_BINS + 1)]
    found += marks.haloed(numbers, align="center", baseline="bottom")
    return [*found, marks.texts(edges, align="center", fontSize=theme.SMALL, fill=theme.MUTED)]


def _table(wording: Wording, counts: Sequence[int]) -> TableView:
    total = sum(counts)
    columns = tuple(wording.text(f"chart.{key}") for key in ("score", "calls", "share"))
    rows = [(_range(i), str(count), percent(count / total)) for i, count in enumerate(counts)]
    return TableView(columns, tuple(rows))


def _description(wording: Wording, title: str, counts: Sequence[int], scores: Sequence[float]) -> str:
    top = counts.index(max(counts))
    values = {"n": len(scores), "low": number(min(scores)), "high": number(max(scores)), "range": _range(top)}
    return wording.text("chart.say.distribution", title=labels.title(title), most=max(counts), **values)
