"""Summaries of calls for tests of figures and of pages over periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, Clip, CriterionSummary, SectionSummary

POINTS = 10.0


def criterion_summary(
    id: str,
    verdict: Verdict = Verdict.MET,
    *,
    text: str = "您好，请问是王先生吗？我是小林。",
    section: str = "main",
    limit: float = POINTS,
    fatal: Fatal | None = None,
    **more: Any,
) -> CriterionSummary:
    """One verdict, shown by a passage at 12 s that fits it."""
    points = {Verdict.MET: limit, Verdict.PARTLY: limit / 2, Verdict.MISSED: 0.0}.get(verdict)
    clip = more.pop("clip", Clip(1, text, 12.0, 18.0, 0.9)) if verdict.counts else None
    is_hit = more.pop("is_hit", verdict is not Verdict.MISSED)
    is_said = more.pop("is_said", is_hit)
    more.setdefault("by_person", "machine_verdict" in more)
    return CriterionSummary(
        id, section, verdict, points, limit, fatal=fatal, clip=clip, is_hit=is_hit, is_said=is_said, **more
    )


def summary(
    call_id: str = "c1",
    verdicts: Sequence[CriterionSummary] | None = None,
    *,
    agent: str = "A01",
    team: str = "一组",
    day: str = "2026-11-04",
    pass_percent: float = 60.0,
    **more: Any,
) -> CallSummary:
    """A scored call; percent and state follow from the verdicts, unless they are given."""
    criteria = tuple(verdicts if verdicts is not None else (criterion_summary("greet"),))
    points = sum(c.points or 0.0 for c in criteria)
    possible = sum(c.possible for c in criteria)
    percent = 100.0 * points / possible if possible else None
    crossed = any(c.crossed for c in criteria)
    state = "redline" if crossed else "none" if percent is None else "passed" if percent >= pass_percent else "failed"
    made = datetime.fromisoformat(f"{day}T10:00:00+08:00") if day else None
    known: dict[str, Any] = {
        "agent_id": agent,
        "agent_name": f"坐席{agent}" if agent else "",
        "team": team,
        "started_at": made,
        "state": state,
        "percent": percent,
        "points": points if possible else None,
        "points_possible": possible if possible else None,
        "criteria": criteria,
        "sections": _sections(criteria),
        "duration_s": 120.0,
    }
    return CallSummary(call_id, "test", "1.0", **{**known, **more})


def _sections(criteria: Sequence[CriterionSummary]) -> tuple[SectionSummary, ...]:
    ids = dict.fromkeys(c.section_id for c in criteria)
    members = {name: [c for c in criteria if c.section_id == name] for name in ids}
    return tuple(
        SectionSummary(
            name,
            sum(c.points or 0.0 for c in own),
            sum(c.possible for c in own),
            sum(c.verdict.counts for c in own),
        )
        for name, own in members.items()
    )


def met_and_missed(
    agent: str, met: int, missed: int, *, id: str = "greet", team: str = "一组", day: str = "2026-11-04", tag: str = ""
) -> list[CallSummary]:
    """So many calls of an agent that meet a criterion, and so many that miss it; a second one is always met."""
    verdicts = [Verdict.MET] * met + [Verdict.MISSED] * missed
    return [
        summary(
            f"{agent}-{day}-{tag}{number}",
            [criterion_summary(id, verdict), criterion_summary("always", text="谢谢您，祝您生活愉快，再见！")],
            agent=agent,
            team=team,
            day=day,
        )
        for number, verdict in enumerate(verdicts)
    ]


def days_from(first: str, count: int) -> list[str]:
    """So many days in a row, as text."""
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [f"{start + timedelta(days=number):%Y-%m-%d}" for number in range(count)]
