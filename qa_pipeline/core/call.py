"""From a recording to a call: who said what, when, in which stage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qa_pipeline.core.facts import Act, Fact, Overlap, TurnVoice
from qa_pipeline.core.role import Role as Role
from qa_pipeline.core.signals import Signals
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import SoundEvent
from qa_pipeline.core.talk import TalkFacts as TalkFacts

#: Characters of a call id.
MAX_CALL_ID = 200


class Stage(StrEnum):
    """Script stages of a sales call, in the order of the script."""

    OPENING = "opening"
    NEEDS = "needs"
    RECOMMENDATION = "recommendation"
    OBJECTION = "objection"
    CLOSE = "close"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallOutcome(StrEnum):
    """How the call ended for the business."""

    DEAL = "deal"
    FOLLOWUP = "followup"
    REFUSAL = "refusal"
    HANGUP = "hangup"
    WRONG_NUMBER = "wrong_number"
    COMPLAINT = "complaint"


def _check_probability(name: str, value: float | None) -> None:
    if value is not None and not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in 0..1, got {value}")


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What made a stored result: step, software version, model and revision, options."""

    step: str
    version: str
    model: str = ""
    revision: str = ""
    options: str = ""

    def __post_init__(self) -> None:
        if not self.step or not self.version:
            raise ValueError("MadeBy needs a step and a version")


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What the business knows about a call (calls.csv). None means: not said."""

    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    started_at: datetime | None = None
    direction: Direction | None = None
    customer_id: str | None = None
    connected: bool | None = None
    outcome: CallOutcome | None = None
    amount: float | None = None
    refunded: bool | None = None
    wrap_up_s: float | None = None
    agent_channel: int | None = None
    """0 = left, 1 = right."""
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.agent_channel is not None and self.agent_channel < 0:
            raise ValueError(f"agent_channel must be >= 0, got {self.agent_channel}")
        if self.wrap_up_s is not None and self.wrap_up_s < 0:
            raise ValueError(f"wrap_up_s must be >= 0, got {self.wrap_up_s}")


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """Facts about the sound of one channel. Levels in dB relative to full scale, shares in 0..1."""

    channel: int
    level_db: float
    peak_db: float
    clipped_share: float
    silence_share: float
    dead: bool

    def __post_init__(self) -> None:
        _check_probability("clipped_share", self.clipped_share)
        _check_probability("silence_share", self.silence_share)


@dataclass(frozen=True, slots=True)
class Recording:
    """One audio file as decoded. ``duration_s`` is what was decoded, not what the header claims."""

    path: str
    sha256: str
    size_bytes: int
    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_s: float
    header_duration_s: float | None = None
    quality: tuple[ChannelQuality, ...] = ()
    identical_channels: bool = False
    truncated: bool = False

    def __post_init__(self) -> None:
        if self.channels < 1 or self.sample_rate_hz < 1 or self.size_bytes < 0 or self.duration_s < 0:
            raise ValueError("a recording has channels, a sample rate, a size and a duration")
        if not math.isfinite(self.duration_s):
            raise ValueError(f"the duration must be a number, got {self.duration_s}")

    @property
    def is_mono(self) -> bool:
        """True where the parties cannot be told apart by channel."""
        return self.channels == 1 or self.identical_channels


def mean_confidence(parts: Iterable[tuple[float | None, int]]) -> float | None:
    """The mean over characters of (confidence, characters); None where most characters have none."""
    weighed = [(confidence, max(1, count)) for confidence, count in parts]
    known = [(confidence, count) for confidence, count in weighed if confidence is not None]
    counted = sum(count for _, count in known)
    if not known or 2 * counted < sum(count for _, count in weighed):
        return None
    return round(sum(confidence * count for confidence, count in known) / counted, 4)


class Doubt(StrEnum):
    """Why recognised words may never have been said."""

    SUBTITLE = "subtitle"
    """A credit or a farewell of videos (字幕由…提供, 请订阅), which models write over silence and noise."""
    LOOP = "loop"
    """The same words again and again."""
    NO_SPEECH = "no_speech"
    """Words where next to no voice is heard."""
    LISTED_WORDS = "listed_words"
    """Hardly anything but words of the project's word list: the prompt, not the sound."""
    LANGUAGE = "language"
    """Another language than the call's."""
    RATE = "rate"
    """More, or far fewer, words than the voice heard has room for."""
    UNSURE = "unsure"
    """The engine itself is not sure of them, and no other try was surer."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word (for Chinese: one or a few characters) with its times and recognition probability.

    ``heard``: what the engine wrote, where the project's word list corrected it.
    """

    text: str
    span: Span
    probability: float | None = None
    heard: str | None = None

    def __post_init__(self) -> None:
        _check_probability("word probability", self.probability)


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of recognised speech on one channel. What is doubted is kept, with a low confidence."""

    channel: int
    span: Span
    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    doubts: tuple[Doubt, ...] = ()

    def __post_init__(self) -> None:
        _check_probability("confidence", self.confidence)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything recognised in a recording, ordered by start time.

    ``speech`` holds, per channel, the stretches in which voice was heard, words or no words; ``events`` music and
    tones; ``cross_talk_s``, per channel, the seconds in which the other channel was heard on it.
    """

    language: str
    language_probability: float | None
    segments: tuple[Segment, ...]
    speech: tuple[tuple[Span, ...], ...] = ()
    events: tuple[SoundEvent, ...] = ()
    cross_talk_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_probability("language_probability", self.language_probability)
        starts = [segment.span.start_s for segment in self.segments]
        if starts != sorted(starts):
            raise ValueError("segments must be ordered by start time")

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Turn:
    """One party's speech until the other takes over or a pause ends it. No span: times unknown.

    ``voice``: which of the voices heard, before anybody is named; ``backchannel``: a listener's sign (嗯, 对) that does
    not take the floor; ``doubts``: why some of it may never have been said; ``doubted``: which characters of the text
    (from, to), where that is not all of it.
    """

    index: int
    role: Role
    text: str
    span: Span | None = None
    channel: int | None = None
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    voice: int | None = None
    backchannel: bool = False
    doubts: tuple[Doubt, ...] = ()
    doubted: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.index < 0:
            raise ValueError(f"turn index must be >= 0, got {self.index}")
        if self.words and self.span is None:
            raise ValueError("a turn with timed words has a span")
        if self.doubted and not self.doubts:
            raise ValueError("what is doubted has a doubt")
        _check_probability("confidence", self.confidence)

    @property
    def doubted_ranges(self) -> tuple[tuple[int, int], ...]:
        """The characters in doubt, in order: none without doubts, all where nobody says which."""
        whole = ((0, len(self.text)),) if self.doubts else ()
        return self.doubted or whole


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """Why a channel, or a voice of a mono recording, was given a role.

    ``source``: metadata, text, both, conflict (they contradict each other) or none; ``evidence``: what was said that
    spoke for it most; ``voice``: which voice of the channel, None where the channel holds one party.
    """

    channel: int
    role: Role
    source: str
    probability: float | None = None
    voice: int | None = None
    evidence: tuple[str, ...] = ()


