"""Our talk metrics beside a vendor's: ``python -m training.speakers.vendor FILE.json``.

FILE is the output of Amazon Transcribe Call Analytics. Words and times are Amazon's, so that what differs are the
definitions; docs/talk-metrics.md explains the differences. Prints a Markdown table without words of the call.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa_pipeline.acoustics.talk import find_overlaps, talk_facts
from qa_pipeline.core.call import Conversation, Segment, Separation
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.role import Role
from qa_pipeline.core.span import Span, merge, total_s
from qa_pipeline.core.talk import PartyTalk, TalkFacts
from qa_pipeline.speakers.turns import build_turns
from qa_pipeline.speakers.utterances import Utterance, pieces_of, utterances
from qa_pipeline.transcribe.call_analytics import PAUSE_S
from qa_pipeline.transcribe.imported import read_transcripts

PARTIES = (Role.AGENT, Role.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, theirs and ours; None: not given."""

    name: str
    unit: str
    theirs: float | None
    ours: float | None

    @property
    def difference(self) -> float | None:
        return None if self.theirs is None or self.ours is None else self.ours - self.theirs

    def as_markdown(self) -> str:
        values = " | ".join(map(self._shown, (self.theirs, self.ours, self.difference)))
        return f"| {self.name} | {self.unit} | {values} |"

    def _shown(self, value: float | None) -> str:
        decimals = 0 if self.unit in ("", "words/min") else 1
        return "–" if value is None else f"{value:.{decimals}f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Measured:
    """What our rules make of a vendor's words: talk facts, overlaps, and the spans of whole turns."""

    talk: TalkFacts
    overlaps: tuple[Overlap, ...]
    conversation: Conversation
    given: Conversation


def measure(given: Conversation) -> Measured:
    """Our turns, talk facts and overlaps from the words of a two-channel transcript; both parties have words."""
    speech = {role: _stretches(given, role) for role in PARTIES}
    said = [utterance for role in PARTIES for utterance in _utterances(given, role, speech[role])]
    turns = build_turns(said, given.language)
    named = tuple(replace(turn, role=PARTIES[turn.voice or 0]) for turn in turns)
    conversation = Conversation(given.language, named)
    overlaps = find_overlaps(conversation, speech, Separation.CHANNELS) or ()
    end_s = max(span.end_s for spans in speech.values() for span in spans)
    talk = talk_facts(end_s, conversation, (), speech, Separation.CHANNELS, overlaps)
    return Measured(talk, overlaps, conversation, given)


def _stretches(conversation: Conversation, role: Role) -> tuple[Span, ...]:
    """Words of a party joined over pauses shorter than ``PAUSE_S``: a recogniser's times, not the sound's."""
    words = [word.span for turn in conversation.turns if turn.role is role for word in turn.words]
    return merge(words, PAUSE_S - 1e-9)


def _utterances(conversation: Conversation, role: Role, stretches: Sequence[Span]) -> Iterator[Utterance]:
    voice = PARTIES.index(role)
    segments = (
        Segment(voice, turn.span, turn.text, turn.words)
        for turn in conversation.turns
        if turn.role is role and turn.span
    )
    pieces = [piece for segment in segments for piece in pieces_of(segment)]
    return utterances(voice, voice, pieces, stretches)


def rows(characteristics: Mapping[str, Any], ours: Measured) -> list[Row]:
    """The figures that both give; the vendor's as they stand in ``ConversationCharacteristics``."""
    talk, theirs = ours.talk, Vendor(characteristics)
    parties = {Role.AGENT: talk.agent, Role.CUSTOMER: talk.customer}
    table = [Row("length of the conversation", "s", theirs.duration_s, talk.duration_s)]
    for role in PARTIES:
        table += _of_party(role, theirs, parties[role], ours.given)
    agent_s, customer_s = (theirs.talk_s(role) for role in PARTIES)
    table += [
        Row("talk of both added", "s", theirs.all_talk_s, _sum(talk.agent_speech_s, talk.customer_speech_s)),
        Row("agent's share of the talk", "%", _share(agent_s, customer_s), _share(*_spoken(talk))),
        Row("non-talk time", "s", theirs.silence_s, talk.silence_s),
        Row("silences of 1 s and more", "", None, len(talk.silences)),
        Row("both at once", "s", None, talk.overlap_s),
        Row("overlaps of 0.1 s and more", "", None, len(ours.overlaps)),
        Row("interruptions", "s", theirs.interrupted_s, _interrupted_s(ours.overlaps)),
    ]
    return table


