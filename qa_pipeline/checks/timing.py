"""Silence, response time, overlap, monologue, talk ratio, length of the call, and who ended it."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median
from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.acoustics.floor import MIN_SILENCE_S, length_s, monologues, responses, spoken_s
from qa_pipeline.checks.base import CheckParams, register
from qa_pipeline.checks.context import Context, quote_turn
from qa_pipeline.checks.finding import Finding, Window, fails, holds, unknown
from qa_pipeline.checks.ranges import Amount, Count, MeasuredScope, Percent, measured
from qa_pipeline.checks.scope import Scope, call_end_s, searchable, window_from
from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.core.span import DECIMALS, Span, total_s

Party = Literal["agent", "customer", "any"]


class SilenceParams(MeasuredScope):
    """Gaps in which nobody speaks; the turn after the gap lies in scope."""

    longer_than_s: float = Field(gt=0, description="shorter gaps are not counted")
    count: Count = Field(default_factory=lambda: Count(max=0), description="how many such gaps there may or must be")
    owner: Party = Field("any", description="who spoke last before the gap")


class ResponseTimeParams(Scope):
    """Seconds from the end of the other party's turn to the beginning of one in scope."""

    seconds: Amount = Field(description="bounds of the response time")
    measure: Literal["each", "mean", "median"] = Field("each", description="each response, or one figure of all")

    @model_validator(mode="after")
    def _each_is_every(self) -> Self:
        if self.every_turn and self.measure != "each":
            raise ValueError(f"every_turn does not go with measure: {self.measure}")
        return self


class OverlapParams(MeasuredScope):
    """Both parties at once; needs two channels. The turn that comes in while the other speaks lies in scope."""

    longer_than_s: float = Field(0.0, ge=0, description="overlaps of this length and shorter ones are not counted")
    delay_s: float = Field(
        0.0, ge=0, description="only overlaps that begin at least so long after the other party began"
    )
    by: Party = Field("any", description="who came in while the other spoke")
    count: Count = Field(default_factory=lambda: Count(max=0), description="how many there may or must be")

    @model_validator(mode="after")
    def _by_party(self) -> Self:
        if self.role is not None:
            raise ValueError("both parties take part in an overlap: name the one who came in with by, not role")
        return self


class MonologueParams(MeasuredScope):
    """The longest stretch in which one party speaks; turns of less than ``interruption_s`` do not end it."""

    seconds: Amount = Field(description="bounds of the longest monologue in seconds of speech")
    interruption_s: float = Field(1.0, ge=0, description="shorter turns of the other party do not end it")
    pause_s: float = Field(3.0, ge=0, description="longer silence ends it")


class TalkRatioParams(Percent, MeasuredScope):
    """Percent of all speech that is the agent's; of the whole call from the sound where it is known, else by turns."""

    @model_validator(mode="after")
    def _of_both(self) -> Self:
        if self.role is not None:
            raise ValueError("a talk ratio is of both parties: leave role out")
        return self

    @property
    def of_whole_call(self) -> bool:
        return not self.model_fields_set - {"min", "max"}


class DurationParams(Amount):
    """Length of the call in seconds."""


class TurnCountParams(MeasuredScope):
    """Number of turns in scope."""

    count: Count = Field(description="bounds of the number of turns")


class EndedByParams(CheckParams):
    """Who hung up."""

    role: Role = Field(strict=False, description="agent or customer")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.role is Role.UNKNOWN:
            raise ValueError("role is agent or customer")
        return self


@register("silence", SilenceParams)
def check_silence(params: SilenceParams, context: Context) -> Finding:
    """Gaps of silence are so many, or none."""
    window = _timed(params, context)
    if isinstance(window, Finding):
        return window
    inside = set(window.turns)
    sure, unsure = [], []
    heard = params.longer_than_s >= MIN_SILENCE_S and context.call.recording is not None
    for turn, gap, before in _silences(context.call) if heard else _gaps(context.call):
        if turn.index not in inside or round(gap.duration_s, DECIMALS) <= params.longer_than_s:
            continue
        quote = Quote(turn.index, 0, 0, gap, f"{gap.duration_s:.1f} s", How.TIME)
        if params.owner in ("any", before.value):
            sure.append(quote)
        elif before is Role.UNKNOWN:
            unsure.append(quote)
    return _counted("silences", sure, unsure, params.count, window)


def _silences(call: Call) -> Iterator[tuple[Turn, Span, Role]]:
    """Silences of the sound that neither music nor ringing fills: the turn that ends each, the gap, who spoke last."""
    turns = [turn for turn in call.turns if turn.span]
    for silence in call.talk.silences if call.talk else ():
        after = (t for t in turns if t.span and t.span.end_s > silence.span.end_s)
        turn = next(after, None)
        if turn is not None and silence.filled is None:
            yield turn, silence.span, silence.after


