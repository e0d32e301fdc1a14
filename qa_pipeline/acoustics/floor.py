"""Who holds the floor: answers, monologues, silences, overlaps and interruptions, from turns and stretches of speech.

Plain arithmetic on times; docs/talk-metrics.md explains every rule and names its source.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from qa_pipeline.core.call import Turn
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.role import Role
from qa_pipeline.core.span import DECIMALS, Span, merge
from qa_pipeline.core.talk import Silence, SoundEvent, SoundKind, TalkFacts

#: Both at once for less than this is how turns ordinarily meet (Heldner & Edlund 2010: overlaps of some 0.1 s).
MIN_OVERLAP_S = 0.1

#: Who comes in cuts the other off when the other had spoken, and goes on, for at least this long.
MIN_CUT_S = 0.5

#: Who comes in so soon after the other began (again) cannot have heard it: people need 0.2 s (Stivers et al. 2009).
REACTION_S = 0.2

#: The other yielded when it falls silent within so long ...
YIELD_WITHIN_S = 2.0

#: ... and nothing more of it is heard for so long.
YIELDED_S = 1.0

#: Shorter pauses belong to ordinary talk and are not kept one by one.
MIN_SILENCE_S = 1.0

#: Silence of this length is called dead air where no rubric says otherwise.
DEAD_AIR_S = 5.0

#: Hold music or ringing that covers this much of a silence fills it.
FILLED_SHARE = 0.5

#: Monologue: shorter turns of the other party do not end it, longer silence does.
INTERRUPTION_S, MONOLOGUE_PAUSE_S = 1.0, 3.0


def length_s(turn: Turn) -> float:
    """Seconds of a turn; 0 where its times are unknown."""
    return round(turn.span.duration_s, DECIMALS) if turn.span else 0.0


def responses(turns: Iterable[Turn]) -> dict[int, float]:
    """Seconds from the other party's last words to each answering turn; negative where it comes in early.

    A turn answers the other party when that party was the last to fall silent before it, whatever was thrown in.
    Backchannels neither answer nor ask.
    """
    waits: dict[int, float] = {}
    latest: Turn | None = None
    for turn in turns:
        if turn.span is None or turn.backchannel:
            continue
        if latest is not None and latest.span is not None:
            inside = turn.span.end_s < latest.span.end_s
            if not inside and turn.role is not Role.UNKNOWN and latest.role is turn.role.other():
                waits[turn.index] = round(turn.span.start_s - latest.span.end_s, DECIMALS)
            if inside:
                continue
        latest = turn
    return waits


def monologues(
    turns: Sequence[Turn],
    inside: Collection[int] | None = None,
    interruption_s: float = INTERRUPTION_S,
    pause_s: float = MONOLOGUE_PAUSE_S,
) -> list[list[Turn]]:
    """Turns of one party, joined where nothing but backchannels or short remarks of the other stand between.

    ``inside``: indices of the turns that count; None: all.
    """
    runs: list[list[Turn]] = []
    goes_on = False
    for turn in turns:
        last = runs[-1][-1] if goes_on else None
        if last and turn.role is not last.role and (turn.backchannel or length_s(turn) < interruption_s):
            continue
        if inside is not None and turn.index not in inside:
            goes_on = False
        elif last and turn.role is last.role is not Role.UNKNOWN and _pause_s(last, turn) <= pause_s:
            runs[-1].append(turn)
        else:
            runs.append([turn])
            goes_on = True
    return runs


def spoken_s(run: Iterable[Turn]) -> float:
    """Seconds of a monologue's turns."""
    return round(sum(map(length_s, run)), DECIMALS)


def _pause_s(last: Turn, turn: Turn) -> float:
    return round(turn.span.start_s - last.span.end_s, DECIMALS) if turn.span and last.span else 0.0


def switches(turns: Iterable[Turn]) -> int:
    """How often the floor goes from one party to the other; backchannels and unknown voices do not take it."""
    held = [turn.role for turn in turns if not turn.backchannel and turn.role is not Role.UNKNOWN]
    return sum(before is not after for before, after in pairwise(held))


def silences(speech: Mapping[Role, Sequence[Span]], events: Sequence[SoundEvent] = ()) -> tuple[Silence, ...]:
    """Stretches of ``MIN_SILENCE_S`` and more between the first and the last word in which nobody speaks."""
    spoken = sorted((span, role) for role, spans in speech.items() for span in spans)
    found: list[Silence] = []
    latest: tuple[Span, Role] | None = None
    for span, role in spoken:
        if latest is not None and round(span.start_s - latest[0].end_s, DECIMALS) >= MIN_SILENCE_S:
            gap = Span(latest[0].end_s, span.start_s)
            found.append(Silence(gap, latest[1], role, _filled(gap, events)))
        if latest is None or span.end_s >= latest[0].end_s:
            latest = (span, role)
    return tuple(found)


def dead_air(talk: TalkFacts | None) -> tuple[Silence, ...]:
    """The silences of ``DEAD_AIR_S`` and more that neither music nor ringing fills; none where nothing is known."""
    kept = talk.silences if talk else ()
    return tuple(s for s in kept if s.filled is None and round(s.span.duration_s, DECIMALS) >= DEAD_AIR_S)


