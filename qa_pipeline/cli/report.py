"""``report``: pages of stored calls, agents, teams and periods."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.config import Settings
    from qa_pipeline.insight.overview import Group, Overview
    from qa_pipeline.insight.period import Period
    from qa_pipeline.insight.plan import Plan
    from qa_pipeline.overviews import Overviews
    from qa_pipeline.pages import Pages
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store


class What(StrEnum):
    """What a report is about."""

    CALL = "call"
    AGENT = "agent"
    TEAM = "team"
    PERIOD = "period"
    SHEET = "sheet"
    ALL = "all"


Name = Annotated[
    str | None,
    typer.Argument(help="Id of the call, id or name of the agent, name of the team; agents and teams: all without."),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="week, month, all, 2026-W45, 2026-11 or 2026-11-02..2026-11-15; without: the month of the newest call.",
    ),
]


def report(
    what: Annotated[What, typer.Argument(help="What the pages are about; all: everything.")] = What.ALL,
    name: Name = None,
    period: PeriodOption = None,
    rubric: options.Rubric = None,
    store: options.Store = None,
    out: options.Out = None,
    lead_rules: options.LeadRules = None,
    audio: options.Audio = None,
    json: options.Json = False,
) -> int:
    """Write pages and workbooks: calls, agents, teams, weekly and monthly reports, score sheets, or all of them."""
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.cli.stored import open_existing, tell_unreadable
    from qa_pipeline.config import load_settings
    from qa_pipeline.rubric.loading import load_rubric

    _refuse_misfits(what, name, period)
    settings = load_settings({"rubric": rubric, "store": store, "out": out, "lead_rules": lead_rules, "audio": audio})
    loaded = load_rubric(settings.rubric)
    with open_existing(settings.store) as opened:
        refuse_changed_version(opened, loaded)
        work = _Work(settings, opened, loaded, quiet=json)
        written = work.write(what, name, period)
        code = tell_unreadable(opened, name if what is What.CALL else None)
    if json:
        typer.echo(json_module.dumps({"report": str(written.resolve())}))
    else:
        say([f"report: {written.resolve()}"])
    return code


def _refuse_misfits(what: What, name: str | None, period: str | None) -> None:
    from qa_pipeline.core.errors import UserError

    if what is What.CALL and name is None:
        raise UserError("report call needs a call id; report all takes none")
    if what in (What.ALL, What.PERIOD, What.SHEET) and name is not None:
        raise UserError(f"report {what} takes no name; a week or month is given with --period")
    if what is What.CALL and period is not None:
        raise UserError("report call takes no --period; report agent, team, period and sheet do")


class _Work:
    """One run of the command."""

    def __init__(self, settings: Settings, store: Store, loaded: LoadedRubric, *, quiet: bool) -> None:
        self._settings, self._store, self._loaded, self._quiet = settings, store, loaded, quiet

    def write(self, what: What, name: str | None, period: str | None) -> Path:
        """Write what is asked for; the page to open first."""
        if what is What.CALL:
            return self._call(name or "")
        if what is What.ALL:
            return self._all(period)
        written = self._overview(what, name, period)
        # The list links to what is there.
        self._pages().write_index(self._store, self._loaded)
        return written

    def _overview(self, what: What, name: str | None, period: str | None) -> Path:
        with self._overviews() as pages:
            asked = self._period(period)
            if what is What.SHEET:
                return pages.write_score_sheet(asked)
            found = pages.over(asked)
            if what is What.PERIOD:
                return pages.write_period(found)
            return self._agents(pages, found, name) if what is What.AGENT else self._teams(pages, found, name)

    def _pages(self, *, with_overviews: bool = False) -> Pages:
        from qa_pipeline.leads.loading import load_lead_rules
        from qa_pipeline.pages import Pages

        return Pages(
            self._settings.out,
            load_lead_rules(self._settings.lead_rules),
            self._settings.audio,
            with_overviews=with_overviews,
        )

    @contextmanager
    def _overviews(self) -> Iterator[Overviews]:
        from qa_pipeline.cli.progress import bar
        from qa_pipeline.overviews import Overviews

        # How many pages there will be is known only when the figures are: the bar names what is written.
        with bar(0, quiet=self._quiet) as advance:
            yield Overviews(
                self._settings.out, self._store, self._loaded, plan_of(self._settings), lambda name: advance(name, 1)
            )

    def _call(self, call_id: str) -> Path:
        from qa_pipeline.core.errors import UserError

        pages = self._pages()
        pages.learn(self._store, self._loaded)
        call = self._store.call(call_id)
        if call is None:
            raise UserError(f"report call {call_id}: no such call is stored; take an id from the index, or report all")
        page = pages.write(call, self._store, self._loaded, None)
        pages.write_index(self._store, self._loaded)
        return page

    def _all(self, period: str | None) -> Path:
        from qa_pipeline.cli.progress import bar

        asked = self._period(period)
        # Pages about another period have other names than those that calls and the list link to.
        pages = self._pages(with_overviews=asked is None)
        pages.learn(self._store, self._loaded)
        with bar(len(self._store.call_ids()), quiet=self._quiet) as advance:
            pages.write_all(self._store, self._loaded, lambda call_id: advance(call_id, 1))
        with self._overviews() as overviews:
            overviews.write_all(asked)
        return pages.write_index(self._store, self._loaded)

    def _period(self, text: str | None) -> Period | None:
        from qa_pipeline.insight.period import parse_period
        from qa_pipeline.summaries import newest_day

        return parse_period(text, newest_day(self._store, self._loaded)) if text else None

    def _agents(self, pages: Overviews, found: Overview, name: str | None) -> Path:
        from qa_pipeline.core.errors import UserError

        if name is None:
            if not found.everybody.now.calls:
                raise UserError(f"report agent: no call in {found.period.name}; the newest is of {found.newest}")
            pages.write_agents(found)
            return pages.write_team(found, found.everybody)
        return pages.write_agent(found, _chosen(list(found.agents.values()), name, "agent"))

    def _teams(self, pages: Overviews, found: Overview, name: str | None) -> Path:
        if name is None:
            return pages.write_teams(found)[0]
        return pages.write_team(found, _chosen(list(found.teams.values()), name, "team"))


def plan_of(settings: Settings) -> Plan:
    """The sampling plan of the settings."""
    from qa_pipeline.insight.plan import Plan

    return Plan(settings.inspect_per_agent_week, settings.inspect_per_agent_month)


def _chosen(groups: list[Group], name: str, kind: str) -> Group:
    """The agent or team that goes by an id or a name; UserError where none does, or several do."""
    from qa_pipeline.core.errors import UserError

    found = [group for group in groups if group.key == name] or [group for group in groups if group.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"report {kind} {name}: several go by that name; give the id: {_listed(g.key for g in found)}")
    known = _listed(group.key for group in groups) or "none in the store"
    raise UserError(f"report {kind} {name}: no such {kind} in this period or the one before; there are: {known}")


def _listed(names: Iterable[str], most: int = 12) -> str:
    kept = sorted(names)
    return ", ".join(kept[:most]) + (f" and {len(kept) - most} more" if len(kept) > most else "")
