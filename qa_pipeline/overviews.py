"""Pages and workbooks about a period: agents, teams, one-to-one sheets, weekly and monthly reports, score sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline import __version__
from qa_pipeline.core.errors import UserError
from qa_pipeline.insight.overview import Group, Overview, overview
from qa_pipeline.insight.period import ALWAYS, Period, PeriodKind, period_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report import PageOptions
from qa_pipeline.report.links import Links
from qa_pipeline.report.period_view import period_view
from qa_pipeline.report.render import write_static
from qa_pipeline.report.wording import LANGUAGES, wording
from qa_pipeline.report.workbooks.period_book import write_period_book
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.report.write_agent import write_agent_page
from qa_pipeline.report.write_coaching_sheet import write_coaching_sheet
from qa_pipeline.report.write_period import write_period_report
from qa_pipeline.report.write_team import write_team_page
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store
from qa_pipeline.summaries import current_summaries, failure_rows, newest_day

#: Called before each page, with a name of what it is about.
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody waits."""


class Overviews:
    """Writes into the folder of the call pages, which it links to."""

    def __init__(self, out: Path, store: Store, loaded: LoadedRubric, plan: Plan, progress: Progress = _silent) -> None:
        self._out, self._store, self._loaded, self._plan = out, store, loaded, plan
        self._progress = progress
        self._made = PageOptions(version=__version__)
        self._usual = self._period_of_newest(PeriodKind.MONTH)
        with _writing(out):
            write_static(out)

    def _period_of_newest(self, kind: PeriodKind) -> Period:
        """The week or month of the newest call; all calls where none says when it was."""
        newest = newest_day(self._store, self._loaded)
        return period_of(newest, kind) if newest else ALWAYS

    def over(self, period: Period | None = None) -> Overview:
        """Figures of a period, of the usual one without."""
        summaries = current_summaries(self._store, self._loaded)
        return overview(summaries, period or self._usual, self._store.actions())

    def _mark(self, found: Overview) -> str:
        """Pages about the usual period have plain names; those about another one carry its name."""
        return "" if found.period == self._usual else f"-{found.period.name}"

    def write_agents(self, found: Overview, only: Collection[str] | None = None) -> list[Path]:
        """The pages and one-to-one sheets of agents with calls in the period or the one before."""
        wanted = sorted(key for key in found.agents if only is None or key in only)
        return [self.write_agent(found, found.agents[key]) for key in wanted]

    def write_agent(self, found: Overview, agent: Group) -> Path:
        rubric, mark = self._loaded.rubric, self._mark(found)
        self._progress(agent.name)
        with _writing(self._out):
            write_coaching_sheet(agent, found, rubric, self._out, self._made, mark)
            return write_agent_page(agent, found, rubric, self._out, self._made, mark)

    def write_teams(self, found: Overview, only: Collection[str] | None = None) -> list[Path]:
        """The page over all teams first, then one for each."""
        teams = [found.teams[key] for key in sorted(found.teams) if only is None or key in only]
        return [self.write_team(found, team) for team in (found.everybody, *teams)]

    def write_team(self, found: Overview, team: Group) -> Path:
        self._progress(team.name)
        with _writing(self._out):
            return write_team_page(
                team, found, self._loaded.rubric, self._out, self._made, self._plan, self._mark(found)
            )

    def write_period(self, found: Overview) -> Path:
        """The report of the period with its workbook."""
        rubric, name = self._loaded.rubric, found.period.name
        self._progress(name)
        failures, reviews = failure_rows(self._store), self._store.reviews(rubric.id)
        words = wording(LANGUAGES[0])
        view = period_view(found, rubric, reviews, failures, Links(self._out, words.lang), words, self._plan)
        with _writing(self._out):
            # The workbook first: the page links to what lies there.
            write_period_book(view, self._out, name, self._made.made_at)
            return write_period_report(found, rubric, reviews, failures, self._out, self._made, self._plan)

    def write_score_sheet(self, period: Period | None = None) -> Path:
        """The score sheet of a period's calls, to be checked and filled in by people."""
        wanted = period or self._usual
        self._progress(wanted.name)
        inside = (s for s in current_summaries(self._store, self._loaded) if wanted.has(s.started_at))
        with _writing(self._out):
            return write_score_sheet(inside, self._loaded.rubric, self._out, self._made, wanted.name)

    def write_all(self, period: Period | None = None, agents: Collection[str] | None = None) -> Overview:
        """Everything about a period: of the usual one, the month of the newest call, also the report of its week.

        ``agents``: only pages of these and of the teams are written anew, as others did not change.
        """
        found = self.over(period)
        self.write_teams(found)
        self.write_agents(found, agents)
        self.write_period(found)
        self.write_score_sheet(found.period)
        week = self._period_of_newest(PeriodKind.WEEK)
        if period is None and week.kind is PeriodKind.WEEK:
            self.write_period(self.over(week))
        return found


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{out}: cannot be written to ({error.strerror}); mend this and run again") from None
