"""The page of an agent over a period: what is good, what to work on, which passage to play, better or worse."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.insight.coaching import against_others, score_change
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.period import PeriodKind
from qa_pipeline.report.agent import agent_changes, agent_charts, agent_tables
from qa_pipeline.report.agent.agent_changes import Bench, BestCall, FirstClip, LeverView, StrengthView
from qa_pipeline.report.agent.agent_charts import SectionRow
from qa_pipeline.report.agent.agent_history import ActionView, action_views
from qa_pipeline.report.agent.agent_tables import CALL_CHARS, CallRow, ProblemRow, QuietRow, TalkTable
from qa_pipeline.report.charts import ChartView
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.links import Links, agent_file
from qa_pipeline.report.overview_words import (
    ChangeView,
    against_view,
    alongside_text,
    has_id,
    interval_text,
    mean_text,
    noted,
    period_days,
    period_title,
    score_change_view,
    short,
    suspected_text,
)
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import UNKNOWN, Wording, number, page_suffix, percent
from qa_pipeline.rubric.model import Rubric

#: Calls listed before the rest is folded away.
SHOWN_CALLS = 50

#: Calls with a red line that the summary links to.
_LINKED = 5


@dataclass(frozen=True)
class CallLink:
    text: str
    href: str


@dataclass(frozen=True)
class HeadView:
    """Who and when, and the figures of the summary, each a sentence."""

    agent: str
    agent_id: str
    team: str
    period: str
    days: str
    previous: str
    counts: str
    score: str
    """The mean without its notes, for the large figure; ``—`` where nothing was scored."""
    mean: str
    change: ChangeView
    alongside: str
    """What the change of the mean does not show; empty: nothing."""
    against: ChangeView
    passed: str
    red: bool
    red_lines: str
    red_calls: tuple[CallLink, ...]
    red_more: str
    """How many there are, where not all are linked to."""
    few: str
    """Said where too few calls were scored to conclude anything; else empty."""


@dataclass(frozen=True)
class AgentView:
    html_lang: str
    title: str
    other_page: str
    index_href: str
    team_href: str
    team_name: str
    sheet_href: str
    workbook_href: str
    head: HeadView
    first: FirstClip | None
    strengths: tuple[StrengthView, ...]
    best_call: BestCall | None
    """In place of strengths, where there are none."""
    red_lines: tuple[LeverView, ...]
    levers: tuple[LeverView, ...]
    trend: ChartView | None
    ability: tuple[ChartView, ...]
    sections: tuple[SectionRow, ...]
    problems: tuple[ProblemRow, ...]
    quiet: tuple[QuietRow, ...]
    talk: TalkTable | None
    calls: tuple[CallRow, ...]
    more_calls: tuple[CallRow, ...]
    actions: tuple[ActionView, ...]
    others: str
    """Who else is compared: the rest of the team."""
    beside: str
    """The team, all of it."""
    made: tuple[str, ...]


def agent_view(agent: Group, overview: Overview, rubric: Rubric, links: Links, wording: Wording) -> AgentView:
    bench = Bench(agent, overview, RubricTitles(rubric, wording), links, wording)
    strengths = agent_changes.strength_views(bench)
    levers, red_lines = agent_changes.lever_views(bench), agent_changes.red_line_views(bench)
    problems, quiet = agent_tables.problem_rows(bench)
    calls = agent_tables.call_rows(bench)
    head = _head(bench, rubric)
    return AgentView(
        html_lang=wording.html_lang,
        title=wording.text("agent.title", agent=head.agent, period=head.period),
        other_page=agent_file(agent.key, links.mark).rpartition("/")[2] + page_suffix(wording.other),
        index_href=links.index(),
        team_href=links.team(agent.team),
        team_name=head.team,
        sheet_href=links.coaching(agent.key),
        workbook_href=links.coaching(agent.key, ".xlsx"),
        head=head,
        first=agent_changes.first_clip(bench, (*red_lines, *levers), strengths),
        strengths=strengths,
        best_call=None if strengths else agent_changes.best_call_view(bench),
        red_lines=red_lines,
        levers=levers,
        trend=agent_charts.trend_chart(bench, rubric.pass_percent),
        ability=agent_charts.ability_charts(bench),
        sections=agent_charts.section_rows(bench),
        problems=problems,
        quiet=quiet if agent.now.scored else (),
        talk=agent_tables.talk_table(bench),
        calls=calls[:SHOWN_CALLS],
        more_calls=calls[SHOWN_CALLS:],
        actions=action_views(bench, rubric.id),
        others=bench.who,
        beside=wording.text("overview.team" if bench.team.key else "overview.all"),
        made=_made(bench, rubric),
    )


def _head(bench: Bench, rubric: Rubric) -> HeadView:
    agent, words, period = bench.agent, bench.wording, bench.overview.period
    now, before = agent.now, agent.before
    against, others = against_others(agent, bench.team)
    return HeadView(
        agent=short(shown(agent.name)) or words.text("agent.unknown"),
        agent_id=short(shown_identifier(agent.key)) if has_id(agent) else "",
        team=short(shown(agent.team)),
        period=period_title(period, words),
        days=period_days(period, words),
        previous="" if period.kind is PeriodKind.ALL else period_days(period.previous, words),
        counts=_counts(bench),
        score=UNKNOWN if now.score is None else f"{now.score.value:.1f}",
        mean=mean_text(now.score, words),
        change=score_change_view(score_change(before, now), before.score, words),
        alongside=alongside_text(agent, bench.titles.criterion, words),
        against=against_view(against, others, bench.who, words),
        passed=_passed(bench, rubric.pass_percent),
        red=bool(now.red_lines),
        red_lines=_red_lines(bench),
        red_calls=_red_calls(bench),
        red_more=words.text("agent.red.more", n=now.red_calls) if now.red_calls > _LINKED else "",
        few=_few(now.scored, words),
    )


def _counts(bench: Bench) -> str:
    """How many calls the mean is of, and why it is not of the others."""
    now, words = bench.agent.now, bench.wording
    told = [words.text("agent.counts", calls=now.calls, scored=now.scored)]
    for state in ("few", "none", "unscored"):
        if now.states[state]:
            told.append(words.text(f"agent.counts.{state}", n=now.states[state]))
    return words.text("agent.counts.and").join(told) + words.text("agent.stop")


def _few(scored: int, words: Wording) -> str:
    if scored >= MIN_CALLS:
        return ""
    return words.text("agent.few", n=scored, least=MIN_CALLS) if scored else words.text("agent.nothing_scored")


def _passed(bench: Bench, pass_percent: float | None) -> str:
    now, words = bench.agent.now, bench.wording
    share = now.pass_share
    if share is None:
        return words.text("agent.pass.none")
    line = "" if pass_percent is None else words.text("agent.pass.line", value=number(pass_percent))
    notes = [
        words.text("agent.pass.n", passed=now.states["passed"], n=now.judged),
        interval_text(share, words, 100.0),
        line,
    ]
    return words.text("agent.pass", share=percent(share.value), notes=noted(notes, words))


def _red_lines(bench: Bench) -> str:
    now, words = bench.agent.now, bench.wording
    if not now.red_lines:
        return words.text("agent.red.none", n=now.scored) if now.scored else ""
    told = [
        words.text("agent.red.one", title=bench.titles.criterion(which), count=count)
        for which, count in now.red_lines.most_common()
    ]
    suspected = suspected_text(now.red_calls, now.red_confirmed, words)
    key = "agent.red.confirmed" if now.red_confirmed == now.red_calls else "agent.red"
    return words.text(key, suspected=suspected, n=now.scored, told=words.joined(told))


def _red_calls(bench: Bench) -> tuple[CallLink, ...]:
    """The newest of them; all stand in the list of calls."""
    crossed = [line.call_id for line in bench.agent.calls if line.red_lines]
    return tuple(
        CallLink(short(shown_identifier(which), CALL_CHARS), bench.links.call(which)) for which in crossed[:_LINKED]
    )


def _made(bench: Bench, rubric: Rubric) -> tuple[str, ...]:
    """What the page rests on, and what it leaves out."""
    words, overview = bench.wording, bench.overview
    told = [
        words.text("overview.made.rubric", title=bench.titles.rubric, version=rubric.version),
        words.text("overview.made.period", days=period_days(overview.period, words)),
        words.text("overview.made.least", least=MIN_CALLS),
        words.text("overview.made.red_lines"),
        words.text("overview.made.read_back"),
    ]
    if overview.undated and overview.period.kind is not PeriodKind.ALL:
        told.append(words.text("overview.made.undated", n=overview.undated))
    return tuple(told)
