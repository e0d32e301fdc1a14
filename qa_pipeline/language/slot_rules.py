"""The rules by which slots are found, read from ``slots/<language>.yaml``; docs/facts.md says how they are written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline.language.mentions import LABELS
from qa_pipeline.language.pattern_notation import GAP_MARK
from qa_pipeline.language.patterns import PatternMatcher

_RULES = Path(__file__).parent / "slots"

#: At the end of a pattern: the value is what follows, up to the end of the clause.
REST = "<rest>"

#: Keys of a fact that hold patterns, and keys of the file that all facts share.
_PARTS = ("customer", "agent", "confirmed", "asked", "unless")
_SHARED = ("void", "refusal", "question")
#: Punctuation at which no answer begins or ends.
EDGE = " \t，。！？；：、,.!?;:…—“”\"'"

#: Every slot there can be, in the order of the documentation.
SLOT_NAMES = (
    "provider",
    "monthly_spend",
    "payer",
    "usage",
    "competitor",
    "decision_maker",
    "headcount",
    "contact",
    "department",
    "it_status",
    "phone",
    "wechat",
    "email",
    "address",
    "appointment_time",
    "contract_end",
    "budget",
    "quoted_price",
    "quoted_term",
    "quoted_discount",
)

#: Languages for which there are rules.
SLOT_LANGUAGES = frozenset(path.stem for path in _RULES.glob("*.yaml"))

Texts = Annotated[tuple[str, ...], Field(strict=False)]


class SlotRule(BaseModel):
    """How one fact is found; the descriptions are those of docs/facts.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    value: Texts = Field((), description="labels of the passages that can be the value: money, when, people …")
    words: bool = Field(False, description="the value can be free words")
    any: Texts = Field((), description="parties of whom every passage with such a label counts")
    any_up_to: float = Field(float("inf"), description="with any: larger numbers need a pattern")
    customer: Texts = Field((), description="patterns by which the customer says it")
    agent: Texts = Field((), description="patterns by which the agent says it")
    confirmed: Texts = Field((), description="patterns by which the agent says it and the customer agrees with a yes")
    asked: Texts = Field((), description="questions; the answer in the next turn is the value")
    answer: Texts = Field((), description="labels that an answer can have, if others than value; the first found wins")
    answered_by: Texts = Field(("customer",), description="who answers")
    longest: int | None = Field(None, description="an answer in free words has at most so many characters")
    every_answer: bool = Field(False, description="all such passages of the answer count, not only the first")
    unless: Texts = Field(
        (), description="patterns that void a value: around it in its clause, or with it as their mark"
    )
    looks: Texts = Field((), description="words of which the value must hold one")
    units: Texts = Field((), description="units that the number may have")
    smallest: float = Field(0.0, description="smaller numbers without a unit do not count")
    fresh: bool = Field(False, description="a number that was said before in the call does not count")
    agreed: bool = Field(False, description="does not count where the other party answers with a refusal")
    settled: bool = Field(False, description="what is only proposed gives way to what is said in the next turns")
    across_clauses: bool = Field(False, description="patterns may reach over a comma")
    first_turns: int | None = Field(None, description="the agent's patterns count in this many first turns")
    from_share: float = Field(0.0, description="counts from this share of the turns on")
    most: int | None = Field(None, description="at most so many of a call")


class SlotRules:
    """All rules of a language, with the matcher for their patterns. Raises UserError for a pattern it cannot read."""

    def __init__(self, language: str, source: dict[str, Any]) -> None:
        self.language = language
        self.facts = tuple(SlotRule(name=name, **rule) for name, rule in source["facts"].items())
        groups = {name: [str(pattern) for pattern in source.get(name, ())] for name in _SHARED}
        for rule in self.facts:
            for part in _PARTS:
                for pattern in getattr(rule, part):
                    groups.setdefault(_group(rule, part, pattern), []).append(pattern.removesuffix(REST))
        self.no_answer = re.compile(f"(?:[{re.escape(EDGE)}]|{_one_of(language, source['filler'])})*", re.IGNORECASE)
        self.yes = re.compile(_one_of(language, source["yes"]), re.IGNORECASE)
        self.no = re.compile(_one_of(language, source["no"]), re.IGNORECASE)
        self.matcher = PatternMatcher(language, groups, LABELS, source.get("lists"))


def _one_of(language: str, words: Iterable[str]) -> str:
    """An expression for one of these words, in the text as it stands."""
    choice = "|".join(map(re.escape, sorted(map(str, words), key=len, reverse=True)))
    return f"(?:{choice})" if language == "zh" else rf"\b(?:{choice})\b"


def _group(rule: SlotRule, part: str, pattern: str) -> str:
    """The name of a pattern's hits: ``provider.customer``; the gap mark at the end lets it reach over commas."""
    name = f"{rule.name}.{part}" + (".rest" if pattern.endswith(REST) else "")
    return name + (GAP_MARK if rule.across_clauses or GAP_MARK in pattern else "")


@lru_cache(maxsize=4)
def slot_rules(language: str) -> SlotRules | None:
    """The rules of a language; None where there are none."""
    if language not in SLOT_LANGUAGES:
        return None
    return SlotRules(language, yaml.safe_load((_RULES / f"{language}.yaml").read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def slot_revision(language: str) -> str:
    """Follows the rules of a language; empty where there are none."""
    if language not in SLOT_LANGUAGES:
        return ""
    return hashlib.sha256((_RULES / f"{language}.yaml").read_bytes()).hexdigest()[:12]
