"""The form of a one-to-one talk: clips to hear first, then the leader's view, what was agreed, and what is to be.

The first page is for the agent, who hears the clips and judges them before the leader speaks: nothing on it says what
is thought of them, but that a red line comes first. The second page refers to the clips by their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.insight.choice import best_call, choice, models, weak_clip
from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.insight.coaching import Lever, Strength
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.targets import target_share
from qa_pipeline.report.clip_view import ClipView, RubricTitles, clip_view
from qa_pipeline.report.coaching.coaching_sheet_values import (
    AgreedView,
    CoachingSheetView,
    ExpectationView,
    GoalView,
    NumberedClip,
    PointView,
    RedLineView,
    Step,
)
from qa_pipeline.report.coaching.coaching_sheet_words import (
    agreed_text,
    cut,
    others,
    problem_text,
    score_line,
    strength_text,
)
from qa_pipeline.report.links import Links, coaching_file
from qa_pipeline.report.overview_words import has_id, period_title, suspected_text
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import UNKNOWN, Wording, number, page_suffix, percent
from qa_pipeline.rubric.model import Rubric

#: A talk that praises two things and works on two is full: the first ones of those that the agent's page names.
GOOD, IMPROVE = 2, 2

#: Red lines that are talked about; the agent's page has them all.
RED = 2

#: A sheet without clips still has room for some that the leader picks.
LEAST_CLIPS = 3

#: Agreements that are looked back on; a page holds no more.
AGREED = 3

#: Rows for new agreements.
ROWS = 3

#: The order of the talk; the words are in the catalogue.
STEPS = ("play", "assess", "praise", "problem", "expect", "agree")

RATINGS = ("good", "fair", "weak")

#: What fits on two sides of A4, in widths of Chinese characters.
_MAX_NAME = 60
_MAX_RUBRIC = 30
_MAX_CALL = 16
_MAX_TITLE = 30
_MAX_QUOTE = 88
_MAX_MODEL = 64
_MAX_ADVICE = 56
_MAX_ACTION = 48
_MAX_CELL = 20
_MAX_COLLEAGUE = 16


def coaching_sheet_view(
    agent: Group, overview: Overview, rubric: Rubric, wording: Wording, links: Links
) -> CoachingSheetView:
    team, titles = overview.team_of(agent), RubricTitles(rubric, wording)
    chosen = choice(agent, team)
    # Two red lines take the time, and the paper, of one of the good points.
    good = chosen.strengths[: GOOD - (len(chosen.red_lines) >= RED)]
    weak = chosen.levers[:IMPROVE]
    heard = _Heard(agent, team, titles, links, wording)
    red_lines = tuple(heard.red_lines(chosen.red_lines[:RED]))
    praise, problems = tuple(heard.praise(good)), tuple(heard.problems(weak))
    agreed = tuple(_agreed(agent, overview, rubric, titles, wording))
    name = cut(shown(agent.name), _MAX_NAME) or wording.text("agent.unknown")
    return CoachingSheetView(
        html_lang=wording.html_lang,
        title=wording.text("coaching_sheet.document", agent=name),
        other_page=coaching_file(agent.key, links.mark).rpartition("/")[2] + page_suffix(wording.other),
        index=links.index(),
        agent_page=links.agent(agent.key),
        workbook=links.coaching(agent.key, ".xlsx").rpartition("/")[2],
        agent=name,
        agent_id=cut(shown_identifier(agent.key), _MAX_NAME) if has_id(agent) else UNKNOWN,
        team=cut(shown(agent.team), _MAX_NAME) or UNKNOWN,
        period=period_title(overview.period, wording),
        rubric=cut(titles.rubric, _MAX_RUBRIC),
        scored=wording.text("coaching_sheet.scored", n=agent.now.scored, calls=agent.now.calls),
        score_line=score_line(agent, team, overview.period, wording),
        empty=_empty(agent, heard, wording),
        first_step=0 if red_lines else 1,
        steps=_steps(heard, red_lines, wording),
        front=wording.text(f"coaching_sheet.front{heard.manner}"),
        front_note=wording.text(f"coaching_sheet.front{heard.manner}.note"),
        ratings=tuple(wording.text(f"coaching_sheet.rating.{rating}") for rating in RATINGS),
        clips=tuple(heard.clips),
        blank_clips=tuple(range(len(heard.clips) + 1, LEAST_CLIPS + 1)),
        red_lines=red_lines,
        red_more=_red_more(len(chosen.red_lines) - len(red_lines), wording),
        praise=praise,
        problems=problems,
        expectations=tuple(_expectation(lever, agent, overview, titles, links, wording) for lever in weak),
        missing={part: _missing(part, agent, team, wording) for part in ("praise", "problem", "expectation")},
        agreed=agreed,
        agreed_note="" if agreed else wording.text("coaching_sheet.agreed.none"),
        goals=tuple(_goals(weak, titles, wording)),
    )


def _steps(heard: _Heard, red_lines: Sequence[RedLineView], wording: Wording) -> tuple[Step, ...]:
    def step(name: str, how: str = "") -> Step:
        key = f"coaching_sheet.step.{name}"
        return Step(wording.text(key), wording.text(f"{key}.how{how}"))

    first = (step("red", "" if red_lines[0].clips else ".none"),) if red_lines else ()
    play = step("read" if heard.manner else "play")
    return (*first, play, *(step(name) for name in STEPS[1:]))


def _red_more(count: int, wording: Wording) -> str:
    return wording.text("coaching_sheet.red.more", n=count) if count > 0 else ""


def _empty(agent: Group, heard: _Heard, wording: Wording) -> str:
    if heard.clips:
        return ""
    return wording.text(f"coaching_sheet.empty.{'clips' if agent.now.scored else 'calls'}")


def _missing(part: str, agent: Group, team: Group, wording: Wording) -> str:
    """Nobody is without faults because nothing was scored. Where no behaviour stands out, a call does."""
    if not agent.now.scored:
        return wording.text("coaching_sheet.unscored")
    best = best_call(agent) if part == "praise" else None
    if best is None:
        return wording.text(f"coaching_sheet.{part}.none")
    values = {"call": cut(shown_identifier(best.call_id), _MAX_CALL), "score": number(best.percent or 0.0)}
    return wording.text("coaching_sheet.best_call", who=others(team, wording), **values)


class _Heard:
    """Numbers the clips as points ask for them; the same passage keeps its number."""

    def __init__(self, agent: Group, team: Group, titles: RubricTitles, links: Links, wording: Wording) -> None:
        self._agent, self._team = agent, team
        self._titles, self._links, self._wording = titles, links, wording
        self._numbers: dict[tuple[str, int], int] = {}
        self.clips: list[NumberedClip] = []

    @property
    def manner(self) -> str:
        """``.read`` where no passage has sound; else empty."""
        return ".read" if self.clips and not any(item.clip.has_sound for item in self.clips) else ""

    def red_lines(self, criteria: Sequence[str]) -> Iterator[RedLineView]:
        for which in criteria:
            crossed = [line for line in self._agent.calls if which in line.red_lines]
            told = suspected_text(len(crossed), sum(line.red_confirmed for line in crossed), self._wording)
            rule = cut(self._titles.advice(which), _MAX_ADVICE) or self._wording.text("coaching_sheet.red.rule.none")
            title = cut(self._titles.criterion(which), _MAX_TITLE)
            yield RedLineView(title, told, rule, self._named(weak_clip(self._agent, which)))

    def praise(self, found: Sequence[Strength]) -> Iterator[PointView]:
        for strength in found:
            best = next(self._agent.clips.good(strength.criterion_id), None)
            text = strength_text(
                strength, cut(self._titles.praise(strength.criterion_id), _MAX_ADVICE), self._team, self._wording
            )
            yield PointView(cut(self._titles.criterion(strength.criterion_id), _MAX_TITLE), text, self._named(best))

    def problems(self, found: Sequence[Lever]) -> Iterator[PointView]:
        for lever in found:
            weakest = weak_clip(self._agent, lever.criterion_id)
            text = problem_text(lever, self._team, self._wording)
            yield PointView(cut(self._titles.criterion(lever.criterion_id), _MAX_TITLE), text, self._named(weakest))

    def _named(self, clip: ClipOf | None) -> str:
        if clip is None or not clip.clip.text:  # a place where nothing was said is nothing to hear
            return ""
        passage = (clip.call_id, clip.clip.turn)
        if passage not in self._numbers:
            self._numbers[passage] = len(self.clips) + 1
            self.clips.append(NumberedClip(len(self.clips) + 1, self._view(clip)))
        return self._wording.text("coaching_sheet.clip", number=self._numbers[passage])

    def _view(self, clip: ClipOf) -> ClipView:
        return _short(clip_view(clip, self._titles, self._links, self._wording))


def _short(clip: ClipView, most: int = _MAX_QUOTE) -> ClipView:
    """A sheet has the room of a page."""
    return replace(
        clip,
        call_id=cut(shown_identifier(clip.call_id), _MAX_CALL),
        agent=cut(clip.agent, _MAX_COLLEAGUE),
        criterion=cut(clip.criterion, _MAX_TITLE),
        text=cut(clip.text, most),
    )


def _expectation(
    lever: Lever, agent: Group, overview: Overview, titles: RubricTitles, links: Links, wording: Wording
) -> ExpectationView:
    title = cut(titles.criterion(lever.criterion_id), _MAX_TITLE)
    advice = cut(titles.advice(lever.criterion_id), _MAX_ADVICE) or wording.text("coaching_sheet.expect", title=title)
    golden = next(models(lever.criterion_id, agent, overview), None)
    model = _short(clip_view(golden, titles, links, wording), _MAX_MODEL) if golden else None
    return ExpectationView(title, advice, model)


def _agreed(
    agent: Group, overview: Overview, rubric: Rubric, titles: RubricTitles, wording: Wording
) -> Iterator[AgreedView]:
    """The newest agreements under this form."""
    mine = [p for p in overview.progress if p.action.agent == agent.key and p.action.rubric_id == rubric.id]
    mine.sort(key=lambda progress: progress.action.agreed_on, reverse=True)
    for progress in mine[:AGREED]:
        action = progress.action
        trend, change = agreed_text(progress, wording)
        yield AgreedView(
            action=cut(shown(action.action), _MAX_ACTION),
            criterion=cut(titles.criterion(action.criterion_id), _MAX_CELL) if action.criterion_id else UNKNOWN,
            agreed_on=wording.day(action.agreed_on),
            due_on=wording.day(action.due_on) if action.due_on else UNKNOWN,
            change=change,
            trend=trend,
        )


def _goals(weak: Sequence[Lever], titles: RubricTitles, wording: Wording) -> Iterator[GoalView | None]:
    for row in range(ROWS):
        lever = weak[row] if row < len(weak) else None
        target = target_share(lever.miss) if lever else None
        if lever is None or target is None:
            yield None
            continue
        title = cut(titles.criterion(lever.criterion_id), _MAX_CELL)
        now = percent(1 - lever.miss.value)
        yield GoalView(title, wording.text("coaching_sheet.goal", now=now, target=percent(target)))
