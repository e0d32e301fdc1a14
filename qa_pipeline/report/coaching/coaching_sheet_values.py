"""What a coaching sheet shows, page and workbook alike."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.report.clip_view import ClipView


@dataclass(frozen=True)
class NumberedClip:
    """``number``: what the second page calls it."""

    number: int
    clip: ClipView


@dataclass(frozen=True)
class PointView:
    """Something to praise or to change. ``clips``: ``片段 1``, empty where none was found."""

    criterion: str
    text: str
    clips: str


@dataclass(frozen=True)
class RedLineView:
    """A red line that has to be talked about first. ``told``: in how many calls, and whether a person confirmed it."""

    criterion: str
    told: str
    rule: str
    clips: str


@dataclass(frozen=True)
class ExpectationView:
    criterion: str
    advice: str
    model: ClipView | None
    """How a colleague says it."""


@dataclass(frozen=True)
class AgreedView:
    """What was agreed before. ``trend``: better, worse, unclear, too_few, or empty where nothing measures it."""

    action: str
    criterion: str
    agreed_on: str
    due_on: str
    change: str
    trend: str


@dataclass(frozen=True)
class GoalView:
    """A suggestion for a row of the agreement; nobody agreed to it yet."""

    criterion: str
    target: str


@dataclass(frozen=True)
class Step:
    title: str
    text: str


@dataclass(frozen=True)
class CoachingSheetView:
    html_lang: str
    title: str
    other_page: str
    index: str
    agent_page: str
    workbook: str
    agent: str
    agent_id: str
    team: str
    period: str
    rubric: str
    scored: str
    score_line: str
    empty: str
    """Why there are no clips, and what to do; empty where some are."""
    first_step: int
    """0 where a red line comes before the usual order."""
    steps: tuple[Step, ...]
    front: str
    front_note: str
    ratings: tuple[str, ...]
    clips: tuple[NumberedClip, ...]
    blank_clips: tuple[int, ...]
    """Numbers of rows for clips that the leader picks."""
    red_lines: tuple[RedLineView, ...]
    red_more: str
    """Said where there are more than fit; else empty."""
    praise: tuple[PointView, ...]
    problems: tuple[PointView, ...]
    expectations: tuple[ExpectationView, ...]
    missing: dict[str, str]
    """What stands in place of ``praise``, ``problem`` and ``expectation`` where there are none."""
    agreed: tuple[AgreedView, ...]
    agreed_note: str
    goals: tuple[GoalView | None, ...]
    """One per row of the agreement; None: nothing to suggest."""
