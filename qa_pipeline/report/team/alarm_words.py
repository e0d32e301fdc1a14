"""Red lines and complaints in words: what the program suspects is called so, until a person has confirmed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.insight.figures import Figures
from qa_pipeline.insight.overview import CallLine, Group
from qa_pipeline.report.figure_tables import Cell, count_cell
from qa_pipeline.report.group_words import FigureCard
from qa_pipeline.report.wording import Wording


@dataclass(frozen=True)
class AlarmCounts:
    """Calls. ``ended``: recorded as a complaint; ``said``: others in which the customer seems to complain;
    ``heard``: whether any of all these calls has a recording."""

    suspected: int
    confirmed: int
    ended: int
    said: int
    heard: bool

    @property
    def red(self) -> int:
        return self.suspected + self.confirmed


class AlarmWords:
    """``confirmed``: call and criterion of the red lines that a person confirmed."""

    def __init__(self, wording: Wording, confirmed: frozenset[tuple[str, str]]) -> None:
        self._wording, self._text, self._confirmed = wording, wording.text, confirmed

    def is_confirmed(self, line: CallLine) -> bool:
        return any((line.call_id, criterion) in self._confirmed for criterion in line.red_lines)

    def counts(self, calls: Iterable[CallLine]) -> AlarmCounts:
        alarms = [line for line in calls if line.red_lines or line.is_complaint]
        red = [line for line in alarms if line.red_lines]
        confirmed = sum(map(self.is_confirmed, red))
        ended = sum(has_ended(line) for line in alarms)
        said = sum(line.is_complaint for line in alarms) - ended
        return AlarmCounts(len(red) - confirmed, confirmed, ended, said, any(line.recording for line in alarms))

    def red(self, counts: AlarmCounts) -> str:
        """``疑似红线 18 通（待人工确认）``."""
        told = []
        if counts.confirmed:
            told.append(self._text("group.red.confirmed", n=counts.confirmed))
        if counts.suspected:
            told.append(self._text("group.red.suspected", n=counts.suspected))
        return self._wording.joined(told) or self._text("group.red.none")

    def complaints(self, counts: AlarmCounts) -> str:
        """``投诉结案 2 通、客户不满或投诉 5 通（待确认）``."""
        told = []
        if counts.ended:
            told.append(self._text("group.complaint.ended.n", n=counts.ended))
        if counts.said:
            told.append(self._text("group.complaint.said.n", n=counts.said))
        return self._wording.joined(told) or self._text("group.complaint.none")

    def first(self, counts: AlarmCounts) -> str:
        """What comes before any talk about it: listening, or reading where nothing can be heard."""
        return self._text("group.first.listen" if counts.heard else "group.first.read")

    def sentence(self, counts: AlarmCounts) -> str:
        told = self._wording.text("group.alarm.both", red=self.red(counts), complaints=self.complaints(counts))
        return f"{told}{self.first(counts)}" if counts.red or counts.ended or counts.said else told

    def cards(self, group: Group) -> tuple[FigureCard, FigureCard]:
        counts, before = self.counts(group.calls), group.before
        kind = "red_both" if counts.suspected and counts.confirmed else "red_sure" if counts.confirmed else "red"
        note = self._text(f"group.card.{kind}.note", confirmed=counts.confirmed, suspected=counts.suspected)
        ended, said = ended_calls(before), self._text("group.card.ended.note", n=counts.said) if counts.said else ""
        return (
            self._card(kind, counts.red, note, before.red_calls),
            self._card("ended", counts.ended, said, ended),
        )

    def _card(self, key: str, count: int, note: str, before: int) -> FigureCard:
        notes = (note if count or key == "ended" else "", self._text("group.card.before", count=before))
        return FigureCard(self._text(f"group.card.{key}"), str(count), " · ".join(filter(None, notes)), warn=count > 0)

    def complaint_cell(self, figures: Figures) -> Cell:
        """Those that ended as complaints; the others as small print."""
        ended = ended_calls(figures)
        said = figures.complaints - ended
        note = self._text("group.complaint.cell", n=said) if said else ""
        return count_cell(ended, note, mark="alarm" if ended else "")


def has_ended(line: CallLine) -> bool:
    """The call is recorded as a complaint."""
    return line.outcome is CallOutcome.COMPLAINT


def ended_calls(figures: Figures) -> int:
    return figures.outcomes[CallOutcome.COMPLAINT]
