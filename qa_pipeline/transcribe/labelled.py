"""Labelled calls (JSON Lines): reference transcripts with stages and criteria, also a form of imported transcripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from qa_pipeline.core.call import (
    MAX_CALL_ID,
    CallMetadata,
    CallOutcome,
    Conversation,
    Direction,
    Role,
    Stage,
    Turn,
    Word,
)
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Act, Annotations, Fact, Overlap, TurnVoice
from qa_pipeline.core.span import Span

_YES_NO = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}

#: Mistakes listed before the rest is only counted.
MAX_MISTAKES = 20


def _iso_time(value: object) -> object:
    """Digits alone would be read as seconds since 1970."""
    if value is not None and not (isinstance(value, str) and "-" in value):
        raise ValueError("must be ISO 8601, such as 2026-11-03T10:15:00+08:00")
    return value


def _yes_no(value: object) -> object:
    """Truth values, and how tables write them; 0 and 1 may be anything."""
    said = _YES_NO.get(value.strip().casefold(), value) if isinstance(value, str) else value
    if not isinstance(said, bool | None):
        raise ValueError("must be true or false, or one of yes, no, 是, 否")  # noqa: TRY004 - pydantic reports these alone
    return said


class WordLine(BaseModel):
    text: str
    start_s: float = Field(ge=0, allow_inf_nan=False)
    end_s: float = Field(ge=0, allow_inf_nan=False)


Finite = Annotated[float, Field(allow_inf_nan=False)]
Flag = Annotated[bool | None, BeforeValidator(_yes_no)]


class VoiceLine(BaseModel):
    """How a turn sounds; see ``TurnVoice`` for units."""

    model_config = ConfigDict(extra="forbid")

    rate_cpm: Finite | None = None
    level_db: Finite | None = None
    level_jump_db: Finite | None = None
    pitch_hz: Finite | None = None
    pitch_range_st: Finite | None = None


class FactLine(BaseModel):
    """Something named in a turn, at characters ``start..end`` of its text."""

    name: str = Field(min_length=1)
    value: str
    turn: int = Field(ge=0)
    start: int = Field(0, ge=0)
    end: int | None = Field(None, ge=0)
    number: Finite | None = None
    unit: str = ""


class OverlapLine(BaseModel):
    start_s: float = Field(ge=0, allow_inf_nan=False)
    end_s: float = Field(ge=0, allow_inf_nan=False)
    by: Literal["agent", "customer"] | None = None


class TurnLine(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Role = Role.UNKNOWN
    text: str
    start_s: float | None = Field(None, ge=0, allow_inf_nan=False)
    end_s: float | None = Field(None, ge=0, allow_inf_nan=False)
    channel: Literal["left", "right", "mono"] | int | None = None
    stage: Stage | None = None
    words: tuple[WordLine, ...] = ()
    acts: tuple[Annotated[str, Field(min_length=1)], ...] | None = None
    voice: VoiceLine | None = None

    @model_validator(mode="after")
    def _times(self) -> Self:
        if (self.start_s is None) != (self.end_s is None):
            raise ValueError("give both start_s and end_s, or neither")
        if self.start_s is not None and self.end_s is not None and self.end_s < self.start_s:
            raise ValueError(f"end_s {self.end_s} lies before start_s {self.start_s}")
        return self

    @property
    def channel_index(self) -> int | None:
        """0 = left; a mono recording (or an unnamed channel) has none."""
        return {"left": 0, "right": 1}.get(self.channel) if isinstance(self.channel, str) else self.channel

    @property
    def span(self) -> Span | None:
        return None if self.start_s is None or self.end_s is None else Span(self.start_s, self.end_s)


class CallLine(BaseModel):
    """One line of the file; keys beyond these are kept as metadata where they are plain values."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=MAX_CALL_ID, pattern=r"\S")
    turns: tuple[TurnLine, ...]
    language: str = Field("zh", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    labels: dict[str, Literal["yes", "no", "na"]] = {}
    evidence: dict[str, list[int]] = {}
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    started_at: Annotated[datetime | None, BeforeValidator(_iso_time)] = None
    direction: Direction | None = None
    customer_id: str | None = None
    connected: Flag = None
    outcome: CallOutcome | None = None
    amount: Annotated[float | None, Field(strict=True, allow_inf_nan=False)] = None
    refunded: Flag = None
    wrap_up_s: Annotated[float | None, Field(strict=True, ge=0, allow_inf_nan=False)] = None
    facts: tuple[FactLine, ...] | None = None
    overlaps: tuple[OverlapLine, ...] | None = None
    ended_by: Literal["agent", "customer"] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        starts = [turn.start_s for turn in self.turns if turn.start_s is not None]
        if starts != sorted(starts):
            raise ValueError("turns must be in order of start_s")
        wrong = [i for indices in self.evidence.values() for i in indices if not 0 <= i < len(self.turns)]
        if wrong:
            raise ValueError(f"evidence names turn {wrong[0]}, but there are {len(self.turns)} turns")
        beyond = [fact.turn for fact in self.facts or () if fact.turn >= len(self.turns)]
        if beyond:
            raise ValueError(f"a fact names turn {beyond[0]}, but there are {len(self.turns)} turns")
        if any(overlap.end_s < overlap.start_s for overlap in self.overlaps or ()):
            raise ValueError("an overlap ends before it begins")
        return self


@dataclass(frozen=True, slots=True)
class LabelledCall:
    """A reference call. ``stages`` is empty unless every turn has one; ``line`` is its place in the file."""

    call_id: str
    line: int
    conversation: Conversation
    metadata: CallMetadata
    stages: tuple[Stage, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    recording: str | None = None
    annotations: Annotations = Annotations()
    ended_by: Role | None = None


def read_labelled(path: Path) -> list[LabelledCall]:
    """All calls of a file; UserError with every mistake as ``file:line: what``."""
    return list(stream_labelled(path))


def stream_labelled(path: Path) -> Iterator[LabelledCall]:
    """One call after the other, for files of any length; UserError with every mistake comes after the last one."""
    mistakes: list[str] = []
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            call = _labelled(CallLine.model_validate_json(line), number)
        except ValidationError as error:
            mistakes += [
                f"{path}:{number}: {_wording(d)}" for d in error.errors(include_url=False, include_input=False)
            ]
            continue
        if call.call_id in seen:
            mistakes.append(f"{path}:{number}: the id is used in line {seen[call.call_id]} already")
        seen.setdefault(call.call_id, number)
        yield call
    if mistakes:
        rest = len(mistakes) - MAX_MISTAKES
        raise UserError("\n".join(mistakes[:MAX_MISTAKES] + ([f"… and {rest} more"] if rest > 0 else [])))
    if not seen:
        raise UserError(f"{path}: holds no calls; expected one JSON object per line")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        # Lines end with a line feed alone: U+2028 and the like may stand inside a JSON string.
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder; name a JSON Lines file") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def _wording(detail: Any) -> str:
    """Never the value itself: it may be what a customer said."""
    place = ".".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _labelled(line: CallLine, number: int) -> LabelledCall:
    turns = tuple(_turn(i, turn) for i, turn in enumerate(line.turns))
    stages = tuple(turn.stage for turn in line.turns if turn.stage)
    extra = {k: str(v) for k, v in (line.model_extra or {}).items() if isinstance(v, str | int | float | bool)}
    return LabelledCall(
        line.id,
        number,
        Conversation(line.language, turns),
        CallMetadata(
            agent_id=line.agent_id,
            agent_name=line.agent_name,
            team=line.team,
            started_at=line.started_at,
            direction=line.direction,
            customer_id=line.customer_id,
            connected=line.connected,
            outcome=line.outcome,
            amount=line.amount,
            refunded=line.refunded,
            wrap_up_s=line.wrap_up_s,
            extra={k: v for k, v in extra.items() if k not in ("recording", "note")},
        ),
        stages if len(stages) == len(turns) else (),
        line.labels,
        {k: tuple(v) for k, v in line.evidence.items()},
        extra.get("recording"),
        _annotations(line),
        Role(line.ended_by) if line.ended_by else None,
    )


def _annotations(line: CallLine) -> Annotations:
    """Acts and voices count for a call as soon as one of its turns has some: the others then have none."""
    acts = tuple(tuple(Act(name) for name in turn.acts or ()) for turn in line.turns)
    voices = tuple(TurnVoice(**(turn.voice.model_dump() if turn.voice else {})) for turn in line.turns)
    return Annotations(
        acts if any(turn.acts is not None for turn in line.turns) else (),
        voices if any(turn.voice is not None for turn in line.turns) else (),
        None if line.facts is None else tuple(_fact(fact, line.turns) for fact in line.facts),
        None if line.overlaps is None else tuple(map(_overlap, line.overlaps)),
    )


def _fact(fact: FactLine, turns: tuple[TurnLine, ...]) -> Fact:
    """Without an end, the whole turn says it."""
    length = len(turns[fact.turn].text)
    end = length if fact.end is None else min(fact.end, length)
    return Fact(fact.name, fact.value, fact.turn, min(fact.start, end), end, fact.number, fact.unit)


def _overlap(line: OverlapLine) -> Overlap:
    return Overlap(Span(line.start_s, line.end_s), None if line.by is None else line.by == "agent")


def _turn(index: int, line: TurnLine) -> Turn:
    words = tuple(Word(w.text, Span(w.start_s, max(w.start_s, w.end_s))) for w in line.words) if line.span else ()
    return Turn(index, line.role, line.text, line.span, line.channel_index, words)
