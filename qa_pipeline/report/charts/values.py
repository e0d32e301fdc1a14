"""What charts are made of, and what they become: plain values in, a ``ChartView`` out.

All texts are the caller's, already worded and fit to be shown (report.text.shown); they are cut to fit the drawing and
stay whole in the table.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class TrendPoint:
    """One week or month. ``mean`` None: nothing to show, the line has a gap. All values in the chart's unit (0–100)."""

    label: str
    mean: float | None
    n: int
    low: float | None = None
    high: float | None = None
    team: float | None = None
    team_n: int | None = None


@dataclass(frozen=True)
class AbilityAxis:
    """A section of the rubric: for each series what was reached, 0–100 %, None where it is unknown, and of how many."""

    label: str
    values: tuple[float | None, ...]
    ns: tuple[int | None, ...] = ()
    """As long as ``values``, or empty where the numbers stand elsewhere."""


@dataclass(frozen=True)
class RankedAgent:
    """An agent's mean score (0–100) with its interval; ``mean`` None: too few calls, listed in the table alone."""

    name: str
    mean: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class MissedCriterion:
    """How often a criterion was missed, out of ``n`` verdicts."""

    label: str
    count: int
    n: int


@dataclass(frozen=True)
class HeatCell:
    """Missed in ``share`` (0..1) of ``n`` calls."""

    share: float
    n: int


@dataclass(frozen=True)
class Bar:
    """``text`` is printed beside the bar: the value with its unit and n (``85%（n=20）``). ``tick`` is what it is
    compared with. ``value`` None: unknown, no bar."""

    label: str
    value: float | None
    text: str
    tick: float | None = None
    tick_text: str = ""


@dataclass(frozen=True)
class TableView:
    """A chart's values in words: for who cannot see it, or wants it exactly. The first cell heads its row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class LegendItem:
    """``kind`` names the sign: c1 … c4 (line with its point), band, pass, mean, tick, cum."""

    kind: str
    text: str


@dataclass(frozen=True)
class ChartView:
    """A drawing with its table. ``svg`` needs the colours of static/charts.css; ``wide``: scrolls in its own box."""

    kind: str
    title: str
    description: str
    """What it shows, in a sentence: read out instead of the drawing."""
    svg: Markup
    table: TableView
    legend: tuple[LegendItem, ...] = ()
    note: str = ""
    wide: bool = False
