"""Finds the cues of a turn: groups of patterns by party and meaning, in files that people read and extend."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import yaml

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.language.patterns import Hit, PatternMatcher

_CUES = Path(__file__).parent / "cues"


def cue_languages() -> tuple[str, ...]:
    """Languages for which there is a list of cues."""
    return tuple(sorted(path.stem for path in _CUES.glob("*.yaml")))


class CueMatcher:
    """Names of the cues in a turn, such as ``agent.greet``. A turn of unknown role is asked for both parties'.

    ``revision`` follows the patterns: what was found with others is out of date.
    """

    def __init__(self, language: str) -> None:
        content = (_CUES / f"{language}.yaml").read_bytes()
        self.revision = hashlib.sha256(content).hexdigest()[:12]
        cues = yaml.safe_load(content)
        self.names = tuple(sorted(f"{role}.{cue}" for role, groups in cues.items() for cue in groups))
        self._matchers = {
            Role(role): PatternMatcher(language, {f"{role}.{cue}": found for cue, found in groups.items()})
            for role, groups in cues.items()
        }

    def hits(self, turn: Turn) -> list[Hit]:
        """Every cue with the original characters that it covers, in the order of the text."""
        matchers = [self._matchers[turn.role]] if turn.role in self._matchers else list(self._matchers.values())
        return [hit for matcher in matchers for hit in matcher.hits(turn.text)]

    def cues(self, turn: Turn) -> frozenset[str]:
        """The cues that occur in a turn."""
        return frozenset(hit.name for hit in self.hits(turn))


@lru_cache(maxsize=4)
def cue_matcher(language: str) -> CueMatcher:
    return CueMatcher(language)
