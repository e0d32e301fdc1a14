"""How the parties talk: seconds and counts, kept as parts so that calls can be added up; ratios come last.

docs/talk-metrics.md defines every figure, with its constants and sources.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.core.role import Role
from qa_pipeline.core.span import Span


class SoundKind(StrEnum):
    """Sounds on the line that are not speech."""

    MUSIC = "music"
    RINGBACK = "ringback"
    """Ringing and busy tones."""


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A stretch of one channel that holds music or a tone."""

    kind: SoundKind
    span: Span
    channel: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nobody speaks. ``after``: who spoke last; ``before``: who broke it; ``filled``: by what sound.

    Filled ones are waiting (hold music, ringing); the others are dead air when they are long.
    """

    span: Span
    after: Role
    before: Role
    filled: SoundKind | None = None


@dataclass(frozen=True, slots=True)
class PartyTalk:
    """The parts of one party's talk; seconds, counts, and medians where parts cannot be added."""

    speech_s: float
    """Seconds in which the party is heard, short pauses left out."""
    turns: int
    """Turns, backchannels left out."""
    backchannels: int
    units: int
    """Characters (English: words) of the turns that count for the speech rate ..."""
    units_s: float
    """... and their seconds of speech with the pauses inside."""
    pauses: int
    """Pauses inside turns ..."""
    pauses_s: float
    """... and their seconds."""
    fillers: int
    questions: int
    responses_s: tuple[float, ...]
    """Per answer: seconds from the end of the other party's speech to the party's own; negative: came in early."""
    longest_monologue_s: float
    interruptions: int | None
    """How often the party interrupts; None: cannot be known (mono)."""
    pitch_hz: float | None = None
    pitch_range_st: float | None = None
    """Semitones between the 10th and the 90th percentile of the pitch within turns: median of the turns."""

    def __post_init__(self) -> None:
        seconds = (self.speech_s, self.units_s, self.pauses_s, self.longest_monologue_s, *self.responses_s)
        if not all(math.isfinite(value) for value in seconds):
            raise ValueError("seconds of talk are numbers")

    @property
    def rate_cpm(self) -> float | None:
        """Characters (English: words) per minute; None where too little was said."""
        return 60.0 * self.units / self.units_s if self.units_s > 0 else None


@dataclass(frozen=True, slots=True)
class TalkFacts:
    """Seconds of speech, kept as parts; ratios are computed when shown. None: cannot be known.

    ``estimated``: the parties were told apart by their voices in one channel, so that shares are estimates.
    """

    agent_speech_s: float | None
    customer_speech_s: float | None
    overlap_s: float | None
    silence_s: float
    duration_s: float
    estimated: bool = False
    agent: PartyTalk | None = None
    customer: PartyTalk | None = None
    switches: int | None = None
    """How often the floor changes hands."""
    silences: tuple[Silence, ...] = ()
    events: tuple[SoundEvent, ...] = ()

    @property
    def agent_share(self) -> float | None:
        """The agent's part of all speech; None where a part is unknown or a party says nothing."""
        agent_s, customer_s = self.agent_speech_s, self.customer_speech_s
        if not agent_s or not customer_s:
            return None
        return agent_s / (agent_s + customer_s)
