"""What a reader must know before trusting the page of a call, as codes."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.core.call import Call, Recording, Role
from qa_pipeline.core.score import Reason

#: Notices that a reason for not scoring the call says better.
_SAID_BY = {"low_confidence": "low_confidence", "silent": "no_speech", "truncated": "recording_truncated"}


def notices(call: Call, min_confidence: float, unscorable: Sequence[Reason] = ()) -> tuple[str, ...]:
    """What a reader must know before trusting the page, beside why the call could not be scored."""
    said = {reason.code for reason in unscorable}
    decisions = call.conversation.roles
    found = {
        "demo_model": any("demo-" in made.model for made in call.made_by),
        "low_confidence": call.confidence is not None and call.confidence < min_confidence,
        "silent": call.recording is not None and not call.turns,
        "mono": call.recording is not None and call.recording.is_mono,
        "truncated": call.recording is not None and call.recording.truncated,
        "dead_channel": _has_dead_channel(call.recording),
        "channels_swapped": any(d.source == "conflict" and d.role is not Role.UNKNOWN for d in decisions),
        "roles_conflict": any(d.source == "conflict" and d.role is Role.UNKNOWN for d in decisions),
        "roles_from_voices": any(d.voice is not None and d.role is not Role.UNKNOWN for d in decisions),
        "roles_from_text": any(
            d.source == "text" and d.voice is None and d.role is not Role.UNKNOWN for d in decisions
        ),
        "roles_unknown": bool(call.turns) and not call.conversation.roles_known,
        "imported_no_audio": call.recording is None,
    }
    return tuple(code for code, holds in found.items() if holds and _SAID_BY.get(code) not in said)


def _has_dead_channel(recording: Recording | None) -> bool:
    """Nothing at all sounds on a channel beside others that do."""
    if recording is None or len(recording.quality) < 2:
        return False
    dead = [quality.dead for quality in recording.quality]
    return any(dead) and not all(dead)
