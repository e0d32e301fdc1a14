"""Figures of a group in words: never without n, never a conclusion from too few calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import agent_key
from qa_pipeline.insight.coaching import Change, Trend, changed_criteria
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS, Estimate
from qa_pipeline.insight.overview import Group
from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.report.wording import UNKNOWN, Wording, number, percent

#: A difference that would be shown as 0.0 is none.
_SAME = 0.05

#: Criteria named in a sentence.
_NAMED = 3


@dataclass(frozen=True)
class ChangeView:
    """``trend``: better, worse, unclear, too_few; ``text``: the conclusion; ``detail``: the figures behind it."""

    trend: str
    text: str
    detail: str


def period_title(period: Period, wording: Wording) -> str:
    """``2026年11月``, ``2026年第45周``, the days of a range, or ``全部通话``."""
    if period.kind is PeriodKind.ALL:
        return wording.text("overview.all_time")
    if period.kind is PeriodKind.MONTH:
        return wording.month(period.first)
    if period.kind is PeriodKind.WEEK:
        year, week, _ = period.first.isocalendar()
        return wording.text("overview.week", year=year, week=week)
    return period_days(period, wording)


def period_days(period: Period, wording: Wording) -> str:
    """The first and the last day; all calls have none."""
    if period.kind is PeriodKind.ALL:
        return wording.text("overview.all_time")
    return wording.day_range(period.first, period.last)


def short(text: str, most: int = 80) -> str:
    """Names and ids in heads and tables: what nobody reads to its end would push everything else away."""
    return text if len(text) <= most else text[: most - 1] + "…"


def has_id(agent: Group) -> bool:
    """Whether an agent is known by an id; else the name, with the team, stands in its place."""
    return agent.key not in (agent.name, agent_key(None, agent.name, agent.team))


def calls(n: int, wording: Wording) -> str:
    """``23 通``."""
    return wording.text("overview.n", n=n)


def interval_text(estimate: Estimate | None, wording: Wording, factor: float = 1.0) -> str:
    """``大致在 78.1–86.7 之间`` (95 % interval); empty where there is none to tell. ``factor``: 100 shows a share in
    percent."""
    if estimate is None or estimate.low is None or estimate.high is None or estimate.n < MIN_CALLS:
        return ""
    low, high = (number(factor * bound, 0 if factor > 1 else 1) for bound in (estimate.low, estimate.high))
    return wording.text("overview.interval_percent" if factor > 1 else "overview.interval", low=low, high=high)


def mean_text(estimate: Estimate | None, wording: Wording) -> str:
    """``82.4 分（23 通，大致在 78.1–86.7 之间）``."""
    if estimate is None:
        return UNKNOWN
    parts = [calls(estimate.n, wording), interval_text(estimate, wording)]
    return wording.text("overview.mean", value=number(estimate.value), notes=noted(parts, wording))


def noted(parts: Iterable[str], wording: Wording) -> str:
    """Notes within brackets, without the empty ones."""
    return wording.text("overview.note_separator").join(filter(None, parts))


def share_text(estimate: Estimate | None, wording: Wording) -> str:
    """``45%（20 通）``."""
    if estimate is None:
        return UNKNOWN
    return wording.text("overview.share", share=percent(estimate.value), n=estimate.n)


def missed_text(figures: CriterionFigures | None, wording: Wording) -> str:
    """``23 通里 15 通没做到，2 通部分做到``."""
    if figures is None or not figures.n:
        return wording.text("overview.never_asked")
    missed, partly = figures.verdicts[Verdict.MISSED], figures.verdicts[Verdict.PARTLY]
    key = "both" if missed and partly else "partly" if partly else "missed"
    return wording.text(f"overview.missed.{key}", missed=missed, partly=partly, n=figures.n)


def met_text(figures: CriterionFigures, wording: Wording) -> str:
    """``23 通里 22 通做到``."""
    partly = figures.verdicts[Verdict.PARTLY]
    key = "partly" if partly else "met"
    return wording.text(f"overview.met.{key}", met=figures.verdicts[Verdict.MET], partly=partly, n=figures.n)


def score_change_view(change: Change, before: Estimate | None, wording: Wording) -> ChangeView:
    """Against the last period: better, worse, or nothing that can be said, with the figures."""
    return ChangeView(
        change.trend, wording.text(f"overview.trend.{change.trend}"), _score_detail(change, before, wording)
    )


def _score_detail(change: Change, before: Estimate | None, wording: Wording) -> str:
    if before is None or not change.n_now:
        return wording.text("overview.no_before" if change.n_now else "overview.no_now")
    if change.trend is Trend.TOO_FEW or change.difference is None:
        ns = {"n_now": change.n_now, "n_before": change.n_before, "least": MIN_CALLS}
        return wording.text("overview.few_scores", **ns)
    told = _told("overview.change", change.difference, change.trend, wording)
    return wording.text("overview.change.detail", told=told, before=number(before.value), n=change.n_before)


def against_view(change: Change, others: Estimate | None, who: str, wording: Wording) -> ChangeView:
    """Against the mean of others, who are named ``who``."""
    text = wording.text(f"overview.against.{change.trend}", who=who)
    if others is None or change.difference is None:
        return ChangeView(Trend.TOO_FEW, wording.text("overview.against.none", who=who), "")
    told = _told("overview.against", change.difference, change.trend, wording)
    key = "overview.against.few" if change.trend is Trend.TOO_FEW else "overview.against.detail"
    values = {"who": who, "mean": number(others.value), "n": others.n, "least": MIN_CALLS}
    return ChangeView(change.trend, text, wording.text(key, told=told, **values))


def _told(prefix: str, found: Estimate, trend: Trend, wording: Wording) -> str:
    """``… 低 3.2 分（差值大致在 −17.3 至 +10.9 之间）``."""
    direction = "same" if abs(found.value) < _SAME else "higher" if found.value > 0 else "lower"
    told = wording.text(f"{prefix}.{direction}", points=number(abs(found.value)))
    if found.low is None or found.high is None or trend is Trend.TOO_FEW:
        return told
    return told + wording.text("overview.difference_interval", low=plus(found.low), high=plus(found.high))


def plus(value: float, decimals: int = 1) -> str:
    """``+2.1``, ``−3``, ``0``."""
    text = number(value, decimals)
    return f"+{text}" if value > 0 and text != "0" else text


def suspected_text(count: int, confirmed: int, wording: Wording) -> str:
    """``疑似红线 18 通（待人工确认）``; how many of them a person confirmed. Rules only suspect."""
    key = "all" if confirmed == count else "some" if confirmed else "none"
    return wording.text(f"overview.red.{key}", count=count, confirmed=confirmed, rest=count - confirmed)


def alongside_text(agent: Group, titles: Callable[[str], str], wording: Wording) -> str:
    """What the mean does not show: red lines now and before, criteria that clearly changed; empty: nothing."""
    told = []
    now, before = agent.now, agent.before
    if before.scored and now.scored and now.red_calls != before.red_calls:
        values = {"now": now.red_calls, "n_now": now.scored, "before": before.red_calls, "n_before": before.scored}
        told.append(wording.text("overview.alongside.red", **values))
    for trend in (Trend.WORSE, Trend.BETTER):
        changed = changed_criteria(agent, trend)
        if changed:
            named = wording.joined([titles(which) for which in changed[:_NAMED]])
            key = f"overview.alongside.{trend}" + (".more" if len(changed) > _NAMED else "")
            told.append(wording.text(key, titles=named, n=len(changed)))
    return wording.text("overview.alongside", told=wording.text("overview.alongside.and").join(told)) if told else ""
