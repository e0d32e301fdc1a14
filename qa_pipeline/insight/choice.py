"""What a one-to-one talk is about: chosen once, for the agent's page and for the coaching sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import Lever, Strength, levers, strengths
from qa_pipeline.insight.overview import CallLine, Group, Overview
from qa_pipeline.insight.role_models import model_clips

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
    """How colleagues say it, those of the team first."""
    found = model_clips(criterion_id, overview.team_of(agent), overview)
    yield from (clip for clip in found if clip.agent != agent.key)
