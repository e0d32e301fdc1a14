"""A score over weeks or months: the mean with its interval, how many calls it rests on, the team beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import ChartView, LegendItem, TableView, TrendPoint
from qa_pipeline.report.wording import UNKNOWN, Wording, number

_HEIGHT, _TOP, _RIGHT, _BOTTOM, _LEFT = 224.0, 20.0, 10.0, 40.0, 34.0
_PLOT_W, _PLOT_H = theme.WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MOST_VALUES = 8
"""With more points than these their values would run into each other; they stand in the table."""

_MOST_LARGE_DOTS = 26
_APART = 6.0

Value = Callable[[TrendPoint], float | None]


def trend(
    wording: Wording,
    title: str,
    points: Sequence[TrendPoint],
    *,
    pass_line: float | None = None,
    team_name: str = "",
    note: str = "",
) -> ChartView | None:
    """``points`` oldest first, a period without calls with ``mean`` None. ``team_name`` names the second line."""
    if all(point.mean is None for point in points):
        return None
    drawing = _Drawing(points, pass_line)
    label = _description(wording, title, points)
    svg = theme.drawn(drawing.layers(), (theme.WIDTH, _HEIGHT), (_TOP, _RIGHT, _BOTTOM, _LEFT), label)
    has_team = any(point.team is not None for point in points)
    table = _table(wording, points, team_name or wording.text("chart.team"), has_team)
    legend = _legend(wording, points, pass_line, team_name if has_team else "")
    return ChartView("trend", title, label, svg, table, legend, note)


class _Drawing:
    def __init__(self, points: Sequence[TrendPoint], pass_line: float | None) -> None:
        self.points, self.pass_line = points, pass_line
        told = [pass_line, *(value for p in points for value in (p.mean, p.low, p.high, p.team))]
        self.low, self.high = marks.tens([value for value in told if value is not None])

    def layers(self) -> list[theme.Spec]:
        found = [*self._grid(), *self._band(), *self._pass()]
        if any(point.team is not None for point in self.points):
            found += self._line(lambda point: point.team, 2)
        return [*found, *self._line(lambda point: point.mean, 0), *self._values(), *self._below()]

    def _grid(self) -> list[theme.Spec]:
        step = 10 if self.high - self.low <= 50 else 20
        ticks = range(int(self.low), int(self.high) + 1, step)
        lines = [{"x": 0, "x2": _PLOT_W, "y": self._height(t), "y2": self._height(t)} for t in ticks]
        numbers = [{"x": -6, "y": self._height(t), "text": str(t)} for t in ticks]
        return [marks.rules(lines), marks.texts(numbers, align="right", fontSize=theme.SMALL, fill=theme.MUTED)]

    def _band(self) -> list[theme.Spec]:
        found = _runs(self.points, lambda point: point.low if point.high is not None else None)
        rows = [
            {"x": self._place(i), "y": self._height(p.low or 0.0), "y2": self._height(p.high or 0.0), "run": run}
            for run, i, p in found
        ]
        sizes = Counter(row["run"] for row in rows)
        # An area of one point has no width: it becomes a bar.
        alone = [{**row, "x2": row["x"]} for row in rows if sizes[row["run"]] == 1]
        return [
            marks.band([row for row in rows if sizes[row["run"]] > 1]),
            marks.rules(alone, color=theme.BAND, strokeWidth=14),
        ]

    def _pass(self) -> list[theme.Spec]:
        if self.pass_line is None:
            return []
        y = self._height(self.pass_line)
        line = [{"x": 0, "x2": _PLOT_W, "y": y, "y2": y}]
        return [marks.rules(line, color=theme.PASS, strokeWidth=1.5, strokeDash=theme.PASS_DASH)]

    def _line(self, value: Value, series: int) -> list[theme.Spec]:
        places = [
            {"x": self._place(i), "y": self._height(value(point) or 0.0), "run": run}
            for run, i, point in _runs(self.points, value)
        ]
        size = 48.0 if len(self.points) <= _MOST_LARGE_DOTS else 14.0
        return [marks.line(places, series), marks.dots(places, series, size)]

    def _values(self) -> list[theme.Spec]:
        if len(self.points) > _MOST_VALUES:
            return []
        shown = [
            {"x": self._place(i), "y": self._height(point.mean) - 7, "text": number(point.mean)}
            for i, point in enumerate(self.points)
            if point.mean is not None
        ]
        return marks.haloed(shown, align="center", baseline="bottom", fontSize=theme.SMALL + 1)

    def _below(self) -> list[theme.Spec]:
        """How many calls, and the period, under each point; fewer where they would touch, always the newest."""
        periods = [labels.cut(point.label) for point in self.points]
        kept = next(found for found in self._choices(len(periods)) if self._is_apart([(i, periods[i]) for i in found]))
        heading = [{"x": -6, "y": _PLOT_H + 14, "text": "n"}]
        counts = [{"x": self._place(i), "y": _PLOT_H + 14, "text": str(self.points[i].n)} for i in kept]
        under = [{"x": self._inside(i, periods[i]), "y": _PLOT_H + 30, "text": periods[i]} for i in kept]
        return [
            marks.texts(heading, align="right", fontSize=theme.SMALL, fill=theme.MUTED),
            marks.texts(counts, align="center", fontSize=theme.SMALL, fill=theme.MUTED),
            marks.texts(under, align="center", fontSize=theme.SMALL),
        ]

    @staticmethod
    def _choices(count: int) -> Iterator[range]:
        """All places, every second, every third …, counted back from the last."""
        yield from (range((count - 1) % step, count, step) for step in range(1, count + 1))

    def _is_apart(self, shown: Sequence[tuple[int, str]]) -> bool:
        middles = [(self._inside(i, text), labels.em(text) * theme.SMALL / 2) for i, text in shown]
        return all(a + half_a + _APART <= b - half_b for (a, half_a), (b, half_b) in pairwise(middles))

    def _place(self, i: int) -> float:
        return (i + 0.5) * _PLOT_W / len(self.points)

    def _inside(self, i: int, label: str) -> float:
        """The place of a period's name, moved so far that it is not cut by the edge."""
        half = labels.em(label) * theme.SMALL / 2
        return min(max(self._place(i), half - _LEFT), _PLOT_W + _RIGHT - half)

    def _height(self, value: float) -> float:
        return _PLOT_H * (self.high - value) / (self.high - self.low)


