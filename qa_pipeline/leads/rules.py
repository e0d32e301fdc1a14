"""The file that says which facts make a lead record, what an effective call is, and how leads are graded."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa_pipeline.checks.acts import refuse_misspelt
from qa_pipeline.checks.facts import KNOWN_FACTS
from qa_pipeline.core.call import CallOutcome, Stage
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS
from qa_pipeline.core.lead import Grade

Name = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]

#: The keys of a condition, of which it has exactly one.
KINDS = ("facts", "acts", "stages", "outcome", "customer_turns", "all", "any", "not")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Condition(_Strict):
    """One thing that holds for a call, or does not."""

    facts: Names | None = Field(None, description="these facts are known: all, or at least `min` of them")
    acts: Names | None = Field(None, description="at least `min` of these acts occur (without min: one)")
    min: int | None = Field(None, ge=1, description="with facts or acts: how many are needed")
    stages: Annotated[tuple[Annotated[Stage, Field(strict=False)], ...], Field(strict=False, min_length=1)] | None = (
        Field(None, description="the call reaches one of these stages")
    )
    outcome: (
        Annotated[tuple[Annotated[CallOutcome, Field(strict=False)], ...], Field(strict=False, min_length=1)] | None
    ) = Field(None, description="calls.csv says one of these outcomes")
    customer_turns: int | None = Field(None, ge=1, description="the customer speaks in at least so many turns")
    all: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="each of these conditions holds"
    )
    any: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="one of these conditions holds"
    )
    not_: Condition | None = Field(None, alias="not", description="this condition does not hold")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, "not_" if kind == "not" else kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a condition has exactly one of {', '.join(KINDS)} (found {', '.join(given) or 'none'})")
        counted = self.facts or self.acts
        if self.min is not None and (counted is None or self.min > len(counted)):
            raise ValueError("min goes with facts or acts, and is at most their number")
        refuse_misspelt("fact", self.facts or (), KNOWN_FACTS)
        refuse_misspelt("act", self.acts or (), (*AGENT_ACTS, *CUSTOMER_ACTS))
        return self


class GradeRule(_Strict):
    """A grade, and when it is given."""

    grade: Grade
    title: str = Field(min_length=1, description="what the grade means, for people")
    title_en: str = Field("", description="the same for English pages; the title where it is absent")
    when: Condition


class LeadRules(_Strict):
    """All rules of a file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    version: str = Field(pattern=r"^\d+(\.\d+){0,2}$")
    title: str = Field(min_length=1)
    fields: Names = Field(description="facts that make up the record, in this order")
    latest: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        (), description="fields that take the fact said last; the others take the first"
    )
    effective: Condition = Field(description="when the call counts as effective")
    ungraded: Condition | None = Field(None, description="calls that tell too little for a grade")
    grades: Annotated[tuple[GradeRule, ...], Field(strict=False, min_length=1)] = Field(
        description="the first that holds is the grade of the lead"
    )

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        refuse_misspelt("fact", self.fields, KNOWN_FACTS)
        strange = [name for name in self.latest if name not in self.fields]
        if strange:
            raise ValueError(f"latest names {', '.join(strange)}, which is not among fields")
        if len(set(self.fields)) < len(self.fields):
            raise ValueError("fields names a fact twice")
        return self
