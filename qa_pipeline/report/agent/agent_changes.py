"""What to praise and what to work on, each with the passage to play, and what became of agreed actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.insight.choice import best_call, choice, models, weak_clip
from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import Lever, Praise, Strength, rest_misses
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS, Estimate
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.links import Links
from qa_pipeline.report.overview_words import met_text, missed_text, share_text, short, suspected_text
from qa_pipeline.report.text import shown_identifier
from qa_pipeline.report.wording import Wording, number, percent


@dataclass(frozen=True)
class StrengthView:
    """Something to praise. ``kind``: above, better, steady (see ``Praise``); ``kind_text``: empty for the last.
    ``clip``: the agent's own best passage; None: no call has words that show it."""

    criterion_id: str
    title: str
    share: str
    met: str
    other: str
    """What it is compared with: the others, or the last period; empty: nothing."""
    kind: str
    kind_text: str
    praise: str
    clip: ClipView | None


@dataclass(frozen=True)
class BestCall:
    """What can be praised where no behaviour stands out: the call with the highest score."""

    text: str
    href: str


@dataclass(frozen=True)
class LeverView:
    """Something to work on. ``kind``: red_line, common, both, individual, unclear, few. ``model``: a colleague's
    words."""

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
    """What is above the others, or better than before; empty: nothing is."""
    return tuple(_strength(strength, bench) for strength in choice(bench.agent, bench.team).strengths)


def _strength(strength: Strength, bench: Bench) -> StrengthView:
    figures, kind = bench.agent.now.criteria[strength.criterion_id], strength.praise
    key = "overview.praise.above" if kind is Praise.ABOVE else "overview.praise.better"
    return StrengthView(
        criterion_id=strength.criterion_id,
        title=bench.titles.criterion(strength.criterion_id),
        share=percent(strength.met.value),
        met=met_text(figures, bench.wording),
        other=_other(strength, bench),
        kind=kind.value,
        kind_text="" if kind is Praise.STEADY else bench.wording.text(key, who=bench.who),
        praise=bench.titles.praise(strength.criterion_id),
        clip=bench.clip(next(bench.agent.clips.good(strength.criterion_id), None)),
    )


def _other(strength: Strength, bench: Bench) -> str:
    if strength.praise is Praise.ABOVE:
        return _rest_text(strength.rest, bench)
    if strength.praise is Praise.BETTER:
        return bench.wording.text("agent.was", share=share_text(strength.before, bench.wording))
    return ""


def _rest_text(rest: Estimate | None, bench: Bench) -> str:
    """What the others do. ``rest``: the share of the same behaviour, right or missed, as the sentence before says."""
    key = "agent.rest" if rest else "agent.rest_none"
    return bench.wording.text(key, who=bench.who, share=share_text(rest, bench.wording))


def best_call_view(bench: Bench) -> BestCall | None:
    """None where no call was passed: then there is none to praise."""
    best = best_call(bench.agent)
    if best is None:
        return None
    key = "agent.best_call" if bench.agent.now.scored >= MIN_CALLS else "agent.best_call.few"
    score = number(best.percent or 0.0)
    text = bench.wording.text(key, who=bench.who, call=short(shown_identifier(best.call_id), 40), score=score)
    return BestCall(text, bench.links.call(best.call_id))


def red_line_views(bench: Bench) -> tuple[LeverView, ...]:
    """All red lines that were crossed, the most frequent first."""
    return tuple(_red_line(criterion_id, bench) for criterion_id in choice(bench.agent, bench.team).red_lines)


def lever_views(bench: Bench) -> tuple[LeverView, ...]:
    """The two or three behaviours that cost the most points."""
    return tuple(_lever(lever, bench) for lever in choice(bench.agent, bench.team).levers)


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
    lines = [line for line in bench.agent.calls if criterion_id in line.red_lines]
    cost = suspected_text(len(lines), sum(line.red_confirmed for line in lines), bench.wording)
    rest = rest_misses(criterion_id, bench.agent, bench.team)
    return _view(bench, bench.agent.now.criteria[criterion_id], rest, cost=cost, kind="red_line")


def _view(bench: Bench, figures: CriterionFigures, rest: Estimate | None, cost: str, kind: str) -> LeverView:
    words, which, is_red = bench.wording, figures.criterion_id, kind == "red_line"
    share = percent(miss.value if (miss := figures.miss_share) else None)
    model, in_team = _model(which, bench)
    return LeverView(
        criterion_id=which,
        title=bench.titles.criterion(which),
        cost=cost,
        missed=words.text("agent.red.share", share=share, n=figures.n) if is_red else missed_text(figures, words),
        share=share,
        rest=_rest_text(rest, bench),
        kind=kind,
        kind_text=words.text(f"overview.kind.{kind}"),
        kind_advice=words.text(f"overview.kind.{kind}.advice"),
        advice=bench.titles.advice(which),
        clip=bench.clip(weak_clip(bench.agent, which)),
        model=bench.clip(model),
        model_is_team=in_team,
    )


def _model(criterion_id: str, bench: Bench) -> tuple[ClipOf | None, bool]:
    """How a colleague of the team says it, else anybody, and whether it is of the team."""
    found = next(models(criterion_id, bench.agent, bench.overview), None)
    return found, found is None or found.team == bench.team.key


def first_clip(bench: Bench, worked_on: tuple[LeverView, ...], praised: tuple[StrengthView, ...]) -> FirstClip | None:
    """The passage of what matters most, among those that can be played; where none can, the first that can be read.

    ``worked_on``: red lines before levers. A place where nothing was said is no passage.
    """
    found = [one for one in _candidates(bench, worked_on, praised) if one.clip.text]
    return next((one for one in found if one.clip.plays and one.clip.time), found[0] if found else None)


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