class Separation(StrEnum):
    """How voices were told apart: each on its channel, by their sound in one channel, or not at all."""

    CHANNELS = "channels"
    VOICES = "voices"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Who was heard when and how, before anybody is named: turns without roles, one ``TurnVoice`` per turn.

    ``speech`` holds, per voice, the exact stretches of speech (pauses of 0.25 s and more left out). Nothing in it
    depends on metadata, and no sound is needed any more.
    """

    language: str
    turns: tuple[Turn, ...]
    turn_voices: tuple[TurnVoice, ...]
    speech: tuple[tuple[Span, ...], ...]
    separation: Separation

    def __post_init__(self) -> None:
        if len(self.turn_voices) != len(self.turns):
            raise ValueError("turn_voices must hold one entry per turn")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order of time (or, without times, in order of the transcript)."""

    language: str
    turns: tuple[Turn, ...]
    roles: tuple[RoleDecision, ...] = ()

    def __post_init__(self) -> None:
        if [turn.index for turn in self.turns] != list(range(len(self.turns))):
            raise ValueError("turn indices must run 0, 1, 2 …")
        starts = [turn.span.start_s for turn in self.turns if turn.span]
        if starts != sorted(starts):
            raise ValueError("timed turns must be ordered by start time")

    @property
    def has_times(self) -> bool:
        return bool(self.turns) and all(turn.span is not None for turn in self.turns)

    @property
    def roles_known(self) -> bool:
        return any(turn.role is not Role.UNKNOWN for turn in self.turns)


@dataclass(frozen=True, slots=True)
class StageSpan:
    """Consecutive turns (first and last included) of one stage."""

    stage: Stage
    first_turn: int
    last_turn: int
    span: Span | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.first_turn <= self.last_turn:
            raise ValueError(f"a stage span needs 0 <= first <= last, got {self.first_turn}..{self.last_turn}")


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that scoring and reports need; no audio is needed any more.

    ``turn_acts`` and ``turn_voices`` hold one entry per turn, or nothing where they are not known; so do
    ``turn_stages`` and ``stage_probabilities`` (how sure each turn's stage is). ``facts``, ``overlaps`` and ``signals``
    are None where nobody looked for them; ``ended_by`` is who hung up.
    """

    call_id: str
    conversation: Conversation
    turn_stages: tuple[Stage, ...] = ()
    stages: tuple[StageSpan, ...] = ()
    metadata: CallMetadata = field(default_factory=CallMetadata)
    recording: Recording | None = None
    talk: TalkFacts | None = None
    confidence: float | None = None
    made_by: tuple[MadeBy, ...] = ()
    turn_acts: tuple[tuple[Act, ...], ...] = ()
    turn_voices: tuple[TurnVoice, ...] = ()
    facts: tuple[Fact, ...] | None = None
    overlaps: tuple[Overlap, ...] | None = None
    ended_by: Role | None = None
    stage_probabilities: tuple[float, ...] = ()
    signals: Signals | None = None

    def __post_init__(self) -> None:
        if not self.call_id.strip():
            raise ValueError("a call needs an id")
        for name in ("turn_stages", "turn_acts", "turn_voices", "stage_probabilities"):
            if getattr(self, name) and len(getattr(self, name)) != len(self.conversation.turns):
                raise ValueError(f"{name} must hold one entry per turn")
        if any(fact.turn >= len(self.conversation.turns) for fact in self.facts or ()):
            raise ValueError("a fact belongs to a turn of the call")
        _check_probability("confidence", self.confidence)
        for probability in self.stage_probabilities:
            _check_probability("stage probability", probability)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.conversation.turns
