"""Credits and farewells of videos, which speech models trained on subtitles write where nobody speaks."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from qa_pipeline.language.normalise import comparable

PHRASES_FILE = Path(__file__).parent / "subtitles.txt"
#: Stands for a name or two words in a phrase.
_GAP = "…"
_ANY_NAME = ".{0,20}"
#: A stretch of farewells is short; a longer one is speech that happens to hold them.
_LONGEST_ALONE = 60


@lru_cache(maxsize=1)
def phrases() -> dict[str, tuple[str, ...]]:
    """The phrases as written, by section: ``anywhere`` (nobody says them) and ``alone`` (people do)."""
    sections: dict[str, list[str]] = {}
    for line in PHRASES_FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[] "), [])
        elif line.strip() and not line.startswith("#"):
            section.append(line.strip())
    return {name: tuple(lines) for name, lines in sections.items()}


@lru_cache(maxsize=4)
def _pattern(*sections: str) -> re.Pattern[str]:
    written = [_notation(phrase) for section in sections for phrase in phrases()[section]]
    return re.compile("|".join(sorted(written, key=len, reverse=True)))


def _notation(phrase: str) -> str:
    return _ANY_NAME.join(re.escape(comparable(part)) for part in phrase.split(_GAP))


def never_said(text: str) -> bool:
    """Whether a text holds a phrase that nobody says on a telephone."""
    return _pattern("anywhere").search(comparable(text)) is not None


def only_farewells(text: str) -> bool:
    """Whether a text is nothing but phrases of videos, which people may have said."""
    plain = comparable(text)
    return 0 < len(plain) <= _LONGEST_ALONE and _is_made_of(plain, _pattern("anywhere", "alone"))


def _is_made_of(plain: str, pattern: re.Pattern[str]) -> bool:
    """Whether a text is phrases one after another. Place by place: as one pattern, 编曲编曲编曲… would take seconds,
    for every phrase with a name in it may hold the next ones."""
    reached = {0}
    for at in range(len(plain)):
        if at in reached and pattern.match(plain, at):
            reached |= {end for end in range(at + 1, len(plain) + 1) if pattern.fullmatch(plain, at, end)}
    return len(plain) in reached
