"""What a team misses together, and the passages of colleagues who have it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import COMMON, behaviour_change
from qa_pipeline.insight.figures import CriterionFigures
from qa_pipeline.insight.intervals import MIN_CALLS
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.charts import ChartView, MissedCriterion, pareto
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.figure_tables import (
    Cell,
    Column,
    FigureTable,
    count_cell,
    points_cell,
    share_cell,
    table,
    text_cell,
)
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import UNKNOWN, percent

#: A morning meeting has time for these.
MOST_CLIPS, FEWEST_CLIPS = 5, 3

#: What is missed less often than this is no matter for a meeting of the whole team.
WORTH_A_MEETING = 0.1


@dataclass(frozen=True)
class MorningClip:
    """``why``: how often the team misses it; ``advice``: the rubric's words; ``is_other``: of another team."""

    clip: ClipView
    why: str
    advice: str
    is_other: bool


class TeamProblems:
    def __init__(self, team: Group, overview: Overview, titles: RubricTitles, links: Links, words: GroupWords) -> None:
        self._team, self._overview, self._titles, self._links, self._words = team, overview, titles, links, words
        missed = (c for c in team.now.criteria.values() if c.failed)
        self.missed = sorted(missed, key=_most_missed)

    def chart(self) -> ChartView | None:
        """By misses, not by points: a miss is a customer who was not served, whatever the form deducts for it."""
        rows = [
            MissedCriterion(self._titles.criterion(c.criterion_id), c.verdicts[Verdict.MISSED], c.n)
            for c in self.missed
            if c.verdicts[Verdict.MISSED]
        ]
        text = self._words.wording.text
        return pareto(self._words.wording, text("team.problems.chart"), rows, note=text("team.problems.note"))

    def table(self) -> FigureTable:
        text = self._words.wording.text
        kinds = {"missed": "count", "partly": "count", "miss_share": "share", "before": "share"}
        kinds |= {"met_change": "change", "lost": "score", "lost_per": "score"}
        keys = ("criterion", "kind", "missed", "partly", "miss_share", "before", "met_change", "lost", "lost_per")
        columns = [Column(text(f"group.column.{key}"), kinds.get(key, "text")) for key in keys]
        rows = [self._row(c) for c in self.missed]
        return table("problems", text("team.problems.title"), columns, rows, text("team.problems.empty"))

    def _row(self, now: CriterionFigures) -> tuple[Cell, ...]:
        before = self._team.before.criteria.get(now.criterion_id) or CriterionFigures(now.criterion_id, now.section_id)
        # A criterion that is met more often is missed less often: better is better.
        change = behaviour_change(before, now)
        return (
            Cell(self._titles.criterion(now.criterion_id), note=self._titles.section(now.section_id)),
            self._kind(now),
            count_cell(now.verdicts[Verdict.MISSED]),
            count_cell(now.verdicts[Verdict.PARTLY]),
            share_cell(now.miss_share),
            share_cell(before.miss_share),
            self._words.change_cell(change, "pp", 100.0),
            points_cell(now.lost),
            points_cell(now.lost_per_call),
        )

    def _kind(self, now: CriterionFigures) -> Cell:
        """Common: so many calls miss it that it is no matter of single agents."""
        if now.n < MIN_CALLS:
            return text_cell(self._words.wording.text("group.kind.few"), mark="too_few")
        is_common = is_common_problem(now)
        return text_cell(self._words.wording.text("group.kind.common"), mark="common") if is_common else Cell("")

    def sentence(self) -> tuple[str, ...]:
        """The most frequent problem; none where too few calls say so."""
        known = next((c for c in self.missed if c.n >= MIN_CALLS), None)
        if known is None or known.miss_share is None:
            return ()
        values = {"criterion": self._titles.criterion(known.criterion_id), "share": percent(known.miss_share.value)}
        return (self._words.wording.text("team.say.problem", **values, n=known.n),)

    def clips(self) -> tuple[MorningClip, ...]:
        """For each of the most missed criteria one passage, each of another agent; few criteria give two."""
        used: set[str] = set()
        found: list[ClipOf] = []
        wanted = [c for c in self.missed if c.miss_share and c.miss_share.value >= WORTH_A_MEETING]
        for _ in range(2):
            for criterion in wanted:
                clip = next((c for c in self._good(criterion.criterion_id) if _who(c) not in used), None)
                if clip is not None and len(found) < MOST_CLIPS:
                    found.append(clip)
                    used.add(_who(clip))
            if len(found) >= FEWEST_CLIPS:
                break
        return tuple(map(self._clip, found))

    def _good(self, criterion_id: str) -> Iterator[ClipOf]:
        """The team's own first; where it has none, those of others."""
        yield from self._team.clips.good(criterion_id)
        if self._team.key:
            yield from (c for c in self._overview.everybody.clips.good(criterion_id) if c.team != self._team.key)

    def _clip(self, found: ClipOf) -> MorningClip:
        text = self._words.wording.text
        figures = self._team.now.criteria[found.criterion_id]
        share = percent(figures.miss_share.value) if figures.miss_share else UNKNOWN
        return MorningClip(
            clip_view(found, self._titles, self._links, self._words.wording),
            text("team.clips.why", share=share, n=figures.n),
            self._titles.advice(found.criterion_id),
            bool(self._team.key) and found.team != self._team.key,
        )


def is_common_problem(figures: CriterionFigures) -> bool:
    share = figures.miss_share
    return share is not None and share.n >= MIN_CALLS and share.value >= COMMON


def _most_missed(figures: CriterionFigures) -> tuple[float, float, str]:
    return -figures.failed, -figures.lost, figures.criterion_id


def _who(clip: ClipOf) -> str:
    return clip.agent or clip.call_id
