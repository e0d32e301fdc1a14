"""``criterion_model``: a trained model judges a criterion from what the turns of the whole call show.

The verdict is about the call; the turns that show it most are its evidence. However sure the model is of the call,
without such a turn nothing is "met", and no breach is found.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qa_pipeline.checks.base import CheckParams, register
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, Window, fails, holds, unknown
from qa_pipeline.checks.model import judged_turns, passage_of
from qa_pipeline.checks.scope import window_from
from qa_pipeline.core.call import Role
from qa_pipeline.core.score import Reason
from qa_pipeline.language.behaviour_model import (
    BehaviourModel,
    Probabilities,
    call_features,
    find_behaviour_model,
    scaled,
)

#: A turn less sure than this is no evidence of something done (chosen by cross-validation). A breach weighs more: it
#: needs a turn that the model counts as one by itself.
EVIDENCE_FLOOR = 0.05

#: Turns shown as evidence, the surest first.
MAX_EVIDENCE = 4


class CriterionModelParams(CheckParams):
    """Which criterion, and what is asked about it."""

    criterion: str = Field(pattern=r"^[a-z][a-z_]*$", description="a criterion that the model was trained on")
    ask: Literal["done", "applies"] = Field(
        "done", description="done: complied with; applies: could be asked for at all"
    )
    model: str = Field("behaviours", min_length=1, description="model folder, or the name of a shipped one")
    threshold: float = Field(
        0.5, gt=0, lt=1, description="probability of compliance from which the answer is yes; low: only clear breaches"
    )
    evidence: float | None = Field(
        None, gt=0, lt=1, description="probability that a turn needs to be evidence; the model's own when absent"
    )


@register("criterion_model", CriterionModelParams, of_words=True)
def check_criterion_model(params: CriterionModelParams, context: Context) -> Finding:
    """A trained model judges a criterion, with the turns that show it."""
    call = context.call
    if not call.turns:
        return unknown("no_speech")
    if not any(turn.role is Role.AGENT for turn in call.turns):
        return unknown("party_silent" if call.conversation.roles_known else "roles_unknown")
    model = find_behaviour_model(params.model, call.conversation.language)
    if model is None:
        return unknown("no_model", language=call.conversation.language)
    if params.criterion not in model.done:
        return unknown("model_does_not_know", behaviour=params.criterion)
    probabilities = judged_turns(context, model)
    features = context.shared(("features", id(model)), lambda: scaled(call_features(call.turns, probabilities), model))
    if params.ask == "applies":
        sure = model.applies[params.criterion].probability(features)
        values = _values(params, sure)
        window = context.shared("all turns", lambda: window_from(list(call.turns)))
        if sure >= params.threshold:
            return holds(Reason("model_applies", values), window)
        return fails(Reason("model_does_not_apply", values), window)
    sure = model.done[params.criterion].probability(features)
    return _judged(params, context, model, probabilities, sure)


def _values(params: CriterionModelParams, sure: float) -> dict[str, str | int | float]:
    return {
        "behaviour": params.criterion,
        "percent": round(100 * sure),
        "percent_needed": round(100 * params.threshold),
    }


def _judged(
    params: CriterionModelParams, context: Context, model: BehaviourModel, probabilities: Probabilities, sure: float
) -> Finding:
    column = model.column(params.criterion)
    window = context.shared("agent turns", lambda: _agent_turns(context))
    shown_by = probabilities[:, column].tolist()
    ranked = sorted(window.turns, key=lambda index: -shown_by[index])
    best = shown_by[ranked[0]]
    breach = params.criterion in model.breaches
    shown = sure > 1 - params.threshold if breach else sure >= params.threshold
    if not shown or best < _evidence_from(params, model):
        return _nothing_shown(params, context, model, window, ranked[0], best, sure)
    certain = [index for index in ranked if shown_by[index] >= model.thresholds[column]]
    hits = tuple(
        passage_of(context, index, column, model, shown_by[index])
        for index in sorted((certain or ranked[:1])[:MAX_EVIDENCE])
    )
    if breach:
        return fails(Reason("model_breach", _values(params, sure)), window, hits, breaches=len(hits))
    return holds(Reason("model_done", _values(params, sure)), window, hits)


def _agent_turns(context: Context) -> Window:
    return window_from([turn for turn in context.call.turns if turn.role is Role.AGENT])


def _evidence_from(params: CriterionModelParams, model: BehaviourModel) -> float:
    """The probability from which a turn is evidence."""
    if params.evidence is not None:
        return params.evidence
    return model.thresholds[model.column(params.criterion)] if params.criterion in model.breaches else EVIDENCE_FLOOR


def _nothing_shown(
    params: CriterionModelParams,
    context: Context,
    model: BehaviourModel,
    window: Window,
    best: int,
    probability: float,
    sure: float,
) -> Finding:
    """No breach is good; anything else that is not shown is missed, with the turn that came closest."""
    if params.criterion in model.breaches:
        return holds(Reason("model_no_breach", _values(params, sure)), window)
    nearest = passage_of(context, best, model.column(params.criterion), model, probability)
    return fails(Reason("model_not_done", _values(params, sure)), window, nearest=nearest)
