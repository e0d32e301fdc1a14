"""Figures of a coaching sheet in words: never without their n, never a conclusion from too few calls."""

from __future__ import annotations

import unicodedata

from qa_pipeline.insight.coaching import Lever, Praise, Strength, Trend, against_others, progress_change, score_change
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS, Estimate
from qa_pipeline.insight.overview import ActionProgress, Group
from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.report.wording import UNKNOWN, Wording, number, percent, points


def cut(text: str, most: int) -> str:
    """On one line, and no wider than ``most`` Chinese characters; Latin ones are half as wide."""
    line = " ".join(text.split())
    width = 0.0
    for place, character in enumerate(line):
        width += 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.5
        if width > most:
            return line[: place - 1].rstrip() + "…"
    return line


def score_line(agent: Group, team: Group, period: Period, wording: Wording) -> str:
    """Mean of the period with its interval, beside the last period (all calls have none) and the other agents."""
    _, rest = against_others(agent, team)
    return wording.text(
        "coaching_sheet.score.all" if period.kind is PeriodKind.ALL else "coaching_sheet.score",
        now=_mean(agent.now.score, wording, interval=True),
        before=_mean(agent.before.score, wording),
        others=wording.text("coaching_sheet.score.others", who=others(team, wording), mean=_mean(rest, wording)),
        change=_score_change(agent, wording),
    )


def _score_change(agent: Group, wording: Wording) -> str:
    change = score_change(agent.before, agent.now)
    points_ = number(abs(change.difference.value)) if change.difference else ""
    return wording.text(f"coaching_sheet.score.{change.trend}", points=points_)


def _mean(score: Estimate | None, wording: Wording, interval: bool = False) -> str:
    if score is None:
        return UNKNOWN
    if interval and score.known and score.low is not None and score.high is not None:
        low, high = number(score.low), number(score.high)
        return wording.text("coaching_sheet.mean.interval", mean=number(score.value), low=low, high=high, n=score.n)
    return wording.text("coaching_sheet.mean", mean=number(score.value), n=score.n)


def strength_text(strength: Strength, praise: str, team: Group, wording: Wording) -> str:
    met = wording.text("coaching_sheet.met", share=percent(strength.met.value), n=strength.met.n)
    if strength.praise is Praise.ABOVE and strength.rest:
        rest = _share(strength.rest, wording)
        met = wording.text("coaching_sheet.above", met=met, rest=rest, others=others(team, wording))
    elif strength.praise is Praise.BETTER and strength.before:
        met = wording.text("coaching_sheet.better", met=met, before=_share(strength.before, wording))
    return wording.text("coaching_sheet.praised", praise=praise, met=met) if praise else met


def problem_text(lever: Lever, team: Group, wording: Wording) -> str:
    """What it costs and how often; beside what the others do where both are known."""
    lost = points(round(lever.lost_per_call, 1))
    if lever.miss.n < MIN_CALLS:
        return wording.text("coaching_sheet.lost.few", points=lost, n=lever.miss.n)
    text = wording.text("coaching_sheet.lost", points=lost, share=_share(lever.miss, wording))
    if lever.rest is None or lever.rest.n < MIN_CALLS:
        return text
    kind = wording.text(f"coaching_sheet.kind.{lever.kind}")
    rest, who = _share(lever.rest, wording), others(team, wording)
    return wording.text("coaching_sheet.beside", lost=text, rest=rest, others=who, kind=kind)


def others(team: Group, wording: Wording) -> str:
    """Who an agent is compared with."""
    return wording.text(f"coaching_sheet.others.{'team' if team.key else 'everybody'}")


def agreed_text(progress: ActionProgress, wording: Wording) -> tuple[str, str]:
    """The trend and what is said of it; without a criterion there is nothing to measure and no trend."""
    if progress.action.criterion_id is None:
        return "", wording.text("coaching_sheet.agreed.unmeasured", n=progress.calls_after)
    trend = progress_change(progress).trend
    if not progress.after.n:
        return Trend.TOO_FEW, wording.text("coaching_sheet.agreed.no_calls")
    before, after = _met(progress.before, wording), _met(progress.after, wording)
    said = wording.text(f"coaching_sheet.trend.{trend}")
    return trend, wording.text("coaching_sheet.agreed.change", before=before, after=after, trend=said)


def _met(figures: CriterionFigures, wording: Wording) -> str:
    share = figures.met_share
    return UNKNOWN if share is None else _share(share, wording)


def _share(share: Estimate, wording: Wording) -> str:
    return wording.text("coaching_sheet.share", share=percent(share.value), n=share.n)
