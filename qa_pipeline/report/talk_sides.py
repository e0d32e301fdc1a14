"""The figures of each party of a call: from its talk facts, or from its turns where nobody added them up.

docs/talk-metrics.md defines the figures. A party that nobody could name is shown by its voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from qa_pipeline.acoustics.floor import length_s, monologues, responses, spoken_s
from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.talk import PartyTalk, TalkFacts
from qa_pipeline.language.normalise import spoken_units
from qa_pipeline.language.questions import asks
from qa_pipeline.language.talk_words import fillers
from qa_pipeline.report.text import count_words

#: A turn that is so much louder than the party's turn before is a jump: 10 dB sound about twice as loud (Stevens 1955).
LOUD_JUMP_DB = 10.0

#: Shorter turns say little about the speech rate.
MIN_RATE_TURN_S = 1.0


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
        known or _heard(role, _added_up(role, turns, held, call), call.talk),
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


def _added_up(role: Role, turns: Sequence[Turn], held: Sequence[Turn], call: Call) -> PartyTalk:
    """What the turns alone tell, for transcripts made elsewhere and for voices that nobody could name."""
    language, waits = call.conversation.language, responses(call.turns)
    voices = [_voice(call, turn) for turn in held]
    said = [spoken_units(turn.text, language) for turn in held]
    rated = [(units, _rate_s(units, turn, voice)) for units, turn, voice in zip(said, held, voices, strict=True)]
    cuts = None if call.overlaps is None or role is Role.UNKNOWN else len(interruptions(call, role))
    return PartyTalk(
        speech_s=sum(_speech_s(turn, _voice(call, turn)) for turn in turns),
        turns=len(held),
        backchannels=len(turns) - len(held),
        units=sum(units for units, seconds in rated if seconds),
        units_s=sum(seconds for _, seconds in rated),
        pauses=int(sum(voice.pauses or 0 for voice in voices)),
        pauses_s=sum(voice.pause_s or 0.0 for voice in voices),
        fillers=sum(fillers(turn.text, language) for turn in held),
        questions=sum(asks(turn.text, language) for turn in held),
        responses_s=tuple(waits[turn.index] for turn in held if turn.index in waits),
        longest_monologue_s=_longest_s(role, held, call.turns),
        interruptions=cuts,
        pitch_hz=_median(voice.pitch_hz for voice in voices),
        pitch_range_st=_median(voice.pitch_range_st for voice in voices),
    )


def _voice(call: Call, turn: Turn) -> TurnVoice:
    return call.turn_voices[turn.index] if call.turn_voices else TurnVoice()


def _speech_s(turn: Turn, voice: TurnVoice) -> float:
    return length_s(turn) if voice.speech_s is None else voice.speech_s


def _rate_s(units: int, turn: Turn, voice: TurnVoice) -> float:
    """Seconds of a turn that counts for the speech rate; 0 for one that does not."""
    if voice.rate_cpm:
        return 60.0 * units / voice.rate_cpm
    return length_s(turn) if length_s(turn) >= MIN_RATE_TURN_S else 0.0


def _longest_s(role: Role, held: Sequence[Turn], turns: Sequence[Turn]) -> float:
    """Turns of voices that nobody could name are not joined: it is not known whose they are."""
    if role is Role.UNKNOWN:
        return max(map(length_s, held), default=0.0)
    return max((spoken_s(run) for run in monologues(turns) if run[0].role is role), default=0.0)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
