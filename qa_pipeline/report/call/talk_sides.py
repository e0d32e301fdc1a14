"""The figures of each party of a call: from its talk facts, or from its turns where nobody added them up.

docs/talk-metrics.md defines the figures. A party that nobody could name is shown by its voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.acoustics.floor import length_s
from qa_pipeline.acoustics.talk import party_talk
from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.talk import PartyTalk, TalkFacts
from qa_pipeline.report.text import count_words

#: A turn that is so much louder than the party's turn before is a jump: 10 dB sound about twice as loud (Stevens 1955).
LOUD_JUMP_DB = 10.0


@dataclass(frozen=True)
class Side:
    """One party, or one voice that nobody could name."""

    role: Role
    voice: int | None
    """Which of several voices it is that nobody could name, from 0 (on several channels: which channel)."""
    talk: PartyTalk
    words: int
    """Characters (English: words) of its turns, backchannels left out."""
    yielded: int
    """How many of its interruptions made the other stop."""
    jumps: tuple[int, ...]
    """Turns that are suddenly loud."""


def sides(call: Call) -> tuple[Side, ...]:
    """Agent, customer, then unnamed voices, those that say most first; empty where nobody speaks."""
    groups: dict[tuple[Role, int | None], list[Turn]] = {}
    for turn in call.turns:
        groups.setdefault(_party(turn), []).append(turn)
    made = [_side(role, voice, turns, call) for (role, voice), turns in groups.items()]
    made.sort(key=lambda side: (list(Role).index(side.role), -side.words))
    return tuple(made) if len(made) > 1 else tuple(replace(side, voice=None) for side in made)


def _party(turn: Turn) -> tuple[Role, int | None]:
    if turn.role is not Role.UNKNOWN:
        return turn.role, None
    return turn.role, turn.channel if turn.voice is None else turn.voice


def _side(role: Role, voice: int | None, turns: Sequence[Turn], call: Call) -> Side:
    known = {Role.AGENT: call.talk.agent, Role.CUSTOMER: call.talk.customer}.get(role) if call.talk else None
    held = [turn for turn in turns if not turn.backchannel]
    cuts = interruptions(call, role)
    return Side(
        role,
        voice,
        known or _heard(role, _added_up(role, turns, call), call.talk),
        sum(count_words(turn.text) for turn in held),
        sum(cut.yielded is True for cut in cuts),
        tuple(turn.index for turn in held if (_voice(call, turn).level_jump_db or 0.0) >= LOUD_JUMP_DB),
    )


def _heard(role: Role, added_up: PartyTalk, talk: TalkFacts | None) -> PartyTalk:
    """With the seconds that were heard, where they are all that is known of the sound."""
    heard = {Role.AGENT: talk.agent_speech_s, Role.CUSTOMER: talk.customer_speech_s}.get(role) if talk else None
    return added_up if heard is None else replace(added_up, speech_s=heard)


def interruptions(call: Call, role: Role | None = None) -> tuple[Overlap, ...]:
    """The interruptions of a call, or those by one party."""
    cuts = (each for each in call.overlaps or () if each.kind is OverlapKind.INTERRUPTION and each.by_agent is not None)
    return tuple(cut for cut in cuts if role in (None, Role.AGENT if cut.by_agent else Role.CUSTOMER))


def _added_up(role: Role, turns: Sequence[Turn], call: Call) -> PartyTalk:
    """What the turns alone tell, for transcripts made elsewhere and for voices that nobody could name."""
    speech_s = sum(_speech_s(turn, _voice(call, turn)) for turn in turns)
    return party_talk(role, turns, call.conversation, call.turn_voices, speech_s, call.overlaps)


def _voice(call: Call, turn: Turn) -> TurnVoice:
    return call.turn_voices[turn.index] if call.turn_voices else TurnVoice()


def _speech_s(turn: Turn, voice: TurnVoice) -> float:
    return length_s(turn) if voice.speech_s is None else voice.speech_s