def _filled(gap: Span, events: Sequence[SoundEvent]) -> SoundKind | None:
    for kind in SoundKind:
        covered = merge(event.span for event in events if event.kind is kind)
        if sum(gap.overlap_s(span) for span in covered) >= FILLED_SHARE * gap.duration_s:
            return kind
    return None


def overlaps(turns: Sequence[Turn], agent: Sequence[Span], customer: Sequence[Span]) -> tuple[Overlap, ...]:
    """Every stretch of ``MIN_OVERLAP_S`` and more in which both are heard, with who came in, and whether it cuts off.

    An interruption begins with a turn (no backchannel) of the party that comes in, ``MIN_CUT_S`` or more after the
    other's turn began, and lasts ``MIN_CUT_S`` or more. ``agent`` and ``customer``: stretches of speech, in order.
    """
    own: dict[Role, list[Turn]] = {Role.AGENT: [], Role.CUSTOMER: []}
    for turn in turns:
        if turn.span and turn.role in own:
            own[turn.role].append(turn)
    return tuple(
        _overlap(both, a, c, own)
        for both, a, c in _shared(agent, customer)
        if round(both.duration_s, DECIMALS) >= MIN_OVERLAP_S
    )


def _shared(agent: Sequence[Span], customer: Sequence[Span]) -> Iterator[tuple[Span, Span, Span]]:
    """Each stretch in which both speak, with the stretch of each party."""
    i = j = 0
    while i < len(agent) and j < len(customer):
        a, c = agent[i], customer[j]
        if a.overlap_s(c) > 0:
            yield Span(max(a.start_s, c.start_s), min(a.end_s, c.end_s)), a, c
        if a.end_s <= c.end_s:
            i += 1
        else:
            j += 1


def _overlap(both: Span, agent: Span, customer: Span, own: Mapping[Role, Sequence[Turn]]) -> Overlap:
    turns = {role: _turn_at(own[role], both) for role in own}
    came_in = _came_in(agent, customer, turns)
    if came_in is None:
        return Overlap(both)
    by_agent = came_in is Role.AGENT
    turn, other = turns[came_in], turns[came_in.other()]
    if turn is not None and turn.backchannel:
        return Overlap(both, by_agent, OverlapKind.BACKCHANNEL)
    if turn is None or other is None or not _cuts_off(both, turn, other, customer if by_agent else agent):
        return Overlap(both, by_agent)
    return Overlap(both, by_agent, OverlapKind.INTERRUPTION, _yields(turn, other, own[came_in.other()]))


def _turn_at(turns: Sequence[Turn], both: Span) -> Turn | None:
    """The turn of one party that shares most time with a stretch; its turns hardly overlap one another."""
    end = bisect_left(turns, both.end_s, key=_start_s)
    near = [turn for turn in turns[max(0, end - 4) : end] if turn.span and turn.span.overlap_s(both) > 0]
    return max(near, key=lambda turn: turn.span.overlap_s(both) if turn.span else 0.0, default=None)


def _start_s(turn: Turn) -> float:
    return turn.span.start_s if turn.span else 0.0


def _cuts_off(both: Span, turn: Turn, other: Turn, heard: Span) -> bool:
    """The stretch begins with the turn that comes in, while the other has spoken, and goes on, for long enough.

    ``heard``: the other's stretch of speech at that moment.
    """
    if turn.span is None or other.span is None or other.backchannel:
        return False
    begins = abs(turn.span.start_s - both.start_s) < MIN_OVERLAP_S
    spoken_s, shared_s = turn.span.start_s - other.span.start_s, turn.span.overlap_s(other.span)
    if not begins or round(turn.span.start_s - heard.start_s, DECIMALS) < REACTION_S:
        return False
    return round(spoken_s, DECIMALS) >= MIN_CUT_S and round(shared_s, DECIMALS) >= MIN_CUT_S


def _came_in(agent: Span, customer: Span, turns: Mapping[Role, Turn | None]) -> Role | None:
    """The party whose turn began later; without turns, whose stretch did. None: at the same moment."""
    begun = {Role.AGENT: agent.start_s, Role.CUSTOMER: customer.start_s}
    known = {role: turn.span.start_s for role, turn in turns.items() if turn and turn.span}
    if len(known) == len(begun):
        begun = known
    a, c = round(begun[Role.AGENT], DECIMALS), round(begun[Role.CUSTOMER], DECIMALS)
    return None if a == c else Role.AGENT if a > c else Role.CUSTOMER


def _yields(turn: Turn, other: Turn, others: Sequence[Turn]) -> bool:
    """The other soon falls silent within the turn that came in, and says no more for ``YIELDED_S``."""
    if turn.span is None or other.span is None or turn.span.end_s <= other.span.end_s:
        return False
    later = others[bisect_left(others, other.span.end_s, key=_start_s) :]
    again = next((turn for turn in later if not turn.backchannel), None)
    quiet_s = YIELDED_S if again is None else _start_s(again) - other.span.end_s
    return other.span.end_s - turn.span.start_s <= YIELD_WITHIN_S and quiet_s >= YIELDED_S
