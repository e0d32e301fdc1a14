"""Damages labelled calls as recordings and recognisers do, to measure what that costs; the same way in every run."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import opencc

from qa_pipeline.core.call import Conversation, Role, Stage, Turn
from qa_pipeline.transcribe.labelled import LabelledCall
from training.homophones import Homophones

#: A damaged call and the stage of each of its turns.
Damaged = tuple[Conversation, tuple[Stage, ...]]
Damage = Callable[[LabelledCall], Damaged]

#: Share of characters that a recogniser gets wrong, and how: replaced by what sounds the same, dropped, put in twice.
ERRORS = 0.15
REPLACED, DROPPED = 0.70, 0.15

#: Share of turns that are merged with the next one, and share that are cut in two.
MERGED = SPLIT = 0.10
MIN_SPLIT_CHARACTERS = 8


def damages(calls: Sequence[LabelledCall]) -> dict[str, Damage]:
    """Every kind of damage by name; homophones are taken from the calls' own characters."""
    errors = CharacterErrors(turn.text for call in calls for turn in call.conversation.turns)
    return {
        "clean": lambda call: (call.conversation, call.stages),
        "no_punctuation": _by_text(without_punctuation),
        "traditional": _by_text(traditional),
        "character_errors": errors,
        "turns_merged_or_split": merged_or_split,
        "roles_unknown": roles_unknown,
    }


def _by_text(change: Callable[[str], str]) -> Damage:
    def damage(call: LabelledCall) -> Damaged:
        turns = tuple(replace(turn, text=change(turn.text)) for turn in call.conversation.turns)
        return replace(call.conversation, turns=turns), call.stages

    return damage


def without_punctuation(text: str) -> str:
    return "".join(c for c in text if not unicodedata.category(c).startswith("P"))


def traditional(text: str) -> str:
    return str(_to_traditional().convert(text))


@lru_cache(maxsize=1)
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


class CharacterErrors:
    """Replaces, drops and doubles characters."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._homophones = Homophones(texts)

    def __call__(self, call: LabelledCall) -> Damaged:
        chance = random.Random(call.call_id)
        turns = tuple(replace(turn, text=self._damaged(turn.text, chance)) for turn in call.conversation.turns)
        return replace(call.conversation, turns=turns), call.stages

    def _damaged(self, text: str, chance: random.Random) -> str:
        heard = []
        for character in text:
            if not "\u4e00" <= character <= "\u9fff" or chance.random() >= ERRORS:
                heard.append(character)
                continue
            how = chance.random()
            if how < REPLACED:
                heard.append(self._homophones.damaged(character, 1.0, chance))
            elif how >= REPLACED + DROPPED:
                heard.append(character * 2)
        return "".join(heard) or text


def merged_or_split(call: LabelledCall) -> Damaged:
    """A merged turn has the role and the stage of its longer half."""
    chance = random.Random(call.call_id)
    pieces: list[tuple[Role, str, Stage]] = []
    for turn, stage in zip(call.conversation.turns, call.stages, strict=True):
        text = turn.text
        if pieces and chance.random() < MERGED:
            role, before, earlier = pieces.pop()
            longer = (role, earlier) if len(before) >= len(text) else (turn.role, stage)
            pieces.append((longer[0], before + text, longer[1]))
        elif len(text) >= MIN_SPLIT_CHARACTERS and chance.random() < SPLIT:
            cut = chance.randrange(2, len(text) - 1)
            pieces += [(turn.role, text[:cut], stage), (turn.role, text[cut:], stage)]
        else:
            pieces.append((turn.role, text, stage))
    turns = tuple(Turn(index, role, text) for index, (role, text, _) in enumerate(pieces))
    return replace(call.conversation, turns=turns), tuple(stage for _, _, stage in pieces)


def roles_unknown(call: LabelledCall) -> Damaged:
    turns = tuple(replace(turn, role=Role.UNKNOWN) for turn in call.conversation.turns)
    return replace(call.conversation, turns=turns), call.stages
