"""Slots: which facts a call yields (provider, monthly spend, decision maker, quoted price …), each with its place.

The rules are data (``slots/zh.yaml``, ``slots/en.yaml``; see docs/facts.md); sums, times and names are found by
``mentions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import Fact
from qa_pipeline.language import slot_hearing as hearing
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.slot_hearing import Heard, Value
from qa_pipeline.language.slot_rules import SLOT_LANGUAGES, SLOT_NAMES, SlotRule, SlotRules, slot_rules

__all__ = ["SLOT_LANGUAGES", "SLOT_NAMES", "slots_in"]

#: A question counts where it stands among the last characters of the turn before the answer.
QUESTION_REACH = 60
#: An answer is given among the first characters of a turn.
ANSWER_REACH = 40
#: A refusal stands among the first characters of a turn.
NO_REACH = 4
#: Characters before and behind a value in which words can void it, within the clause.
VOID_BEFORE, VOID_BEHIND = 12, 6
#: Turns within which a later time takes the place of an earlier one.
SETTLED_WITHIN = 3

#: Periods in months, days or hours, so that 一年 and 十二个月 are the same.
_MONTHS = {"年": 12, "个月": 1, "year": 12, "years": 12, "month": 1, "months": 1}
_DAYS = {"天": 1, "周": 7, "个星期": 7, "个礼拜": 7, "day": 1, "days": 1, "week": 7, "weeks": 7}


def slots_in(turns: Sequence[Turn], language: str) -> tuple[Fact, ...]:
    """All slots of a conversation, in the order of the turns; nothing where there are no rules for the language."""
    rules = slot_rules(language)
    if rules is None:
        return ()
    heard = [hearing.hear(turn, rules) for turn in turns]
    places = _places(rules, heard)
    found = [
        fact
        for rule in rules.facts
        for fact in _kept(rule, list(_facts(rule, rules, heard, places.get(rule.name, ()))), heard)
    ]
    return tuple(sorted(found, key=lambda fact: (fact.turn, fact.start, fact.end, fact.name)))


def _places(rules: SlotRules, heard: Sequence[Heard]) -> dict[str, list[int]]:
    """For each fact the turns in which it may stand: where one of its patterns matches, and behind its question."""
    everywhere = {rule.name for rule in rules.facts if rule.any}
    found: dict[str, list[int]] = {}
    asked: frozenset[str] = frozenset()
    for at, here in enumerate(heard):
        for name in {*here.touched, *asked, *(everywhere if here.mentions else ())}:
            found.setdefault(name, []).append(at)
        asked = here.touched
    return found


def _facts(rule: SlotRule, rules: SlotRules, heard: Sequence[Heard], places: Sequence[int]) -> Iterator[Fact]:
    for at in places:
        here, before, behind = heard[at], _other_party(heard, at, -1), _other_party(heard, at, 1)
        if rule.agreed and behind and any(hit.start <= NO_REACH for hit in behind.of("refusal")):
            continue
        values = [*_said(rule, here, at), *_answered(rule, rules, here, before), *_confirmed(rule, rules, here, behind)]
        for value in values:
            echo = rule.fresh and _is_echo(value, heard[:at])
            if _is_of_kind(rule, value) and not echo and not _is_void(rule, here, value):
                yield Fact(rule.name, value.value, here.turn.index, value.start, value.end, value.number, value.unit)


def _other_party(heard: Sequence[Heard], at: int, step: int) -> Heard | None:
    """The turn beside this one, where it is the other party's or may be."""
    other = heard[at + step] if 0 <= at + step < len(heard) else None
    here = heard[at].turn.role
    return other if other and (other.turn.role is not here or here is Role.UNKNOWN) else None


def _said(rule: SlotRule, here: Heard, at: int) -> Iterator[Value]:
    """What the party says by itself."""
    for role in here.roles:
        if role == "agent" and rule.first_turns is not None and at >= rule.first_turns:
            continue
        yield from (hearing.value_of_hit(here, hit) for hit in hearing.nearest(here.of(f"{rule.name}.{role}")))
        yield from (hearing.rest(here, hit.end) for hit in here.of(f"{rule.name}.{role}.rest"))
        if role in rule.any:
            every = (m for m in here.mentions if m.label in rule.value and (m.number or 0) <= rule.any_up_to)
            yield from map(hearing.value_of_mention, every)


