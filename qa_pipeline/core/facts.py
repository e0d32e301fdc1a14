"""What later steps find in a call beside its words: acts, facts said, and how each turn sounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.core.span import Span

#: What turns of agents and of customers do, as the labelled calls name it (training/data/README.md).
AGENT_ACTS = (
    "greet",
    "identify_self",
    "verify_customer",
    "state_purpose",
    "ask_permission",
    "ask_situation",
    "ask_need",
    "confirm_need",
    "present_benefit",
    "present_product",
    "quote_price",
    "offer_choice",
    "ask_opinion",
    "acknowledge",
    "answer_objection",
    "press",
    "ask_order",
    "propose_next_step",
    "confirm_terms",
    "collect_info",
    "thank",
    "farewell",
    "apologise",
    "small_talk",
)
CUSTOMER_ACTS = (
    "give_info",
    "state_need",
    "ask_product",
    "ask_price",
    "buying_signal",
    "agree",
    "stall",
    "object_price",
    "object_need",
    "object_trust",
    "object_time",
    "object_authority",
    "object_competitor",
    "refuse",
    "complain",
    "ask_identity",
    "thank",
    "farewell",
    "greet",
    "small_talk",
)

#: Acts by which a customer gives a reason against buying; "let me think" (stall) gives none.
OBJECTIONS = (
    "object_price",
    "object_need",
    "object_trust",
    "object_time",
    "object_authority",
    "object_competitor",
    "stall",
)
COMPETITOR = "object_competitor"


@dataclass(frozen=True, slots=True)
class Act:
    """What a turn does (``greet``, ``quote_price`` …), how sure that is, and the cue that showed it."""

    name: str
    probability: float | None = None
    cue: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("an act needs a name")
        if self.probability is not None and not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"act probability must lie in 0..1, got {self.probability}")

    @property
    def sureness(self) -> float:
        """The probability; 1 where there is none: a person or a rule named the act."""
        return 1.0 if self.probability is None else self.probability


@dataclass(frozen=True, slots=True)
class Fact:
    """Something named in a turn: ``name`` (price, phone …) and value, at the characters ``start..end``."""

    name: str
    value: str
    turn: int
    start: int
    end: int
    number: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name or self.turn < 0 or not 0 <= self.start <= self.end:
            raise ValueError("a fact needs a name, turn >= 0 and 0 <= start <= end")


@dataclass(frozen=True, slots=True)
class TurnVoice:
    """How a turn sounds; None: cannot be known.

    ``rate_cpm``: characters (English: words) per minute of speech; ``level_db`` and ``level_jump_db``: loudness against
    the party's own median, and against the turn before; ``pitch_hz``: median; ``pitch_range_st``: semitones;
    ``speech_s``, ``pause_s``, ``pauses``: seconds of speech, and the pauses inside.
    """

    rate_cpm: float | None = None
    level_db: float | None = None
    level_jump_db: float | None = None
    pitch_hz: float | None = None
    pitch_range_st: float | None = None
    speech_s: float | None = None
    pause_s: float | None = None
    pauses: float | None = None

    def __post_init__(self) -> None:
        known = (getattr(self, name) for name in self.__dataclass_fields__)
        if not all(value is None or math.isfinite(value) for value in known):
            raise ValueError("voice facts are numbers or None")


class OverlapKind(StrEnum):
    """What it is when both speak at once; docs/talk-metrics.md draws the lines."""

    TALK = "talk"
    BACKCHANNEL = "backchannel"
    INTERRUPTION = "interruption"


@dataclass(frozen=True, slots=True)
class Overlap:
    """A stretch in which both parties speak; ``by_agent``: who came in last (None: unknown).

    ``yielded``: whether the other party fell silent for it; None where that was not looked at.
    """

    span: Span
    by_agent: bool | None = None
    kind: OverlapKind = OverlapKind.TALK
    yielded: bool | None = None


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a transcript that was made elsewhere says beyond its words; see ``Call`` for the meaning of the fields."""

    turn_acts: tuple[tuple[Act, ...], ...] = ()
    turn_voices: tuple[TurnVoice, ...] = ()
    facts: tuple[Fact, ...] | None = None
    overlaps: tuple[Overlap, ...] | None = None
