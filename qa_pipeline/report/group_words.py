"""What is said of a group of calls: its score with n and interval, what changed, whose calls they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from qa_pipeline.insight.coaching import Change, Trend, behaviour_change, pass_change, score_change
from qa_pipeline.insight.figures import CriterionFigures, Figures
from qa_pipeline.insight.intervals import Estimate
from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import Cell, interval_text, score_cell, share_cell
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import UNKNOWN, Wording, number, percent, signed
from qa_pipeline.rubric.model import Rubric

#: Red lines that rose by less in a hundred calls may have been drawn by chance: nobody is alarmed.
MORE_RED = 1.25

#: Criteria that a sentence names; the table has the others.
MOST_TURNED = 3


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
        """``82.4 分（23 通）``. Intervals are small print of tables: read out in a sentence nobody understands them."""
        if score is None:
            return self.wording.text("group.no_score")
        return self._estimate("group.score", number(score.value), score)

    def share(self, share: Estimate | None) -> str:
        """``78%（23 通）``."""
        if share is None:
            return self.wording.text("group.no_share")
        return self._estimate("group.share", percent(share.value), share)

    def _estimate(self, key: str, value: str, found: Estimate) -> str:
        return self.wording.text(key if found.known else f"{key}.few", value=value, n=found.n)

    def score_cell(self, score: Estimate | None) -> Cell:
        """``82.4`` with ``78.1–86.7 | 23 通`` below."""
        return score_cell(score, self.counted)

    def share_cell(self, share: Estimate | None) -> Cell:
        """``78%`` with ``58–90% | 23 通`` below."""
        return share_cell(share, self.counted)

    def counted(self, n: int) -> str:
        """``23 通``."""
        return self.wording.text("group.n", n=n)

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

    def miss_change_cell(self, before: CriterionFigures, now: CriterionFigures) -> Cell:
        """Of a share of misses: more of them is worse, and has a plus."""
        made = self.change_cell(behaviour_change(before, now), "pp", -100.0)
        return made if made.value is None else replace(made, value=-made.value)

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
        if change.trend is Trend.TOO_FEW:
            return self.wording.text("group.change.too_few", before=change.n_before, now=change.n_now)
        amount = number(abs(factor * change.difference.value), _decimals(factor))
        by = self.wording.text(f"group.by.{unit}", amount=amount)
        if change.trend is not Trend.UNCLEAR:
            return self.wording.text(f"group.change.{change.trend}", by=by)
        way = "same" if float(amount) == 0 else "higher" if change.difference.value > 0 else "lower"
        return self.wording.text(f"group.change.unclear.{way}", by=by)

    def score_sentence(self, group: Group, titles: RubricTitles) -> tuple[str, ...]:
        """The mean and what became of it, with what got worse beside it: a mean may hide that."""
        now, before, text = group.now, group.before, self.wording.text
        changed, trend = self.score_change(before, now)
        said = text("team.say.score", score=self.score(now.score), change=changed)
        worse, better = turned(group, Trend.WORSE), turned(group, Trend.BETTER)
        told = [
            self._more_red(now, before),
            text("group.turned.worse", items=self._named(worse, titles)) if worse else "",
        ]
        key = "group.turned.but" if trend == Trend.UNCLEAR else "group.turned.note"
        joined = text("group.turned.and").join(filter(None, told))
        sentences = [said, text(key, told=joined) if joined else ""]
        sentences.append(text("group.turned.better", items=self._named(better, titles)) if better else "")
        return tuple(filter(None, sentences))

    def _more_red(self, now: Figures, before: Figures) -> str:
        """Clearly more red lines for the number of calls; empty: no more."""
        if (
            not before.calls
            or now.red_calls * before.calls < MORE_RED * before.red_calls * now.calls
            or not now.red_calls
        ):
            return ""
        values = {"before": before.red_calls, "now": now.red_calls, "n_before": before.calls, "n_now": now.calls}
        return self.wording.text("group.turned.red", **values)

    def _named(self, changed: list[tuple[CriterionFigures, CriterionFigures]], titles: RubricTitles) -> str:
        """``「A」（没做到 6%→12%）、「B」（…）等 4 项``."""
        told = [self._one(before, now, titles) for before, now in changed[:MOST_TURNED]]
        listed = self.wording.joined(told)
        rest = len(changed) > MOST_TURNED
        return self.wording.text("group.turned.more", items=listed, n=len(changed)) if rest else listed

    def _one(self, before: CriterionFigures, now: CriterionFigures, titles: RubricTitles) -> str:
        shares = [percent(c.miss_share.value) if c.miss_share else UNKNOWN for c in (before, now)]
        title = titles.criterion(now.criterion_id)
        return self.wording.text("group.turned.one", criterion=title, before=shares[0], now=shares[1])

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
        )  # fmt: skip

    def _card(self, key: str, value: str, note: str, change: tuple[str, str]) -> FigureCard:
        return FigureCard(self.wording.text(f"group.card.{key}"), value, note, *change)

    def _note(self, what: str, found: Estimate | None, factor: float) -> str:
        if found is None:
            return self.wording.text(f"group.none_{what}")
        bounds = interval_text(found, factor)
        unit = "%" if factor != 1.0 else ""
        key = "group.card.interval" if bounds else "group.n"
        return self.wording.text(key, interval=f"{bounds}{unit}", n=found.n)

    def _calls_note(self, now: Figures) -> str:
        """How many there were in all, and why some are in no mean."""
        if not now.calls:
            return self.wording.text("group.card.no_calls")
        few = min(now.states["few"], now.calls - now.scored)
        rest = now.calls - now.scored - few
        if not few and not rest:
            return self.wording.text("group.card.all_scored")
        told = [
            self.wording.text("group.card.few", n=few) if few else "",
            self.wording.text("group.card.rest", n=rest) if rest else "",
        ]
        return self.wording.text(
            "group.card.some_scored", calls=now.calls, told=self.wording.joined(list(filter(None, told)))
        )

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
    return signed(round(value, _decimals(factor)))


def _decimals(factor: float) -> int:
    """Points have one, whole percent points none."""
    return 1 if abs(factor) == 1.0 else 0


def turned(group: Group, trend: Trend) -> list[tuple[CriterionFigures, CriterionFigures]]:
    """Criteria (before, now) that are met clearly less or more often than in the last period, the largest change
    first."""
    pairs = ((before, now) for key, now in group.now.criteria.items() if (before := group.before.criteria.get(key)))
    changes = [(behaviour_change(before, now), before, now) for before, now in pairs]
    found = [(change, before, now) for change, before, now in changes if change.trend is trend and change.difference]
    found.sort(key=lambda item: (-abs(item[0].difference.value if item[0].difference else 0.0), item[2].criterion_id))
    return [(before, now) for _, before, now in found]


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
