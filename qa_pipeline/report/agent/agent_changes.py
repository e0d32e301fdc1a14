"""What to praise and what to work on, each with the passage to play, and what became of agreed actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import Lever, Strength, levers, rest_misses, strengths
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import Estimate
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.links import Links
from qa_pipeline.report.overview_words import met_text, missed_text, share_text
from qa_pipeline.report.wording import Wording, number, percent

#: More than three things are not changed at once, and not remembered.
MOST = 3

#: Passages to praise where no behaviour is steadily good yet.
_FALLBACK = 2


@dataclass(frozen=True)
class StrengthView:
    """Something to praise. ``clip``: the agent's own best passage; None: no call has words that show it."""

    criterion_id: str
    title: str
    share: str
    """``96%``; empty for a single good passage."""
    met: str
    rest: str
    above_team: bool
    praise: str
    clip: ClipView | None


@dataclass(frozen=True)
class LeverView:
    """Something to work on. ``kind``: red_line, common, individual, unclear, few. ``model``: a colleague's words."""

    criterion_id: str
    title: str
    cost: str
    missed: str
    share: str
    """Of the calls in which it was missed."""
    rest: str
    kind: str
    kind_text: str
    kind_advice: str
    advice: str
    clip: ClipView | None
    model: ClipView | None
    model_is_team: bool = True


@dataclass(frozen=True)
class FirstClip:
    """The one passage to play first, and why."""

    clip: ClipView
    why: str


@dataclass(frozen=True)
class Bench:
    """What the page's parts are made of: an agent beside the team, in a language."""

    agent: Group
    overview: Overview
    titles: RubricTitles
    links: Links
    wording: Wording

    @property
    def team(self) -> Group:
        return self.overview.team_of(self.agent)

    @property
    def who(self) -> str:
        """The others that the agent is compared with."""
        key = "overview.others.team" if self.team.key else "overview.others.all"
        return self.wording.text(key)

    def clip(self, found: ClipOf | None) -> ClipView | None:
        return clip_view(found, self.titles, self.links, self.wording) if found else None


def strength_views(bench: Bench) -> tuple[StrengthView, ...]:
    """Two or three steady strengths; without any, single passages that were good."""
    found = strengths(bench.agent, bench.team)[:MOST]
    if found:
        return tuple(_strength(strength, bench) for strength in found)
    return tuple(_passage(clip, bench) for clip in _best_passages(bench.agent))


def _strength(strength: Strength, bench: Bench) -> StrengthView:
    figures = bench.agent.now.criteria[strength.criterion_id]
    return StrengthView(
        criterion_id=strength.criterion_id,
        title=bench.titles.criterion(strength.criterion_id),
        share=percent(strength.met.value),
        met=met_text(figures, bench.wording),
        rest=_rest_text(strength.rest, bench),
        above_team=strength.above_team,
        praise=bench.titles.praise(strength.criterion_id),
        clip=bench.clip(next(bench.agent.clips.good(strength.criterion_id), None)),
    )


def _rest_text(rest: Estimate | None, bench: Bench) -> str:
    key = "agent.rest" if rest else "agent.rest_none"
    return bench.wording.text(key, who=bench.who, share=share_text(rest, bench.wording))


def _best_passages(agent: Group) -> list[ClipOf]:
    """The best passage of each behaviour, those of the best calls first."""
    found = [next(agent.clips.good(criterion_id)) for criterion_id in agent.clips.good_criteria]
    return sorted(found, key=lambda clip: (-clip.percent, clip.criterion_id))[:_FALLBACK]


def _passage(clip: ClipOf, bench: Bench) -> StrengthView:
    title = bench.titles.criterion(clip.criterion_id)
    praise = bench.titles.praise(clip.criterion_id)
    met = bench.wording.text("agent.one_passage")
    return StrengthView(clip.criterion_id, title, "", met, "", False, praise, bench.clip(clip))


