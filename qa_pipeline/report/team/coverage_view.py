"""Inspected calls against the sampling plan: a row per agent, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.insight.overview import Group
from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.insight.plan import coverage
from qa_pipeline.report.figure_tables import Cell, Column, FigureTable, count_cell, plain_share_cell, table, text_cell
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import UNKNOWN, percent

_COLUMNS = {"agent": "text", "team": "text", "calls": "count", "scored": "count", "planned": "count", "short": "count"}


def coverage_table(
    agents: Sequence[Group], names: Mapping[str, str], per_agent: int | None, links: Links, words: GroupWords
) -> FigureTable:
    """Who lacks most first."""
    text = words.wording.text
    columns = [Column(text(f"group.column.{key}"), kind) for key, kind in _COLUMNS.items()]
    columns.append(Column(text("group.column.done"), "share"))
    ordered = sorted(agents, key=lambda a: (a.now.scored, names[a.key], a.key))
    rows = [_row(agent, names[agent.key], per_agent, links, words) for agent in ordered]
    return table("coverage", text("group.coverage.title"), columns, rows, text("team.empty"))


def _row(agent: Group, name: str, per_agent: int | None, links: Links, words: GroupWords) -> tuple[Cell, ...]:
    scored = agent.now.scored
    short = max(0, per_agent - scored) if per_agent else None
    return (
        text_cell(name, links.agent(agent.key) if agent.now.calls else ""),
        text_cell(words.team(agent.team), links.team(agent.team) if agent.team else ""),
        count_cell(agent.now.calls),
        count_cell(scored),
        count_cell(per_agent),
        count_cell(short, mark="alarm" if short else ""),
        plain_share_cell(min(1.0, scored / per_agent)) if per_agent else Cell(UNKNOWN),
    )


def coverage_text(agents: Sequence[Group], per_agent: int | None, period: Period, words: GroupWords) -> str:
    """What was inspected of what is planned; without a plan, how one is set."""
    text = words.wording.text
    if per_agent is None:
        return text(_no_plan(period))
    found = coverage([agent.now.scored for agent in agents], per_agent)
    if not found.planned:
        return text("team.empty")
    values = {"counted": found.counted, "planned": found.planned, "covered": found.covered, "agents": found.agents}
    return text("group.coverage.text", per_agent=per_agent, share=percent(found.share), **values)


def _no_plan(period: Period) -> str:
    return f"group.coverage.none.{period.kind}" if _can_be_planned(period) else "group.coverage.range"


def plan_note(per_agent: int | None, period: Period, words: GroupWords) -> str:
    """How a plan is set; empty where there is one, or none can be."""
    is_missing = per_agent is None and _can_be_planned(period)
    return words.wording.text(f"group.notes.plan.{period.kind}") if is_missing else ""


def _can_be_planned(period: Period) -> bool:
    return period.kind in (PeriodKind.WEEK, PeriodKind.MONTH)
