"""Calls that somebody must listen to today: red lines and complaints, with the passage to play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_pipeline.core.summary import Clip
from qa_pipeline.insight.overview import CallLine
from qa_pipeline.report.clip_view import RubricTitles, clip_href, clip_time
from qa_pipeline.report.links import Links
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.wording import Wording, number


@dataclass(frozen=True)
class AlertView:
    """``kind``: red or complaint. ``text``: the words that crossed the line; empty where none are kept."""

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
    """Criteria, or how the complaint is known."""
    text: str
    time: str
    play_href: str


class AlertMaker:
    """``names``: agents by key; ``linked``: those that have a page."""

    def __init__(self, titles: RubricTitles, links: Links, wording: Wording, names: Mapping[str, str]) -> None:
        self._titles, self._links, self._wording, self._names = titles, links, wording, names

    def red_lines(self, calls: Iterable[CallLine]) -> tuple[AlertView, ...]:
        """The newest first, as the calls come."""
        return tuple(self._red(line) for line in calls if line.red_lines)

    def complaints(self, calls: Iterable[CallLine]) -> tuple[AlertView, ...]:
        return tuple(self._complaint(line) for line in calls if line.is_complaint)

    def agent(self, line: CallLine) -> str:
        fallback = shown(line.agent_name) or self._wording.text("agent.unknown")
        return self._names.get(line.agent) or fallback

    def _red(self, line: CallLine) -> AlertView:
        what = self._wording.joined([self._titles.criterion(criterion) for criterion in line.red_lines])
        return self._alert("red", line, what, line.red_clip)

    def _complaint(self, line: CallLine) -> AlertView:
        key = "group.complaint.said" if line.complaint else "group.complaint.outcome"
        return self._alert("complaint", line, self._wording.text(key), line.complaint)

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
        )
