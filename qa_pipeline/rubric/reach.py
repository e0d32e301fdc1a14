"""Criteria and checks whose answer is fixed before any call is heard, or that no call can ever answer."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.checks.base import Check, nested_checks
from qa_pipeline.checks.order import FlowParams, OrderParams, WithinParams
from qa_pipeline.checks.scope import Scope
from qa_pipeline.rubric.meaning import FORBIDDING, Formula, Meanings, always, join, negated, never
from qa_pipeline.rubric.model import Criterion, Rubric
from qa_pipeline.rubric.parts import Mistake, all_criteria

Place = tuple[tuple[str | int, ...], Check]

#: Checks about the call as a whole: they hold without pointing at a turn.
_NOWHERE = frozenset({"metadata", "duration", "turn_count"})


def unreachable(rubric: Rubric) -> Iterator[Mistake]:
    """Everything in a rubric that its own words decide."""
    meanings = Meanings(rubric.conditions)
    nowhere: dict[str, bool] = {}
    for path, check in rubric.checks:
        yield from _contradictions(path, check, meanings)
        yield from _without_place(path, check, meanings, nowhere)
    for path, criterion in all_criteria(rubric):
        if not any(_fixed(meanings.of(check)) for check in _checks_of(criterion)):
            yield from _decided(path, criterion, meanings)
        if criterion.deduct and criterion.deduct.per == "hit" and _finds_words(criterion.check):
            yield (*path, "deduct", "per"), "what is missing has no hits and costs once: use per: call, or forbid words"
    yield from _twice(rubric, meanings)


def _checks_of(criterion: Criterion) -> list[Check]:
    return list(criterion.checks.values())


def _fixed(formula: Formula) -> bool:
    return never(formula) or always(formula)


def _contradictions(path: tuple[str | int, ...], check: Check, meanings: Meanings) -> Iterator[Mistake]:
    """The innermost check that is decided by itself; a reference repeats what its condition says."""
    formula = meanings.of(check)
    if check.name == "use" or any(_fixed(meanings.of(part)) for _, part in nested_checks(check.params)):
        return
    if never(formula):
        yield path, "can never hold: its parts contradict each other"
    elif always(formula):
        yield path, "always holds: one of its parts is true whatever is said"


def _decided(path: tuple[str | int, ...], criterion: Criterion, meanings: Meanings) -> Iterator[Mistake]:
    """What ``when`` leaves open for ``check``, and both for ``partly``."""
    asked = meanings.of(criterion.check)
    known = [meanings.of(criterion.when)] if criterion.when else []
    if never(join(True, [*known, asked])):
        yield (*path, "check"), "is always missed: when already decides it"
        return
    if never(join(True, [*known, negated(asked)])):
        yield (*path, "check"), "is always met: when already decides it"
        return
    if criterion.partly is None:
        return
    partly = meanings.of(criterion.partly)
    if never(join(True, [*known, negated(asked), partly])):
        yield (*path, "partly"), "can never hold: it is asked where check fails, and needs what check asks"
    elif never(join(True, [*known, negated(asked), negated(partly)])):
        yield (*path, "partly"), "always holds where check fails: nothing could be missed"


def _twice(rubric: Rubric, meanings: Meanings) -> Iterator[Mistake]:
    seen: dict[tuple[Formula, Formula | None], str] = {}
    for path, criterion in all_criteria(rubric):
        when = meanings.of(criterion.when) if criterion.when else None
        key = (meanings.of(criterion.check), when)
        if key in seen:
            yield (*path, "check"), f"asks exactly what {seen[key]} asks: points would count twice"
        seen.setdefault(key, criterion.id)


def _without_place(
    path: tuple[str | int, ...], check: Check, meanings: Meanings, nowhere: dict[str, bool]
) -> Iterator[Mistake]:
    """Order and distance need hits: what holds because something is absent has no place in the call."""
    params = check.params
    for inner, part in _placed(params):
        if _nowhere(part, meanings, nowhere):
            yield (*path, *inner), "has no place in the call: it holds when something is absent, or for the whole call"
    if isinstance(params, OrderParams) and meanings.of(params.first) == meanings.of(params.then):
        yield (*path, "then"), "asks the same as first: nothing comes before itself"
    if isinstance(params, WithinParams) and meanings.of(params.check) == meanings.of(params.anchor):
        yield (*path, "check"), f"asks the same as {params.side}: everything is near itself"


def _placed(params: object) -> list[Place]:
    """The nested checks whose hits are compared by their place."""
    if isinstance(params, OrderParams | WithinParams | FlowParams):
        return list(nested_checks(params))
    if isinstance(params, Scope):
        return [((side, "check"), anchor.check) for side, anchor in params.anchors]
    return []


def _nowhere(check: Check, meanings: Meanings, known: dict[str, bool]) -> bool:
    """Whether a check never has hits when it holds; False where that is not sure.

    ``known`` keeps the answers of named conditions, each found once however many others name it.
    """
    params = check.params
    if check.name == "use":
        if params not in known:
            known[params] = False  # what leads back to itself, or is not there
            if params in meanings.conditions:
                known[params] = _nowhere(meanings.conditions[params], meanings, known)
        return known[params]
    if check.name in ("all", "any"):
        return all(_nowhere(part, meanings, known) for part in params)
    if check.name == "not":
        return _finds_words(params)
    forbids = getattr(params, FORBIDDING.get(check.name, "none"), ())
    return check.name in _NOWHERE or bool(forbids)


def _finds_words(check: Check) -> bool:
    """Whether a check looks for a single hit in what is said, so that nothing is there when it fails."""
    params = check.params
    found = getattr(params, "any", ()) or check.name in FORBIDDING
    forbids = getattr(params, FORBIDDING.get(check.name, "none"), ())
    each = getattr(params, "every_turn", False) or getattr(params, "min_hits", 1) > 1
    return isinstance(params, Scope) and bool(found) and not forbids and not each
