"""The registry: every check that a rubric can name, with its parameters and its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding
from qa_pipeline.checks.logic import check_all, check_any, check_not
from qa_pipeline.checks.order import OrderParams, WithinParams, check_order, check_within
from qa_pipeline.checks.phrases import PhrasesParams, check_phrases
from qa_pipeline.checks.question import QuestionParams, check_question
from qa_pipeline.checks.regex import RegexParams, check_regex
from qa_pipeline.checks.scope import CheckParams
from qa_pipeline.checks.stage import StagePresentParams, check_stage_present
from qa_pipeline.core.call import Call


class Check(CheckParams):
    """One check: a mapping with exactly one key, the name of the check."""

    phrases: PhrasesParams | None = None
    regex: RegexParams | None = None
    question: QuestionParams | None = None
    stage_present: StagePresentParams | None = None
    order: OrderParams | None = None
    within: WithinParams | None = None
    all: tuple[Check, ...] | None = Field(None, min_length=1, strict=False)
    any: tuple[Check, ...] | None = Field(None, min_length=1, strict=False)
    not_: Check | None = Field(None, alias="not")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, self.name) is None:
            raise ValueError(f"a check is a mapping with exactly one of: {', '.join(CHECK_NAMES)}")
        return self

    @property
    def name(self) -> str:
        """The field that is set."""
        return next(iter(self.model_fields_set))


CHECKS: dict[str, Callable[[Any, Context], Finding]] = {
    "phrases": check_phrases,
    "regex": check_regex,
    "question": check_question,
    "stage_present": check_stage_present,
    "order": check_order,
    "within": check_within,
    "all": check_all,
    "any": check_any,
    "not_": check_not,
}

#: Names as rubrics write them.
CHECK_NAMES = tuple(name.rstrip("_") for name in CHECKS)

OrderParams.model_rebuild(_types_namespace={"Check": Check})
WithinParams.model_rebuild(_types_namespace={"Check": Check})
Check.model_rebuild()


def evaluate(check: Check, context: Context) -> Finding:
    """Ask one check about the call of the context."""
    return CHECKS[check.name](getattr(check, check.name), context)


def run_check(check: Check, call: Call) -> Finding:
    """Ask one check about a call."""
    return evaluate(check, Context(call, evaluate))
