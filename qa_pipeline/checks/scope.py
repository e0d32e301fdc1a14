"""Which turns a check looks at: role, stage, first or last turns and seconds."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa_pipeline.checks.finding import Finding, Window, unknown
from qa_pipeline.core.call import Call, Role, Stage, Turn
from qa_pipeline.core.span import cover_all

#: A stage written by its name.
StageName = Annotated[Stage, Field(strict=False)]


class CheckParams(BaseModel):
    """Base of all parameters that stand in rubric files: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Scope(CheckParams):
    """The part of the call that is searched; without any key, the whole call and both parties."""

    role: Role | None = Field(None, strict=False, description="agent or customer; both when absent")
    stage: tuple[StageName, ...] = Field((), strict=False, description="only turns of these stages")
    first_turns: int | None = Field(None, ge=1, description="the first n turns of the role")
    last_turns: int | None = Field(None, ge=1, description="the last n turns of the role")
    first_seconds: float | None = Field(None, gt=0, description="turns that begin in the first n seconds")
    last_seconds: float | None = Field(None, gt=0, description="turns that end in the last n seconds")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.first_turns and self.last_turns:
            raise ValueError("give first_turns or last_turns, not both")
        if self.first_seconds and self.last_seconds:
            raise ValueError("give first_seconds or last_seconds, not both")
        if self.role is Role.UNKNOWN:
            raise ValueError("role is agent or customer; leave it out for both")
        return self

    @property
    def needs_times(self) -> bool:
        return self.first_seconds is not None or self.last_seconds is not None


def missing_facts(scope: Scope, call: Call) -> Finding | None:
    """Why this call cannot be searched by this scope; None when it can."""
    if not call.turns:
        return unknown("no_speech")
    if scope.role is not None and not any(turn.role is scope.role for turn in call.turns):
        return unknown("roles_unknown" if not call.conversation.roles_known else "party_silent")
    if scope.needs_times and not call.conversation.has_times:
        return unknown("times_unknown")
    if scope.stage and not call.turn_stages:
        return unknown("stages_unknown")
    return None


def window_of(scope: Scope, call: Call) -> Window:
    """The turns in scope, in order; empty when nothing of that kind was said."""
    turns = [turn for turn in call.turns if scope.role is None or turn.role is scope.role]
    if scope.first_turns:
        turns = turns[: scope.first_turns]
    if scope.last_turns:
        turns = turns[-scope.last_turns :]
    if scope.needs_times:
        turns = [turn for turn in turns if _in_seconds(scope, turn, call)]
    if scope.stage:
        turns = [turn for turn in turns if call.turn_stages[turn.index] in scope.stage]
    return window_from(turns)


def window_from(turns: list[Turn]) -> Window:
    return Window(tuple(turn.index for turn in turns), cover_all(turn.span for turn in turns if turn.span))


def call_end_s(call: Call) -> float:
    """Where the call ends: the recording's length, or the last word where there is no recording."""
    spoken = max((turn.span.end_s for turn in call.turns if turn.span), default=0.0)
    return max(spoken, call.recording.duration_s if call.recording else 0.0)


def _in_seconds(scope: Scope, turn: Turn, call: Call) -> bool:
    assert turn.span is not None  # noqa: S101 - missing_facts() has ruled it out
    if scope.first_seconds is not None and turn.span.start_s > scope.first_seconds:
        return False
    return scope.last_seconds is None or turn.span.end_s >= call_end_s(call) - scope.last_seconds
