"""What a one-to-one talk is about: chosen once, for the agent's page and for the coaching sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import Lever, Strength, levers, strengths
from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.overview import CallLine, Group, Overview

#: More than three things are not changed at once, and not remembered.
MOST = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """``red_lines``: criteria, the most often crossed first; ``strengths``, ``levers``: three at most, none in both."""

    red_lines: tuple[str, ...]
    strengths: tuple[Strength, ...]
    levers: tuple[Lever, ...]


def choice(agent: Group, team: Group) -> Choice:
    """Red lines stand apart: one of them can bring a call to zero, whatever points it is worth. Nobody learns from
    hearing praise and blame of the same: what is nearly always right is praised, what costs most of the rest is not."""
    red_lines = sorted(agent.now.red_lines, key=lambda which: (-agent.now.red_lines[which], which))
    praised = [s for s in strengths(agent, team) if s.criterion_id not in agent.now.red_lines]
    apart = {s.criterion_id for s in praised if s.is_steady} | set(red_lines)
    dear = [lever for lever in levers(agent, team) if lever.criterion_id not in apart][:MOST]
    named = {lever.criterion_id for lever in dear}
    kept = [s for s in praised if s.criterion_id not in named][:MOST]
    return Choice(tuple(red_lines), tuple(kept), tuple(dear))


def best_call(agent: Group) -> CallLine | None:
    """The call with the highest score of the period that crossed no red line, the newest of equals."""
    whole = [line for line in agent.calls if line.percent is not None and line.state in ("passed", "open")]
    return max(whole, key=lambda line: line.percent or 0.0, default=None)


def weak_clip(agent: Group, criterion_id: str) -> ClipOf | None:
    """The weakest passage with words; where nothing was said, the place that was searched."""
    found = list(agent.clips.weak(criterion_id))
    return next((clip for clip in found if clip.clip.text), found[0] if found else None)


def models(criterion_id: str, agent: Group, overview: Overview) -> Iterator[ClipOf]:
    """How colleagues say it, those of the team first: see ``is_model``."""
    for group in (overview.team_of(agent), overview.everybody):
        found = group.clips.good(criterion_id, other_than=agent.key)
        yield from (clip for clip in found if is_model(clip, group, overview))


def is_model(clip: ClipOf, group: Group, overview: Overview) -> bool:
    """Nobody is held up to a group who crossed a red line in the period, scores below its mean, or misses just this
    more often than it does."""
    whose = overview.agents.get(clip.agent)
    if whose is None or whose.now.red_calls:
        return False
    own, mean = whose.now.score, group.now.score
    is_above = own is not None and mean is not None and own.value >= mean.value - 1e-9
    return is_above and _missed(whose.now, clip.criterion_id) <= _missed(group.now, clip.criterion_id) + 1e-9


def _missed(figures: Figures, criterion_id: str) -> float:
    found = figures.criteria.get(criterion_id)
    share = found.miss_share if found else None
    return share.value if share else 0.0
