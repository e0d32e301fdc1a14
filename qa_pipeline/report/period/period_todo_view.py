"""What to do next week: no more than follows from the figures of the period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.review_figures import ReviewCounts
from qa_pipeline.report.clip_view import ClipView, RubricTitles
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.period.period_calls_view import PeriodCalls
from qa_pipeline.report.team.team_problems_view import TeamProblems
from qa_pipeline.rubric.model import Rubric


@dataclass(frozen=True)
class Todo:
    """``links``: label and address of the pages that it is about and that are there."""

    title: str
    text: str
    clip: ClipView | None = None
    links: tuple[tuple[str, str], ...] = ()


def todos(
    overview: Overview,
    agents: Sequence[Group],
    names: Mapping[str, str],
    per_agent: int | None,
    counts: ReviewCounts,
    listed: PeriodCalls,
    titles: RubricTitles,
    links: Links,
    words: GroupWords,
) -> tuple[Todo, ...]:
    """In the order of urgency: customers, then agents, then the plan."""
    text = words.wording.text
    found = [*_alarms(overview, listed, words), *_problem(overview, titles, links, words)]
    found += _below(agents, names, links, words)
    if counts.open:
        found.append(Todo(text("period.todo.appeals"), text("period.todo.appeals.text", count=counts.open)))
    short = [agent for agent in agents if per_agent and agent.now.scored < per_agent]
    if short and per_agent:
        told = [text("team.too_few.one", agent=names[a.key], n=per_agent - a.now.scored) for a in short]
        listed_agents = words.wording.joined(told)
        found.append(Todo(text("period.todo.plan"), text("period.todo.plan.text", agents=listed_agents)))
    return tuple(found)


def _alarms(overview: Overview, listed: PeriodCalls, words: GroupWords) -> Iterator[Todo]:
    text, now = words.wording.text, overview.everybody.now
    if now.red_calls or now.complaints:
        title = text("period.todo.listen" if listed.counts.heard else "period.todo.read")
        yield Todo(title, text("period.todo.alarms", told=listed.alerts_text()))
    if listed.without_proof:
        count = len(listed.without_proof)
        yield Todo(text("period.todo.proof"), text("period.todo.proof.text", count=count))


def _problem(overview: Overview, titles: RubricTitles, links: Links, words: GroupWords) -> Iterator[Todo]:
    """What costs most of that which enough calls miss, with a passage of somebody who has it right."""
    training = TeamProblems(overview.everybody, overview, titles, links, words).training()
    if training is None:
        return
    text, clip = words.wording.text, next(iter(training.clips), None)
    told = text("period.todo.train.text", why=training.why, advice=training.advice).strip()
    title = text("period.todo.train", criterion=training.criterion)
    yield Todo(title, told, clip.clip if clip else None)


def _below(agents: Sequence[Group], names: Mapping[str, str], links: Links, words: GroupWords) -> Iterator[Todo]:
    """Agents whose mean lies below the pass line, the lowest first; too few calls say nothing."""
    line = pass_percent(words.rubric)
    if line is None:
        return
    known = [(score.value, a) for a in agents if (score := a.now.score) and score.n >= MIN_CALLS]
    below = [agent for value, agent in sorted(known, key=lambda pair: (pair[0], pair[1].key)) if value < line]
    if below:
        text = words.wording.text
        told = [text("period.todo.below.one", agent=names[a.key], score=words.score(a.now.score)) for a in below]
        hrefs = tuple((names[a.key], href) for a in below if (href := links.coaching(a.key)))
        title = text("period.todo.below", count=len(below), least=MIN_CALLS)
        yield Todo(title, words.wording.joined(told), links=hrefs)


def pass_percent(rubric: Rubric) -> float | None:
    """The pass line in percent of what could be scored; a line in points says nothing about percentages."""
    return rubric.pass_percent