def _gaps(call: Call) -> Iterator[tuple[Turn, Span, Role]]:
    """Each turn that begins after all before it have ended: the turn, the gap, and who spoke last."""
    latest: Turn | None = None
    for turn in call.turns:
        if turn.span is None:
            continue
        if latest is not None and latest.span is not None and turn.span.start_s > latest.span.end_s:
            yield turn, Span(latest.span.end_s, turn.span.start_s), latest.role
        if latest is None or latest.span is None or turn.span.end_s >= latest.span.end_s:
            latest = turn


def _counted(name: str, sure: list[Quote], unsure: list[Quote], count: Count, window: Window) -> Finding:
    """The finding on a number of hits; unknown where those that nobody can tell would decide."""
    possible = {count.holds_for(len(sure) + more) for more in range(len(unsure) + 1)}
    if len(possible) > 1:
        return unknown("unsure_hits", measure=name, count=len(unsure))
    return measured(name, len(sure), count, window, tuple(sure))


@register("response_time", ResponseTimeParams)
def check_response_time(params: ResponseTimeParams, context: Context) -> Finding:
    """A party answers within bounds of time."""
    window = _timed_by_party(params, context)
    if isinstance(window, Finding):
        return window
    waits = _responses(context.call)
    answers = {index: waits[index] for index in window.turns if index in waits}
    if not answers:
        return unknown("nothing_to_measure")
    outside = {i: wait for i, wait in answers.items() if not params.seconds.holds_for(wait)}
    worst = max(answers, key=lambda i: (params.seconds.outside_by(answers[i]), answers[i]))
    if params.measure == "each":
        value, shown = answers[worst], outside or {worst: answers[worst]}
    else:
        value = fmean(answers.values()) if params.measure == "mean" else median(answers.values())
        shown = {worst: answers[worst]}
    hits = tuple(quote_turn(context.call.turns[i], How.TIME, f"{wait:.1f} s") for i, wait in shown.items())
    # One figure of all is one thing, each response that lies outside another.
    breaches = len(outside) if params.measure == "each" else 1
    return measured("response_time", value, params.seconds, window, hits, "s", breaches)


def _responses(call: Call) -> dict[int, float]:
    """Seconds that each answering turn lets the other party's last words wait; 0 where it comes in early."""
    return {index: max(0.0, wait_s) for index, wait_s in responses(call.turns).items()}


@register("overlap", OverlapParams)
def check_overlap(params: OverlapParams, context: Context) -> Finding:
    """Both parties speak at once so often, or never."""
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if call.recording is not None and call.recording.is_mono:
        return unknown("mono")
    if call.overlaps is None:
        return unknown("overlaps_unknown")
    window = _timed(params, context)
    if isinstance(window, Finding):
        return window
    inside = set(window.turns)
    # A listener's 嗯 in the other's speech takes nothing away from it.
    crossing = [overlap for overlap in call.overlaps if overlap.kind is not OverlapKind.BACKCHANNEL]
    coming = [(overlap, _coming_in(call, overlap)) for overlap in crossing]
    counts = {overlap: _counts(overlap, turn, params, call) for overlap, turn in coming if turn.index in inside}
    quotes = {o: Quote(t.index, 0, 0, o.span, f"{o.span.duration_s:.1f} s", How.TIME) for o, t in coming}
    sure = [quotes[overlap] for overlap, known in counts.items() if known]
    unsure = [quotes[overlap] for overlap, known in counts.items() if known is None]
    return _counted("overlaps", sure, unsure, params.count, window)


def _counts(overlap: Overlap, coming: Turn, params: OverlapParams, call: Call) -> bool | None:
    """Whether an overlap is one that was asked for; None: cannot be known."""
    if round(overlap.span.duration_s, DECIMALS) <= params.longer_than_s:
        return False
    answers: list[bool | None] = []
    if params.delay_s:
        delay_s = _delay_s(call, overlap, coming)
        answers.append(None if delay_s is None else delay_s >= params.delay_s)
    if params.by != "any":
        answers.append(None if overlap.by_agent is None else overlap.by_agent is (params.by == "agent"))
    return False if False in answers else None if None in answers else True


def _coming_in(call: Call, overlap: Overlap) -> Turn:
    """The turn that comes in: of those heard then, the party's own where it is known, and the one begun last."""
    heard = [turn for turn in call.turns if turn.span and turn.span.overlap_s(overlap.span) > 0]
    party = {True: Role.AGENT, False: Role.CUSTOMER, None: None}[overlap.by_agent]
    own = [turn for turn in heard if turn.role is party]
    begun = [turn for turn in call.turns if turn.span and turn.span.start_s <= overlap.span.start_s]
    return max(own or heard or begun or call.turns[:1], key=lambda turn: turn.index)


