"""Words of all channels to turns: one party's speech until the other takes over or a pause ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import (
    CallMetadata,
    Conversation,
    Recording,
    Role,
    RoleDecision,
    Segment,
    Transcript,
    Turn,
)
from qa_pipeline.core.span import cover_all
from qa_pipeline.speakers.roles import RoleModel, decide_roles


@dataclass(frozen=True, slots=True)
class TurnOptions:
    max_gap_s: float = 1.5
    """A longer pause of the same party starts a new turn, even when nobody else speaks."""


def build_conversation(
    recording: Recording,
    transcript: Transcript,
    metadata: CallMetadata,
    model: RoleModel | None,
    options: TurnOptions = TurnOptions(),
) -> Conversation:
    """Turns with roles. A mono recording holds both parties in one channel, so its roles stay unknown."""
    if recording.is_mono:
        heard = _first_channel(transcript.segments) if recording.identical_channels else transcript.segments
        decisions: tuple[RoleDecision, ...] = (RoleDecision(0, Role.UNKNOWN, "none"),)
    else:
        heard = transcript.segments
        decisions = decide_roles(recording.channels, heard, metadata, model)
    roles = {decision.channel: decision.role for decision in decisions}
    groups = _groups(heard, joins=not recording.is_mono, options=options)
    turns = tuple(_turn(i, group, roles.get(group[0].channel, Role.UNKNOWN)) for i, group in enumerate(groups))
    return Conversation(transcript.language, turns, decisions)


def _first_channel(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same sound on several channels is heard once."""
    return tuple(segment for segment in segments if segment.channel == 0)


def _groups(segments: Sequence[Segment], *, joins: bool, options: TurnOptions) -> list[list[Segment]]:
    """Neighbouring segments of one channel, as long as nobody else starts to speak in between.

    Segments are in order of start time, so a segment of the other party that starts inside a long one
    (an overlap) becomes a turn of its own and keeps its times.
    """
    groups: list[list[Segment]] = []
    for segment in segments:
        last = groups[-1][-1] if groups else None
        same = last is not None and last.channel == segment.channel and joins
        if same and last is not None and segment.span.start_s - last.span.end_s <= options.max_gap_s:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return groups


def _turn(index: int, group: Sequence[Segment], role: Role) -> Turn:
    words = tuple(word for segment in group for word in segment.words)
    span = cover_all(segment.span for segment in group)
    return Turn(index, role, _text(group), span, group[0].channel, words, _confidence(group))


def _text(group: Sequence[Segment]) -> str:
    """Chinese needs no space between segments; Latin text does."""
    text = group[0].text.strip()
    for segment in group[1:]:
        added = segment.text.strip()
        joint = " " if text[-1:].isascii() and added[:1].isascii() else ""
        text += joint + added
    return text


def _confidence(group: Sequence[Segment]) -> float | None:
    """Mean over characters of the segments' confidence."""
    known = [(s.confidence, max(1, len(s.text))) for s in group if s.confidence is not None]
    if not known:
        return None
    return round(sum(c * n for c, n in known) / sum(n for _, n in known), 4)
