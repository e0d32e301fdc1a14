"""What the call tells about the customer and what was quoted, with the lead record; contact data masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from qa_pipeline.checks.doubt import blotted
from qa_pipeline.core.facts import Fact
from qa_pipeline.core.lead import LeadRecord
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.turn_links import TurnLink, turn_link
from qa_pipeline.report.formats import grouped
from qa_pipeline.report.text import clean, one_line, shown_fragment
from qa_pipeline.report.wording import UNKNOWN, Wording

#: In the order in which they are read; facts with other names follow under "other".
ABOUT_CUSTOMER = (
    "contact", "name", "company_name", "company", "company_size", "department", "headcount", "provider",
    "monthly_spend", "budget", "usage", "it_status", "contract_end", "competitor", "decision_maker", "payer",
    "appointment_time", "phone", "wechat", "email", "address", "id_number",
)  # fmt: skip
QUOTED = ("product", "quoted_price", "quoted_term", "quoted_discount")

#: Whose values are never shown whole: ``number`` keeps what masks of numbers keep, ``words`` the beginning.
_HIDDEN = {"phone": "number", "id_number": "number", "wechat": "words", "email": "words", "address": "words"}
_MONEY = frozenset({"quoted_price", "monthly_spend", "budget", "price", "amount"})
_YUAN = frozenset({"元", "块", "块钱", "圆", "yuan"})
MAX_VALUE_CHARS = 60
_KEPT_CHARS = 3
_MASK = "****"
#: What stands behind a domain: it may be another address.
_BEHIND_DOMAIN = re.compile(r"[^\w.-].*", re.DOTALL)
_FIVE_DIGITS = re.compile(r"\d{3,}(?=\d{2})")


@dataclass(frozen=True)
class KeyFact:
    value: str
    words: str
    """As it was said, where that tells more than the value; empty for what is masked."""
    link: TurnLink | None


@dataclass(frozen=True)
class FactGroup:
    kind: str
    """customer, quoted or other."""
    title: str
    rows: tuple[tuple[str, tuple[KeyFact, ...]], ...]
    """Label and what was said under it, in the order of the call."""


@dataclass(frozen=True)
class GroundView:
    """What speaks for the grade, and the turn in which it occurs."""

    what: str
    link: TurnLink


@dataclass(frozen=True)
class LeadView:
    grade: str
    """Empty where there is none."""
    grade_text: str
    reason: str
    """What the rules call the grade; why there is none."""
    effective: str
    grounds: tuple[GroundView, ...]
    missing: str
    """Names of the fields that the call does not tell; empty where none is missing."""


@dataclass(frozen=True)
class KeyFactsView:
    groups: tuple[FactGroup, ...]
    lead: LeadView | None


def key_facts_view(lead: LeadRecord | None, texts: CallTexts, wording: Wording) -> KeyFactsView | None:
    """None where nobody looked for facts and there is no lead record."""
    # What may never have been said is no fact; the transcript shows it.
    known = blotted(texts.call).facts
    if known is None and lead is None:
        return None
    told = [field.fact for field in lead.fields if field.fact] if lead else []
    facts = list(dict.fromkeys([*(known or ()), *told]))
    return KeyFactsView(_groups(facts, texts, wording), _lead(lead, texts, wording) if lead else None)


def _groups(facts: list[Fact], texts: CallTexts, wording: Wording) -> tuple[FactGroup, ...]:
    named = {"customer": ABOUT_CUSTOMER, "quoted": QUOTED}
    others = tuple(dict.fromkeys(f.name for f in facts if f.name not in {*ABOUT_CUSTOMER, *QUOTED}))
    groups = []
    for kind, names in (*named.items(), ("other", others)):
        mine = sorted((f for f in facts if f.name in names), key=lambda f: (names.index(f.name), f.turn, f.start))
        if mine:
            rows = tuple(
                (wording.named(("fact",), name), _once(_key_fact(fact, texts, wording) for fact in same))
                for name, same in groupby(mine, key=lambda fact: fact.name)
            )
            groups.append(FactGroup(kind, wording.text(f"key_facts.{kind}"), rows))
    return tuple(groups)


def _once(facts: Iterable[KeyFact]) -> tuple[KeyFact, ...]:
    """What reads the same is shown the first time only."""
    found: dict[str, KeyFact] = {}
    for fact in facts:
        found.setdefault(fact.value, fact)
    return tuple(found.values())


def _key_fact(fact: Fact, texts: CallTexts, wording: Wording) -> KeyFact:
    value = _value(fact, wording)
    return KeyFact(
        value=value or UNKNOWN,
        words="" if fact.name in _HIDDEN else _words(fact, value, texts),
        link=turn_link(fact.turn, texts, wording),
    )


def _words(fact: Fact, value: str, texts: CallTexts) -> str:
    if texts.turn(fact.turn) is None:
        return ""
    shown = texts.shown[fact.turn]
    said = one_line(shown.slice(*shown.range(fact.start, fact.end)))
    return "" if said == value else _cut(said)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE_CHARS else text[: MAX_VALUE_CHARS - 1] + "…"


def _value(fact: Fact, wording: Wording) -> str:
    """``39,000 元``, ``24 个月``; contact data masked; words as they are."""
    text = one_line(fact.value).strip()
    if fact.name in _HIDDEN:
        return hidden(text, _HIDDEN[fact.name])
    number = text.removesuffix(fact.unit).strip().replace(",", "")
    if fact.number is None or not _is(number, fact.number):
        return _cut(shown_fragment(text))
    if shown_fragment(number) != number:  # long enough to be a phone, ID or card number
        return _cut(shown_fragment(text))
    said = grouped(fact.number)
    if fact.name in _MONEY and fact.unit in _YUAN:
        return wording.text("unit.yuan", value=said)
    return f"{said} {shown_fragment(fact.unit)}".strip()


def _is(text: str, number: float) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False


def hidden(value: str, kind: str) -> str:
    """Contact data as a team may read it: ``138****5678``, ``尾号0926``, ``z****@example.com``, ``锦和苑****``."""
    masked = shown_fragment(value)
    if kind == "number":
        return _FIVE_DIGITS.sub(_MASK, masked)
    if masked != clean(value) and not any(character.isalpha() for character in value):
        return masked
    local, at, domain = masked.partition("@")
    if at:
        return f"{local[:1]}{_MASK}@{_cut(_BEHIND_DOMAIN.sub('', domain))}"
    return masked[: min(_KEPT_CHARS, len(masked) // 2)] + _MASK


def _lead(lead: LeadRecord, texts: CallTexts, wording: Wording) -> LeadView:
    grade = wording.text("lead.grade", grade=lead.grade) if lead.grade else wording.text("lead.no_grade")
    reason = wording.either(lead.title, lead.title_en) if lead.grade else wording.word("lead.reason", lead.reason)
    effective = {True: "yes", False: "no", None: "unknown"}[lead.effective]
    missing = [wording.named(("fact",), name) for name in lead.missing]
    return LeadView(
        grade=lead.grade or "",
        grade_text=grade,
        reason=_cut(shown_fragment(one_line(reason))),
        effective=wording.text(f"lead.effective.{effective}"),
        grounds=tuple(
            GroundView(wording.named(("fact", "act", "stage"), ground.what), link)
            for ground in lead.grounds
            if (link := turn_link(ground.turn, texts, wording))
        ),
        missing=wording.joined(missing),
    )
