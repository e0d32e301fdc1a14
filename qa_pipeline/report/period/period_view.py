"""The weekly or monthly report: inspected calls against plan, pass rates, findings, verdicts that people changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qa_pipeline.core.review import Review
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Overview
from qa_pipeline.insight.period import Period, PeriodKind, day_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.insight.review_figures import confirmed_red_lines, review_lines
from qa_pipeline.report.charts import ChartView
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import FigureTable
from qa_pipeline.report.group_words import FigureCard, GroupWords, agent_names, members
from qa_pipeline.report.links import Links, period_file
from qa_pipeline.report.period.period_calls_view import PeriodCalls
from qa_pipeline.report.period.period_findings_view import PeriodFindings
from qa_pipeline.report.period.period_reviews_view import PeriodReviews
from qa_pipeline.report.period.period_teams_view import PeriodTeams
from qa_pipeline.report.period.period_todo_view import Todo, todos
from qa_pipeline.report.team.alarm_words import AlarmWords
from qa_pipeline.report.team.coverage_view import coverage_table, coverage_text, plan_note
from qa_pipeline.report.text import shown
from qa_pipeline.report.values import FailureRow
from qa_pipeline.report.wording import Wording, page_suffix
from qa_pipeline.rubric.model import Rubric

#: The weekly report is due on Friday, the monthly one before the fifth of the next month.
FRIDAY, DAYS_AFTER_MONTH = 4, 5


@dataclass(frozen=True)
class PeriodView:
    """The page and the workbook show the same tables: ``tables`` lists them in their order."""

    html_lang: str
    other_page: str
    title: str
    heading: str
    days: str
    previous: str
    due: str
    """When it is to be handed in; empty for other ranges of days."""
    running: str
    """Says up to which day it goes while the period is not over; empty afterwards."""
    rubric: str
    index_href: str
    teams_href: str
    workbook_href: str
    cards: tuple[FigureCard, ...]
    sentences: tuple[str, ...]
    coverage_text: str
    pass_text: str
    teams_note: str
    reviews_text: str
    no_proof_text: str
    failures_text: str
    alerts_text: str
    todo: tuple[Todo, ...]
    sections_chart: ChartView | None
    coverage_teams: FigureTable
    coverage_agents: FigureTable
    passed: FigureTable
    red_lines: FigureTable
    sections: FigureTable
    findings: FigureTable
    review_teams: FigureTable
    reviews: FigureTable
    no_proof: FigureTable
    failures: FigureTable
    alerts: FigureTable
    notes: tuple[str, ...]
    """How to read the figures, and what can be set up."""
    has_calls: bool

    @property
    def tables(self) -> tuple[FigureTable, ...]:
        return (
            self.coverage_teams,
            self.coverage_agents,
            self.passed,
            self.red_lines,
            self.sections,
            self.findings,
            self.review_teams,
            self.reviews,
            self.no_proof,
            self.failures,
            self.alerts,
        )


def period_view(
    overview: Overview,
    rubric: Rubric,
    reviews: Sequence[Review],
    failures: Sequence[FailureRow],
    links: Links,
    wording: Wording,
    plan: Plan,
    made_at: datetime | None = None,
) -> PeriodView:
    """``made_at``: when the report is made; without it, the newest call says whether the period is over."""
    words, titles = GroupWords(wording, rubric), RubricTitles(rubric, wording)
    agents = members(overview.everybody, overview)
    names = agent_names(agents, wording)
    per_agent = plan.per_agent(overview.period)
    teams = PeriodTeams(overview, agents, per_agent, links, words)
    confirmed = confirmed_red_lines(overview)
    alarms = AlarmWords(wording, confirmed)
    findings = PeriodFindings(overview, titles, words, confirmed)
    changes = PeriodReviews(review_lines(reviews, overview), overview, names, titles, links, words)
    listed = PeriodCalls(overview, failures, names, titles, links, words, alarms)
    everybody, period = overview.everybody, overview.period
    return PeriodView(
        html_lang=wording.html_lang,
        other_page=f"{period.name}{page_suffix(wording.other)}",
        title=f"{wording.text(f'period.title.{period.kind}')} · {words.period(period)}",
        heading=wording.text(f"period.title.{period.kind}"),
        days=words.period(period),
        previous=words.period(period.previous) if period.kind is not PeriodKind.ALL else "",
        due=_due(period, wording),
        running=_running(overview, made_at, wording),
        rubric=wording.text("group.rubric", title=titles.rubric, version=shown(rubric.version)),
        index_href=links.index(),
        teams_href=links.team(),
        workbook_href=_workbook(period, links),
        cards=(*words.cards(everybody), *alarms.cards(everybody)),
        sentences=_sentences(overview, words, titles, changes, listed),
        coverage_text=coverage_text(agents, per_agent, period, words),
        pass_text=_pass_text(words),
        teams_note=teams.note(),
        reviews_text=changes.text(),
        no_proof_text=listed.no_proof_text(),
        failures_text=listed.failures_text(),
        alerts_text=listed.alerts_text(),
        todo=todos(overview, agents, names, per_agent, changes.counts, listed, titles, links, words),
        sections_chart=findings.chart(),
        coverage_teams=teams.coverage(),
        coverage_agents=coverage_table(agents, names, per_agent, links, words),
        passed=teams.passed(),
        red_lines=findings.red_lines(),
        sections=findings.sections(),
        findings=findings.findings(),
        review_teams=changes.by_team(),
        reviews=changes.table(),
        no_proof=listed.no_proof(),
        failures=listed.failures(),
        alerts=listed.alerts(),
        notes=_notes(overview, per_agent, words, listed),
        has_calls=bool(everybody.now.calls),
    )


def _due(period: Period, wording: Wording) -> str:
    if period.kind is PeriodKind.WEEK:
        return wording.text("period.due.week", day=wording.weekday_day(period.first + timedelta(days=FRIDAY)))
    if period.kind is PeriodKind.MONTH:
        return wording.text("period.due.month", day=wording.day(period.last + timedelta(days=DAYS_AFTER_MONTH)))
    return ""


def _running(overview: Overview, made_at: datetime | None, wording: Wording) -> str:
    last, newest = overview.period.last, overview.newest
    if overview.period.kind is PeriodKind.ALL or newest is None:
        return ""
    today = day_of(made_at) if made_at else newest
    if today > last or (made_at is None and today == last):
        return ""
    return wording.text("period.running", day=wording.day(_until(today, newest)))


def _until(today: date, newest: date) -> date:
    """Calls of the future are wrong clocks: the report goes to today."""
    return min(today, newest)


def _workbook(period: Period, links: Links) -> str:
    path = links.out / f"{period_file(period.name)}.xlsx"
    return links.period(period.name, ".xlsx") if path.exists() else ""


def _pass_text(words: GroupWords) -> str:
    line = words.pass_line()
    return words.wording.text("period.pass.line", line=line) if line else words.wording.text("period.pass.none")


def _notes(overview: Overview, per_agent: int | None, words: GroupWords, listed: PeriodCalls) -> tuple[str, ...]:
    text = words.wording.text
    notes = [text(f"group.notes.{key}", least=MIN_CALLS) for key in ("range", "trend", "miss", "red", "complaints")]
    notes.append(plan_note(per_agent, overview.period, words))
    notes.append("" if words.pass_line() else text("group.notes.pass"))
    notes.append(text("group.notes.recordings") if listed.is_proof_unknown else "")
    return tuple(filter(None, notes))


def _sentences(
    overview: Overview, words: GroupWords, titles: RubricTitles, changes: PeriodReviews, listed: PeriodCalls
) -> tuple[str, ...]:
    text, now = words.wording.text, overview.everybody.now
    if not now.calls:
        return (text("team.say.no_calls"),)
    said = [text("period.say.calls", calls=now.calls, scored=now.scored)]
    if now.scored:
        said += words.score_sentence(overview.everybody, titles)
    if now.judged:
        line, passed = words.pass_line(), now.states["passed"]
        said.append(text("team.say.passed", share=words.share(now.pass_share), line=line, passed=passed))
    said.append(listed.alerts_text())
    return (*said, changes.text(), listed.no_proof_text())
