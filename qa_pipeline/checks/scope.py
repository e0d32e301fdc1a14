"""Which turns a check looks at: role, stage, part of the call, and what stands before, after or around an anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Check, CheckParams
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State, Window, unknown
from qa_pipeline.core.call import Call, Role, Stage, Turn
from qa_pipeline.core.score import How, Quote
from qa_pipeline.core.span import cover_all

#: Findings about a turn as a whole: they lie where the turn lies, and not before or after something in it.
_OF_TURNS = frozenset({How.ACT, How.MODEL, How.TIME, How.VOICE, How.STAGE})

#: A stage written by its name.
StageName = Annotated[Stage, Field(strict=False)]


class Anchor(CheckParams):
    """A place in the call: a hit of another check, and how far from it the scope reaches."""

    check: Check = Field(description="its hits are the anchor")
    hit: Literal["first", "last", "any"] = Field("first", description="which hit: the first, the last, or any of them")
    turns: int | None = Field(None, ge=0, description="at most so many turns away")
    seconds: float | None = Field(None, ge=0, description="at most so many seconds away")
    same_turn: bool = Field(True, description="the anchor's own turn belongs to the scope, on that side of the hit")


class Scope(CheckParams):
    """The part of the call that is searched; without any key, the whole call and both parties."""

    #: Turns of unknown role may be this party's: see Context.
    ROLE_SCOPED: ClassVar[bool] = True

    role: Role | None = Field(None, strict=False, description="agent or customer; both when absent")
    stage: tuple[StageName, ...] = Field((), strict=False, description="only turns of these stages")
    first_turns: int | None = Field(None, ge=1, description="the first n turns of the role")
    last_turns: int | None = Field(None, ge=1, description="the last n turns of the role")
    first_seconds: float | None = Field(
        None, gt=0, description="first n seconds, by words or else by where turns begin"
    )
    last_seconds: float | None = Field(None, gt=0, description="last n seconds, by words or else by where turns end")
    first_percent: float | None = Field(None, gt=0, le=100, description="first n % of the time, as first_seconds")
    last_percent: float | None = Field(None, gt=0, le=100, description="last n % of the time, as last_seconds")
    before: Anchor | None = Field(None, description="only turns before an anchor")
    after: Anchor | None = Field(None, description="only turns after an anchor")
    around: Anchor | None = Field(None, description="only turns on either side of an anchor")
    every_turn: bool = Field(False, description="each turn in scope must satisfy the check, not just one")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for pair in (
            ("first_turns", "last_turns"),
            ("first_seconds", "last_seconds"),
            ("first_percent", "last_percent"),
        ):
            if all(getattr(self, name) is not None for name in pair):
                raise ValueError(f"give {pair[0]} or {pair[1]}, not both")
        if self.role is Role.UNKNOWN:
            raise ValueError("role is agent or customer; leave it out for both")
        if self.around and self.around.turns is None and self.around.seconds is None:
            raise ValueError("around needs turns or seconds")
        if len(set(self.stage)) < len(self.stage):
            raise ValueError("a stage is named twice")
        return self

    @property
    def anchors(self) -> tuple[tuple[str, Anchor], ...]:
        sides = (("before", self.before), ("after", self.after), ("around", self.around))
        return tuple((side, anchor) for side, anchor in sides if anchor)

    @property
    def needs_times(self) -> bool:
        limits = (self.first_seconds, self.last_seconds, self.first_percent, self.last_percent)
        return any(limit is not None for limit in (*limits, *(anchor.seconds for _, anchor in self.anchors)))


def missing_facts(scope: Scope, context: Context) -> Finding | None:
    """Why this call cannot be searched by this scope; None when it can."""
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if scope.role is not None and not any(turn.role is scope.role for turn in call.turns):
        return unknown("roles_unknown" if not call.conversation.roles_known else "party_silent")
    if scope.needs_times and not call.conversation.has_times:
        return unknown("times_unknown")
    if scope.stage and not call.turn_stages:
        return unknown("stages_unknown")
    return next(filter(None, (_missing_anchor(anchor, context) for _, anchor in scope.anchors)), None)


def _missing_anchor(anchor: Anchor, context: Context) -> Finding | None:
    found = context.ask(anchor.check)
    if found.state is State.UNKNOWN:
        return found
    if found.state is State.FAILS:
        return unknown("anchor_missing")
    return None if found.hits else unknown("nothing_to_locate")


def window_of(scope: Scope, context: Context) -> Window:
    """The turns in scope, in order; empty when nothing of that kind was said."""
    call = context.call
    turns = [turn for turn in call.turns if scope.role is None or turn.role is scope.role]
    if scope.first_turns:
        turns = turns[: scope.first_turns]
    if scope.last_turns:
        turns = turns[-scope.last_turns :]
    if scope.needs_times:
        first, last = _time_limits(scope, call)
        turns = [turn for turn in turns if turn.span and turn.span.start_s <= first and turn.span.end_s >= last]
    if scope.stage:
        turns = [turn for turn in turns if call.turn_stages[turn.index] in scope.stage]
    anchored = [(side, anchor, _anchor_hits(anchor, context)) for side, anchor in scope.anchors]
    for side, anchor, hits in anchored:
        turns = [turn for turn in turns if any(_beside(turn, hit, side, anchor, call) for hit in hits)]
    return replace(window_from(turns), admits=_admission(scope, anchored, call))


def _admission(
    scope: Scope, anchored: list[tuple[str, Anchor, tuple[Quote, ...]]], call: Call
) -> Callable[[Quote], bool] | None:
    """Which passages count in the turns in scope; None where all do."""
    if not (anchored or scope.needs_times):
        return None
    first_s, last_s = _time_limits(scope, call)

    def admits(quote: Quote) -> bool:
        if quote.how in _OF_TURNS:
            return True
        if scope.needs_times and quote.span and (quote.span.start_s > first_s or quote.span.end_s < last_s):
            return False
        return all(any(_passage_beside(quote, hit, side, a, call) for hit in hits) for side, a, hits in anchored)

    return admits


def _passage_beside(quote: Quote, hit: Quote, side: str, anchor: Anchor, call: Call) -> bool:
    """Whether a passage lies on the named side of the hit and close enough to it, by their words where those have
    times."""
    if not _beside(call.turns[quote.turn], hit, side, anchor, call):
        return False
    wrong_side = (side == "after" and quote.start < hit.end) or (side == "before" and quote.end > hit.start)
    if quote.turn == hit.turn and hit.how not in _OF_TURNS and wrong_side:
        return False
    if anchor.seconds is None or quote.span is None or hit.span is None:
        return True
    first, second = sorted((quote, hit), key=lambda q: (q.turn, q.start))
    assert first.span and second.span  # noqa: S101 - seen to above
    return round(second.span.start_s - first.span.end_s, 6) <= anchor.seconds


def window_from(turns: list[Turn]) -> Window:
    return Window(tuple(turn.index for turn in turns), cover_all(turn.span for turn in turns if turn.span))


def searchable(scope: Scope, context: Context) -> Finding | Window:
    """The window of a scope, or why there is none."""
    return missing_facts(scope, context) or window_of(scope, context)


def call_end_s(call: Call) -> float:
    """Where the call ends: the recording's length, or the last word where there is no recording."""
    spoken = max((turn.span.end_s for turn in call.turns if turn.span), default=0.0)
    return max(spoken, call.recording.duration_s if call.recording else 0.0)


