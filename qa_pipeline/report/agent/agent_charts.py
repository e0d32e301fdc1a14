"""The agent's score over weeks, and what the agent can do by section: this period, the last, the team."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.intervals import MIN_CALLS, mean_estimate
from qa_pipeline.report import formats
from qa_pipeline.report.agent.agent_changes import Bench
from qa_pipeline.report.charts import AbilityAxis, ChartView, TrendPoint, ability_bars, ability_radar, trend
from qa_pipeline.report.charts.ability import MOST_AXES
from qa_pipeline.report.overview_words import plus
from qa_pipeline.report.wording import UNKNOWN, number


@dataclass(frozen=True)
class SectionRow:
    """A line of 人员能力成长表. ``direction``: up, down, flat, or few where a side has too few calls."""

    title: str
    now: str
    before: str
    change: str
    direction: str
    team: str
    n: str


def trend_chart(bench: Bench, pass_percent: float | None) -> ChartView | None:
    """Weekly means up to the end of the period."""
    words, overview = bench.wording, bench.overview
    last = min(overview.period.last, overview.newest or overview.period.last)
    points = [_point(week, values, bench.team.weeks.get(week, []), bench) for week, values in bench.agent.trend(last)]
    title, team = words.text("agent.trend.title"), words.text(f"{_beside(bench)}_mean")
    note = words.text("agent.trend.note", least=MIN_CALLS)
    if last == overview.period.last and last.weekday() != calendar.SUNDAY and last != date.max:
        note += words.text("agent.trend.cut", day=words.day(last))
    return trend(words, title, points, pass_line=pass_percent, team_name=team, note=note)


def _point(week: date, values: list[float], team: list[float], bench: Bench) -> TrendPoint:
    label = formats.day_range(week, week, bench.wording.lang, year=False)
    # Bonuses may lift a score above 100; where none did, no mean can.
    mean, others = mean_estimate(values, 0.0, max(100.0, *values, 0.0)), mean_estimate(team, 0.0, None)
    if mean is None:
        return TrendPoint(label, None, 0, team=others.value if others else None, team_n=len(team))
    # Of two or three calls the interval is as wide as the scale: it would hide the line and say nothing.
    told = mean.known
    return TrendPoint(
        label,
        mean.value,
        mean.n,
        mean.low if told else None,
        mean.high if told else None,
        others.value if others else None,
        len(team),
    )


def _beside(bench: Bench) -> str:
    return "overview.team" if bench.team.key else "overview.all"


def ability_charts(bench: Bench) -> tuple[ChartView, ...]:
    """Radar and bars of the same values; one, or none, where there is too little to draw."""
    words = bench.wording
    axes = [_axis(section_id, bench) for section_id in bench.titles.section_ids]
    names = ("overview.now", "overview.before", _beside(bench))
    kept = [k for k in range(len(names)) if any(axis.values[k] is not None for axis in axes)]
    if 0 not in kept:
        return ()
    series = [words.text(names[k]) for k in kept]
    axes = [AbilityAxis(a.label, tuple(a.values[k] for k in kept), tuple(a.ns[k] for k in kept)) for a in axes]
    known = [axis for axis in axes if axis.values[0] is not None]
    drawn = (
        ability_radar(words, words.text("agent.radar.title"), series, known, note=_radar_note(len(known), bench)),
        ability_bars(words, words.text("agent.bars.title"), series, axes),
    )
    return tuple(chart for chart in drawn if chart is not None)


def _radar_note(axes: int, bench: Bench) -> str:
    return bench.wording.text("agent.radar.note", most=MOST_AXES) if axes > MOST_AXES else ""


def _axis(section_id: str, bench: Bench) -> AbilityAxis:
    groups = (bench.agent.now, bench.agent.before, bench.team.now)
    values = tuple(_percent(figures, section_id) for figures in groups)
    return AbilityAxis(bench.titles.section(section_id), values, tuple(_calls(f, section_id) for f in groups))


def _percent(figures: Figures, section_id: str) -> float | None:
    found = figures.sections.get(section_id)
    return found.percent if found else None


def _calls(figures: Figures, section_id: str) -> int:
    found = figures.sections.get(section_id)
    return found.calls if found else 0


def section_rows(bench: Bench) -> tuple[SectionRow, ...]:
    """All sections in the order of the form."""
    return tuple(_row(section_id, bench) for section_id in bench.titles.section_ids)


def _row(section_id: str, bench: Bench) -> SectionRow:
    axis = _axis(section_id, bench)
    now, before, _ = axis.values
    few = now is None or before is None or min(axis.ns[0] or 0, axis.ns[1] or 0) < MIN_CALLS
    change = None if few or now is None or before is None else now - before
    direction = "few" if change is None else "flat" if abs(change) < 0.5 else "up" if change > 0 else "down"
    shown = [UNKNOWN if value is None else f"{number(value, 0)}%" for value in axis.values]
    return SectionRow(
        title=axis.label,
        now=shown[0],
        before=shown[1],
        change=UNKNOWN if change is None else plus(change, 0),
        direction=direction,
        team=shown[2],
        n=" / ".join(str(n) for n in axis.ns),
    )
