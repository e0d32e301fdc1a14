"""What checks say about one another: which can never hold together, and which hold whenever another does.

Sound, not complete: what is called impossible is impossible on every call; not everything impossible is found.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from qa_pipeline.checks.base import Check
from qa_pipeline.checks.ranges import Bounds

#: Checks that hold when nothing of a kind is found, where this parameter is set.
FORBIDDING = {"regex": "forbid", "similar": "forbid", "model": "forbid"}

#: Formulas kept; a rubric has hundreds at most.
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a check asks: any of ``wanted`` is found, or a figure lies within ``low..high``, or it is not so."""

    asks: str
    wanted: frozenset[str] = frozenset()
    low: float = -math.inf
    high: float = math.inf
    true: bool = True

    def implies(self, other: Fact) -> bool:
        """Whether the other, asked positively, holds wherever this one does."""
        within = other.low <= self.low and self.high <= other.high
        return self.asks == other.asks and self.wanted <= other.wanted and within

    def excludes(self, other: Fact) -> bool:
        """Whether both can never be so on one call."""
        if self.asks != other.asks:
            return False
        if self.true and other.true:
            return self.low > other.high or other.low > self.high
        if self.true is other.true:
            return False
        return self.implies(other) if self.true else other.implies(self)


@dataclass(frozen=True, slots=True)
class Joined:
    """All of the parts, or at least one of them."""

    every: bool
    parts: frozenset[Formula]


Formula = Fact | Joined


def join(every: bool, parts: Iterable[Formula]) -> Formula:
    flat: set[Formula] = set()
    for part in parts:
        flat |= part.parts if isinstance(part, Joined) and part.every is every else {part}
    return next(iter(flat)) if len(flat) == 1 else Joined(every, frozenset(flat))


@lru_cache(maxsize=_KEPT)
def negated(formula: Formula) -> Formula:
    if isinstance(formula, Fact):
        return replace(formula, true=not formula.true)
    return join(not formula.every, map(negated, formula.parts))


@lru_cache(maxsize=_KEPT)
def never(formula: Formula) -> bool:
    """Whether it can hold on no call."""
    if isinstance(formula, Fact):
        return False
    if not formula.every:
        return all(map(never, formula.parts))
    return any(map(never, formula.parts)) or _contradict(_required(formula))


def always(formula: Formula) -> bool:
    return never(negated(formula))


@lru_cache(maxsize=_KEPT)
def _required(formula: Formula) -> frozenset[Fact]:
    """What must be so for the formula to hold."""
    if isinstance(formula, Fact):
        return frozenset({formula})
    parts = [_required(part) for part in formula.parts]
    return frozenset().union(*parts) if formula.every else frozenset.intersection(*parts)


def _contradict(facts: Iterable[Fact]) -> bool:
    by_question: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_question[fact.asks].append(fact)
    return any(one.excludes(other) for same in by_question.values() for one in same for other in same)


@dataclass(frozen=True, slots=True)
class Meanings:
    """The formulas of a rubric's checks; named conditions are put in for their names."""

    conditions: Mapping[str, Check]
    _known: dict[str, Formula] = field(default_factory=dict)

    def of(self, check: Check) -> Formula:
        params = check.params
        if check.name == "use":
            return self._named(params)
        if check.name == "not":
            return negated(self.of(params))
        if check.name in ("all", "any"):
            return join(check.name == "all", map(self.of, params))
        if check.name == "at_least":
            parts = [self.of(part) for part in params.of]
            if params.n in (1, len(parts)):
                return join(params.n > 1, parts)
            return Fact(repr(check.plain()))
        return _asked(check)

    def _named(self, name: str) -> Formula:
        if name not in self._known:
            self._known[name] = Fact(f"use {name}")  # what leads back to itself, or is not there
            if name in self.conditions:
                self._known[name] = self.of(self.conditions[name])
        return self._known[name]


def _asked(check: Check) -> Formula:
    """The formula of a check that holds no other."""
    rest: dict[str, Any] = _plain(check)
    figure = _figure(check)
    if figure is not None:
        name, bounds = figure
        for key in (name,) if name else ("min", "max"):
            rest.pop(key, None)
        low, high = bounds.min, bounds.max
        return Fact(_text(check, rest), low=-math.inf if low is None else low, high=math.inf if high is None else high)
    forbidding = FORBIDDING.get(check.name)
    if forbidding and rest.pop(forbidding, False):
        rest.pop("min_hits", None)
        return Fact(_text(check, rest), true=False)
    for key in ("any", "all", "none"):
        if rest.get(key) and "min_hits" not in rest and "every_turn" not in rest:
            single = [frozenset({word}) for word in rest[key]] if key == "all" else [frozenset(rest[key])]
            rest.pop(key)
            return join(True, (Fact(_text(check, rest), words, true=key != "none") for words in single))
    return Fact(_text(check, rest))


def _plain(check: Check) -> dict[str, Any]:
    value = check.plain()[check.name]
    return dict(value) if isinstance(value, dict) else {"": value}


def _text(check: Check, rest: dict[str, Any]) -> str:
    return repr((check.name, sorted(rest.items())))


def _figure(check: Check) -> tuple[str, Bounds] | None:
    """The bounds of a check that measures one figure, and their key ("" where they are the check's own)."""
    params = check.params
    # Bounds of facts choose among many facts, and those of each turn belong to many figures.
    if check.name == "fact" or getattr(params, "every_turn", False) or getattr(params, "measure", "") == "each":
        return None
    if isinstance(params, Bounds):
        return "", params
    fields = getattr(type(params), "model_fields", {})
    return next(((name, v) for name in fields if isinstance(v := getattr(params, name), Bounds)), None)
