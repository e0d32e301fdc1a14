"""Damages text as a recogniser does: some characters replaced by others that sound the same (tones ignored)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=16384)
def sound(character: str) -> str:
    """The usual reading without its tone; the character itself where it has none."""
    return lazy_pinyin(character, style=Style.NORMAL)[0]


class Homophones:
    """Characters of a text collection by their sound."""

    def __init__(self, texts: Iterable[str]) -> None:
        by_sound: dict[str, set[str]] = defaultdict(set)
        for character in {c for text in texts for c in text if "\u4e00" <= c <= "\u9fff"}:
            by_sound[sound(character)].add(character)
        groups = [group for group in by_sound.values() if len(group) > 1]
        self._others = {character: sorted(group - {character}) for group in groups for character in group}

    def damaged(self, text: str, share: float, chance: random.Random) -> str:
        """The text with about ``share`` of its Chinese characters replaced."""
        return "".join(self._other(c, chance) if chance.random() < share else c for c in text)

    def _other(self, character: str, chance: random.Random) -> str:
        others = self._others.get(character)
        return chance.choice(others) if others else character
