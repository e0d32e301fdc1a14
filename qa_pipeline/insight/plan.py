"""The sampling plan as far as reports need it: how many calls of an agent are to be inspected in a period."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.insight.period import Period, PeriodKind


@dataclass(frozen=True, slots=True)
class Plan:
    """Calls per agent; 0: nothing is planned. A plan for months does not say what a week needs, nor the other way."""

    per_week: int = 0
    per_month: int = 0

    def per_agent(self, period: Period) -> int | None:
        """What a period asks for; None where the plan does not say."""
        wanted = {PeriodKind.WEEK: self.per_week, PeriodKind.MONTH: self.per_month}.get(period.kind, 0)
        return wanted or None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Inspected calls (those of which something was scored) against the plan; extra calls of one agent do not make up
    for another's missing ones."""

    agents: int
    covered: int
    """Agents with all of their planned calls."""
    inspected: int
    counted: int
    """Inspected calls, at most the planned number of each agent."""
    planned: int | None

    @property
    def share(self) -> float | None:
        return self.counted / self.planned if self.planned else None


def coverage(inspected: list[int], per_agent: int | None) -> Coverage:
    """``inspected``: calls of each agent who is in the plan, 0 for one without any."""
    limit = per_agent or 0
    return Coverage(
        agents=len(inspected),
        covered=sum(count >= limit for count in inspected) if per_agent else 0,
        inspected=sum(inspected),
        counted=sum(min(count, limit) for count in inspected) if per_agent else sum(inspected),
        planned=limit * len(inspected) if per_agent else None,
    )
