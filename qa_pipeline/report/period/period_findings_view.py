"""Findings by type: criteria that were missed, by section of the form, red lines first."""

from __future__ import annotations

from collections import Counter

from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.figures import CriterionFigures, Figures
from qa_pipeline.insight.overview import Overview
from qa_pipeline.report.charts import Bar, ChartView, bars
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    plain_share_cell,
    points_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.wording import UNKNOWN, number


class PeriodFindings:
    """A finding is a verdict that is missed or partly met. ``confirmed``: call and criterion of the red lines that a
    person confirmed."""

    def __init__(
        self, overview: Overview, titles: RubricTitles, words: GroupWords, confirmed: frozenset[tuple[str, str]]
    ) -> None:
        self._confirmed = Counter(criterion for _, criterion in confirmed)
        self._titles, self._words, self._text = titles, words, words.wording.text
        self._now, self._before = overview.everybody.now, overview.everybody.before
        order = {section: place for place, section in enumerate(titles.section_ids)}
        found = [c for c in self._now.criteria.values() if findings_of(c)]
        last = len(order)
        self._found = sorted(
            found, key=lambda c: (order.get(c.section_id, last), c.section_id, -findings_of(c), c.criterion_id)
        )
        self._section_ids = [*order, *sorted({c.section_id for c in found} - set(order))]
        self._total = sum(map(findings_of, found))

    # --- red lines ---

    def red_lines(self) -> FigureTable:
        kinds = {"red_criterion": "text", "crossed": "count", "crossed_sure": "count", "crossed_before": "count"}
        kinds |= {"crossed_share": "share"}
        now, before = self._now, self._before
        ids = sorted({*now.red_lines, *before.red_lines}, key=lambda c: (-now.red_lines[c], c))
        rows = [
            (
                text_cell(self._titles.criterion(criterion)),
                count_cell(now.red_lines[criterion], mark="alarm" if now.red_lines[criterion] else ""),
                count_cell(self._confirmed[criterion]),
                count_cell(before.red_lines[criterion]),
                plain_share_cell(
                    now.red_lines[criterion] / now.scored if now.scored else None, self._words.counted(now.scored)
                ),
            )
            for criterion in ids
        ]
        empty = self._text("group.red.empty")
        return table("red_lines", self._text("period.red.title"), self._columns(kinds), rows, empty)

    # --- sections ---

    def sections(self) -> FigureTable:
        kinds = {"section": "text", "findings": "count", "of_all": "share", "per_100": "score"}
        kinds |= {"per_100_before": "score", "lost": "score"}
        rows = [self._section(section) for section in self._section_ids if self._findings(self._now, section)]
        note = self._text("period.sections.note")
        empty = self._text("period.findings.empty")
        return table("sections", self._text("period.sections.title"), self._columns(kinds), rows, empty, note)

    def _section(self, section_id: str) -> tuple[Cell, ...]:
        count = self._findings(self._now, section_id)
        lost = sum(c.lost for c in self._now.criteria.values() if c.section_id == section_id)
        return (
            text_cell(self._titles.section(section_id)),
            count_cell(count),
            plain_share_cell(count / self._total if self._total else None),
            points_cell(self._per_100(self._now, section_id), self._words.counted(self._now.scored)),
            points_cell(self._per_100(self._before, section_id), self._words.counted(self._before.scored)),
            points_cell(lost),
        )

    def chart(self) -> ChartView | None:
        """Findings per hundred calls, so that periods of another size can be compared."""
        ids = [section for section in self._section_ids if self._findings(self._now, section)]
        return bars(
            self._words.wording,
            self._text("period.sections.chart"),
            [self._bar(section) for section in ids],
            label_name=self._text("group.column.section"),
            value_name=self._text("group.column.per_100"),
            tick_name=self._text("group.column.per_100_before"),
        )

    def _bar(self, section_id: str) -> Bar:
        now, before = self._per_100(self._now, section_id), self._per_100(self._before, section_id)
        shown = UNKNOWN if now is None else number(now, 0)
        last = UNKNOWN if before is None else number(before, 0)
        return Bar(self._titles.section(section_id), now, shown, before, last)

    def _findings(self, figures: Figures, section_id: str) -> int:
        return sum(findings_of(c) for c in figures.criteria.values() if c.section_id == section_id)

    def _per_100(self, figures: Figures, section_id: str) -> float | None:
        return 100.0 * self._findings(figures, section_id) / figures.scored if figures.scored else None

    # --- criteria ---

    def findings(self) -> FigureTable:
        kinds = {"criterion": "text", "section": "text", "lost": "score", "miss_share": "share", "before": "share"}
        kinds |= {"miss_change": "change", "missed": "count", "partly": "count"}
        rows = [self._row(figures) for figures in self._found]
        empty = self._text("period.findings.empty")
        return table("findings", self._text("period.findings.title"), self._columns(kinds), rows, empty)

    def _row(self, now: CriterionFigures) -> tuple[Cell, ...]:
        before = self._before.criteria.get(now.criterion_id) or CriterionFigures(now.criterion_id, now.section_id)
        red = self._now.red_lines[now.criterion_id]
        note = self._text("period.crossed", count=red) if red else ""
        return (
            text_cell(self._titles.criterion(now.criterion_id), note=note, mark="alarm" if red else ""),
            text_cell(self._titles.section(now.section_id)),
            points_cell(now.lost),
            self._words.share_cell(now.miss_share),
            self._words.share_cell(before.miss_share),
            self._words.miss_change_cell(before, now),
            count_cell(now.verdicts[Verdict.MISSED]),
            count_cell(now.verdicts[Verdict.PARTLY]),
        )

    def _columns(self, kinds: dict[str, str]) -> list[Column]:
        return [Column(self._text(f"group.column.{key}"), kind) for key, kind in kinds.items()]


def findings_of(figures: CriterionFigures) -> int:
    return figures.verdicts[Verdict.MISSED] + figures.verdicts[Verdict.PARTLY]
