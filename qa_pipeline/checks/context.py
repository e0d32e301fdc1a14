"""What a check is given: the call, the rubric's named conditions, and a way to ask nested checks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from qa_pipeline.checks.base import KINDS, Check
from qa_pipeline.checks.doubt import Doubtful, blotted, relied_upon
from qa_pipeline.checks.finding import Finding, State, unknown
from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.language.normalise import Form, NormalText, normalise

Shared = TypeVar("Shared")
Accepted = TypeVar("Accepted")


class LlmFailure(Exception):
    """A language model gave no answer that can be used; the reason holds nothing that was said or written."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Judge(Protocol):
    """A language model that answers one question about a passage; see ``checks/llm.py``."""

    @property
    def model(self) -> str:
        """What answers, as it is written into scorecards."""
        ...

    def answer(self, system: str, question: str, accept: Callable[[str], Accepted]) -> Accepted:
        """What ``accept`` makes of the model's raw answer; LlmFailure when there is none, or none that it accepts.

        ``accept`` raises LlmFailure for an answer that does not hold; such an answer is not kept.
        """
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One call under one rubric. ``judge`` is None unless a language model is configured; turns recognised with less
    than ``least_confidence`` are unsure."""

    call: Call
    conditions: Mapping[str, Check] = field(default_factory=dict)
    judge: Judge | None = None
    least_confidence: float = 0.0
    whole: Context | None = None
    """The call as it was recognised, where this one is it as it would be."""
    _known: dict[int, Finding] = field(default_factory=dict, repr=False)
    _shared: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def ask(self, check: Check) -> Finding:
        """The finding of a check on this call; each check of the rubric is answered once per call."""
        # The rubric holds its checks for as long as the call is scored, so that identity is a safe key.
        key = id(check)
        if key not in self._known:
            self._known[key] = self._answer(check)
        return self._known[key]

    def _answer(self, check: Check) -> Finding:
        kind = KINDS[check.name]
        if not kind.of_words:
            return self._whoever_speaks(check)
        doubtful = self.shared("doubtful", lambda: Doubtful.of(self.call, self.least_confidence))
        if not doubtful.unsure:
            return self._whoever_speaks(check)
        sure = self._without_doubted().ask(check) if doubtful.doubted else None
        found = sure if sure and kind.asked_once else self._whoever_speaks(check)
        return found if found.state is State.UNKNOWN else relied_upon(found, sure or found, self.call, doubtful)

    def _without_doubted(self) -> Context:
        return self.shared(
            "without doubted", lambda: Context(blotted(self.call), self.conditions, self.judge, whole=self)
        )

    def _whoever_speaks(self, check: Check) -> Finding:
        found = KINDS[check.name].function(check.params, self)
        role = getattr(check.params, "role", None) if getattr(check.params, "ROLE_SCOPED", False) else None
        if role is None or found.state is State.UNKNOWN or not self._unknown_turns():
            return found
        # Turns that nobody can be named for may be this party's: where they would change the answer, there is none.
        assumed = self.shared(
            ("assumed", role),
            lambda: Context(_spoken_by(role, self.call), self.conditions, self.judge, self.least_confidence, self),
        )
        other = assumed.ask(check)
        return found if other.state is found.state else unknown("roles_unknown")

    def _unknown_turns(self) -> bool:
        known = self.call.conversation.roles_known
        return known and any(turn.role is Role.UNKNOWN for turn in self.call.turns)

    def shared(self, key: Hashable, make: Callable[[], Shared]) -> Shared:
        """What several checks of one call need, made by the first that asks."""
        if key not in self._shared:
            self._shared[key] = make()
        found: Shared = self._shared[key]
        return found

    def normal(self, turn: int, form: Form = Form.PLAIN) -> NormalText:
        return normalise(self.call.turns[turn].text, form)


def _spoken_by(role: Role, call: Call) -> Call:
    """The call as if every turn of unknown role were spoken by this party."""
    turns = tuple(replace(turn, role=role) if turn.role is Role.UNKNOWN else turn for turn in call.turns)
    return replace(call, conversation=replace(call.conversation, turns=turns))


def quote_of(
    turn: Turn, start: int, end: int, matched: str = "", how: How | None = None, similarity: float | None = None
) -> Quote:
    """Characters ``start..end`` of a turn with the time in which they were said."""
    return Quote(turn.index, start, end, _time_of(turn, start, end), matched, how, similarity)


def quote_turn(turn: Turn, how: How | None = None, matched: str = "", similarity: float | None = None) -> Quote:
    """The whole turn as a quote."""
    return Quote(turn.index, 0, len(turn.text), turn.span, matched, how, similarity)


def _time_of(turn: Turn, start: int, end: int) -> Span | None:
    """The words that the characters fall into; the whole turn where words have no times."""
    position = 0
    touched: list[Span] = []
    for word in turn.words:
        found = turn.text.find(word.text.strip(), position)
        if found < 0:
            return turn.span
        position = found + len(word.text.strip())
        if found < end and position > start:
            touched.append(word.span)
    return cover_all(touched) or turn.span