def _time_limits(scope: Scope, call: Call) -> tuple[float, float]:
    """Turns must begin at or before the first of these times and end at or after the second."""
    end_s = call_end_s(call)
    first = [end_s, scope.first_seconds, None if scope.first_percent is None else end_s * scope.first_percent / 100]
    last_s = scope.last_seconds
    if scope.last_percent is not None:
        last_s = min(last_s or end_s, end_s * scope.last_percent / 100)
    return min(value for value in first if value is not None), 0.0 if last_s is None else end_s - last_s


def _anchor_hits(anchor: Anchor, context: Context) -> tuple[Quote, ...]:
    hits = tuple(sorted(context.ask(anchor.check).hits, key=lambda hit: (hit.turn, hit.start)))
    return {"first": hits[:1], "last": hits[-1:], "any": hits}[anchor.hit]


def _beside(turn: Turn, hit: Quote, side: str, anchor: Anchor, call: Call) -> bool:
    """Whether a turn lies on the named side of the hit and close enough to it."""
    distance = turn.index - hit.turn
    if distance == 0:
        return anchor.same_turn
    if (distance > 0 and side == "before") or (distance < 0 and side == "after"):
        return False
    if anchor.turns is not None and abs(distance) > anchor.turns:
        return False
    if anchor.seconds is None:
        return True
    where = hit.span or call.turns[hit.turn].span
    if where is None or turn.span is None:
        return False
    gap_s = turn.span.start_s - where.end_s if distance > 0 else where.start_s - turn.span.end_s
    return round(gap_s, 6) <= anchor.seconds  # equal to the microsecond is equal, wherever the call begins
