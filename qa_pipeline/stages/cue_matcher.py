"""Finds the cues of a turn with spaCy phrase matching over characters (Chinese) or words (English)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.language.normalise import comparable

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

_CUES = Path(__file__).parent / "cues"


def cue_languages() -> tuple[str, ...]:
    """Languages for which there is a list of cues."""
    return tuple(sorted(path.stem for path in _CUES.glob("*.yaml")))


class CueMatcher:
    """Names of the cues in a turn, such as ``agent.greeting``. A turn of unknown role is asked for both parties'."""

    def __init__(self, language: str) -> None:
        import spacy

        # A blank pipeline only cuts text: Chinese into characters, so that no cue depends on word segmentation.
        self._nlp: Language = spacy.blank(language)
        self._language = language
        cues = yaml.safe_load((_CUES / f"{language}.yaml").read_text(encoding="utf-8"))
        self._matchers = {Role(role): self._matcher(role, groups) for role, groups in cues.items()}

    def _matcher(self, role: str, groups: dict[str, list[str]]) -> PhraseMatcher:
        from spacy.matcher import PhraseMatcher

        matcher = PhraseMatcher(self._nlp.vocab)
        for cue, phrases in groups.items():
            matcher.add(f"{role}.{cue}", [self._nlp.make_doc(self._normal(str(phrase))) for phrase in phrases])
        return matcher

    def _normal(self, text: str) -> str:
        return comparable(text) if self._language == "zh" else text.casefold()

    def cues(self, turn: Turn) -> frozenset[str]:
        """The cues that occur in a turn."""
        doc = self._nlp.make_doc(self._normal(turn.text))
        roles = [turn.role] if turn.role in self._matchers else list(self._matchers)
        matches = (match for role in roles for match in self._matchers[role](doc))
        return frozenset(self._nlp.vocab.strings[key] for key, _, _ in matches)


@lru_cache(maxsize=4)
def cue_matcher(language: str) -> CueMatcher:
    return CueMatcher(language)
