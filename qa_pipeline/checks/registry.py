"""Every check that a rubric can name: importing this module registers all families."""

from __future__ import annotations

from collections.abc import Mapping

from qa_pipeline.checks import (
    acts,
    criterion_model,
    facts,
    llm,
    logic,
    metadata,
    model,
    order,
    phrases,
    question,
    regex,
    repetition,
    similar,
    stage,
    timing,
    voice,
)
from qa_pipeline.checks.base import KINDS, Check
from qa_pipeline.checks.context import Context, Judge
from qa_pipeline.checks.finding import Finding
from qa_pipeline.core.call import Call

#: Families by what they ask about, in the order of the documentation.
FAMILIES = {
    "words": (phrases, regex, similar, repetition),
    "meaning": (question, acts, facts, model, criterion_model, llm),
    "time and voice": (timing, voice),
    "course of the call": (stage, order),
    "metadata": (metadata,),
    "logic": (logic,),
}

#: Names as rubrics write them.
CHECK_NAMES = tuple(KINDS)


def run_check(
    check: Check, call: Call, conditions: Mapping[str, Check] | None = None, judge: Judge | None = None
) -> Finding:
    """Ask one check about a call."""
    return Context(call, conditions or {}, judge).ask(check)
