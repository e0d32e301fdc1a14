"""Agreed actions: what was agreed on, and whether the behaviour changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qa_pipeline.insight.coaching import Trend, progress_change
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import ActionProgress
from qa_pipeline.report.agent.agent_changes import Bench
from qa_pipeline.report.text import shown
from qa_pipeline.report.wording import percent


@dataclass(frozen=True)
class ActionView:
    """``trend``: better, worse, unclear, too_few, or none where no criterion says what shall change."""

    agreed_on: str
    due: str
    action: str
    leader: str
    criterion: str
    before: str
    after: str
    trend: str
    text: str


def action_views(bench: Bench, rubric_id: str) -> tuple[ActionView, ...]:
    """The agent's actions under the rubric, the newest first."""
    mine = [p for p in bench.overview.progress if p.action.agent == bench.agent.key and p.action.rubric_id == rubric_id]
    mine.sort(key=lambda p: (p.action.agreed_on.toordinal(), p.action.action), reverse=True)
    return tuple(_action(progress, bench) for progress in mine)


def _action(progress: ActionProgress, bench: Bench) -> ActionView:
    action, words = progress.action, bench.wording
    trend = progress_change(progress).trend.value if action.criterion_id else "none"
    return ActionView(
        agreed_on=words.day(action.agreed_on),
        due=_due(action.due_on, bench),
        action=shown(action.action),
        leader=shown(action.leader),
        criterion=bench.titles.criterion(action.criterion_id) if action.criterion_id else "",
        before=_share(progress.before, bench) if action.criterion_id else "",
        after=_share(progress.after, bench) if action.criterion_id else "",
        trend=trend,
        text=_conclusion(progress, trend, bench),
    )


def _due(due_on: date | None, bench: Bench) -> str:
    """The goal date, and whether the newest call lies behind it: no clock is read."""
    if due_on is None:
        return ""
    newest = bench.overview.newest
    key = "agent.due.over" if newest and newest > due_on else "agent.due"
    return bench.wording.text(key, day=bench.wording.day(due_on))


def _share(figures: CriterionFigures, bench: Bench) -> str:
    """How often the behaviour was right."""
    met = figures.met_share
    if met is None:
        return bench.wording.text("agent.action.no_calls")
    return bench.wording.text("overview.share", share=percent(met.value), n=met.n)


def _conclusion(progress: ActionProgress, trend: str, bench: Bench) -> str:
    words, after, before = bench.wording, progress.after.n, progress.before.n
    if trend == "none":
        return words.text("agent.action.no_criterion", n=progress.calls_after)
    if trend != Trend.TOO_FEW:
        return words.text(f"agent.action.{trend}")
    if after == 0:
        return words.text("agent.action.none_yet")
    few_after = after < MIN_CALLS
    return words.text("agent.action.few" if few_after else "agent.action.few_before", n=after if few_after else before)
