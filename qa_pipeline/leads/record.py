"""The lead record of a call: its facts, whether the call was effective, and the grade of the lead, with the grounds.

What was never looked for is unknown, and unknown stays so: without acts no condition on acts holds or fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Call, Role
from qa_pipeline.core.facts import Fact
from qa_pipeline.core.lead import Ground, LeadField, LeadRecord
from qa_pipeline.leads.rules import Condition, GradeRule, LeadRules

#: Why there is no grade.
TOO_LITTLE, UNKNOWN, NO_RULE = "too_little", "unknown", "no_rule"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a condition holds (None: cannot be known), and the turns that show it."""

    holds: bool | None
    grounds: tuple[Ground, ...] = ()


def lead_record(call: Call, rules: LeadRules) -> LeadRecord:
    """The record of a call under some rules."""
    fields = tuple(LeadField(name, _field(call, name, name in rules.latest)) for name in rules.fields)
    rule, reason, grounds = _graded(call, rules)
    effective = answer(rules.effective, call).holds
    made_by = f"{rules.id} {rules.version}"
    if rule is None:
        return LeadRecord(made_by, fields, effective, None, reason=reason, grounds=grounds)
    return LeadRecord(made_by, fields, effective, rule.grade, rule.title, rule.title_en, grounds=grounds)


def _field(call: Call, name: str, latest: bool) -> Fact | None:
    said = [fact for fact in call.facts or () if fact.name == name]
    ordered = sorted(said, key=lambda fact: (fact.turn, fact.start), reverse=latest)
    return ordered[0] if ordered else None


def _graded(call: Call, rules: LeadRules) -> tuple[GradeRule | None, str, tuple[Ground, ...]]:
    """(rule that holds, why there is none, grounds). A rule that cannot be decided leaves the later ones undecided."""
    too_little = answer(rules.ungraded, call) if rules.ungraded else Answer(False)
    if too_little.holds:
        return None, TOO_LITTLE, too_little.grounds
    for rule in rules.grades:
        found = answer(rule.when, call)
        if found.holds:
            return rule, "", found.grounds
        if found.holds is None:
            return None, UNKNOWN, ()
    return None, NO_RULE, ()


def answer(condition: Condition, call: Call) -> Answer:
    """Whether a condition holds for a call."""
    if condition.not_ is not None:
        inner = answer(condition.not_, call)
        return Answer(None if inner.holds is None else not inner.holds)
    if condition.all is not None:
        return _all([answer(part, call) for part in condition.all])
    if condition.any is not None:
        return _any([answer(part, call) for part in condition.any])
    return next(ask(condition, call) for key, ask in _PLAIN.items() if getattr(condition, key) is not None)


def _all(answers: Sequence[Answer]) -> Answer:
    if any(found.holds is False for found in answers):
        return Answer(False)
    if any(found.holds is None for found in answers):
        return Answer(None)
    return Answer(True, tuple(ground for found in answers for ground in found.grounds))


def _any(answers: Sequence[Answer]) -> Answer:
    first = next((found for found in answers if found.holds), None)
    return first or Answer(None if any(found.holds is None for found in answers) else False)


def _facts(condition: Condition, call: Call) -> Answer:
    wanted = condition.facts or ()
    if call.facts is None:
        return Answer(None)
    return _counted(wanted, condition.min or len(wanted), ((fact.name, fact.turn) for fact in call.facts))


def _acts(condition: Condition, call: Call) -> Answer:
    if not call.turn_acts:
        return Answer(None)
    sure = ((act.name, turn) for turn, acts in enumerate(call.turn_acts) for act in acts)
    return _counted(condition.acts or (), condition.min or 1, sure)


def _counted(wanted: Sequence[str], needed: int, said: Iterable[tuple[str, int]]) -> Answer:
    """Whether enough of the wanted names are said; the first turn of each is its ground."""
    first: dict[str, int] = {}
    for name, turn in said:
        first.setdefault(name, turn)
    grounds = tuple(Ground(first[name], name) for name in wanted if name in first)
    return Answer(True, grounds) if len(grounds) >= needed else Answer(False)


def _stages(condition: Condition, call: Call) -> Answer:
    if not call.turn_stages:
        return Answer(None)
    reached = [Ground(turn, stage) for turn, stage in enumerate(call.turn_stages) if stage in (condition.stages or ())]
    return Answer(bool(reached), tuple(reached[:1]))


def _outcome(condition: Condition, call: Call) -> Answer:
    """What calls.csv does not say does not hold."""
    return Answer(call.metadata.outcome in (condition.outcome or ()))


def _customer_turns(condition: Condition, call: Call) -> Answer:
    needed = condition.customer_turns or 0
    spoken = sum(turn.role is Role.CUSTOMER for turn in call.turns)
    may_be = sum(turn.role is Role.UNKNOWN for turn in call.turns)
    return Answer(True) if spoken >= needed else Answer(None if spoken + may_be >= needed else False)


_PLAIN: dict[str, Callable[[Condition, Call], Answer]] = {
    "facts": _facts,
    "acts": _acts,
    "stages": _stages,
    "outcome": _outcome,
    "customer_turns": _customer_turns,
}
