"""``model``: a trained model says what each turn shows; the turns are the evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, Window, fails, holds, too_few, unknown
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.behaviour_model import (
    BehaviourModel,
    Probabilities,
    behaviour_logits,
    behaviour_probabilities,
    find_behaviour_model,
    telling_passage,
)


class ModelParams(Scope):
    """What turns must show, by which model, and how sure it must be."""

    shows: str = Field(pattern=r"^[a-z][a-z_]*$", description="a behaviour that the model knows")
    model: str = Field("behaviours", min_length=1, description="model folder, or the name of a shipped one")
    threshold: float | None = Field(
        None, gt=0, lt=1, description="probability that counts; the model's own when absent"
    )
    min_hits: int = Field(1, ge=1, description="how many turns are needed")
    forbid: bool = Field(False, description="the check holds when no turn shows it")


@register("model", ModelParams, of_words=True)
def check_model(params: ModelParams, context: Context) -> Finding:
    """A trained model finds turns that show a behaviour, or none."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    if not context.call.conversation.roles_known:
        return unknown("roles_unknown")
    model = find_behaviour_model(params.model, context.call.conversation.language)
    if model is None:
        return unknown("no_model", language=context.call.conversation.language)
    if params.shows not in model.behaviours:
        return unknown("model_does_not_know", behaviour=params.shows)
    return _found(params, window, context, model)


def _found(params: ModelParams, window: Window, context: Context, model: BehaviourModel) -> Finding:
    column = model.column(params.shows)
    threshold = params.threshold if params.threshold is not None else model.thresholds[column]
    probabilities = judged_turns(context, model)[:, column]
    hits = tuple(
        passage_of(context, index, column, model, float(probabilities[index]))
        for index in window.turns
        if probabilities[index] >= threshold
    )
    values: dict[str, str | int | float] = {"behaviour": params.shows, "percent_needed": round(100 * threshold)}
    best = max(window.turns, key=lambda index: probabilities[index], default=None)
    values["percent"] = 0 if best is None else round(100 * float(probabilities[best]))
    if params.forbid:
        shown, none = Reason("model_unwanted", values), Reason("model_none", values)
        return fails(shown, window, hits, breaches=len(hits)) if hits else holds(none, window)
    if params.every_turn:
        return every_turn(window, hits, Reason("model_found", values))
    if len(hits) >= params.min_hits:
        return holds(Reason("model_found", values), window, hits, breaches=len(hits) - params.min_hits + 1)
    alone = best is not None and not hits
    nearest = (
        passage_of(context, best, column, model, float(probabilities[best])) if alone and best is not None else None
    )
    return too_few(Reason("model_missing", values), window, hits, nearest)


def judged_turns(context: Context, model: BehaviourModel) -> Probabilities:
    """Shape (turns, behaviours); made once per call, whatever number of checks asks."""
    turns = context.call.turns
    return context.shared(("turns", id(model)), lambda: behaviour_probabilities(turns, model, _logits(context, model)))


def _logits(context: Context, model: BehaviourModel) -> NDArray[np.float64]:
    """Of a call as it would be (without doubted words, with another speaker) only what differs is asked anew."""
    whole = context.whole
    known = (whole.call.turns, _logits(whole, model)) if whole else None
    return context.shared(("logits", id(model)), lambda: behaviour_logits(context.call.turns, model, known))


def passage_of(context: Context, index: int, column: int, model: BehaviourModel, probability: float) -> Quote:
    """The part of a turn that speaks most for a behaviour, as a quote."""
    turn = context.call.turns[index]
    passage = telling_passage(turn, column, model)
    # A turn of nothing but marks has no clause: then all of it is shown.
    end = passage.end or len(turn.text)
    return quote_of(turn, passage.start, end, passage.cue, How.MODEL, min(1.0, probability))