def _of_party(role: Role, theirs: Vendor, ours: PartyTalk | None, given: Conversation) -> list[Row]:
    name = role.value
    whole_s = total_s(turn.span for turn in given.turns if turn.role is role and turn.span)
    return [
        Row(f"{name}: talk", "s", theirs.talk_s(role), ours.speech_s if ours else None),
        Row(f"{name}: the vendor's turns from end to end", "s", None, whole_s),
        Row(f"{name}: speech rate", "words/min", theirs.rate_wpm(role), ours.rate_cpm if ours else None),
        Row(f"{name}: interrupts", "", theirs.interruptions(role), ours.interruptions if ours else None),
        Row(f"{name}: backchannels", "", None, ours.backchannels if ours else None),
    ]


def _spoken(talk: TalkFacts) -> tuple[float | None, float | None]:
    return talk.agent_speech_s, talk.customer_speech_s


def _sum(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _share(agent_s: float | None, customer_s: float | None) -> float | None:
    both_s = _sum(agent_s, customer_s)
    return 100.0 * agent_s / both_s if both_s and agent_s is not None else None


def _interrupted_s(overlaps: Sequence[Overlap]) -> float:
    return total_s(overlap.span for overlap in overlaps if overlap.kind is OverlapKind.INTERRUPTION)


class Vendor:
    """Amazon's own figures; None for what a file does not hold."""

    def __init__(self, characteristics: Mapping[str, Any]) -> None:
        self._raw = characteristics

    def _number(self, *keys: str) -> float | None:
        found: Any = self._raw
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def _seconds(self, *keys: str) -> float | None:
        millis = self._number(*keys)
        return None if millis is None else millis / 1000

    @property
    def duration_s(self) -> float | None:
        return self._seconds("TotalConversationDurationMillis")

    @property
    def all_talk_s(self) -> float | None:
        return self._seconds("TalkTime", "TotalTimeMillis")

    @property
    def silence_s(self) -> float | None:
        return self._seconds("NonTalkTime", "TotalTimeMillis")

    @property
    def interrupted_s(self) -> float | None:
        return self._seconds("Interruptions", "TotalTimeMillis")

    def talk_s(self, role: Role) -> float | None:
        return self._seconds("TalkTime", "DetailsByParticipant", role.value.upper(), "TotalTimeMillis")

    def rate_wpm(self, role: Role) -> float | None:
        return self._number("TalkSpeed", "DetailsByParticipant", role.value.upper(), "AverageWordsPerMinute")

    def interruptions(self, role: Role) -> float | None:
        counted = self._raw.get("Interruptions")
        by = counted.get("InterruptionsByInterrupter") if isinstance(counted, Mapping) else None
        return float(len(by.get(role.value.upper(), ()))) if isinstance(by, Mapping) else None


def compare(path: Path) -> list[Row]:
    """The rows of one file; UserError where it is no output of Call Analytics."""
    (call,) = read_transcripts(path)
    raw = json.loads(path.read_text(encoding="utf-8-sig"))
    characteristics = raw.get("ConversationCharacteristics") if isinstance(raw, dict) else None
    if not isinstance(characteristics, Mapping):
        raise UserError(f"{path}: holds no ConversationCharacteristics; name an output of Call Analytics")
    if not all(any(turn.role is role and turn.words for turn in call.conversation.turns) for role in PARTIES):
        raise UserError(f"{path}: one party has no words with times; nothing can be compared")
    return rows(characteristics, measure(call.conversation))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="output of Amazon Transcribe Call Analytics")
    given = parser.parse_args()
    try:
        table = compare(given.file)
    except UserError as error:
        parser.exit(2, f"{error}\n")
    print("| figure | unit | Amazon | ours | difference |\n|---|---|---|---|---|")
    print("\n".join(row.as_markdown() for row in table))


if __name__ == "__main__":
    main()
