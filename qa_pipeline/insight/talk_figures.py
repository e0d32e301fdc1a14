"""The talk of a stored call as plain figures: the parts that are stored, and the ratios made of them.

docs/talk-metrics.md defines every figure.
"""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import Any

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, RoleDecision, Turn
from qa_pipeline.core.role import Role
from qa_pipeline.core.talk import PartyTalk, TalkFacts


def talk_figures(call: Call, *, with_turns: bool = False) -> dict[str, Any]:
    """Figures of one call, in seconds unless the name says otherwise; None: cannot be known. Holds no words."""
    figures: dict[str, Any] = {"call_id": call.call_id, "roles": [_role(d) for d in call.conversation.roles]}
    figures |= _of_call(call.talk) if call.talk else {"duration_s": None}
    figures["overlaps"] = None if call.overlaps is None else [asdict(overlap) for overlap in call.overlaps]
    if with_turns:
        figures["turns"] = [_turn(turn, call) for turn in call.turns]
    return figures


def _role(decision: RoleDecision) -> dict[str, Any]:
    known = asdict(decision)
    known.pop("evidence")  # words of the call
    return known


def _of_call(talk: TalkFacts) -> dict[str, Any]:
    minutes = talk.duration_s / 60
    dead = dead_air(talk)
    return {
        "duration_s": talk.duration_s,
        "estimated": talk.estimated,
        "agent_speech_s": talk.agent_speech_s,
        "customer_speech_s": talk.customer_speech_s,
        "agent_share": talk.agent_share,
        "overlap_s": talk.overlap_s,
        "silence_s": talk.silence_s,
        "interruptions": _interruptions(talk),
        "switches": talk.switches,
        "switches_per_min": _per(talk.switches, minutes),
        "dead_air_s": sum(silence.span.duration_s for silence in dead),
        "dead_air": [_silence(silence.span.start_s, silence.span.end_s, silence.after) for silence in dead],
        "agent": _party(talk.agent, minutes),
        "customer": _party(talk.customer, minutes),
        "events": [asdict(event) for event in talk.events],
    }


def _silence(start_s: float, end_s: float, after: Role) -> dict[str, Any]:
    return {"start_s": start_s, "end_s": end_s, "after": after.value}


def _interruptions(talk: TalkFacts) -> dict[str, int] | None:
    """How often each party cut the other off; None where that cannot be known."""
    agent = talk.agent.interruptions if talk.agent else None
    customer = talk.customer.interruptions if talk.customer else None
    return None if agent is None or customer is None else {"agent": agent, "customer": customer}


def _party(party: PartyTalk | None, minutes: float) -> dict[str, Any] | None:
    if party is None:
        return None
    return asdict(party) | {
        "rate_cpm": party.rate_cpm,
        "median_response_s": median(party.responses_s) if party.responses_s else None,
        "questions_per_min": _per(party.questions, minutes),
    }


def _per(count: int | None, minutes: float) -> float | None:
    return None if count is None or minutes <= 0 else count / minutes


def _turn(turn: Turn, call: Call) -> dict[str, Any]:
    """Times and sound of a turn, without its words."""
    voice = asdict(call.turn_voices[turn.index]) if call.turn_voices else {}
    times = {"start_s": turn.span.start_s, "end_s": turn.span.end_s} if turn.span else {}
    return {"turn": turn.index, "role": turn.role.value, "backchannel": turn.backchannel, **times, **voice}
