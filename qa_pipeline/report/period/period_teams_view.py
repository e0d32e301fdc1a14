"""Plan and pass rate of each team, and of all together."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.plan import coverage
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    plain_share_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import UNKNOWN


class PeriodTeams:
    """Everybody is the last row; without team names it is the only one."""

    def __init__(
        self, overview: Overview, agents: Sequence[Group], per_agent: int | None, links: Links, words: GroupWords
    ) -> None:
        self._agents, self._per_agent, self._links, self._words = agents, per_agent, links, words
        self._text, self._everybody = words.wording.text, overview.everybody
        named = sorted(overview.teams.values(), key=lambda team: team.key)
        self._groups = [team for team in named if team.now.calls or team.before.calls] + [overview.everybody]

    def note(self) -> str:
        """Calls that belong to no team are in the sum alone."""
        rest = self._everybody.now.calls - sum(group.now.calls for group in self._groups[:-1])
        return self._text("period.teams.rest", count=rest) if rest and len(self._groups) > 1 else ""

    def coverage(self) -> FigureTable:
        kinds = {"team": "text", "agents": "count", "calls": "count", "scored": "count", "planned": "count"}
        kinds |= {"counted": "count", "done": "share", "covered": "count"}
        rows = [self._coverage_row(group) for group in self._groups]
        return table("coverage_teams", self._text("period.coverage.teams"), self._columns(kinds), rows)

    def _coverage_row(self, group: Group) -> tuple[Cell, ...]:
        agents = [a for a in self._agents if not group.key or a.team == group.key]
        found = coverage([agent.now.scored for agent in agents], self._per_agent)
        planned = self._per_agent is not None
        return (
            self._name(group),
            count_cell(found.agents),
            count_cell(group.now.calls),
            count_cell(group.now.scored),
            count_cell(found.planned),
            count_cell(found.counted if planned else None),
            plain_share_cell(found.share) if planned else Cell(UNKNOWN),
            count_cell(found.covered if planned else None),
        )

    def passed(self) -> FigureTable:
        kinds = {"team": "text", "judged": "count", "passed_calls": "count", "passed": "share"}
        kinds |= {"passed_before": "share", "change": "change", "mean": "score", "mean_change": "change"}
        rows = [self._passed_row(group) for group in self._groups]
        note = self._text("period.passed.note")
        return table("passed", self._text("period.passed.title"), self._columns(kinds), rows, note=note)

    def _passed_row(self, group: Group) -> tuple[Cell, ...]:
        now, before = group.now, group.before
        return (
            self._name(group),
            count_cell(now.judged),
            count_cell(now.states["passed"] if now.judged else None),
            self._words.share_cell(now.pass_share),
            self._words.share_cell(before.pass_share),
            self._words.pass_change_cell(before, now),
            self._words.score_cell(now.score),
            self._words.score_change_cell(before, now),
        )

    def _name(self, group: Group) -> Cell:
        if not group.key:
            return text_cell(self._text("period.sum"), mark="sum")
        return text_cell(self._words.team(group.key), self._links.team(group.key))

    def _columns(self, kinds: dict[str, str]) -> list[Column]:
        return [Column(self._text(f"group.column.{key}"), kind) for key, kind in kinds.items()]
