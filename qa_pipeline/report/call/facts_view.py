"""Figures beside the score: how good the recording is, and what made the page."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.core.call import Call, ChannelQuality, MadeBy, Recording, Role
from qa_pipeline.core.lead import LeadRecord
from qa_pipeline.core.score import Scorecard
from qa_pipeline.report.text import clean, shown
from qa_pipeline.report.wording import Wording, percent
from qa_pipeline.rubric.model import Rubric

HASH_CHARS = 12
_HIGH_CLIPPING = 0.001  # one sample in a thousand at full scale is heard as distortion
_LOW_LEVEL_DB = -45.0  # some 20 dB under usual telephone speech (ITU-T P.56 active level about -26 dBov)


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    warn: bool = False


@dataclass(frozen=True)
class ChannelView:
    label: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class FactsView:
    recording: tuple[Fact, ...]
    channels: tuple[ChannelView, ...]
    made: tuple[Fact, ...]


def facts_view(
    call: Call, card: Scorecard | None, rubric: Rubric | None, wording: Wording, lead: LeadRecord | None = None
) -> FactsView:
    recording = call.recording
    return FactsView(
        recording=_recording(recording, call.confidence, wording) if recording else (),
        channels=tuple(_channel(q, call, wording) for q in recording.quality) if recording else (),
        made=_made(call, card, rubric, lead, wording),
    )


def _recording(recording: Recording, confidence: float | None, wording: Wording) -> tuple[Fact, ...]:
    rate = wording.text("unit.hz", value=recording.sample_rate_hz)
    facts = [
        Fact(wording.text("recording.format"), f"{clean(recording.codec)}, {rate}"),
        Fact(wording.text("recording.channels"), str(recording.channels)),
        Fact(wording.text("recording.confidence"), percent(confidence)),
    ]
    for code, found in (("identical", recording.identical_channels), ("truncated", recording.truncated)):
        if found:
            facts.append(Fact(wording.text(f"recording.{code}"), wording.text("yes"), warn=True))
    return tuple(facts)


def _channel(quality: ChannelQuality, call: Call, wording: Wording) -> ChannelView:
    # A channel that holds several voices is nobody's.
    roles = {decision.channel: decision.role for decision in call.conversation.roles if decision.voice is None}
    role = roles.get(quality.channel, Role.UNKNOWN)
    label = wording.text("lane.channel", number=quality.channel + 1)
    if role is not Role.UNKNOWN:
        label = f"{label} · {wording.text(f'role.{role}')}"
    if quality.dead:
        return ChannelView(label, (Fact(wording.text("quality.dead"), wording.text("yes"), warn=True),))
    level = wording.text("unit.db", value=round(quality.level_db))
    clipped = f"{100 * quality.clipped_share:.1f}%"
    return ChannelView(
        label,
        (
            Fact(wording.text("quality.level"), level, quality.level_db < _LOW_LEVEL_DB),
            Fact(wording.text("quality.peak"), wording.text("unit.db", value=round(quality.peak_db))),
            Fact(wording.text("quality.clipped"), clipped, quality.clipped_share > _HIGH_CLIPPING),
            Fact(wording.text("quality.silence"), percent(quality.silence_share)),
        ),
    )


def _made(
    call: Call, card: Scorecard | None, rubric: Rubric | None, lead: LeadRecord | None, wording: Wording
) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if card:
        title = clean(wording.either(rubric.title, rubric.title_en)) if rubric else ""
        text = wording.text(
            "made.rubric.value",
            title=title or clean(card.rubric_id),
            id=clean(card.rubric_id),
            version=clean(card.rubric_version),
            hash=clean(card.rubric_sha256[:HASH_CHARS]),
        )
        facts.append(Fact(wording.text("made.rubric"), text))
    if lead and lead.rules:
        facts.append(Fact(wording.text("made.lead"), shown(lead.rules)))
    makers = [*call.made_by, *([card.made_by] if card else [])]
    return (*facts, *(Fact(wording.word("step", maker.step), _maker(maker)) for maker in makers))


def _maker(maker: MadeBy) -> str:
    model = f"{maker.model} {maker.revision}".strip()
    return shown(" · ".join(part for part in (maker.version, model, maker.options) if part))
