"""Calls that somebody must look into today: red lines and complaints, with the passage to hear or to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_pipeline.core.summary import Clip
from qa_pipeline.insight.overview import CallLine
from qa_pipeline.report.clip_view import RubricTitles, clip_href, clip_time
from qa_pipeline.report.links import Links
from qa_pipeline.report.team.alarm_words import AlarmWords, has_ended
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import Wording, number


@dataclass(frozen=True)
class AlertView:
    """``kind``: red (suspected), red_confirmed, ended (recorded as a complaint) or said (the customer seems to
    complain). ``text``: the words that crossed the line; empty where none are kept."""

    kind: str
    kind_text: str
    call_id: str
    call_href: str
    agent: str
    agent_href: str
    team: str
    at: str
    score: str
    what: str
    """Criteria; of a complaint, what it is."""
    text: str
    time: str
    play_href: str
    is_recorded: bool
    """Whether there is anything to hear; else the passage can be read."""


class AlertMaker:
    """``names``: agents by key; they are linked to where they have a page."""

    def __init__(
        self, titles: RubricTitles, links: Links, wording: Wording, names: Mapping[str, str], alarms: AlarmWords
    ) -> None:
        self._titles, self._links, self._wording, self._names = titles, links, wording, names
        self._alarms = alarms

    def red_lines(self, calls: Iterable[CallLine]) -> tuple[AlertView, ...]:
        """The newest first, as the calls come."""
        return tuple(self._red(line) for line in calls if line.red_lines)

    def complaints(self, calls: Iterable[CallLine]) -> tuple[AlertView, ...]:
        """Calls that ended as complaints, then those in which the customer may have complained."""
        found = sorted((line for line in calls if line.is_complaint), key=lambda line: not has_ended(line))
        return tuple(self._complaint(line) for line in found)

    def agent(self, line: CallLine) -> str:
        fallback = shown(line.agent_name) or self._wording.text("agent.unknown")
        return self._names.get(line.agent) or fallback

    def _red(self, line: CallLine) -> AlertView:
        what = self._wording.joined([self._titles.criterion(criterion) for criterion in line.red_lines])
        kind = "red_confirmed" if self._alarms.is_confirmed(line) else "red"
        return self._alert(kind, line, what, line.red_clip)

    def _complaint(self, line: CallLine) -> AlertView:
        kind = "ended" if has_ended(line) else "said"
        return self._alert(kind, line, self._wording.text(f"group.complaint.{kind}"), line.complaint)

    def _alert(self, kind: str, line: CallLine, what: str, clip: Clip | None) -> AlertView:
        wording, links = self._wording, self._links
        return AlertView(
            kind=kind,
            kind_text=wording.text(f"group.alert.{kind}"),
            call_id=shown_identifier(line.call_id),
            call_href=links.call(line.call_id),
            agent=self.agent(line),
            agent_href=links.agent(line.agent) if line.agent in self._names else "",
            team=shown(line.team),
            at=wording.date_time(line.started_at),
            score="" if line.percent is None else wording.text("group.points", value=number(line.percent)),
            what=what,
            text=shown(clip.text) if clip else "",
            time=clip_time(clip) if clip else "",
            play_href=clip_href(line.call_id, clip, links) if clip else "",
            is_recorded=bool(line.recording),
        )
