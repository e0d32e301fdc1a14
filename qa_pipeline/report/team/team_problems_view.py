"""What a team misses together, and the passages of colleagues who have it right."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import COMMON
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.role_models import model_clips
from qa_pipeline.report.charts import ChartView, MissedCriterion, pareto
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    points_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import UNKNOWN, number, percent

#: A morning meeting has time for these.
MOST_CLIPS, FEWEST_CLIPS = 5, 3

#: How often the one thing to practise may be shown.
TRAINING_CLIPS = 2

#: What is missed less often than this is no matter for a meeting of the whole team.
WORTH_A_MEETING = 0.1


@dataclass(frozen=True)
class MorningClip:
    """``why``: how often the team misses it; ``advice``: the rubric's words; ``is_other``: of another team."""

    clip: ClipView
    why: str
    advice: str
    is_other: bool


@dataclass(frozen=True)
class Training:
    """The one thing to practise together, with the passages that show it; there may be none."""

    criterion: str
    why: str
    advice: str
    clips: tuple[MorningClip, ...]


class TeamProblems:
    def __init__(self, team: Group, overview: Overview, titles: RubricTitles, links: Links, words: GroupWords) -> None:
        self._team, self._overview, self._titles, self._links, self._words = team, overview, titles, links, words
        self.missed = dearest(team)

    def chart(self) -> ChartView | None:
        """How often each is missed: a miss is a customer who was not served, whatever the form deducts for it."""
        rows = [
            MissedCriterion(self._titles.criterion(c.criterion_id), c.verdicts[Verdict.MISSED], c.n)
            for c in self.missed
            if c.verdicts[Verdict.MISSED]
        ]
        text = self._words.wording.text
        return pareto(self._words.wording, text("team.problems.chart"), rows, note=text("team.problems.note"))

    def table(self) -> FigureTable:
        text = self._words.wording.text
        kinds = {"lost": "score", "lost_per": "score", "missed": "count", "partly": "count", "miss_share": "share"}
        kinds |= {"before": "share", "miss_change": "change"}
        keys = ("criterion", "kind", "lost", "miss_share", "before", "miss_change", "missed", "partly", "lost_per")
        columns = [Column(text(f"group.column.{key}"), kinds.get(key, "text")) for key in keys]
        rows = [self._row(c) for c in self.missed]
        return table("problems", text("team.problems.title"), columns, rows, text("team.problems.empty"))

    def _row(self, now: CriterionFigures) -> tuple[Cell, ...]:
        before = self._team.before.criteria.get(now.criterion_id) or CriterionFigures(now.criterion_id, now.section_id)
        return (
            Cell(self._titles.criterion(now.criterion_id), note=self._titles.section(now.section_id)),
            self._kind(now),
            points_cell(now.lost),
            self._words.share_cell(now.miss_share),
            self._words.share_cell(before.miss_share),
            self._words.miss_change_cell(before, now),
            count_cell(now.verdicts[Verdict.MISSED]),
            count_cell(now.verdicts[Verdict.PARTLY]),
            points_cell(now.lost_per_call),
        )

    def _kind(self, now: CriterionFigures) -> Cell:
        """Common: so many calls miss it that it is no matter of single agents."""
        if now.n < MIN_CALLS:
            return text_cell(self._words.wording.text("group.kind.few"), mark="too_few")
        is_common = is_common_problem(now)
        return text_cell(self._words.wording.text("group.kind.common"), mark="common") if is_common else Cell("")

    def sentence(self) -> tuple[str, ...]:
        """What to practise together; none where too few calls say so."""
        known = worth_training(self._team)
        if known is None:
            return ()
        title = self._titles.criterion(known.criterion_id)
        return (self._words.wording.text("team.say.problem", criterion=title, why=self._why(known)),)

    def training(self) -> Training | None:
        known = worth_training(self._team)
        if known is None:
            return None
        title, advice = self._titles.criterion(known.criterion_id), self._titles.advice(known.criterion_id)
        return Training(title, self._why(known), advice, tuple(map(self._clip, self._shown(known.criterion_id))))

    def _shown(self, criterion_id: str) -> list[ClipOf]:
        """Of different agents."""
        found: dict[str, ClipOf] = {}
        for clip in model_clips(criterion_id, self._team, self._overview):
            found.setdefault(_who(clip), clip)
        return list(found.values())[:TRAINING_CLIPS]

    def clips(self) -> tuple[MorningClip, ...]:
        """For the dearest other criteria a passage each, of different agents as far as there are enough of them."""
        first = worth_training(self._team)
        wanted = [c for c in self.missed if _matters(c) and c is not first]
        clips = {c.criterion_id: list(model_clips(c.criterion_id, self._team, self._overview)) for c in wanted}
        found: dict[str, ClipOf] = {}
        used: set[str] = set()
        for criterion_id, candidates in clips.items():
            clip = next((c for c in candidates if _who(c) not in used), None)
            if clip is not None and len(found) < MOST_CLIPS:
                found[criterion_id] = clip
                used.add(_who(clip))
        for criterion_id, candidates in clips.items():
            if candidates and len(found) < FEWEST_CLIPS:
                found.setdefault(criterion_id, candidates[0])
        return tuple(self._clip(found[criterion_id]) for criterion_id in clips if criterion_id in found)

    def _clip(self, found: ClipOf) -> MorningClip:
        return MorningClip(
            clip_view(found, self._titles, self._links, self._words.wording),
            self._why(self._team.now.criteria[found.criterion_id]),
            self._titles.advice(found.criterion_id),
            bool(self._team.key) and found.team != self._team.key,
        )

    def _why(self, figures: CriterionFigures) -> str:
        """``118 通里 57% 没做到，共丢 402 分``."""
        share = percent(figures.miss_share.value) if figures.miss_share else UNKNOWN
        return self._words.wording.text("team.clips.why", share=share, n=figures.n, points=number(figures.lost))


def dearest(group: Group) -> list[CriterionFigures]:
    """Everything that is missed, what costs most points first."""
    missed = (c for c in group.now.criteria.values() if c.failed)
    return sorted(missed, key=lambda c: (-c.lost, -c.failed, c.criterion_id))


def worth_training(group: Group) -> CriterionFigures | None:
    """What costs a group most of that which is missed often enough to be a matter for all; None: nothing is."""
    return next((c for c in dearest(group) if c.n >= MIN_CALLS and _matters(c)), None)


def _matters(figures: CriterionFigures) -> bool:
    return figures.miss_share is not None and figures.miss_share.value >= WORTH_A_MEETING


def is_common_problem(figures: CriterionFigures) -> bool:
    share = figures.miss_share
    return share is not None and share.n >= MIN_CALLS and share.value >= COMMON


def _who(clip: ClipOf) -> str:
    return clip.agent or clip.call_id
