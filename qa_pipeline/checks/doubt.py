"""Words that may never have been said decide nothing.

A check of words is asked twice where a call has doubted text: of all that was recognised, and of the call with the
doubted characters blotted out. Where the answers differ, nobody knows. What was searched in vain counts as searched
only if most of it is sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.core.call import Call, Stage, Turn, Word
from qa_pipeline.core.score import Evidence, How, Quote, Reason

#: Stands for a character that may not have been said: a letter that no phrase holds, so that what stands before it
#: and what stands behind it are not read as one.
BLOT = "\ua78f"

_BLOTS = re.compile(f"{BLOT}+")

#: More of the searched characters unsure, and nothing follows from having found nothing.
MOST = 0.5

#: Reasons that a person can do away with who listens.
TO_HEAR = frozenset({"doubted_text", "unsure_text"})

_OF_SOUND = frozenset({How.TIME, How.VOICE})


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The turns of a call whose text is not to be relied upon, with how many of their characters."""

    doubted: frozenset[int]
    """Turns some of whose words may never have been said."""
    unsure: dict[int, int]
    """Characters per turn that are doubted or recognised with too little confidence."""
    lengths: tuple[int, ...]
    """Characters of every turn."""

    @classmethod
    def of(cls, call: Call, least_confidence: float) -> Doubtful:
        doubted = frozenset(turn.index for turn in call.turns if turn.doubts)
        unsure = {turn.index: _unsure(turn, least_confidence) for turn in call.turns}
        lengths = tuple(len(turn.text) for turn in call.turns)
        return cls(doubted, {index: count for index, count in unsure.items() if count}, lengths)

    def share(self, searched: Sequence[int]) -> float:
        """How much of the text of turns is unsure, 0..1."""
        if not self.unsure or not searched:
            return 0.0
        unsure = sum(self.unsure.get(index, 0) for index in searched)
        return unsure / max(1, sum(self.lengths[index] for index in searched))


def _unsure(turn: Turn, least: float) -> int:
    if turn.confidence is not None and turn.confidence < least:
        return len(turn.text)
    return sum(end - start for start, end in turn.doubted_ranges)


def blotted_turns(turns: Sequence[Turn], mark: str = BLOT) -> tuple[Turn, ...]:
    """The turns without their doubted words: ``mark`` stands for every character of them, so that places stay."""
    return tuple(_blotted(turn, mark) if turn.doubts else turn for turn in turns)


def shortened(turn: Turn) -> Turn:
    """The turn without its doubted words, one blot between what stood before and behind them: neither how long they are
    says anything, nor that something stood there."""
    if not turn.doubts:
        return turn
    left = _blotted(turn, BLOT)
    return replace(left, text=_BLOTS.sub(BLOT, left.text).strip(BLOT))


def unsaid(turns: Sequence[Turn]) -> frozenset[int]:
    """The turns that are in doubt as a whole."""
    return frozenset(turn.index for turn in turns if turn.doubts and _unsure(turn, 0.0) >= len(turn.text))


def blotted(call: Call) -> Call:
    """The call without its doubted words: no act, fact or beginning of a stage rests on them. Places stay the same."""
    doubted = {turn.index for turn in call.turns if turn.doubts}
    if not doubted:
        return call
    turns = blotted_turns(call.turns)
    acts = tuple(() if index in doubted else acts for index, acts in enumerate(call.turn_acts))
    facts = call.facts and tuple(f for f in call.facts if not reaches(f.start, f.end, call.turns[f.turn]))
    return replace(
        call,
        conversation=replace(call.conversation, turns=turns),
        turn_acts=acts,
        facts=facts,
        turn_stages=_carried_on(call.turn_stages, unsaid(call.turns)),
    )


def _blotted(turn: Turn, mark: str) -> Turn:
    text = list(turn.text)
    for start, end in turn.doubted_ranges:
        text[start:end] = mark * (end - start)
    return replace(turn, text="".join(text), words=_words_left(turn), doubts=(), doubted=())


def _words_left(turn: Turn) -> tuple[Word, ...]:
    """The words that are not in doubt; none where one does not stand in the text."""
    kept, position = list[Word](), 0
    for word in turn.words:
        plain = word.text.strip()
        start = turn.text.find(plain, position)
        if start < 0:
            return ()
        position = start + len(plain)
        if not reaches(start, position, turn):
            kept.append(word)
    return tuple(kept)


def _carried_on(stages: tuple[Stage, ...], unsaid: frozenset[int]) -> tuple[Stage, ...]:
    """Turns that may never have been said belong to the stage before them; the first ones to the first that is sure."""
    current = next((stage for index, stage in enumerate(stages) if index not in unsaid), None)
    kept: list[Stage] = []
    for index, stage in enumerate(stages):
        current = current if index in unsaid else stage
        kept.append(current or stage)
    return tuple(kept)


def relied_upon(found: Finding, sure: Finding, call: Call, doubtful: Doubtful) -> Finding:
    """What ``found`` says of the whole call, by what ``sure`` says without the doubted words; unknown where they
    differ, or where most of what was searched in vain is unsure. The passages in question stay as evidence."""
    if sure.state is not found.state or any(_unsaid(hit, call) for hit in sure.hits):
        return Finding(State.UNKNOWN, Reason("doubted_text"), _in_question(found, call))
    share = 0.0 if sure.hits else doubtful.share(sure.evidence.searched)
    if share > MOST:
        return Finding(State.UNKNOWN, Reason("unsure_text", {"percent": int(100 * share)}), sure.evidence)
    return sure


def _unsaid(quote: Quote, call: Call) -> bool:
    """Whether nothing but doubted words is quoted."""
    if quote.how in _OF_SOUND or quote.start == quote.end:
        return False
    ranges = call.turns[quote.turn].doubted_ranges
    return any(start <= quote.start and quote.end <= end for start, end in ranges)


def _in_question(found: Finding, call: Call) -> Evidence:
    """The hits that may never have been said, and where was searched."""
    hits = tuple(q for q in found.hits if q.how not in _OF_SOUND and reaches(q.start, q.end, call.turns[q.turn]))
    return replace(found.evidence, hits=hits, nearest=None)


def reaches(start: int, end: int, turn: Turn) -> bool:
    """Whether any of these characters of a turn are in doubt."""
    return any(start < to and end > since for since, to in turn.doubted_ranges)
