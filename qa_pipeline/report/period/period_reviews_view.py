"""Verdicts that agents contested and people changed in a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.review_figures import ReviewLine, review_counts
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import percent


class PeriodReviews:
    def __init__(
        self,
        lines: Sequence[ReviewLine],
        overview: Overview,
        names: Mapping[str, str],
        titles: RubricTitles,
        links: Links,
        words: GroupWords,
    ) -> None:
        self._lines, self._names, self._titles, self._links, self._words = lines, names, titles, links, words
        self._text, self._overview = words.wording.text, overview
        self.counts = review_counts(lines)

    def text(self) -> str:
        if not self._lines:
            return self._text("period.reviews.empty")
        verdicts = _verdicts(self._overview.everybody)
        share = percent(self.counts.changed / verdicts) if verdicts else ""
        key = "period.reviews.text" if verdicts else "period.reviews.text.plain"
        values = {"appeals": self.counts.appeals, "open": self.counts.open, "changed": self.counts.changed}
        return self._text(key, **values, share=_small(self.counts.changed, verdicts) or share, verdicts=verdicts)

    def by_team(self) -> FigureTable:
        kinds = {"team": "text", "appeals": "count", "open": "count", "changed": "count", "confirmed": "count"}
        kinds |= {"verdicts": "count", "changed_share": "share"}
        rows = [self._team_row(group) for group in self._groups()]
        empty = self._text("period.reviews.empty")
        return table("review_teams", self._text("period.reviews.teams"), self._columns(kinds), rows, empty)

    def _groups(self) -> list[Group]:
        if not self._lines:
            return []
        named = sorted(self._overview.teams.values(), key=lambda team: team.key)
        touched = {line.whose.team for line in self._lines if line.whose}
        return [team for team in named if team.now.calls or team.key in touched] + [self._overview.everybody]

    def _team_row(self, group: Group) -> tuple[Cell, ...]:
        mine = [line for line in self._lines if not group.key or (line.whose and line.whose.team == group.key)]
        counts, verdicts = review_counts(mine), _verdicts(group)
        share = counts.changed / verdicts if verdicts else None
        return (
            text_cell(self._words.team(group.key)) if group.key else text_cell(self._text("period.sum"), mark="sum"),
            count_cell(counts.appeals),
            count_cell(counts.open, mark="alarm" if counts.open else ""),
            count_cell(counts.changed),
            count_cell(counts.confirmed),
            count_cell(verdicts),
            Cell(_small(counts.changed, verdicts) or percent(share), share),
        )

    def table(self) -> FigureTable:
        keys = ("at", "review", "call", "agent", "team", "criterion", "verdicts_given", "author", "said", "state")
        rows = [self._row(line) for line in self._lines]
        empty = self._text("period.reviews.empty")
        columns = self._columns(dict.fromkeys(keys, "text") | {"at": "time", "call": "id", "said": "long"})
        return table("reviews", self._text("period.reviews.list"), columns, rows, empty)

    def _row(self, line: ReviewLine) -> tuple[Cell, ...]:
        review, whose, wording = line.review, line.whose, self._words.wording
        agent = self._names.get(whose.agent, "") or shown(whose.agent_name or whose.agent) if whose else ""
        criterion = self._titles.criterion(review.criterion_id) if review.criterion_id else self._text("period.whole")
        return (
            text_cell(wording.date_time(review.at)),
            text_cell(self._kind(line)),
            text_cell(shown_identifier(review.call_id), self._links.call(review.call_id)),
            text_cell(agent),
            text_cell(shown(whose.team) if whose else ""),
            text_cell(criterion),
            text_cell(self._verdicts(line)),
            text_cell(shown(review.author)),
            text_cell(shown(review.text).strip()),
            text_cell(self._state(line), mark="alarm" if line.is_open else ""),
        )

    def _kind(self, line: ReviewLine) -> str:
        kind = "appeal" if line.is_appeal else "confirmed" if line.is_confirmed else "change"
        return self._text(f"period.review.{kind}")

    def _state(self, line: ReviewLine) -> str:
        if not line.is_appeal:
            return ""
        return self._text("reviews.state.open" if line.is_open else "reviews.state.answered")

    def _verdicts(self, line: ReviewLine) -> str:
        """``未达成 → 达成``; an appeal names what it contests."""
        before = self._given(line.before)
        return f"{before} → {self._given(line.review.verdict)}" if line.review.verdict else before

    def _given(self, verdict: Verdict | None) -> str:
        return self._text(f"verdict.{verdict}") if verdict else "—"

    def _columns(self, kinds: dict[str, str]) -> list[Column]:
        return [Column(self._text(f"group.column.{key}"), kind) for key, kind in kinds.items()]


def _verdicts(group: Group) -> int:
    """Verdicts that counted, of the calls of the period."""
    return sum(figures.n for figures in group.now.criteria.values())


def _small(part: int, whole: int) -> str:
    """A share that would be shown as 0 % but is not."""
    return "<1%" if whole and 0 < part / whole < 0.005 else ""
