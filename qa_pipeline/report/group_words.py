"""What is said of a group of calls: its score with n and interval, what changed, whose calls they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qa_pipeline.insight.coaching import Change, Trend, pass_change, score_change
from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.intervals import Estimate
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.report.figure_tables import Cell, interval_text
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import UNKNOWN, Wording, number, percent, signed
from qa_pipeline.rubric.model import Rubric


@dataclass(frozen=True)
class FigureCard:
    """One large figure of a page's head."""

    label: str
    value: str
    note: str
    change: str = ""
    change_mark: str = ""
    """better, worse, unclear or too_few."""
    warn: bool = False


class GroupWords:
    """Figures of groups in a reader's language."""

    def __init__(self, wording: Wording, rubric: Rubric) -> None:
        self.wording, self.rubric = wording, rubric

    def score(self, score: Estimate | None) -> str:
        """``82.4 分（95% 区间 78.1–86.7，n=23 通）``."""
        if score is None:
            return self.wording.text("group.no_score")
        return self._estimate("group.score", number(score.value), score, 1.0)

    def share(self, share: Estimate | None) -> str:
        """``78%（95% 区间 58–90%，n=23 通）``."""
        if share is None:
            return self.wording.text("group.no_share")
        return self._estimate("group.share", percent(share.value), share, 100.0)

    def _estimate(self, key: str, value: str, found: Estimate, factor: float) -> str:
        bounds = interval_text(found, factor)
        if not bounds:
            return self.wording.text(f"{key}.plain", value=value, n=found.n)
        return self.wording.text(key, value=value, interval=bounds, n=found.n)

    def score_change(self, before: Figures, now: Figures) -> tuple[str, str]:
        """In words, and as a mark."""
        change = score_change(before, now)
        return self.change(change, "points", 1.0), change.trend.value

    def pass_change(self, before: Figures, now: Figures) -> tuple[str, str]:
        change = pass_change(before, now)
        return self.change(change, "shares", 100.0), change.trend.value

    def score_change_cell(self, before: Figures, now: Figures) -> Cell:
        return self.change_cell(score_change(before, now), "points", 1.0)

    def pass_change_cell(self, before: Figures, now: Figures) -> Cell:
        return self.change_cell(pass_change(before, now), "pp", 100.0)

    def change_cell(self, change: Change, unit: str, factor: float) -> Cell:
        """For tables: the conclusion in a word, the difference below it."""
        found = change.difference
        if not change.n_before or not change.n_now or found is None:
            return Cell(UNKNOWN)
        note = self.wording.text(f"group.by.{unit}", amount=_with_sign(factor * found.value, factor))
        return Cell(self.wording.text(f"group.trend.{change.trend}"), found.value, note, mark=change.trend.value)

    def change(self, change: Change, unit: str, factor: float) -> str:
        """``unit``: points or shares (percent points)."""
        if not change.n_before or not change.n_now or change.difference is None:
            return self.wording.text("group.change.nothing")
        found = change.difference
        amount = number(factor * found.value, 1 if factor == 1.0 else 0)
        by = self.wording.text(f"group.by.{unit}", amount=amount.lstrip("−"))
        if change.trend is Trend.TOO_FEW:
            return self.wording.text("group.change.too_few", before=change.n_before, now=change.n_now)
        if change.trend is Trend.UNCLEAR:
            shown_amount = self.wording.text(f"group.by.{unit}", amount=_with_sign(factor * found.value, factor))
            return self.wording.text("group.change.unclear", by=shown_amount)
        return self.wording.text(f"group.change.{change.trend}", by=by)

    def cards(self, group: Group) -> tuple[FigureCard, ...]:
        now, before, text = group.now, group.before, self.wording.text
        score, share = now.score, now.pass_share
        changes = (self.score_change(before, now), self.pass_change(before, now))
        return (
            self._card("score", number(score.value) if score else UNKNOWN, self._note("scored", score, 1.0),
                       changes[0] if score else ("", "")),
            self._card("passed", percent(share.value) if share else UNKNOWN, self._note("judged", share, 100.0),
                       changes[1] if share else ("", "")),
            FigureCard(text("group.card.calls"), str(now.scored), self._calls_note(now)),
            self._alarm("red", now.red_calls, before.red_calls),
            self._alarm("complaints", now.complaints, before.complaints),
        )  # fmt: skip

    def _card(self, key: str, value: str, note: str, change: tuple[str, str]) -> FigureCard:
        return FigureCard(self.wording.text(f"group.card.{key}"), value, note, *change)

    def _alarm(self, key: str, count: int, before: int) -> FigureCard:
        text = self.wording.text
        note = text("group.card.before", count=before)
        return FigureCard(text(f"group.card.{key}"), str(count), note, warn=count > 0)

    def _note(self, what: str, found: Estimate | None, factor: float) -> str:
        if found is None:
            return self.wording.text(f"group.none_{what}")
        bounds = interval_text(found, factor)
        unit = "%" if factor != 1.0 else ""
        key = "group.card.interval" if bounds else "group.card.n"
        return self.wording.text(key, interval=f"{bounds}{unit}", n=found.n)

    def _calls_note(self, now: Figures) -> str:
        """How many there were in all, where some could not be scored."""
        rest = now.calls - now.scored
        key = "no_calls" if not now.calls else "some_scored" if rest else "all_scored"
        return self.wording.text(f"group.card.{key}", calls=now.calls, rest=rest)

    def pass_line(self) -> str:
        """``及格线 60%``; empty: the rubric has none."""
        if self.rubric.pass_percent is not None:
            return self.wording.text("score.pass_line", percent=number(self.rubric.pass_percent))
        if self.rubric.pass_points is not None:
            return self.wording.text("score.pass_points", points=number(self.rubric.pass_points))
        return ""

    def team(self, key: str) -> str:
        return shown(key) or self.wording.text("group.no_team")

    def period(self, period: Period) -> str:
        """``2026年第45周（11月2日–8日）``, ``2026年10月``, or the days."""
        if period.kind is PeriodKind.ALL:
            return self.wording.text("group.all_time")
        if period.kind is PeriodKind.MONTH:
            return self.wording.month(period.first)
        days = self.wording.day_range(period.first, period.last)
        if period.kind is PeriodKind.RANGE:
            return days
        year, week, _ = period.first.isocalendar()
        return self.wording.text("group.week", year=year, week=week, days=days)

    def week(self, monday: date) -> str:
        return self.wording.day_range(monday, monday, year=False)


def _with_sign(value: float, factor: float) -> str:
    return signed(round(value, 1 if factor == 1.0 else 0))


def members(team: Group, found: Overview) -> list[Group]:
    """Agents of a team (everybody: all) with calls in the period or the one before; who left earlier is none."""
    agents = (a for a in found.agents.values() if not team.key or a.team == team.key)
    return sorted((a for a in agents if a.now.calls or a.before.calls), key=lambda a: (a.name, a.key))


def agent_names(agents: Iterable[Group], wording: Wording) -> dict[str, str]:
    """What agents are called, by key; namesakes with their id."""
    listed = list(agents)
    counts = Counter(agent.name for agent in listed)
    return {agent.key: _agent_name(agent, counts[agent.name] > 1, wording) for agent in listed}


def _agent_name(agent: Group, is_namesake: bool, wording: Wording) -> str:
    name = shown(agent.name) or wording.text("agent.unknown")
    return f"{name}（{shown_identifier(agent.key)}）" if is_namesake and agent.key != agent.name else name
