"""What an agent can do, section by section: as a radar, and as bars that can be compared exactly."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any

from qa_pipeline.report.charts import labels, marks, theme
from qa_pipeline.report.charts.values import AbilityAxis, ChartView, LegendItem, TableView
from qa_pipeline.report.wording import Wording, number

FEWEST_AXES, MOST_AXES = 3, 10
MOST_SERIES = 3
_RADIUS, _CENTRE = 104.0, (200.0, 148.0)
_NAME_EM = 7.0
_UNDER = 2 * theme.LINE_HEIGHT + 12
_RINGS = (25, 50, 75, 100)
_BAR, _GAP, _RIGHT, _TOP, _BOTTOM = 12.0, 12.0, 46.0, 4.0, 20.0


def ability_radar(
    wording: Wording, title: str, series: Sequence[str], axes: Sequence[AbilityAxis], *, note: str = ""
) -> ChartView | None:
    """``series`` names up to three of them (this period, the last, the team); values are 0–100 %.

    None where fewer than three axes have a value in the first series: the bars say it better then."""
    shown = axes[:MOST_AXES]
    if sum(bool(axis.values) and axis.values[0] is not None for axis in shown) < FEWEST_AXES:
        return None
    label = _description(wording, title, shown)
    lowest = max(_at(i, len(shown), 1.0)["y"] for i in range(len(shown)))
    size = (theme.WIDTH, lowest + _UNDER)
    svg = theme.drawn(_radar(shown, len(series[:MOST_SERIES])), size, (0, 0, 0, 0), label)
    return ChartView("radar", title, label, svg, _table(wording, series, axes), _legend(series, "c"), note)


def ability_bars(
    wording: Wording, title: str, series: Sequence[str], axes: Sequence[AbilityAxis], *, note: str = ""
) -> ChartView | None:
    """The same values as grouped bars."""
    if all(value is None for axis in axes for value in axis.values):
        return None
    label = _description(wording, title, axes)
    count = len(series[:MOST_SERIES])
    row = max(count * _BAR + _GAP, 34.0)
    size = (theme.WIDTH, _TOP + row * len(axes) + _BOTTOM)
    layers = _bar_layers(axes, count, row)
    svg = theme.drawn(layers, size, (_TOP, _RIGHT, _BOTTOM, theme.NAME_W), label)
    return ChartView("ability", title, label, svg, _table(wording, series, axes), _legend(series, "b"), note)


# --- radar --------------------------------------------------------------------------------------------------------


def _at(index: int, count: int, share: float) -> dict[str, float]:
    """Where a value (0..1) lies on an axis; the first axis points up, the others follow clockwise."""
    angle, reach = 2 * pi * index / count, _RADIUS * min(max(share, 0.0), 1.0)
    return {"x": _CENTRE[0] + reach * sin(angle), "y": _CENTRE[1] - reach * cos(angle)}


def _radar(axes: Sequence[AbilityAxis], series: int) -> list[theme.Spec]:
    layers = [_web(len(axes))]
    # The first series last, so that it lies on top.
    for k in reversed(range(series)):
        values = [axis.values[k] if k < len(axis.values) else None for axis in axes]
        known = [None if value is None else _at(i, len(values), value / 100) for i, value in enumerate(values)]
        layers += [_outline(known, k), marks.dots([place for place in known if place is not None], k)]
    scale = [
        {"x": _CENTRE[0] + 3, "y": _CENTRE[1] - _RADIUS * ring / 100 + 8, "text": str(ring)} for ring in _RINGS[1::2]
    ]
    layers += marks.haloed(scale, align="left", fontSize=theme.SMALL - 1, fill=theme.MUTED)
    return layers + [_axis_name(axes[i].label, i, len(axes)) for i in range(len(axes))]


def _web(count: int) -> theme.Spec:
    """The rings, and the axes from the centre."""
    places: list[dict[str, float]] = []
    for ring in _RINGS:
        places += [_at(i % count, count, ring / 100) | {"run": ring} for i in range(count + 1)]
    for i in range(count):
        places += [_at(i, count, share) | {"run": -1 - i} for share in (0.0, 1.0)]
    return marks.path(places, color=theme.LINE, strokeWidth=1)


def _outline(known: Sequence[dict[str, float] | None], k: int) -> theme.Spec:
    """From axis to axis, broken at unknown ones; filled where it is whole, and only the first series."""
    count = len(known)
    pairs = [(known[i], known[(i + 1) % count]) for i in range(count)]
    edges = [(a, b) for a, b in pairs if a is not None and b is not None]
    if len(edges) == count:
        look = {"fill": theme.BAND} if k == 0 else {}
        return marks.line([a for a, _ in edges], k, interpolate="linear-closed", **look)
    return marks.line([place | {"run": i} for i, edge in enumerate(edges) for place in edge], k)


def _axis_name(label: str, i: int, count: int) -> theme.Spec:
    """Outside of the rings, on the side that leads away from the centre."""
    place = _at(i, count, 1.0)
    right, down = (place["x"] - _CENTRE[0]) / _RADIUS, (place["y"] - _CENTRE[1]) / _RADIUS
    lines = labels.wrapped(label, _NAME_EM)
    align = "center" if abs(right) < 0.15 else "left" if right > 0 else "right"
    # The middle of the text lies further out by half its height where the axis leads up or down.
    half = len(lines) * theme.LINE_HEIGHT / 2
    x, y = place["x"] + 9 * right, place["y"] + (half + 5) * down
    text = {"x": x, "y": y - (len(lines) - 1) * theme.LINE_HEIGHT / 2, "text": lines}
    return marks.texts([text], align=align)


# --- bars ---------------------------------------------------------------------------------------------------------


def _bar_layers(axes: Sequence[AbilityAxis], count: int, row: float) -> list[theme.Spec]:
    width = theme.WIDTH - theme.NAME_W - _RIGHT
    height = row * len(axes)
    grid = [{"x": v / 100 * width, "x2": v / 100 * width, "y": 0, "y2": height} for v in (0, *_RINGS)]
    scale = [{"x": v / 100 * width, "y": height + 11, "text": f"{v}%"} for v in (0, 50, 100)]
    layers = [marks.rules(grid), marks.texts(scale, align="center", fontSize=theme.SMALL, fill=theme.MUTED)]
    figures = []
    for k in range(count):
        places = []
        for i, axis in enumerate(axes):
            value = axis.values[k] if k < len(axis.values) else None
            top = i * row + (row - count * _BAR) / 2 + k * _BAR
            end = width * min(max(value or 0.0, 0.0), 100.0) / 100
            shown = "—" if value is None else f"{number(value, 0)}%"
            figures.append({"x": end + 5, "y": top + _BAR / 2, "text": shown})
            if value is not None:
                places.append({"x": 0, "x2": end, "y": top + 1, "y2": top + _BAR - 1})
        layers.append(marks.rects(places, theme.COLOURS[k], **_BAR_LOOKS[k]))
    return [
        *layers,
        *marks.haloed(figures, align="left", fontSize=theme.SMALL),
        marks.names([(axis.label, (i + 0.5) * row) for i, axis in enumerate(axes)]),
    ]


#: Filled, pale with an edge, an edge of dashes: told apart without colour.
_BAR_LOOKS: tuple[dict[str, Any], ...] = (
    {},
    {"fillOpacity": 0.3, "stroke": theme.COLOURS[1], "strokeWidth": 1.2},
    {"fillOpacity": 0.0, "stroke": theme.COLOURS[2], "strokeWidth": 1.4, "strokeDash": [3, 2]},
)


# --- words --------------------------------------------------------------------------------------------------------


def _legend(series: Sequence[str], kind: str) -> tuple[LegendItem, ...]:
    return tuple(LegendItem(f"{kind}{k + 1}", name) for k, name in enumerate(series[:MOST_SERIES]))


def _table(wording: Wording, series: Sequence[str], axes: Sequence[AbilityAxis]) -> TableView:
    rows = []
    for axis in axes:
        ns = axis.ns or (None,) * len(axis.values)
        cells = [
            labels.counted_share(wording, None if v is None else v / 100, n)
            for v, n in zip(axis.values, ns, strict=True)
        ]
        rows.append((axis.label, *cells[: len(series)]))
    return TableView((wording.text("chart.section"), *series), tuple(rows))


def _description(wording: Wording, title: str, axes: Sequence[AbilityAxis]) -> str:
    known = [(axis.values[0], axis.label) for axis in axes if axis.values and axis.values[0] is not None]
    if not known:
        return wording.text("chart.say.unknown", title=labels.title(title))
    best, worst = max(known, key=lambda pair: pair[0] or 0.0), min(known, key=lambda pair: pair[0] or 0.0)
    told = [
        wording.text("chart.share_of", label=labels.cut(label), share=number(v or 0, 0)) for v, label in (best, worst)
    ]
    return wording.text("chart.say.ability", title=labels.title(title), axes=len(axes), best=told[0], worst=told[1])
