"""What people add to what the program found: comments, changed verdicts, appeals, and agreed actions. Appended only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from qa_pipeline.core.score import Verdict


class ReviewKind(StrEnum):
    COMMENT = "comment"
    CHANGE = "change"
    """An inspector gives another verdict."""
    APPEAL = "appeal"
    """The agent contests a verdict or the call's result."""


@dataclass(frozen=True, slots=True)
class Review:
    """One remark of a person about a call, or about one criterion of it."""

    call_id: str
    rubric_id: str
    kind: ReviewKind
    author: str
    at: datetime
    text: str = ""
    criterion_id: str | None = None
    """None: about the call as a whole."""
    verdict: Verdict | None = None
    """The new verdict of a change."""

    def __post_init__(self) -> None:
        if not self.author.strip():
            raise ValueError("a review needs its author")
        if (self.kind is ReviewKind.CHANGE) != (self.verdict is not None):
            raise ValueError("a change names the new verdict, and nothing else does")
        if self.kind is ReviewKind.CHANGE and self.criterion_id is None:
            raise ValueError("a change belongs to a criterion")
        if self.kind is not ReviewKind.CHANGE and not self.text.strip():
            raise ValueError("a comment or an appeal says something")


@dataclass(frozen=True, slots=True)
class AgreedAction:
    """What an agent and the leader agreed on in a one-to-one: what to do, until when."""

    agent: str
    """What the agent goes by (``core.summary.agent_key``)."""
    rubric_id: str
    action: str
    agreed_on: date
    leader: str = ""
    criterion_id: str | None = None
    """The criterion that shall change; None: none in particular."""
    due_on: date | None = None

    def __post_init__(self) -> None:
        if not self.agent.strip() or not self.action.strip():
            raise ValueError("an agreed action needs an agent and an action")
        if self.due_on is not None and self.due_on < self.agreed_on:
            raise ValueError(f"an action cannot be due ({self.due_on}) before it was agreed ({self.agreed_on})")
