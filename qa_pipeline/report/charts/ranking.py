"""Agents side by side: each mean with its interval, so that nobody reads a place into what chance explains."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import ChartView, LegendItem, RankedAgent, TableView
from qa_pipeline.report.wording import UNKNOWN, Wording, number

_ROW, _TOP, _BOTTOM = 32.0, 8.0, 22.0


def ranking(
    wording: Wording,
    title: str,
    agents: Sequence[RankedAgent],
    *,
    team_mean: float | None = None,
    pass_line: float | None = None,
    note: str = "",
) -> ChartView | None:
    """Sorted here, best first; agents without a mean stand at the end of the table and are not drawn."""
    drawn = sorted((a for a in agents if a.mean is not None), key=lambda a: (-(a.mean or 0.0), a.name))
    if not drawn:
        return None
    rest = sorted((a for a in agents if a.mean is None), key=lambda a: a.name)
    label = _description(wording, title, drawn)
    size = (theme.WIDTH, _TOP + _ROW * len(drawn) + _BOTTOM)
    drawing = _Drawing(drawn, team_mean, pass_line)
    svg = theme.drawn(drawing.layers(), size, (_TOP, drawing.right, _BOTTOM, theme.NAME_W), label)
    legend = _legend(wording, drawn, team_mean, pass_line)
    return ChartView("ranking", title, label, svg, _table(wording, [*drawn, *rest]), legend, note)


class _Drawing:
    def __init__(self, agents: Sequence[RankedAgent], team_mean: float | None, pass_line: float | None) -> None:
        self.agents, self.team_mean, self.pass_line = agents, team_mean, pass_line
        told = [value for a in agents for value in (a.mean, a.low, a.high)] + [team_mean, pass_line]
        self.low, self.high = marks.tens([value for value in told if value is not None])
        self.figures = [f"{number(a.mean or 0.0)} (n={a.n})" for a in agents]
        self.right = marks.room_for(self.figures)
        self.width, self.height = theme.WIDTH - theme.NAME_W - self.right, _ROW * len(agents)
        self.rows = [(i + 0.5) * _ROW for i in range(len(agents))]

    def layers(self) -> list[theme.Spec]:
        names = [agent.name for agent in self.agents]
        return [
            *self._scale(),
            self._upright(self.team_mean, theme.COLOURS[2], theme.DASHES[2]),
            self._upright(self.pass_line, theme.PASS, theme.PASS_DASH),
            self._spans(),
            marks.dots([{"x": self._at(a.mean or 0.0), "y": y} for a, y in self._placed()], 0),
            marks.names(list(zip(names, self.rows, strict=True))),
            marks.figures(list(zip(self.figures, self.rows, strict=True))),
        ]

    def _placed(self) -> list[tuple[RankedAgent, float]]:
        return list(zip(self.agents, self.rows, strict=True))

    def _at(self, value: float) -> float:
        return self.width * (value - self.low) / (self.high - self.low)

    def _scale(self) -> list[theme.Spec]:
        ticks = range(int(self.low), int(self.high) + 1, 10 if self.high - self.low <= 50 else 20)
        lines = [{"x": self._at(t), "x2": self._at(t), "y": 0, "y2": self.height} for t in ticks]
        numbers = [{"x": self._at(t), "y": self.height + 12, "text": str(t)} for t in ticks]
        return [marks.rules(lines), marks.texts(numbers, align="center", fontSize=theme.SMALL, fill=theme.MUTED)]

    def _upright(self, value: float | None, colour: str, dash: list[float]) -> theme.Spec:
        lines = [] if value is None else [{"x": self._at(value), "x2": self._at(value), "y": 0, "y2": self.height}]
        return marks.rules(lines, color=colour, strokeWidth=2, strokeDash=dash)

    def _spans(self) -> theme.Spec:
        found = [
            {"x": self._at(a.low), "x2": self._at(a.high), "y": y, "y2": y}
            for a, y in self._placed()
            if a.low is not None and a.high is not None
        ]
        return marks.rules(found, color=theme.COLOURS[0], strokeWidth=5, strokeOpacity=0.45, strokeCap="round")


def _legend(
    wording: Wording, agents: Sequence[RankedAgent], team_mean: float | None, pass_line: float | None
) -> tuple[LegendItem, ...]:
    items = [LegendItem("dot", wording.text("chart.mean"))]
    if any(agent.low is not None for agent in agents):
        items.append(LegendItem("span", wording.text("chart.interval")))
    if team_mean is not None:
        items.append(LegendItem("mean", wording.text("chart.team_mean", value=number(team_mean))))
    if pass_line is not None:
        items.append(LegendItem("pass", wording.text("chart.pass", value=number(pass_line))))
    return tuple(items)


def _table(wording: Wording, agents: Sequence[RankedAgent]) -> TableView:
    columns = tuple(wording.text(f"chart.{key}") for key in ("agent", "mean", "interval", "calls"))
    rows = [
        (a.name, UNKNOWN if a.mean is None else number(a.mean), labels.interval(a.low, a.high), str(a.n))
        for a in agents
    ]
    return TableView(columns, tuple(rows))


def _description(wording: Wording, title: str, agents: Sequence[RankedAgent]) -> str:
    told = [wording.text("chart.at", label=labels.cut(a.name), value=number(a.mean or 0), n=a.n) for a in agents]
    values = {"agents": len(agents), "first": told[0], "last": told[-1]}
    return wording.text("chart.say.ranking", title=labels.title(title), **values)
