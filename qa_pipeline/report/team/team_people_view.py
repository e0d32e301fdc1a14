"""The agents of a team side by side: places that the intervals allow, who misses what, who was inspected how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.insight.coaching import Place, levers, ranking
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.charts import ChartView, HeatCell, RankedAgent, heat_map
from qa_pipeline.report.charts import ranking as ranking_chart
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords, members
from qa_pipeline.report.links import Links
from qa_pipeline.report.team.alarm_words import AlarmWords
from qa_pipeline.report.team.coverage_view import coverage_table, coverage_text, plan_note
from qa_pipeline.report.team.team_problems_view import worth_training
from qa_pipeline.report.wording import UNKNOWN


class TeamPeople:
    def __init__(
        self,
        team: Group,
        overview: Overview,
        agents: Sequence[Group],
        names: Mapping[str, str],
        titles: RubricTitles,
        links: Links,
        words: GroupWords,
        alarms: AlarmWords,
    ) -> None:
        self._team, self._overview, self._names = team, overview, names
        self._titles, self._links, self._words, self._text = titles, links, words, words.wording.text
        self._agents, self._alarms = agents, alarms
        self._places = ranking(agents)
        self._ranked = [place for place in self._places if place.rank is not None]

    # --- ranking ---

    def ranking(self) -> FigureTable:
        columns = self._columns(place="text", agent="text", mean="score", change="change", passed="share")
        rows = [self._rank_row(place) for place in self._ranked]
        empty = self._text("team.ranking.empty", least=MIN_CALLS)
        return table("ranking", self._text("team.ranking.title"), columns, rows, empty, self._text("team.ranking.note"))

    def _rank_row(self, place: Place) -> tuple[Cell, ...]:
        agent = place.group
        return (
            text_cell(self.place(place)),
            self._agent(agent),
            self._words.score_cell(place.score),
            self._words.score_change_cell(agent.before, agent.now),
            self._words.share_cell(agent.now.pass_share),
        )

    def place(self, place: Place) -> str:
        """``第 2 名（可能在 1–7 名之间）``."""
        if place.best is None or place.worst is None or place.best == place.worst:
            return self._text("team.place.alone", rank=place.rank)
        return self._text("team.place", rank=place.rank, best=place.best, worst=place.worst)

    def ranking_chart(self) -> ChartView | None:
        rows = [self._ranked_agent(place) for place in self._ranked]
        score, title = self._team.now.score, self._text("team.ranking.chart")
        mean = score.value if score else None
        line = self._words.rubric.pass_percent
        return ranking_chart(self._words.wording, title, rows, team_mean=mean, pass_line=line)

    def _ranked_agent(self, place: Place) -> RankedAgent:
        score, name = place.score, self._names[place.group.key]
        if score is None:
            return RankedAgent(name, None, 0)
        return RankedAgent(name, score.value, score.n, score.low, score.high)

    def too_few(self) -> str:
        rest = [place.group for place in self._places if place.rank is None]
        if not rest:
            return ""
        told = [self._text("team.too_few.one", agent=self._names[a.key], n=a.now.scored) for a in rest]
        return self._text("team.too_few", least=MIN_CALLS, agents=self._words.wording.joined(told))

    # --- heat map ---

    def heat_map(self) -> ChartView | None:
        """Rows by rank, columns in the order of the form; criteria that nobody missed say nothing here."""
        agents = [place.group for place in self._places]
        missed = {c.criterion_id for c in self._team.now.criteria.values() if c.failed}
        ids = [c for c in self._titles.criterion_ids if c in missed]
        ids += sorted(missed - set(ids))  # of an older version of the form
        cells = [[_cell(agent, criterion) for criterion in ids] for agent in agents]
        names, heads = [self._names[a.key] for a in agents], [self._titles.criterion(c) for c in ids]
        note = self._text("team.heat.note")
        return heat_map(self._words.wording, self._text("team.heat.chart"), names, heads, cells, note=note)

    # --- coverage ---

    def coverage(self, plan: Plan) -> tuple[FigureTable, str, str]:
        """Who has how many of the planned calls, a sentence on all, and how a plan is set where there is none."""
        per_agent = plan.per_agent(self._overview.period)
        made = coverage_table(self._agents, self._names, per_agent, self._links, self._words)
        period = self._overview.period
        return (
            made,
            coverage_text(self._agents, per_agent, period, self._words),
            plan_note(per_agent, period, self._words),
        )

    # --- lists ---

    def agents(self) -> FigureTable:
        kinds = {"agent": "text", "mean": "score", "red": "count", "complaints": "count", "lever": "text"}
        kinds |= {"sheet": "text", "change": "change", "passed": "share", "scored": "count"}
        kinds |= {} if self._team.key else {"team": "text"}
        rows = [self._agent_row(agent) for agent in self._agents]
        return table("agents", self._text("team.agents.title"), self._columns(**kinds), rows, self._text("team.empty"))

    def _agent_row(self, agent: Group) -> tuple[Cell, ...]:
        """What a leader acts on first: on a phone nothing of it may lie beyond the edge."""
        team = () if self._team.key else (self._team_cell(agent.team),)
        return (
            self._agent(agent),
            *self._alarming(agent),
            self._lever(agent),
            self._sheet(agent),
            *self._rest(agent),
            *team,
        )

    def _sheet(self, agent: Group) -> Cell:
        href = self._links.coaching(agent.key) if agent.now.calls else ""
        return text_cell(self._text("team.agents.sheet"), href) if href else Cell(UNKNOWN)

    def _alarming(self, group: Group) -> tuple[Cell, ...]:
        return (
            self._words.score_cell(group.now.score),
            count_cell(group.now.red_calls, mark="alarm" if group.now.red_calls else ""),
            self._alarms.complaint_cell(group.now),
        )

    def _rest(self, group: Group) -> tuple[Cell, ...]:
        return (
            self._words.score_change_cell(group.before, group.now),
            self._words.share_cell(group.now.pass_share),
            count_cell(group.now.scored),
        )

    def _lever(self, agent: Group) -> Cell:
        """What costs the agent most, and whether it is the team's problem, the agent's own, or both."""
        found = next(iter(levers(agent, self._overview.team_of(agent))), None)
        if found is None:
            return Cell(UNKNOWN)
        kind = self._text(f"group.kind.{found.kind}")
        return Cell(self._titles.criterion(found.criterion_id), note=kind)

    def _agent(self, agent: Group) -> Cell:
        return text_cell(self._names[agent.key], self._links.agent(agent.key) if agent.now.calls else "")

    def _team_cell(self, key: str) -> Cell:
        return text_cell(self._words.team(key), self._links.team(key) if key else "")

    def teams(self) -> FigureTable:
        """On the page of everybody: each team with its figures."""
        kinds = {"team": "text", "mean": "score", "red": "count", "complaints": "count", "problem": "text"}
        kinds |= {"change": "change", "passed": "share", "scored": "count", "agents": "count"}
        wanted = [] if self._team.key else sorted(self._overview.teams.values(), key=lambda team: team.key)
        rows = [self._team_row(team) for team in wanted if team.now.calls or team.before.calls]
        empty = self._text("team.teams.empty")
        return table("teams", self._text("team.teams.title"), self._columns(**kinds), rows, empty)

    def _team_row(self, team: Group) -> tuple[Cell, ...]:
        worst = worth_training(team)
        problem = text_cell(self._titles.criterion(worst.criterion_id) if worst else "")
        count = count_cell(len(members(team, self._overview)))
        return (self._team_cell(team.key), *self._alarming(team), problem, *self._rest(team), count)

    def _columns(self, **kinds: str) -> list[Column]:
        return [Column(self._text(f"group.column.{key}"), kind) for key, kind in kinds.items()]


def _cell(agent: Group, criterion_id: str) -> HeatCell | None:
    figures = agent.now.criteria.get(criterion_id)
    share = figures.miss_share if figures else None
    return HeatCell(share.value, share.n) if share else None