def _delay_s(call: Call, overlap: Overlap, coming: Turn) -> float | None:
    """How long the other party had been speaking; None where its words were not recognised."""
    at_s = overlap.span.start_s
    spoken = [t.span for t in call.turns if t is not coming and t.span and t.span.start_s <= at_s < t.span.end_s]
    return round(at_s - min(span.start_s for span in spoken), DECIMALS) if spoken else None


@register("monologue", MonologueParams)
def check_monologue(params: MonologueParams, context: Context) -> Finding:
    """The longest monologue lies within bounds."""
    window = _timed_by_party(params, context)
    if isinstance(window, Finding):
        return window
    runs = monologues(context.call.turns, set(window.turns), params.interruption_s, params.pause_s)
    if not runs:
        return unknown("nothing_to_measure")
    longest = max(runs, key=spoken_s)
    too_long = [run for run in runs if params.seconds.max is not None and spoken_s(run) > params.seconds.max]
    hits = tuple(_quote_run(run) for run in too_long or [longest])
    return measured("monologue", spoken_s(longest), params.seconds, window, hits, "s", len(too_long))


def _quote_run(run: list[Turn]) -> Quote:
    """The first turn of a monologue, to be played to the end of the last."""
    first, last = run[0], run[-1]
    span = first.span.cover(last.span) if first.span and last.span else None
    return Quote(first.index, 0, len(first.text), span, f"{spoken_s(run):.1f} s", How.TIME)


@register("talk_ratio", TalkRatioParams)
def check_talk_ratio(params: TalkRatioParams, context: Context) -> Finding:
    """The agent's share of all speech lies within bounds."""
    call = context.call
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    turns = [call.turns[index] for index in window.turns]
    parts = _heard_s(call) if params.of_whole_call else None
    if parts is None and call.recording is not None and call.recording.is_mono:
        return unknown("mono")
    parts = parts or _turns_s(turns)
    if parts is None:
        return unknown("speech_by_party_unknown")
    agent_s, customer_s = parts
    if agent_s + customer_s <= 0:
        return unknown("nothing_to_measure")
    longest = max((turn for turn in turns if turn.role is Role.AGENT), key=length_s, default=None)
    hits = (quote_turn(longest, How.TIME),) if longest else ()
    return measured("talk_ratio", 100.0 * agent_s / (agent_s + customer_s), params, window, hits, "%")


def _heard_s(call: Call) -> tuple[float, float] | None:
    """Seconds of agent and customer speech in the sound; None where the parties cannot be told apart there."""
    talk = call.talk
    if talk is None or talk.agent_speech_s is None or talk.customer_speech_s is None:
        return None
    return talk.agent_speech_s, talk.customer_speech_s


def _turns_s(turns: list[Turn]) -> tuple[float, float] | None:
    """Seconds of agent and customer turns; None where times or roles are missing."""
    if any(turn.span is None or turn.role is Role.UNKNOWN for turn in turns):
        return None
    agent, customer = (
        total_s(turn.span for turn in turns if turn.span and turn.role is role) for role in (Role.AGENT, Role.CUSTOMER)
    )
    return agent, customer


@register("duration", DurationParams)
def check_duration(params: DurationParams, context: Context) -> Finding:
    """The call is so long."""
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if call.recording is None and not call.conversation.has_times:
        return unknown("times_unknown")
    return measured("duration", call_end_s(call), params, window_from(list(call.turns)), (), "s")


@register("turn_count", TurnCountParams)
def check_turn_count(params: TurnCountParams, context: Context) -> Finding:
    """So many turns lie in scope."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    # Where none lies in scope, the whole call is what was looked through.
    shown = window if window.turns else window_from(list(context.call.turns))
    return measured("turn_count", len(window.turns), params.count, shown)


@register("ended_by", EndedByParams)
def check_ended_by(params: EndedByParams, context: Context) -> Finding:
    """A party hung up."""
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if call.ended_by is None or call.ended_by is Role.UNKNOWN:
        return unknown("ended_by_unknown")
    window = window_from(list(call.turns))
    hits = (quote_turn(call.turns[-1], How.TIME),)
    reason = Reason("ended_by", {"role": call.ended_by.value})
    return holds(reason, window, hits) if call.ended_by is params.role else fails(reason, window, hits)


def _timed(scope: Scope, context: Context) -> Finding | Window:
    """The window of a scope in a call whose turns have times."""
    if context.call.turns and not context.call.conversation.has_times:
        return unknown("times_unknown")
    return searchable(scope, context)


def _timed_by_party(scope: Scope, context: Context) -> Finding | Window:
    """The same where it must also be known who speaks."""
    window = _timed(scope, context)
    return window if isinstance(window, Finding) or context.call.conversation.roles_known else unknown("roles_unknown")
