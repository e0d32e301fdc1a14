"""Charts as SVG drawn by Vega: no script in the page, colours by the page's CSS variables, a table with every one.

Each function answers None where there is nothing to draw: the page then says so in its own words.

    trend(wording, title, points, *, pass_line=None, team_name="", note="")
    ability_radar(wording, title, series, axes, *, note="")      # None under 3 axes with a value
    ability_bars(wording, title, series, axes, *, note="")
    distribution(wording, title, scores, *, pass_line=None, note="")
    ranking(wording, title, agents, *, team_mean=None, pass_line=None, note="")
    pareto(wording, title, missed, *, note="")
    heat_map(wording, title, agents, criteria, cells, *, note="")
    bars(wording, title, items, *, label_name, value_name, maximum=None, tick_name="", note="")
    spark(values, label)                                         # Markup for a table cell, not a ChartView
"""

from __future__ import annotations

from qa_pipeline.report.charts.ability import ability_bars, ability_radar
from qa_pipeline.report.charts.bars import bars
from qa_pipeline.report.charts.distribution import distribution
from qa_pipeline.report.charts.heat_map import heat_map
from qa_pipeline.report.charts.pareto import pareto
from qa_pipeline.report.charts.ranking import ranking
from qa_pipeline.report.charts.spark import spark
from qa_pipeline.report.charts.trend import trend
from qa_pipeline.report.charts.values import (
    AbilityAxis,
    Bar,
    ChartView,
    HeatCell,
    LegendItem,
    MissedCriterion,
    RankedAgent,
    TableView,
    TrendPoint,
)

__all__ = [
    "AbilityAxis",
    "Bar",
    "ChartView",
    "HeatCell",
    "LegendItem",
    "MissedCriterion",
    "RankedAgent",
    "TableView",
    "TrendPoint",
    "ability_bars",
    "ability_radar",
    "bars",
    "distribution",
    "heat_map",
    "pareto",
    "ranking",
    "spark",
    "trend",
]
