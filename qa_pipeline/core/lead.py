"""What a call yields for the sales list: facts of the customer, whether it was effective, the grade and its grounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa_pipeline.core.facts import Fact

#: From ready to buy (A) to refused or unsuitable (E); the rules say what each means.
Grade = Literal["A", "B", "C", "D", "E"]


@dataclass(frozen=True, slots=True)
class Ground:
    """A turn that shows what a condition asks for, and the name of the fact, act or stage in it."""

    turn: int
    what: str


@dataclass(frozen=True, slots=True)
class LeadField:
    """A field of the record; no fact: the call does not say."""

    name: str
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """What a call yields for the sales list.

    ``effective`` and ``grade`` are None where they cannot be told; ``reason`` then says why there is no grade:
    ``too_little`` was said, something is ``unknown``, or ``no_rule`` holds. ``grounds`` are those of the grade,
    ``title`` is what the rules call it, ``title_en`` the same in English, empty where they do not say.
    """

    rules: str
    fields: tuple[LeadField, ...]
    effective: bool | None
    grade: Grade | None
    title: str = ""
    title_en: str = ""
    reason: str = ""
    grounds: tuple[Ground, ...] = ()

    def fact(self, name: str) -> Fact | None:
        """The fact of a field; None where the call does not say, or the record has no such field."""
        return next((field.fact for field in self.fields if field.name == name), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that the call does not tell, in the order of the rules."""
        return tuple(field.name for field in self.fields if field.fact is None)
