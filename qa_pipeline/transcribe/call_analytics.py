"""Amazon Transcribe Call Analytics: the JSON of one analysed call, as many contact centres keep it.

Agent and customer come from a channel each, so that roles are known and both may speak at once. Taken over: turns,
words with times and confidence, and the interruptions that Amazon counted; other overlaps follow from the times of
words. Left out: sentiment, categories, summaries, and loudness scores, whose scale is not documented.
Form: https://docs.aws.amazon.com/transcribe/latest/dg/tca-output-batch.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from qa_pipeline.core.call import Conversation, Role, Turn, Word
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Annotations, Overlap, OverlapKind
from qa_pipeline.core.span import Span, merge
from qa_pipeline.language.talk_words import is_backchannel

#: Pauses of this length and more part stretches of speech; shorter ones lie inside (docs/talk-metrics.md).
PAUSE_S = 0.25

#: Both at once for less is how turns ordinarily meet (docs/talk-metrics.md).
MIN_OVERLAP_S = 0.1

#: Offsets beyond a day are mistakes.
MAX_MILLIS = 24 * 3600 * 1000

Millis = Annotated[float, Field(ge=0, le=MAX_MILLIS, allow_inf_nan=False)]
_ROLES = {"AGENT": Role.AGENT, "CUSTOMER": Role.CUSTOMER}


class _Timed(BaseModel):
    begin: Millis = Field(alias="BeginOffsetMillis")
    end: Millis = Field(alias="EndOffsetMillis")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.begin:
            raise ValueError("EndOffsetMillis lies before BeginOffsetMillis")
        return self

    @property
    def span(self) -> Span:
        return Span(self.begin / 1000, self.end / 1000)


class _Item(BaseModel):
    """A word, or a mark, which has no times; what is redacted has no confidence."""

    content: str = Field(alias="Content")
    begin: Millis | None = Field(None, alias="BeginOffsetMillis")
    end: Millis | None = Field(None, alias="EndOffsetMillis")
    confidence: float | None = Field(None, alias="Confidence", ge=0, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begin is not None and self.end is not None and self.end < self.begin:
            raise ValueError("EndOffsetMillis lies before BeginOffsetMillis")
        return self

    @property
    def word(self) -> Word | None:
        if self.begin is None or self.end is None or not self.content.strip():
            return None
        return Word(self.content, Span(self.begin / 1000, self.end / 1000), self.confidence)


class _Turn(_Timed):
    role: Literal["AGENT", "CUSTOMER"] = Field(alias="ParticipantRole")
    content: str = Field(alias="Content")
    items: list[_Item] = Field([], alias="Items")


class _ByInterrupter(BaseModel):
    """By names of fields, not of keys, so that messages never repeat what a file calls them."""

    agent: list[_Timed] = Field([], alias="AGENT")
    customer: list[_Timed] = Field([], alias="CUSTOMER")


class _Interruptions(BaseModel):
    by: _ByInterrupter = Field(_ByInterrupter(), alias="InterruptionsByInterrupter")


class _Characteristics(BaseModel):
    interruptions: _Interruptions = Field(_Interruptions(), alias="Interruptions")


class _Analysed(BaseModel):
    language: str = Field("", alias="LanguageCode")
    turns: list[_Turn] = Field(alias="Transcript")
    characteristics: _Characteristics = Field(_Characteristics(), alias="ConversationCharacteristics")


@dataclass(frozen=True, slots=True)
class AnalysedCall:
    """What such a file says: who said what and when, and where both spoke."""

    conversation: Conversation
    annotations: Annotations


def is_call_analytics(raw: Any) -> bool:
    """Whether parsed JSON has the form of Call Analytics, right or wrong in its parts."""
    return isinstance(raw, dict) and "Transcript" in raw and "segments" not in raw


def read_call_analytics(path: Path, raw: Any, language: str) -> AnalysedCall:
    """The call of parsed JSON; ``language`` where the file names none. UserError names the first mistake, no words."""
    try:
        read = _Analysed.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = str(first["msg"]).removeprefix("Value error, ")
        raise UserError(
            f"{path}: {place}: {problem}; expected the output of Amazon Transcribe Call Analytics"
        ) from None
    said = sorted((turn for turn in read.turns if turn.content.strip()), key=lambda turn: turn.begin)
    turns = tuple(_turn(index, turn) for index, turn in enumerate(said))
    spoken = re.match(r"[a-z]{2,3}(?![a-z])", read.language)
    conversation = Conversation(spoken.group() if spoken else language, turns)
    return AnalysedCall(conversation, Annotations(overlaps=_overlaps(conversation, read.characteristics)))


def _turn(index: int, turn: _Turn) -> Turn:
    words = tuple(word for item in turn.items if (word := item.word))
    return Turn(index, _ROLES[turn.role], turn.content.strip(), turn.span, None, words, _confidence(words))


def _confidence(words: Sequence[Word]) -> float | None:
    """Mean over characters of the words' confidence."""
    known = [(word.probability, len(word.text)) for word in words if word.probability is not None]
    return round(sum(p * n for p, n in known) / sum(n for _, n in known), 4) if known else None


def _overlaps(conversation: Conversation, characteristics: _Characteristics) -> tuple[Overlap, ...]:
    """Amazon's interruptions, and every other stretch in which both are heard."""
    by = characteristics.interruptions.by
    counted = [
        Overlap(each.span, by_agent, OverlapKind.INTERRUPTION)
        for by_agent, timed in ((True, by.agent), (False, by.customer))
        for each in timed
    ]
    taken = [overlap.span for overlap in counted]
    others = (o for o in _both_heard(conversation) if not any(span.overlap_s(o.span) > 0 for span in taken))
    return tuple(sorted([*counted, *others], key=lambda overlap: overlap.span))


def _both_heard(conversation: Conversation) -> Iterator[Overlap]:
    agent, customer = (
        [(turn, stretch) for turn in conversation.turns if turn.role is role for stretch in _stretches(turn)]
        for role in (Role.AGENT, Role.CUSTOMER)
    )
    for turn, own, other_turn, other in _pairs(agent, customer):
        both = Span(max(own.start_s, other.start_s), min(own.end_s, other.end_s))
        if round(both.duration_s, 6) >= MIN_OVERLAP_S and turn.span and other_turn.span:
            came_in = max((turn, other_turn), key=lambda each: each.span.start_s if each.span else 0.0)
            same = turn.span.start_s == other_turn.span.start_s
            sign = is_backchannel(came_in.text, conversation.language)
            kind = OverlapKind.BACKCHANNEL if sign and not same else OverlapKind.TALK
            yield Overlap(both, None if same else came_in.role is Role.AGENT, kind)


def _stretches(turn: Turn) -> tuple[Span, ...]:
    """The turn without its pauses, as far as its words tell."""
    spans = [word.span for word in turn.words] or ([turn.span] if turn.span else [])
    # A pause of just this length parts: joined are only shorter ones.
    return merge(spans, PAUSE_S - 1e-9)


Part = tuple[Turn, Span]


def _pairs(ours: Iterable[Part], theirs: Iterable[Part]) -> Iterator[tuple[Turn, Span, Turn, Span]]:
    """Stretches of the one and of the other party that share some time."""
    left, right = (sorted(parts, key=lambda part: part[1]) for parts in (ours, theirs))
    first = 0
    for turn, span in left:
        while first < len(right) and right[first][1].end_s <= span.start_s:
            first += 1
        for at in range(first, len(right)):
            other, other_span = right[at]
            if other_span.start_s >= span.end_s:
                break
            if span.overlap_s(other_span) > 0:
                yield turn, span, other, other_span
