"""Utterances to turns: one party's speech until the other takes over or a pause ends it.

docs/talk-metrics.md explains the rules. A listener's sign (嗯, 对) in the other party's speech is a turn of its own,
marked as a backchannel; it neither ends nor answers what the other says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.core.call import Turn, mean_confidence
from qa_pipeline.core.role import Role
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.language.questions import expects_answer
from qa_pipeline.language.talk_words import is_backchannel
from qa_pipeline.speakers.utterances import Piece, Utterance, doubted_in, doubts_of, joined


@dataclass(frozen=True, slots=True)
class TurnOptions:
    max_gap_s: float = 1.5
    """A longer pause of the same party starts a new turn, even when nobody else speaks."""
    max_backchannel_s: float = 1.0
    """Longer ones take the floor."""
    goes_on_s: float = 1.0
    """The other party goes on within so long after a backchannel."""


def build_turns(
    utterances: Sequence[Utterance], language: str, options: TurnOptions = TurnOptions()
) -> tuple[Turn, ...]:
    """Turns without roles, in order of time. ``utterances`` of all voices, each voice's in order."""
    ordered = sorted(utterances, key=lambda utterance: (utterance.span.start_s, utterance.voice))
    signs = _Signs(ordered, language, options)
    spoken: list[list[Utterance]] = []
    last_of: dict[int, list[Utterance]] = {}
    taking = [utterance for utterance in ordered if not signs.is_sign(utterance)]
    starts = [utterance.span.start_s for utterance in taking]
    for utterance in taking:
        last = last_of.get(utterance.voice)
        if last and _goes_on(last[-1], utterance, taking, starts, options):
            last.append(utterance)
        else:
            last_of[utterance.voice] = [utterance]
            spoken.append(last_of[utterance.voice])
    turns = [_turn(group, backchannel=False) for group in spoken]
    turns += [_turn([utterance], backchannel=True) for utterance in ordered if signs.is_sign(utterance)]
    turns.sort(key=lambda turn: (turn.span.start_s if turn.span else 0.0, turn.voice or 0))
    return tuple(replace(turn, index=index) for index, turn in enumerate(turns))


def _goes_on(
    before: Utterance, utterance: Utterance, taking: Sequence[Utterance], starts: Sequence[float], options: TurnOptions
) -> bool:
    """The pause is short, and nobody else is heard in it (a listener's signs aside)."""
    gap_s = round(utterance.span.start_s - before.span.end_s, 6)
    if gap_s > options.max_gap_s:
        return False
    if gap_s <= 0:
        return True
    gap = Span(before.span.end_s, utterance.span.start_s)
    return not any(other.span.overlap_s(gap) > 0 for other in _near(gap, utterance.voice, taking, starts))


def _near(gap: Span, voice: int, taking: Sequence[Utterance], starts: Sequence[float]) -> Sequence[Utterance]:
    """Utterances of other voices that may reach into a gap: no stretch of speech goes two minutes without a pause."""
    first = bisect_left(starts, gap.start_s - 120.0)
    return [other for other in taking[first : bisect_left(starts, gap.end_s)] if other.voice != voice]


def mark_backchannels(turns: Sequence[Turn], language: str, options: TurnOptions = TurnOptions()) -> tuple[Turn, ...]:
    """Turns made elsewhere, with those marked that are nothing but a listener's sign; untimed ones stay as they are."""
    party = list(Role)
    timed = {
        turn.index: Utterance(party.index(turn.role), 0, turn.span, (Piece(turn.text, turn.span, None),))
        for turn in turns
        if turn.span is not None and turn.role is not Role.UNKNOWN
    }
    signs = _Signs(list(timed.values()), language, options)
    marked = {index for index, utterance in timed.items() if signs.is_sign(utterance)}
    return tuple(replace(turn, backchannel=turn.index in marked) for turn in turns)


class _Signs:
    """Which utterances are a listener's signs."""

    def __init__(self, ordered: Sequence[Utterance], language: str, options: TurnOptions) -> None:
        self._language = language
        self._options = options
        self._signs = {id(each) for index, each in enumerate(ordered) if self._is_sign(index, ordered)}

    def is_sign(self, utterance: Utterance) -> bool:
        return id(utterance) in self._signs

    def _is_sign(self, index: int, ordered: Sequence[Utterance]) -> bool:
        utterance = ordered[index]
        if utterance.span.duration_s > self._options.max_backchannel_s:
            return False
        return is_backchannel(utterance.text, self._language) and self._other_holds(index, ordered)

    def _other_holds(self, index: int, ordered: Sequence[Utterance]) -> bool:
        """Another voice spoke last, asked nothing, and is the next to be heard."""
        utterance = ordered[index]
        before = max(ordered[max(0, index - 8) : index], key=lambda each: each.span.end_s, default=None)
        if before is None or before.voice == utterance.voice or self._was_asked(before, utterance):
            return False
        if utterance.span.start_s - before.span.end_s > self._options.max_gap_s:
            return False
        own_next = next((each for each in ordered[index + 1 : index + 9] if each.voice == utterance.voice), None)
        goes_on_s = self._goes_on_s(index, before, ordered)
        own_s = own_next.span.start_s if own_next else float("inf")
        return goes_on_s <= utterance.span.end_s + self._options.goes_on_s and goes_on_s < own_s

    def _was_asked(self, before: Utterance, utterance: Utterance) -> bool:
        """What was said until then asks for an answer."""
        said = [piece for piece in before.pieces if piece.span.start_s < utterance.span.start_s]
        return expects_answer(joined(said), self._language)

    @staticmethod
    def _goes_on_s(index: int, before: Utterance, ordered: Sequence[Utterance]) -> float:
        """When the other is heard again: at once where it never stopped."""
        utterance = ordered[index]
        if before.span.end_s > utterance.span.end_s:
            return utterance.span.end_s
        later = (each for each in ordered[index + 1 : index + 9] if each.voice == before.voice)
        return next((each.span.start_s for each in later), float("inf"))


def _turn(group: Sequence[Utterance], *, backchannel: bool) -> Turn:
    pieces = [piece for utterance in group for piece in utterance.pieces]
    return Turn(
        0,
        Role.UNKNOWN,
        joined(pieces),
        cover_all(utterance.span for utterance in group),
        group[0].channel,
        tuple(piece.word for piece in pieces if piece.word is not None),
        _confidence(pieces),
        group[0].voice,
        backchannel,
        doubts_of(pieces),
        doubted_in(pieces),
    )


def _confidence(pieces: Sequence[Piece]) -> float | None:
    """Mean over characters of the segments' confidence."""
    return mean_confidence((piece.confidence, len(piece.text)) for piece in pieces)
