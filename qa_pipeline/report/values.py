"""What the rest of the program hands to the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from qa_pipeline.core.call import Call
from qa_pipeline.core.lead import LeadRecord
from qa_pipeline.core.norms import TeamNorm
from qa_pipeline.core.review import Review
from qa_pipeline.core.score import Scorecard
from qa_pipeline.rubric.model import Rubric


@dataclass(frozen=True)
class ModelWording:
    """How somebody said it well: a masked quote of another call (a golden clip).

    ``page`` is the stem of that call's page (``page_name``); ``start_s`` where the quote begins, ``turn`` the turn
    that holds it: the link leads to the first of them that is known, without any to the page.
    """

    text: str
    agent: str
    page: str
    start_s: float | None = None
    turn: int | None = None


@dataclass(frozen=True)
class AudioLink:
    """The recording itself, outside of the output folder; ``outline``: file of its waveform, in the output folder."""

    recording: Path
    outline: Path


@dataclass(frozen=True)
class CallResult:
    """One call ready to be shown. ``audio`` is the sound to play: a file already in the output folder, or a link."""

    call: Call
    scorecard: Scorecard | None = None
    rubric: Rubric | None = None
    audio: Path | AudioLink | None = None
    notices: tuple[str, ...] = ()
    lead: LeadRecord | None = None
    """What the call is worth as a lead; None: nobody asked."""
    team: TeamNorm | None = None
    """What the call is compared with; None: too few calls are known."""
    wordings: Mapping[str, ModelWording] = field(default_factory=dict)
    """Per criterion (its id) a wording to learn from."""
    reviews: tuple[Review, ...] = ()
    """What people added, oldest first; ``scorecard`` holds the verdicts that they gave already."""
    agent_page: str = ""
    """Address of the agent's page in Chinese, relative to ``calls/``; empty: there is none."""


@dataclass(frozen=True)
class FailureRow:
    """A recording that could not be worked on, and why."""

    recording: str
    call_id: str
    step: str
    code: str
    reason: str
    at: datetime | None = None


@dataclass(frozen=True)
class PageOptions:
    """What stands on every page besides its call. No clock is read: the same input gives the same bytes."""

    title: str = ""
    """Heading of the index; empty: the wording of the catalogue."""
    made_at: datetime | None = None
    """Shown in the footer; None: not shown."""
    version: str = ""
    """Version of the program, shown in the footer."""
    made_from: str = ""
    """Fingerprint of all that is shown, kept in the page's head; empty: nobody asks for it."""
    low_confidence: float = 0.6
    """Turns (and words) recognised with less than this probability are marked as unsure."""