def _answered(rule: SlotRule, rules: SlotRules, here: Heard, before: Heard | None) -> Iterator[Value]:
    """The value that answers a question of the turn before."""
    if before is None or not set(here.roles) & set(rule.answered_by):
        return
    if not any(hit.end >= len(before.text) - QUESTION_REACH for hit in before.of(f"{rule.name}.asked")):
        return
    for label in rule.answer or rule.value:
        given = [m for m in here.mentions if m.label == label and m.start <= ANSWER_REACH]
        if given:
            yield from map(hearing.value_of_mention, given if rule.every_answer else given[:1])
            return
    words = hearing.first_words(here, rules.no_answer) if rule.words else None
    if words and words.end - words.start <= (rule.longest or words.end):
        yield words


def _confirmed(rule: SlotRule, rules: SlotRules, here: Heard, behind: Heard | None) -> Iterator[Value]:
    """What the agent said and the customer confirmed with a bare yes."""
    if "agent" in here.roles and behind and _is_yes(rules, behind.text):
        hits = hearing.nearest(here.of(f"{rule.name}.confirmed"))
        yield from (hearing.value_of_hit(here, hit) for hit in hits)


def _is_yes(rules: SlotRules, text: str) -> bool:
    return rules.yes.match(text) is not None and rules.no.match(text) is None


def _is_of_kind(rule: SlotRule, value: Value) -> bool:
    if value.start >= value.end:
        return False
    if value.number is not None and not value.unit and value.number < rule.smallest:
        return False
    return not (rule.units and value.unit and value.unit not in rule.units)


def _is_echo(value: Value, earlier: Sequence[Heard]) -> bool:
    """Whether the number was said before, by whomever: what is repeated is no news."""
    return value.number is not None and any(m.number == value.number for heard in earlier for m in heard.mentions)


def _is_void(rule: SlotRule, here: Heard, value: Value) -> bool:
    """Whether words around the value say that it is none, or the value itself does not look like one."""
    said = comparable(here.text[value.start : value.end])
    if rule.looks and not any(word in said for word in rule.looks):
        return True
    supposed = max(hearing.sentence_start(here.text, value.start), value.start - VOID_BEFORE)
    if any(supposed <= hit.start < value.start for hit in here.of("void")):
        return True
    start = max(hearing.clause(here.text, value.start)[0], value.start - VOID_BEFORE)
    end = min(hearing.clause(here.text, value.end - 1)[1], value.end + VOID_BEHIND)
    return any(
        start <= hit.start < end if hit.value is None else hit.value[0] < value.end and value.start < hit.value[1]
        for hit in here.of(f"{rule.name}.unless")
    )


def _kept(rule: SlotRule, found: Sequence[Fact], heard: Sequence[Heard]) -> list[Fact]:
    """Said twice is given once, unless the value differs; at most as many as the rule wants."""
    if not found:
        return []
    late = [fact for fact in found if fact.turn >= heard[0].turn.index + rule.from_share * len(heard)]
    ordered = sorted(late, key=lambda fact: (fact.turn, fact.start, fact.end))
    if rule.settled:
        open_turns = {here.turn.index for here in heard if _is_open(here)}
        ordered = [f for f in ordered if not (f.turn in open_turns and _is_superseded(f, ordered))]
    kept: dict[str, Fact] = {}
    for fact in ordered:
        if not any(_overlap(fact, other) or _says_less(fact, other) for other in kept.values()):
            kept.setdefault(_sameness(fact), fact)
    return list(kept.values())[: rule.most]


def _is_open(heard: Heard) -> bool:
    """Whether a time is only proposed in this turn: the customer says it, or the agent asks."""
    asks = heard.text.rstrip().endswith(("？", "?")) or heard.of("question")
    return heard.turn.role is not Role.AGENT or bool(asks)


def _is_superseded(fact: Fact, found: Sequence[Fact]) -> bool:
    """Whether something else was settled in one of the next turns: 周六上午？ – 下午吧 – 好，下午两点."""
    return any(0 < other.turn - fact.turn <= SETTLED_WITHIN for other in found)


def _overlap(one: Fact, two: Fact) -> bool:
    return one.turn == two.turn and one.start < two.end and two.start < one.end


def _says_less(fact: Fact, known: Fact) -> bool:
    """周日两点 behind 周日下午两点, 曲 behind 曲桂芬; a longer value is another one."""
    return fact.number is None and set(fact.value) <= set(known.value)


def _sameness(fact: Fact) -> str:
    """Equal for what says the same: 十二个月 and 一年, 九十九 and 99元."""
    if fact.number is None:
        return fact.value
    for kind, sizes in (("months", _MONTHS), ("days", _DAYS)):
        if fact.unit in sizes:
            return f"{fact.number * sizes[fact.unit]:g} {kind}"
    return f"{fact.number:g}"