def _runs(points: Sequence[TrendPoint], value: Value) -> list[tuple[int, int, TrendPoint]]:
    """(number of the unbroken run, place, point) for all points that have the value."""
    found = []
    for run, (known, group) in enumerate(groupby(enumerate(points), lambda item: value(item[1]) is not None)):
        found += [(run, i, point) for i, point in group] if known else []
    return found


def _legend(
    wording: Wording, points: Sequence[TrendPoint], pass_line: float | None, team_name: str
) -> tuple[LegendItem, ...]:
    items = [LegendItem("c1", wording.text("chart.mean"))]
    if any(point.low is not None and point.high is not None for point in points):
        items.append(LegendItem("band", wording.text("chart.interval")))
    if team_name:
        items.append(LegendItem("c3", team_name))
    if pass_line is not None:
        items.append(LegendItem("pass", wording.text("chart.pass", value=number(pass_line))))
    return tuple(items)


def _table(wording: Wording, points: Sequence[TrendPoint], team_name: str, has_team: bool) -> TableView:
    keys = ("period", "mean", "interval", "calls")
    columns = [wording.text(f"chart.{key}") for key in keys] + ([team_name] if has_team else [])
    rows = []
    for point in points:
        row = [point.label, _shown(point.mean), labels.interval(point.low, point.high), str(point.n)]
        rows.append(tuple(row + ([labels.counted(wording, point.team, point.team_n)] if has_team else [])))
    return TableView(tuple(columns), tuple(rows))


def _shown(value: float | None) -> str:
    return UNKNOWN if value is None else number(value)


def _description(wording: Wording, title: str, points: Sequence[TrendPoint]) -> str:
    known = [(point.label, point.mean, point.n) for point in points if point.mean is not None]
    told = [wording.text("chart.at", label=labels.cut(label), value=number(mean), n=n) for label, mean, n in known]
    key = "chart.say.point" if len(known) == 1 else "chart.say.trend"
    return wording.text(key, title=labels.title(title), first=told[0], last=told[-1], periods=len(points))
