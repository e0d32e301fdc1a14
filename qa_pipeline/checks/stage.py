"""``stage_present``, ``stage_order`` and ``stage_share``: the script stages that the call goes through."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import CheckParams, register
from qa_pipeline.checks.context import Context, quote_turn
from qa_pipeline.checks.finding import Finding, fails, holds, in_order, unknown
from qa_pipeline.checks.ranges import Percent, measured
from qa_pipeline.checks.scope import StageName, window_from
from qa_pipeline.core.call import Call, Stage
from qa_pipeline.core.score import How, Quote, Reason


class StagePresentParams(CheckParams):
    """Exactly one of ``any`` and ``all``."""

    any: tuple[StageName, ...] = Field((), strict=False, description="at least one of these stages occurs")
    all: tuple[StageName, ...] = Field((), strict=False, description="each of these stages occurs")
    min_turns: int = Field(1, ge=1, description="turns that a stage must have to count")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if bool(self.any) == bool(self.all):
            raise ValueError("give exactly one of any, all with at least one stage")
        if len(set(self.wanted)) < len(self.wanted):
            raise ValueError("a stage is named twice")
        return self

    @property
    def wanted(self) -> tuple[Stage, ...]:
        return self.any or self.all


class StageOrderParams(CheckParams):
    """Stages in the order in which they must begin."""

    order: tuple[StageName, ...] = Field(strict=False, min_length=2, description="stages in their order")
    require_all: bool = Field(False, description="each stage must occur; otherwise absent ones are passed over")

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len(set(self.order)) < len(self.order):
            raise ValueError("a stage is named twice")
        return self


class StageShareParams(Percent):
    """How much of the call a stage takes, in percent."""

    stage: StageName = Field(description="the stage that is measured")
    of: Literal["turns", "time"] = Field("turns", description="percent of the turns, or of the time spoken")


def _unknown_stages(call: Call) -> Finding | None:
    if not call.turns:
        return unknown("no_speech")
    return None if call.turn_stages else unknown("stages_unknown")


@register("stage_present", StagePresentParams, of_words=True)
def check_stage_present(params: StagePresentParams, context: Context) -> Finding:
    """The call reaches a stage."""
    call = context.call
    blocked = _unknown_stages(call)
    if blocked:
        return blocked
    present = [s for s in params.wanted if call.turn_stages.count(s) >= params.min_turns]
    window = window_from(list(call.turns))
    if len(present) < (len(params.all) or 1):
        absent = next(s for s in params.wanted if s not in present)
        # Too few turns of the stage are what comes closest to it.
        return fails(Reason("stage_absent", {"stage": absent.value}), window, nearest=_first_turn(call, absent))
    hits = tuple(quote for stage in present[: len(params.all) or 1] if (quote := _first_turn(call, stage)))
    return holds(Reason("stage_present", {"stage": present[0].value}), window, in_order(hits))


def _first_turn(call: Call, stage: Stage) -> Quote | None:
    """The turn in which a stage begins; None where it does not occur."""
    first = next((turn for turn, tag in zip(call.turns, call.turn_stages, strict=True) if tag is stage), None)
    return quote_turn(first, How.STAGE, stage.value) if first else None


@register("stage_order", StageOrderParams, of_words=True)
def check_stage_order(params: StageOrderParams, context: Context) -> Finding:
    """Stages begin in a given order."""
    call = context.call
    blocked = _unknown_stages(call)
    if blocked:
        return blocked
    window = window_from(list(call.turns))
    present = [stage for stage in params.order if stage in call.turn_stages]
    absent = [stage for stage in params.order if stage not in present]
    if params.require_all and absent:
        return fails(Reason("stage_absent", {"stage": absent[0].value}), window)
    # One stage alone is in no order.
    if len(present) < 2:
        return unknown("nothing_to_locate")
    hits = tuple(quote for stage in present if (quote := _first_turn(call, stage)))
    firsts = [hit.turn for hit in hits]
    broken = next((i for i in range(1, len(firsts)) if firsts[i] < firsts[i - 1]), None)
    if broken is not None:
        values = {"first": present[broken - 1].value, "then": present[broken].value}
        return fails(Reason("stages_out_of_order", values), window, hits[broken - 1 : broken + 1])
    return holds(Reason("stages_in_order"), window, hits)


@register("stage_share", StageShareParams, of_words=True)
def check_stage_share(params: StageShareParams, context: Context) -> Finding:
    """A stage takes a share of the call within bounds."""
    call = context.call
    blocked = _unknown_stages(call)
    if blocked:
        return blocked
    if params.of == "time" and not call.conversation.has_times:
        return unknown("times_unknown")
    weights = [turn.span.duration_s if params.of == "time" and turn.span else 1.0 for turn in call.turns]
    if sum(weights) <= 0:
        return unknown("times_unknown")
    inside = sum(w for w, stage in zip(weights, call.turn_stages, strict=True) if stage is params.stage)
    first = _first_turn(call, params.stage)
    share = 100.0 * inside / sum(weights)
    return measured("stage_share", share, params, window_from(list(call.turns)), (first,) if first else (), "%")
