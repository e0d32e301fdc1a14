"""How the parties talk, kept as parts: seconds, counts, answers. What cannot be known is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from qa_pipeline.acoustics.floor import (
    length_s,
    monologues,
    overlaps,
    responses,
    silences,
    spoken_s,
    switches,
)
from qa_pipeline.core.call import Conversation, Separation, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.role import Role
from qa_pipeline.core.span import Span, merge, shared_s, total_s
from qa_pipeline.core.talk import PartyTalk, SoundEvent, TalkFacts
from qa_pipeline.language.normalise import spoken_units
from qa_pipeline.language.questions import asks
from qa_pipeline.language.talk_words import fillers

#: Shorter turns say little about the speech rate.
MIN_RATE_TURN_S = 1.0

Speech = Mapping[Role, Sequence[Span]]


def speech_by_role(conversation: Conversation, speech: Sequence[Sequence[Span]]) -> dict[Role, tuple[Span, ...]]:
    """The stretches of each party; voices that nobody named together under UNKNOWN. ``speech``: one entry per voice."""
    role_of = {d.channel if d.voice is None else d.voice: d.role for d in conversation.roles}
    found: dict[Role, list[Span]] = {}
    for voice, spans in enumerate(speech):
        found.setdefault(role_of.get(voice, Role.UNKNOWN), []).extend(spans)
    return {role: merge(spans) for role, spans in found.items()}


def find_overlaps(conversation: Conversation, speech: Speech, separation: Separation) -> tuple[Overlap, ...] | None:
    """Where both speak at once; None where one channel holds both parties, or nobody knows who they are."""
    if separation is not Separation.CHANNELS or not _both_known(speech):
        return None
    return overlaps(conversation.turns, speech[Role.AGENT], speech[Role.CUSTOMER])


def talk_facts(
    duration_s: float,
    conversation: Conversation,
    voices: Sequence[TurnVoice],
    speech: Speech,
    separation: Separation,
    crossing: Sequence[Overlap] | None,
    events: Sequence[SoundEvent] = (),
) -> TalkFacts:
    """agent + customer - overlap + silence = duration, where the parties are known and alone.

    ``crossing``: what ``find_overlaps`` found. Without a channel per party shares are estimates, overlaps unknown.
    """
    everyone = merge(span for spans in speech.values() for span in spans)
    silence_s = max(0.0, duration_s - total_s(everyone))
    kept = tuple(silences(speech, events))
    if not _both_known(speech):
        return TalkFacts(None, None, None, silence_s, duration_s, silences=kept, events=tuple(events))
    agent, customer = speech[Role.AGENT], speech[Role.CUSTOMER]
    exact = separation is Separation.CHANNELS
    parties = {
        role: party_talk(
            role,
            [turn for turn in conversation.turns if turn.role is role],
            conversation,
            voices,
            total_s(speech[role]),
            crossing,
        )
        for role in (Role.AGENT, Role.CUSTOMER)
    }
    return TalkFacts(
        total_s(agent),
        total_s(customer),
        shared_s(agent, customer) if exact else None,
        silence_s,
        duration_s,
        not exact,
        parties[Role.AGENT],
        parties[Role.CUSTOMER],
        switches(conversation.turns),
        kept,
        tuple(events),
    )


def _both_known(speech: Speech) -> bool:
    return Role.AGENT in speech and Role.CUSTOMER in speech


def party_talk(
    role: Role,
    own: Sequence[Turn],
    conversation: Conversation,
    voices: Sequence[TurnVoice],
    speech_s: float,
    crossing: Sequence[Overlap] | None,
) -> PartyTalk:
    """The parts of one party, or of one voice that nobody could name (role UNKNOWN).

    ``own``: its turns; ``voices``: of all turns of the call, or empty; ``speech_s``: seconds in which it is heard.
    """
    held = [turn for turn in own if not turn.backchannel]
    language, waits = conversation.language, responses(conversation.turns)
    heard = [voices[turn.index] if voices else TurnVoice() for turn in held]
    rated = [(spoken_units(turn.text, language), turn, voice) for turn, voice in zip(held, heard, strict=True)]
    seconds = [_rate_s(*each) for each in rated]
    return PartyTalk(
        speech_s=speech_s,
        turns=len(held),
        backchannels=len(own) - len(held),
        units=sum(each[0] for each, time_s in zip(rated, seconds, strict=True) if time_s),
        units_s=sum(seconds),
        pauses=int(sum(voice.pauses or 0 for voice in heard)),
        pauses_s=sum(voice.pause_s or 0.0 for voice in heard),
        fillers=sum(fillers(turn.text, language) for turn in held),
        questions=sum(asks(turn.text, language) for turn in held),
        responses_s=tuple(waits[turn.index] for turn in held if turn.index in waits),
        longest_monologue_s=_longest_s(role, held, conversation.turns),
        interruptions=None if crossing is None or role is Role.UNKNOWN else _interruptions(role, crossing),
        pitch_hz=_median([voice.pitch_hz for voice in heard]),
        pitch_range_st=_median([voice.pitch_range_st for voice in heard]),
    )


def turn_rate_cpm(turn: Turn, language: str) -> float | None:
    """Characters (English: words) per minute of a turn, pauses inside included; None for short and untimed ones."""
    if length_s(turn) < MIN_RATE_TURN_S:
        return None
    return 60.0 * spoken_units(turn.text, language) / length_s(turn)


def _rate_s(said: int, turn: Turn, voice: TurnVoice) -> float:
    """Seconds of a turn that counts for the speech rate; 0 for one that does not. A rate that was given tells them."""
    if voice.rate_cpm:
        return 60.0 * said / voice.rate_cpm
    return length_s(turn) if length_s(turn) >= MIN_RATE_TURN_S else 0.0


def _longest_s(role: Role, held: Sequence[Turn], turns: Sequence[Turn]) -> float:
    """Turns of voices that nobody could name are not joined: it is not known whose they are."""
    if role is Role.UNKNOWN:
        return max(map(length_s, held), default=0.0)
    return max((spoken_s(run) for run in monologues(turns) if run[0].role is role), default=0.0)


def _interruptions(role: Role, crossing: Sequence[Overlap]) -> int:
    by_agent = role is Role.AGENT
    return sum(each.kind is OverlapKind.INTERRUPTION and each.by_agent is by_agent for each in crossing)


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