def red_line_views(bench: Bench) -> tuple[LeverView, ...]:
    """All red lines that were crossed, the most frequent first. They stand apart from what costs points: one of them
    can bring a whole call to zero, whatever points it is worth."""
    crossed = sorted(bench.agent.now.red_lines.items(), key=lambda item: (-item[1], item[0]))
    return tuple(_red_line(criterion_id, bench) for criterion_id, _ in crossed)


def lever_views(bench: Bench, praised: tuple[StrengthView, ...]) -> tuple[LeverView, ...]:
    """The two or three behaviours that cost the most points. Red lines are left out, and what is praised: nobody
    learns from hearing both of the same."""
    elsewhere = {view.criterion_id for view in praised if view.share} | set(bench.agent.now.red_lines)
    dear = [lever for lever in levers(bench.agent, bench.team) if lever.criterion_id not in elsewhere]
    return tuple(_lever(lever, bench) for lever in dear[:MOST])


def _lever(lever: Lever, bench: Bench) -> LeverView:
    words, figures = bench.wording, bench.agent.now.criteria[lever.criterion_id]
    return _view(
        bench,
        figures,
        lever.rest,
        cost=words.text("agent.cost", points=number(lever.lost_per_call)),
        kind=lever.kind.value,
    )


def _red_line(criterion_id: str, bench: Bench) -> LeverView:
    count = bench.agent.now.red_lines[criterion_id]
    cost = bench.wording.text("agent.crossed", count=count)
    rest = rest_misses(criterion_id, bench.agent, bench.team)
    return _view(bench, bench.agent.now.criteria[criterion_id], rest, cost=cost, kind="red_line")


def _view(bench: Bench, figures: CriterionFigures, rest: Estimate | None, cost: str, kind: str) -> LeverView:
    words, which = bench.wording, figures.criterion_id
    model, in_team = _model(which, bench)
    return LeverView(
        criterion_id=which,
        title=bench.titles.criterion(which),
        cost=cost,
        missed=missed_text(figures, words),
        share=percent(miss.value if (miss := figures.miss_share) else None),
        rest=_rest_text(rest, bench),
        kind=kind,
        kind_text=words.text(f"overview.kind.{kind}"),
        kind_advice=words.text(f"overview.kind.{kind}.advice"),
        advice=bench.titles.advice(which),
        clip=bench.clip(next(bench.agent.clips.weak(which), None)),
        model=bench.clip(model),
        model_is_team=in_team,
    )


def _model(criterion_id: str, bench: Bench) -> tuple[ClipOf | None, bool]:
    """How a colleague of the team says it, else anybody, and whether it is of the team."""
    mine = bench.agent.key
    own = next(bench.team.clips.good(criterion_id, other_than=mine), None)
    if own is not None:
        return own, True
    return next(bench.overview.everybody.clips.good(criterion_id, other_than=mine), None), False


def first_clip(bench: Bench, worked_on: tuple[LeverView, ...], praised: tuple[StrengthView, ...]) -> FirstClip | None:
    """The passage of what matters most that can be played; where none can, the first that can be read.

    ``worked_on``: red lines before levers.
    """
    found = list(_candidates(bench, worked_on, praised))
    return next((one for one in found if one.clip.href and one.clip.time), found[0] if found else None)


def _candidates(
    bench: Bench, worked_on: tuple[LeverView, ...], praised: tuple[StrengthView, ...]
) -> Iterator[FirstClip]:
    for lever in worked_on:
        if lever.clip is not None:
            yield FirstClip(lever.clip, _why(bench, "red_line" if lever.kind == "red_line" else "lever", lever.title))
    for strength in praised:
        if strength.clip is not None:
            yield FirstClip(strength.clip, _why(bench, "strength", strength.title))


def _why(bench: Bench, key: str, title: str) -> str:
    return bench.wording.text(f"agent.first.{key}", title=title)
