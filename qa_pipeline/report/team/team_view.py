"""A team's page for a period, in the order in which its leader needs it on Monday morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.period import PeriodKind
from qa_pipeline.insight.plan import Plan
from qa_pipeline.insight.review_figures import confirmed_red_lines
from qa_pipeline.report.charts import ChartView
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import FigureTable
from qa_pipeline.report.group_words import FigureCard, GroupWords, agent_names, members
from qa_pipeline.report.links import Links, period_file, team_file
from qa_pipeline.report.team.alarm_words import AlarmWords
from qa_pipeline.report.team.alerts_view import AlertMaker, AlertView
from qa_pipeline.report.team.team_figures_view import TeamFigures
from qa_pipeline.report.team.team_people_view import TeamPeople
from qa_pipeline.report.team.team_problems_view import MorningClip, TeamProblems, Training
from qa_pipeline.report.text import shown
from qa_pipeline.report.wording import Wording, page_suffix
from qa_pipeline.rubric.model import Rubric

#: A leader looks into these before the meeting; the list of all calls finds the others.
FIRST_ALERTS, MOST_ALERTS = 3, 20


@dataclass(frozen=True)
class Alerts:
    """``head``: what it is and how many; ``first``: what to do about it; empty where there are none."""

    head: str
    first: str
    count: int
    items: tuple[AlertView, ...]
    folded: tuple[AlertView, ...]
    more: str
    """How many others there are; empty: none."""


@dataclass(frozen=True)
class TeamView:
    """``charts`` are None where there is nothing to draw; tables and notes then say why."""

    html_lang: str
    other_page: str
    title: str
    name: str
    is_all: bool
    period: str
    previous: str
    rubric: str
    index_href: str
    all_href: str
    """The page of all teams; empty on that page."""
    report_href: str
    """The week's or month's report; empty: there is none."""
    cards: tuple[FigureCard, ...]
    sentences: tuple[str, ...]
    red_lines: Alerts
    complaints: Alerts
    training: Training | None
    """The one thing to practise together."""
    problems: FigureTable
    problems_chart: ChartView | None
    distribution: ChartView | None
    ranking: FigureTable
    ranking_chart: ChartView | None
    too_few: str
    """Who is not ranked; empty: everybody is."""
    heat_map: ChartView | None
    stages: ChartView | None
    stages_note: str
    clips: tuple[MorningClip, ...]
    """Of other things that are missed."""
    coverage: FigureTable
    coverage_text: str
    weeks_chart: ChartView | None
    weeks: FigureTable
    against: FigureTable
    """This period beside the last."""
    teams: FigureTable
    """On the page of everybody."""
    agents: FigureTable
    notes: tuple[str, ...]
    """How to read the figures, and what can be set up."""
    has_calls: bool


def team_view(team: Group, overview: Overview, rubric: Rubric, links: Links, wording: Wording, plan: Plan) -> TeamView:
    words, titles = GroupWords(wording, rubric), RubricTitles(rubric, wording)
    agents = members(team, overview)
    names = agent_names(agents, wording)
    alarms = AlarmWords(wording, confirmed_red_lines(overview))
    counts, alerts = alarms.counts(team.calls), AlertMaker(titles, links, wording, names, alarms)
    problems = TeamProblems(team, overview, titles, links, words)
    figures = TeamFigures(team, overview, titles, words)
    people = TeamPeople(team, overview, agents, names, titles, links, words, alarms)
    label = words.team(team.key) if team.key else wording.text("team.all")
    coverage, covered, plan_note = people.coverage(plan)
    first = alarms.first(counts)
    return TeamView(
        html_lang=wording.html_lang,
        other_page=f"{team_file(team.key, links.mark).rpartition('/')[2]}{page_suffix(wording.other)}",
        title=wording.text("team.title", team=label, period=words.period(overview.period)),
        name=label,
        is_all=not team.key,
        period=words.period(overview.period),
        previous=words.period(overview.period.previous) if overview.period.kind is not PeriodKind.ALL else "",
        rubric=wording.text("group.rubric", title=titles.rubric, version=shown(rubric.version)),
        index_href=links.index(),
        all_href=links.team() if team.key else "",
        report_href=_report(overview, links),
        cards=(*words.cards(team), *alarms.cards(team)),
        sentences=_sentences(team, words, titles, problems),
        red_lines=_few(alarms.red(counts), first, alerts.red_lines(team.calls), wording),
        complaints=_few(alarms.complaints(counts), first, alerts.complaints(team.calls), wording),
        training=problems.training(),
        problems=problems.table(),
        problems_chart=problems.chart(),
        distribution=figures.distribution(),
        ranking=people.ranking(),
        ranking_chart=people.ranking_chart(),
        too_few=people.too_few(),
        heat_map=people.heat_map(),
        stages=figures.stages(),
        stages_note=figures.stages_note(),
        clips=problems.clips(),
        coverage=coverage,
        coverage_text=covered,
        weeks_chart=figures.trend(),
        weeks=figures.weeks(),
        against=figures.against(),
        teams=people.teams(),
        agents=people.agents(),
        notes=_notes(team, overview, plan_note, wording),
        has_calls=bool(team.now.calls),
    )


def _few(head: str, first: str, alerts: Sequence[AlertView], wording: Wording) -> Alerts:
    rest = len(alerts) - MOST_ALERTS
    more = wording.text("team.more_alerts", count=rest) if rest > 0 else ""
    shown_first, folded = tuple(alerts[:FIRST_ALERTS]), tuple(alerts[FIRST_ALERTS:MOST_ALERTS])
    return Alerts(head, first if alerts else "", len(alerts), shown_first, folded, more)


def _notes(team: Group, overview: Overview, plan_note: str, wording: Wording) -> tuple[str, ...]:
    text, now = wording.text, team.now
    notes = [text(f"group.notes.{key}", least=MIN_CALLS) for key in ("range", "trend", "miss", "red", "complaints")]
    notes += [plan_note, text("group.notes.score") if now.calls and not now.scored else ""]
    notes.append("" if team.key or overview.teams else text("group.notes.teams"))
    return tuple(filter(None, notes))


def _report(overview: Overview, links: Links) -> str:
    name = overview.period.name
    return links.period(name) if (links.out / f"{period_file(name)}.html").exists() else ""


def _sentences(team: Group, words: GroupWords, titles: RubricTitles, problems: TeamProblems) -> tuple[str, ...]:
    """What the cards say, in the order in which somebody would tell it."""
    text, now = words.wording.text, team.now
    if not now.calls:
        return (text("team.say.no_calls"),)
    if not now.scored:
        return (text("team.say.none_scored", calls=now.calls),)
    said = [*words.score_sentence(team, titles)]
    if now.judged:
        line = words.pass_line()
        said.append(text("team.say.passed", share=words.share(now.pass_share), line=line, passed=now.states["passed"]))
    else:
        said.append(text("team.say.no_pass_line"))
    return (*said, *problems.sentence())
