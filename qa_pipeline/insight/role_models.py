"""Whose passages a team may learn from: colleagues who are no worse than the team in anything that is being taught."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.overview import Group, Overview


def model_clips(criterion_id: str, team: Group, found: Overview) -> Iterator[ClipOf]:
    """Good passages for a criterion, the best first: the team's own, then those of other teams.

    A book keeps a few passages only, which may all be those of agents who are no models: their own books have more.
    """
    books = [team.clips, *(found.agents[key].clips for key in sorted(found.agents))]
    if team.key:
        books.insert(1, found.everybody.clips)
    clips = [clip for book in books for clip in book.good(criterion_id) if is_model(clip, team, found)]
    fresh = {(clip.call_id, clip.clip.turn): clip for clip in reversed(clips)}
    unique = [clip for clip in clips if fresh.pop((clip.call_id, clip.clip.turn), None) is not None]
    yield from sorted(unique, key=lambda clip: (bool(team.key) and clip.team != team.key, -clip.percent))


def is_model(clip: ClipOf, team: Group, found: Overview) -> bool:
    """No red line in the period, a mean not below the team's, and the criterion not missed more often than there.

    Of an agent who is unknown nothing is known that speaks against it.
    """
    agent = found.agents.get(clip.agent)
    if agent is None:
        return True
    return (
        not agent.now.red_calls and _mean(agent.now) >= _mean(team.now) and _misses(agent, clip) <= _misses(team, clip)
    )


def _mean(figures: Figures) -> float:
    """In percent; rounded, for sums of the same scores in another order are the same mean."""
    return round(figures.score.value, 6) if figures.score else 0.0


def _misses(group: Group, clip: ClipOf) -> float:
    figures = group.now.criteria.get(clip.criterion_id)
    share = figures.miss_share if figures else None
    return round(share.value, 9) if share else 0.0
