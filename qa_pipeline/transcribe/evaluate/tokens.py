"""Turns and recognised segments cut into the units that are compared, each with its time and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_pipeline.core.call import Doubt, Word
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.evaluate.normaliser import Normaliser, counts_characters
from qa_pipeline.transcribe.guards import CEILING


class Said(Protocol):
    """What turns and recognised segments have in common."""

    @property
    def text(self) -> str: ...
    @property
    def channel(self) -> int | None: ...
    @property
    def span(self) -> Span | None: ...
    @property
    def words(self) -> tuple[Word, ...]: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def doubts(self) -> tuple[Doubt, ...]: ...


@dataclass(frozen=True, slots=True)
class Token:
    """One unit; only the first of a word starts when the word starts."""

    text: str
    start_s: float | None
    span: Span | None
    confidence: float | None
    doubted: bool


def tokens(said: Sequence[Said], normaliser: Normaliser, language: str) -> list[Token]:
    """All units in order."""
    return [token for each in said for token in _tokens_of(each, normaliser, language)]


def _tokens_of(said: Said, normaliser: Normaliser, language: str) -> Iterator[Token]:
    text, owners = _owners(said, "" if counts_characters(language) else " ")
    doubted = bool(said.doubts) or (said.confidence is not None and said.confidence <= CEILING)
    before = -1
    for unit in normaliser.units(text, language):
        owner = owners[unit.start]
        word = said.words[owner] if owner is not None else None
        first = owner is not None and owner != before
        before = before if owner is None else owner
        yield Token(
            unit.text,
            word.span.start_s if word and first else None,
            word.span if word else said.span,
            _confidence(said, word, doubted),
            doubted,
        )


def _confidence(said: Said, word: Word | None, doubted: bool) -> float | None:
    sure = word.probability if word and word.probability is not None else said.confidence
    return sure if sure is None or not doubted else min(sure, CEILING)


def _owners(said: Said, joint: str) -> tuple[str, list[int | None]]:
    """The text, and the index of the word that each of its characters belongs to.

    Words are looked for in the text one after the other; where they do not make up the text, they are the text.
    """
    if not said.words:
        return said.text, [None] * len(said.text)
    owners: list[int | None] = [None] * len(said.text)
    position = 0
    for index, word in enumerate(said.words):
        plain = word.text.strip()
        at = said.text.find(plain, position)
        if at < 0:
            return _joined(said.words, joint)
        owners[at : at + len(plain)] = [index] * len(plain)
        position = at + len(plain)
    return said.text, owners


def _joined(words: Sequence[Word], joint: str) -> tuple[str, list[int | None]]:
    text, owners = "", list[int | None]()
    for index, word in enumerate(words):
        text += word.text + joint
        owners += [index] * len(word.text) + [None] * len(joint)
    return text, owners


def by_channel(reference: Sequence[Said], heard: Sequence[Said]) -> Iterator[tuple[Sequence[Said], Sequence[Said]]]:
    """Both sides of every channel; all together where either side has none."""
    channels = {said.channel for said in (*reference, *heard)}
    if None in channels or not channels:
        yield reference, heard
        return
    for channel in sorted(c for c in channels if c is not None):
        yield [t for t in reference if t.channel == channel], [s for s in heard if s.channel == channel]
