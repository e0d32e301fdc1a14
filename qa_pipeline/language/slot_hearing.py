"""A turn as the slot rules see it: the passages and pattern hits in it, and the values that they point at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.language.mentions import Mention, mentions_in
from qa_pipeline.language.pattern_notation import GAP_MARK
from qa_pipeline.language.patterns import Hit
from qa_pipeline.language.slot_rules import EDGE, SlotRules

#: Longest value in free words, in characters.
MAX_WORDS = {"zh": 30}
MAX_WORDS_ELSEWHERE = 100
#: Fewer characters than this, fillers aside, are no answer.
_MIN_WORDS = 2

_CLAUSE_END = re.compile(r"[，。！？；：,!?;…\n]|\.(?![0-9])|——")
_SENTENCE_END = re.compile(r"[。！？；!?;\n]|\.(?![0-9])|——")


@dataclass(frozen=True, slots=True)
class Value:
    """What a rule takes from a turn: the characters ``start..end``, and what they say."""

    start: int
    end: int
    value: str
    number: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn with the passages in it, and the pattern hits by their group."""

    turn: Turn
    mentions: tuple[Mention, ...]
    hits: Mapping[str, Sequence[Hit]]
    max_words: int
    #: Who may be speaking: an unknown role may be either.
    roles: tuple[str, ...]
    #: Names of the facts of which a pattern matches.
    touched: frozenset[str]

    @property
    def text(self) -> str:
        return self.turn.text

    def of(self, group: str) -> Sequence[Hit]:
        return self.hits.get(group, ())


def hear(turn: Turn, rules: SlotRules) -> Heard:
    """A turn with what the rules look for."""
    mentions = mentions_in(turn.text, rules.language)
    hits: dict[str, list[Hit]] = {}
    for hit in rules.matcher.hits(turn.text, mentions):
        if _holds_together(hit, turn.text):
            hits.setdefault(hit.name.removesuffix(GAP_MARK), []).append(hit)
    # Who says it makes the fact: a price of an unknown party may be an offer or what the customer pays now.
    roles = () if turn.role is Role.UNKNOWN else (turn.role.value,)
    touched = frozenset(group.partition(".")[0] for group in hits)
    return Heard(turn, mentions, hits, MAX_WORDS.get(rules.language, MAX_WORDS_ELSEWHERE), roles, touched)


def _holds_together(hit: Hit, text: str) -> bool:
    """Whether no sentence ends within what a pattern covers; without a gap, no clause either."""
    start, end = hit.value or (hit.start, hit.start)
    outside = text[hit.start : start] + text[end : hit.end]
    return not (_SENTENCE_END if hit.name.endswith(GAP_MARK) else _CLAUSE_END).search(outside)


def nearest(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Of the hits that begin at one place, the one whose value is nearest, and of those the longest."""
    best: dict[int, Hit] = {}
    for hit in hits:
        known = best.get(hit.start)
        if known is None or _rank(hit) < _rank(known):
            best[hit.start] = hit
    yield from best.values()


def _rank(hit: Hit) -> tuple[int, int]:
    start, end = hit.value or (hit.end, hit.end)
    return start, -end


def value_of_hit(here: Heard, hit: Hit) -> Value:
    """The passage that the pattern points at; free words keep the number of the one passage in them."""
    start, end = hit.value or (hit.start, hit.end)
    touched = [m for m in here.mentions if m.start < end and start < m.end]
    if len(touched) == 1 and touched[0].start <= start and end <= touched[0].end:
        return value_of_mention(touched[0])
    numbered = [m for m in touched if m.number is not None]
    only = numbered[0] if len(numbered) == 1 else None
    return Value(start, end, here.text[start:end], only.number if only else None, only.unit if only else "")


def value_of_mention(mention: Mention) -> Value:
    return Value(mention.start, mention.end, mention.value, mention.number, mention.unit)


def rest(here: Heard, start: int) -> Value:
    """The words from here to the end of the clause."""
    return _trimmed(here, start, clause(here.text, start)[1])


def first_words(here: Heard, no_answer: re.Pattern[str]) -> Value | None:
    """The first sentence of an answer that says something and asks nothing back."""
    position = 0
    for match in _SENTENCE_END.finditer(here.text + "。"):
        ends = match.start()
        begin = no_answer.match(here.text, position, ends)
        start = begin.end() if begin else position
        if ends - start >= _MIN_WORDS and match[0] not in "？?":
            return _trimmed(here, start, ends)
        position = match.end()
    return None


def _trimmed(here: Heard, start: int, end: int) -> Value:
    end = min(end, start + here.max_words)
    while start < end and here.text[start] in EDGE:
        start += 1
    while end > start and here.text[end - 1] in EDGE:
        end -= 1
    return Value(start, end, here.text[start:end])


def clause(text: str, at: int) -> tuple[int, int]:
    """The clause around a character."""
    start, end = 0, len(text)
    for match in _CLAUSE_END.finditer(text):
        if match.end() <= at:
            start = match.end()
        elif match.start() >= at:
            return start, match.start()
    return start, end


def sentence_start(text: str, at: int) -> int:
    """Where the sentence begins that a character stands in."""
    return max((match.end() for match in _SENTENCE_END.finditer(text, 0, at)), default=0)
