"""What to do next week: no more than follows from the figures of the period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.review_figures import ReviewCounts
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.period.period_calls_view import PeriodCalls
from qa_pipeline.report.wording import UNKNOWN, percent
from qa_pipeline.rubric.model import Rubric


@dataclass(frozen=True)
class Todo:
    """``links``: label and address of pages that it is about."""

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
        values = {"red": now.red_calls, "complaints": now.complaints}
        yield Todo(text("period.todo.listen"), text("period.todo.listen.text", **values))
    if listed.without_proof:
        count = len(listed.without_proof)
        yield Todo(text("period.todo.proof"), text("period.todo.proof.text", count=count))


def _problem(overview: Overview, titles: RubricTitles, links: Links, words: GroupWords) -> Iterator[Todo]:
    """The most frequent miss that enough calls show, with the best passage of somebody who has it right."""
    everybody = overview.everybody
    known = [c for c in everybody.now.criteria.values() if c.failed and c.n >= MIN_CALLS]
    worst = min(known, key=lambda c: (-c.failed, -c.lost, c.criterion_id), default=None)
    if worst is None:
        return
    best = next(everybody.clips.good(worst.criterion_id), None)
    yield _train(worst, best, titles, links, words)


def _train(worst: CriterionFigures, best: ClipOf | None, titles: RubricTitles, links: Links, words: GroupWords) -> Todo:
    text = words.wording.text
    share = percent(worst.miss_share.value) if worst.miss_share else UNKNOWN
    title = text("period.todo.train", criterion=titles.criterion(worst.criterion_id))
    told = text("period.todo.train.text", share=share, n=worst.n, advice=titles.advice(worst.criterion_id))
    return Todo(title, told.strip(), clip_view(best, titles, links, words.wording) if best else None)


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
        hrefs = tuple((names[a.key], links.coaching(a.key)) for a in below)
        title = text("period.todo.below", count=len(below), least=MIN_CALLS)
        yield Todo(title, words.wording.joined(told), links=hrefs)


def pass_percent(rubric: Rubric) -> float | None:
    """The pass line in percent of what could be scored; a line in points says nothing about percentages."""
    return rubric.pass_percent
