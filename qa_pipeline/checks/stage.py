"""``stage_present``: does the call reach a stage?"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, fails, holds, unknown
from qa_pipeline.checks.scope import CheckParams, StageName, window_from
from qa_pipeline.core.score import Reason


class StagePresentParams(CheckParams):
    any: tuple[StageName, ...] = Field((), strict=False, description="at least one of these stages occurs")
    all: tuple[StageName, ...] = Field((), strict=False, description="each of these stages occurs")
    min_turns: int = Field(1, ge=1, description="turns that a stage must have to count")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if bool(self.any) == bool(self.all):
            raise ValueError("give exactly one of any, all with at least one stage")
        return self


def check_stage_present(params: StagePresentParams, context: Context) -> Finding:
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if not call.turn_stages:
        return unknown("stages_unknown")
    present = [s for s in params.any or params.all if call.turn_stages.count(s) >= params.min_turns]
    window = window_from(list(call.turns))
    if len(present) < (len(params.all) or 1):
        absent = next(s for s in params.any or params.all if s not in present)
        return fails(Reason("stage_absent", {"stage": absent.value}), window)
    first = call.turns[call.turn_stages.index(present[0])]
    return holds(Reason("stage_present", {"stage": present[0].value}), window, (quote_of(first, 0, len(first.text)),))
