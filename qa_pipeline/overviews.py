"""Pages and workbooks about a period: agents, teams, one-to-one sheets, weekly and monthly reports, score sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline import __version__
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.insight.overview import Group, Overview, overviews
from qa_pipeline.insight.period import ALWAYS, Period, PeriodKind, parse_period, period_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.overview_marks import PEOPLE, Marks, marks
from qa_pipeline.report import PageOptions
from qa_pipeline.report.agent.write_agent import write_agent_page
from qa_pipeline.report.coaching.write_coaching_sheet import write_coaching_sheet
from qa_pipeline.report.links import Links, period_file
from qa_pipeline.report.period.period_view import period_view
from qa_pipeline.report.period.write_period import write_period_report
from qa_pipeline.report.render import write_static
from qa_pipeline.report.team.write_team import write_team_page
from qa_pipeline.report.wording import LANGUAGES, wording
from qa_pipeline.report.workbooks.period_book import write_period_book
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store
from qa_pipeline.summaries import current_summaries, failure_rows, newest_day

#: Reports whose figures are gathered in one pass over the summaries.
_AT_ONCE = 16

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
        self._marks = Marks(out / "static" / "made-from.json")
        newest = newest_day(store, loaded)
        self._usual = period_of(newest, PeriodKind.MONTH) if newest else ALWAYS
        with _writing(out):
            write_static(out)

    @property
    def usual(self) -> Period:
        """What pages are about unless another period is asked for: the month of the newest call, or all calls where
        none says when it was."""
        return self._usual

    def over(self, period: Period | None = None) -> Overview:
        """Figures of a period, of the usual one without."""
        return next(self._over([period or self._usual], None))

    def _over(self, periods: Sequence[Period], summaries: Iterable[CallSummary] | None) -> Iterator[Overview]:
        """Figures of periods, of several out of each pass; ``summaries``: for the first pass."""
        for start in range(0, len(periods), _AT_ONCE):
            read = summaries if summaries is not None and not start else current_summaries(self._store, self._loaded)
            yield from overviews(read, periods[start : start + _AT_ONCE], self._store.actions())

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
        inside = current_summaries(self._store, self._loaded, wanted)
        with _writing(self._out):
            return write_score_sheet(inside, self._loaded.rubric, self._out, self._made, wanted.name)

    def write_all(self, period: Period | None = None) -> None:
        """Everything about a period; with the usual one also what ``write_outdated`` writes."""
        if period is None:
            now = self._now()
            self._write(now, self._outdated(now) | {self._usual.name, PEOPLE}, None)
        else:
            found = self.over(period)
            self.write_period(found, complete=True, to_usual=False)
            self._write_people(found)

    def write_outdated(self, summaries: Iterable[CallSummary] | None = None) -> bool:
        """The reports of all weeks and months, and the pages of people, that do not show what is stored: a call is new,
        or an earlier run ended before it came to them. False where there are none.

        ``summaries``: of all calls, where they are read for something else too; read to their end, or not at all.
        """
        now = self._now()
        names = self._outdated(now)
        if names:
            self._write(now, names, summaries)
        return bool(names)

    def _now(self) -> dict[str, str]:
        return marks(self._store, self._loaded, self._plan, self._usual)

    def _outdated(self, now: Mapping[str, str]) -> set[str]:
        before = self._marks.load()
        return {name for name, mark in now.items() if before.get(name) != mark or not self._is_there(name)}

    def _is_there(self, name: str) -> bool:
        return name == PEOPLE or (self._out / f"{period_file(name)}.html").exists()

    def _write(self, now: Mapping[str, str], names: Collection[str], summaries: Iterable[CallSummary] | None) -> None:
        """``now``: taken before anything is read, so that the next run finds what is stored meanwhile. What is done is
        noted piece by piece: a run may end at any moment."""
        others = sorted(parse_period(name) for name in names if name not in (self._usual.name, PEOPLE))
        made = self._over([self._usual, *others], summaries)
        found = next(made)
        # The team page links to the reports that lie there.
        for other in made:
            self.write_period(other, complete=other.period.kind is PeriodKind.WEEK)
            self._done(other.period.name, now)
        if self._usual.name in names:
            self.write_period(found, complete=True, to_usual=False)
            self._done(self._usual.name, now)
        if PEOPLE in names:
            self._remove_others(self._write_people(found))
            self._done(PEOPLE, now)

    def _write_people(self, found: Overview) -> set[str]:
        """The pages of teams and agents and the score sheet; the names of the pages."""
        self.write_score_sheet(found.period)
        teams = self.write_teams(found, complete=True)
        return {path.stem for path in (*teams, *self.write_agents(found, complete=True))}

    def _done(self, name: str, now: Mapping[str, str]) -> None:
        with _writing(self._out):
            self._marks.put(name, now[name])

    def _remove_others(self, written: Collection[str]) -> None:
        """Pages of agents and teams that have no calls any more: they show calls that belong to others now.

        Pages about another period and workbooks, which people may have filled in, stay.
        """
        for folder in ("agents", "teams", "coaching"):
            for page in (self._out / folder).glob("*.html"):
                stem = page.stem.removesuffix(".en")
                if "." not in stem and stem not in written:
                    page.unlink(missing_ok=True)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{out}: cannot be written to ({error.strerror}); mend this and run again") from None
