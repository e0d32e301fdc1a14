"""A team's scores over calls and weeks, its stages, and this period beside the last."""

from __future__ import annotations

from datetime import date

from qa_pipeline.core.call import Stage
from qa_pipeline.insight.coaching import score_change
from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.intervals import Estimate, mean_estimate, share_estimate
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.charts import Bar, ChartView, TrendPoint, bars, distribution, trend
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    interval_text,
    plain_share_cell,
    points_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.team.alarm_words import ended_calls
from qa_pipeline.report.wording import UNKNOWN, percent


class TeamFigures:
    def __init__(self, team: Group, overview: Overview, titles: RubricTitles, words: GroupWords) -> None:
        self._team, self._overview, self._titles, self._words = team, overview, titles, words
        self._text = words.wording.text
        self._weeks = team.trend(min(overview.period.last, overview.newest or overview.period.last))

    def distribution(self) -> ChartView | None:
        percents = self._team.now.percents
        title = self._text("team.distribution.title", n=len(percents))
        line = self._words.rubric.pass_percent
        return distribution(self._words.wording, title, percents, pass_line=line)

    def trend(self) -> ChartView | None:
        points = [self._point(monday, percents) for monday, percents in self._weeks]
        title = self._text("team.weeks.chart")
        return trend(self._words.wording, title, points, pass_line=self._words.rubric.pass_percent)

    def _point(self, monday: date, percents: list[float]) -> TrendPoint:
        found = mean_estimate(percents, 0.0, None)
        label = self._words.week(monday)
        if found is None:
            return TrendPoint(label, None, 0)
        # Of a few calls the interval is as wide as the scale: it would flatten the line and say nothing.
        low, high = (found.low, found.high) if found.known else (None, None)
        return TrendPoint(label, found.value, found.n, low, high)

    def weeks(self) -> FigureTable:
        columns = [self._column("week"), self._column("calls", "count"), self._column("mean", "score")]
        columns += [self._column("interval"), self._column("against_week", "change")]
        known = any(percents for _, percents in self._weeks)
        pairs = zip([(None, []), *self._weeks], self._weeks, strict=False)
        rows = [self._week_row(monday, percents, before) for (_, before), (monday, percents) in pairs] if known else []
        return table("weeks", self._text("team.weeks.title"), columns, rows[::-1], self._text("team.weeks.empty"))

    def _week_row(self, monday: date, percents: list[float], before: list[float]) -> tuple[Cell, ...]:
        found = mean_estimate(percents, 0.0, None)
        change = score_change(Figures(percents=before), Figures(percents=percents))
        return (
            text_cell(self._words.week(monday)),
            count_cell(len(percents)),
            points_cell(found.value if found else None),
            text_cell(interval_text(found) if found else ""),
            self._words.change_cell(change, "points", 1.0),
        )

    def _column(self, key: str, kind: str = "text") -> Column:
        return Column(self._text(f"group.column.{key}"), kind)

    def against(self) -> FigureTable:
        """Everything that has a figure in both periods, the main ones first."""
        columns = [self._column("figure"), self._column("before_period"), self._column("now_period")]
        columns += [self._column("change", "change")]
        now, before, words = self._team.now, self._team.before, self._words
        score, passed = self._words.score_change_cell(before, now), self._words.pass_change_cell(before, now)
        rows = [
            self._against("scored", count_cell(before.scored), count_cell(now.scored)),
            self._against("mean", words.score_cell(before.score), words.score_cell(now.score), score),
            self._against("passed", words.share_cell(before.pass_share), words.share_cell(now.pass_share), passed),
            self._against("red", count_cell(before.red_calls), count_cell(now.red_calls)),
            self._against("ended", *(count_cell(ended_calls(figures)) for figures in (before, now))),
            self._against("said", *(count_cell(f.complaints - ended_calls(f)) for f in (before, now))),
            self._against("order", words.share_cell(_in_order(before)), words.share_cell(_in_order(now))),
        ]
        rows += [self._section(section_id) for section_id in self._titles.section_ids]
        shown = rows if now.calls or before.calls else []
        return table("against", self._text("team.against.title"), columns, shown, self._text("team.empty"))

    def _against(self, key: str, before: Cell, now: Cell, change: Cell | None = None) -> tuple[Cell, ...]:
        return text_cell(self._text(f"group.figure.{key}")), before, now, change or Cell("")

    def _section(self, section_id: str) -> tuple[Cell, ...]:
        before, now = (self._reached(figures, section_id) for figures in (self._team.before, self._team.now))
        return Cell(self._titles.section(section_id), note=self._text("group.reached")), before, now, Cell("")

    def _reached(self, figures: Figures, section_id: str) -> Cell:
        found = figures.sections.get(section_id)
        if found is None or found.percent is None:
            return Cell(UNKNOWN)
        return plain_share_cell(found.percent / 100.0, self._words.counted(found.calls))

    def stages(self) -> ChartView | None:
        """In how many calls each stage occurs, and how many keep the order."""
        now, before = self._team.now, self._team.before
        items = [self._bar(self._text(f"stage.{stage}"), now.stages[stage], before.stages[stage]) for stage in Stage]
        items.append(self._bar(self._text("team.stages.order"), now.in_order, before.in_order))
        if not now.staged:
            return None
        names = {
            "label_name": self._text("group.column.stage"),
            "value_name": self._text("group.column.now_period"),
            "tick_name": self._text("group.column.before_period"),
        }
        title = self._text("team.stages.chart", n=now.staged)
        return bars(self._words.wording, title, items, maximum=100.0, **names)

    def _bar(self, label: str, now: int, before: int) -> Bar:
        """``now`` and ``before``: calls that have it."""
        share, last = (
            count / figures.staged if figures.staged else None
            for count, figures in ((now, self._team.now), (before, self._team.before))
        )
        told = self._text("chart.value_n", value=percent(last), n=self._team.before.staged)
        return Bar(
            label,
            None if share is None else 100.0 * share,
            percent(share),
            None if last is None else 100.0 * last,
            told if last is not None else UNKNOWN,
        )

    def stages_note(self) -> str:
        now = self._team.now
        if not now.staged:
            return self._text("team.stages.empty")
        return self._text("team.stages.note", n=now.staged, share=percent(now.in_order / now.staged))


def _in_order(figures: Figures) -> Estimate | None:
    return share_estimate(figures.in_order, figures.staged)
