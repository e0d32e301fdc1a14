"""A passage of a call as it is shown away from the call's page: the words, whose they are, and where to play them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qa_pipeline.core.summary import Clip
from qa_pipeline.insight.clips import ClipOf
from qa_pipeline.report.links import Links
from qa_pipeline.report.text import clean, shown
from qa_pipeline.report.wording import Wording, clock
from qa_pipeline.rubric.model import Criterion, Rubric


@dataclass(frozen=True)
class ClipView:
    """``href``: the call's page at the clip, empty where there is no page. ``text``: empty where nothing was said that
    was looked for; then ``time`` is all that was searched, and ``href`` leads to the call as a whole."""

    call_id: str
    agent: str
    criterion: str
    text: str
    time: str
    """``1:23–1:31``; empty where times are unknown."""
    href: str
    verdict: str
    verdict_text: str
    has_sound: bool = True
    """Whether it can be played; without a recording it can be read."""

    @property
    def plays(self) -> bool:
        return self.has_sound and bool(self.href and self.text)


def clip_view(found: ClipOf, titles: RubricTitles, links: Links, wording: Wording) -> ClipView:
    return ClipView(
        call_id=shown(found.call_id),
        agent=shown(found.agent_name or found.agent) or wording.text("agent.unknown"),
        criterion=titles.criterion(found.criterion_id),
        text=shown(found.clip.text),
        time=clip_time(found.clip),
        href=clip_href(found.call_id, found.clip, links) if found.clip.text else links.call(found.call_id),
        verdict=found.verdict.value,
        verdict_text=wording.text(f"verdict.{found.verdict}"),
        has_sound=found.has_sound,
    )


def clip_time(clip: Clip) -> str:
    if clip.start_s is None:
        return ""
    return clock(clip.start_s) if clip.end_s is None else f"{clock(clip.start_s)}–{clock(clip.end_s)}"


def clip_href(call_id: str, clip: Clip, links: Links) -> str:
    """The call's page where the clip begins."""
    return links.call(call_id, clip.start_s, clip.turn)


class RubricTitles:
    """What sections and criteria are called in the reader's language; an id that the rubric lacks goes by itself."""

    def __init__(self, rubric: Rubric, wording: Wording) -> None:
        self._wording = wording
        self.rubric = clean(wording.either(rubric.title, rubric.title_en))
        self._sections = {s.id: clean(wording.either(s.title, s.title_en)) for s in rubric.sections}
        self._criteria: Mapping[str, Criterion] = {c.id: c for c in rubric.criteria}

    @property
    def section_ids(self) -> tuple[str, ...]:
        """In the order of the form."""
        return tuple(self._sections)

    @property
    def criterion_ids(self) -> tuple[str, ...]:
        return tuple(self._criteria)

    def section(self, section_id: str) -> str:
        return self._sections.get(section_id) or clean(section_id)

    def criterion(self, criterion_id: str) -> str:
        found = self._criteria.get(criterion_id)
        return clean(self._wording.either(found.title, found.title_en)) if found else clean(criterion_id)

    def advice(self, criterion_id: str) -> str:
        """What to do next time, as the rubric words it; may be empty."""
        found = self._criteria.get(criterion_id)
        return clean(self._wording.either(found.advice, found.advice_en)) if found else ""

    def praise(self, criterion_id: str) -> str:
        found = self._criteria.get(criterion_id)
        return clean(self._wording.either(found.praise, found.praise_en)) if found else ""
