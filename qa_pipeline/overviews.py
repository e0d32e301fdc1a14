"""Pages and workbooks about a period: agents, teams, one-to-one sheets, weekly and monthly reports, score sheets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from qa_pipeline import __version__
from qa_pipeline.core.errors import UserError
from qa_pipeline.insight.overview import Group, Overview, overview
from qa_pipeline.insight.period import ALWAYS, Period, PeriodKind, period_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report import PageOptions
from qa_pipeline.report.agent.write_agent import write_agent_page
from qa_pipeline.report.coaching.write_coaching_sheet import write_coaching_sheet
from qa_pipeline.report.links import Links
from qa_pipeline.report.period.period_view import period_view
from qa_pipeline.report.period.write_period import write_period_report
from qa_pipeline.report.render import write_static
from qa_pipeline.report.team.write_team import write_team_page
from qa_pipeline.report.wording import LANGUAGES, wording
from qa_pipeline.report.workbooks.period_book import write_period_book
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store
from qa_pipeline.summaries import current_summaries, failure_rows, newest_day, summary_keys

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

    @property
    def usual(self) -> Period:
        """What pages are about unless another period is asked for."""
        return self._usual

    def over(self, period: Period | None = None) -> Overview:
        """Figures of a period, of the usual one without."""
        summaries = current_summaries(self._store, self._loaded)
        return overview(summaries, period or self._usual, self._store.actions())

    def _mark(self, found: Overview) -> str:
        """Pages about the usual period have plain names; those about another one carry its name.

        After a point: names of pages hold none, so that no agent's id ends like this.
        """
        return "" if found.period == self._usual else f".{found.period.name}"

    def write_agents(self, found: Overview, *, complete: bool = False) -> list[Path]:
        """The pages and one-to-one sheets of all agents. ``complete``: those of all teams are there or will be."""
        return [self.write_agent(found, found.agents[key], complete=complete) for key in sorted(found.agents)]

    def write_agent(self, found: Overview, agent: Group, *, complete: bool = False) -> Path:
        rubric, mark = self._loaded.rubric, self._mark(found)
        self._progress(agent.name)
        with _writing(self._out):
            # The sheet links to the page that follows, and the page to the sheet that lies there by then.
            write_coaching_sheet(agent, found, rubric, self._out, self._made, mark, complete=True)
            return write_agent_page(agent, found, rubric, self._out, self._made, mark, complete)

    def write_teams(self, found: Overview, *, complete: bool = False) -> list[Path]:
        """The page over all teams first, then one for each. ``complete``: those of all agents are there or will be."""
        teams = (found.everybody, *(found.teams[key] for key in sorted(found.teams)))
        return [self.write_team(found, team, complete=complete) for team in teams]

    def write_team(self, found: Overview, team: Group, *, complete: bool = False) -> Path:
        rubric, mark = self._loaded.rubric, self._mark(found)
        self._progress(team.name)
        with _writing(self._out):
            return write_team_page(team, found, rubric, self._out, self._made, self._plan, mark, complete)

    def write_period(self, found: Overview, *, complete: bool = False, to_usual: bool | None = None) -> Path:
        """The report of the period with its workbook. ``complete``: pages of agents and teams are there or will be.

        ``to_usual``: it links to those of the usual period; without, a week does, which has none of its own.
        """
        rubric, name = self._loaded.rubric, found.period.name
        is_usual = found.period.kind is PeriodKind.WEEK if to_usual is None else to_usual
        mark = "" if is_usual else self._mark(found)
        self._progress(name)
        failures, reviews = failure_rows(self._store), self._store.reviews(rubric.id)
        words = wording(LANGUAGES[0])
        links = Links(self._out, words.lang, mark=mark, complete=complete)
        view = period_view(found, rubric, reviews, failures, links, words, self._plan)
        with _writing(self._out):
            # The workbook first: the page links to what lies there.
            write_period_book(view, self._out, name, self._made.made_at)
            return write_period_report(
                found, rubric, reviews, failures, self._out, self._made, self._plan, complete, mark
            )

    def write_score_sheet(self, period: Period | None = None) -> Path:
        """The score sheet of a period's calls, to be checked and filled in by people."""
        wanted = period or self._usual
        self._progress(wanted.name)
        inside = (s for s in current_summaries(self._store, self._loaded) if wanted.has(s.started_at))
        with _writing(self._out):
            return write_score_sheet(inside, self._loaded.rubric, self._out, self._made, wanted.name)

    def write_all(self, period: Period | None = None, touched: Iterable[date] = ()) -> None:
        """Everything about a period: of the usual one, the month of the newest call, also the report of its week.

        ``touched``: days whose weeks and months are reported on anew, as a call of them was worked on.
        """
        found = self.over(period)
        # The team page links to the reports that lie there.
        for other in sorted(self._reported(period, touched) - {found.period}):
            is_week = other.kind is PeriodKind.WEEK
            self.write_period(self.over(other), complete=period is None and is_week)
        self.write_period(found, complete=True, to_usual=False)
        self.write_score_sheet(found.period)
        teams = self.write_teams(found, complete=True)
        agents = self.write_agents(found, complete=True)
        if period is None:
            self._remove_others({path.stem for path in (*teams, *agents)})
            self._remember()

    def _remove_others(self, written: Collection[str]) -> None:
        """Pages of agents and teams that have no calls any more: they show calls that belong to others now.

        Pages about another period and workbooks, which people may have filled in, stay.
        """
        for folder in ("agents", "teams", "coaching"):
            for page in (self._out / folder).glob("*.html"):
                stem = page.stem.removesuffix(".en")
                if "." not in stem and stem not in written:
                    page.unlink(missing_ok=True)

    def _reported(self, period: Period | None, touched: Iterable[date]) -> set[Period]:
        """Weeks and months that have a report of their own."""
        found = {period_of(day, kind) for day in touched for kind in (PeriodKind.WEEK, PeriodKind.MONTH)}
        newest = self._period_of_newest(PeriodKind.WEEK)
        return found | ({newest} if period is None and newest != ALWAYS else set())

    def is_current(self) -> bool:
        """Whether the folder shows exactly what is stored: an earlier run may have ended before it came to that."""
        try:
            return self._marker.read_text(encoding="ascii") == self._fingerprint()
        except (OSError, ValueError):
            return False

    def _remember(self) -> None:
        with _writing(self._out):
            self._marker.write_text(self._fingerprint(), encoding="ascii")

    @property
    def _marker(self) -> Path:
        return self._out / "static" / "made-from.txt"

    def _fingerprint(self) -> str:
        """Of all that these pages are made of."""
        keys = summary_keys(self._store, self._loaded)
        made = (__version__, self._plan, self._usual, len(self._store.actions()), sorted(keys.items()))
        return hashlib.sha256(repr(made).encode()).hexdigest()


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{out}: cannot be written to ({error.strerror}); mend this and run again") from None
