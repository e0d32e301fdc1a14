"""Agents × criteria: how often each criterion was missed. The number stands in the cell, colour only leads the eye."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import ChartView, HeatCell, LegendItem, TableView
from qa_pipeline.report.wording import UNKNOWN, Wording, percent

MOST_ROWS, MOST_COLUMNS = 40, 25
STEPS = 5
_CELL_W, _CELL_H = 42.0, 34.0
_HEAD_EM = 10.0
_SLOPE = 0.71
"""Names of columns rise at 45°: this much of their length is height, and as much is width."""

Cells = Sequence[Sequence[HeatCell | None]]


def heat_map(
    wording: Wording,
    title: str,
    agents: Sequence[str],
    criteria: Sequence[str],
    cells: Cells,
    *,
    note: str = "",
) -> ChartView | None:
    """``cells[agent][criterion]``, None where there was no verdict. At most 40 × 25 are drawn, the table has all."""
    if not any(cell for row in cells for cell in row):
        return None
    rows, columns = agents[:MOST_ROWS], criteria[:MOST_COLUMNS]
    label = _description(wording, title, agents, criteria, cells)
    heads = [labels.cut(name, _HEAD_EM) for name in columns]
    longest = max(labels.em(head) for head in heads) * theme.SMALL * 1.1
    rise = longest * _SLOPE
    size = (
        theme.NAME_W + _CELL_W * len(columns) + max(rise - _CELL_W / 2, 0) + theme.EDGE,
        rise + 14 + _CELL_H * len(rows) + 4,
    )
    margins = (rise + 14, size[0] - theme.NAME_W - _CELL_W * len(columns), 4.0, theme.NAME_W)
    svg = theme.drawn(_layers(rows, heads, cells), size, margins, label, fixed=True)
    legend = tuple(LegendItem(f"heat{i}", _step_name(i)) for i in range(STEPS))
    table = _table(wording, agents, criteria, cells)
    if len(agents) > len(rows) or len(criteria) > len(columns):
        note = f"{note} {wording.text('chart.heat_cut', agents=len(rows), criteria=len(columns))}".strip()
    return ChartView("heat", title, label, svg, table, legend, note, wide=size[0] > theme.WIDTH)


def _step(share: float) -> int:
    return min(int(share * STEPS), STEPS - 1)


def _step_name(step: int) -> str:
    return f"{100 * step // STEPS}–{100 * (step + 1) // STEPS}%"


def _layers(rows: Sequence[str], heads: Sequence[str], cells: Cells) -> list[theme.Spec]:
    known: list[list[tuple[float, float, HeatCell]]] = [[] for _ in range(STEPS)]
    blank: list[tuple[float, float]] = []
    for i in range(len(rows)):
        for k in range(len(heads)):
            cell, at = cells[i][k], (k * _CELL_W, i * _CELL_H)
            if cell is None:
                blank.append(at)
            else:
                known[_step(cell.share)].append((*at, cell))
    layers = [_blank(blank)]
    for step, found in enumerate(known):
        layers += _cells(found, f"var(--heat-{step})", f"var(--heat-ink-{step})") if found else []
    tops = [{"x": (k + 0.5) * _CELL_W - 2, "y": -6, "text": head} for k, head in enumerate(heads)]
    dashes = [{"x": x + _CELL_W / 2, "y": y + _CELL_H / 2, "text": UNKNOWN} for x, y in blank]
    return [
        *layers,
        marks.texts(dashes, align="center", fill=theme.MUTED),
        marks.names([(name, (i + 0.5) * _CELL_H) for i, name in enumerate(rows)]),
        marks.texts(tops, align="left", angle=-45, fontSize=theme.SMALL + 1),
    ]


def _blank(places: Sequence[tuple[float, float]]) -> theme.Spec:
    rows = [{"x": x + 1, "x2": x + _CELL_W - 1, "y": y + 1, "y2": y + _CELL_H - 1} for x, y in places]
    return marks.rects(rows, "none", stroke=theme.LINE, strokeDash=[3, 3])


def _cells(found: Sequence[tuple[float, float, HeatCell]], fill: str, ink: str) -> list[theme.Spec]:
    boxes = [{"x": x + 1, "x2": x + _CELL_W - 1, "y": y + 1, "y2": y + _CELL_H - 1} for x, y, _ in found]
    shares = [{"x": x + _CELL_W / 2, "y": y + 11, "text": percent(cell.share)} for x, y, cell in found]
    counts = [{"x": x + _CELL_W / 2, "y": y + 24, "text": f"n={cell.n}"} for x, y, cell in found]
    return [
        marks.rects(boxes, fill),
        marks.texts(shares, align="center", fill=ink),
        marks.texts(counts, align="center", fill=ink, fontSize=theme.SMALL),
    ]


def _table(wording: Wording, agents: Sequence[str], criteria: Sequence[str], cells: Cells) -> TableView:
    rows = [
        (agent, *(labels.counted_share(wording, cell.share, cell.n) if cell else UNKNOWN for cell in row))
        for agent, row in zip(agents, cells, strict=True)
    ]
    return TableView((wording.text("chart.agent"), *criteria), tuple(rows))


def _description(wording: Wording, title: str, agents: Sequence[str], criteria: Sequence[str], cells: Cells) -> str:
    """Names the worst cell: what the eye would find first."""
    found = [
        (cell.share, cell.n, -i, -k) for i, row in enumerate(cells) for k, cell in enumerate(row) if cell is not None
    ]
    share, n, i, k = max(found)
    values = {"agent": labels.cut(agents[-i]), "criterion": labels.cut(criteria[-k]), "share": percent(share), "n": n}
    counts = {"agents": len(agents), "criteria": len(criteria)}
    return wording.text("chart.say.heat", title=labels.title(title), **counts, **values)
