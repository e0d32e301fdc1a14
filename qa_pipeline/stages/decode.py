"""Turns → stages: the likeliest sequence under the stage model (Viterbi)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from qa_pipeline.core.call import Conversation, Role, Stage, StageSpan, Turn
from qa_pipeline.core.span import cover_all
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.model import STAGES, StageModel, position_bin

#: Position repeats part of what the transitions already say, so it counts for less (tuned by cross-validation).
POSITION_WEIGHT = 0.5

Scores = dict[Stage, float]


def tag_stages(conversation: Conversation, model: StageModel | None) -> tuple[Stage, ...]:
    """One stage per turn; empty where there is no model for the language or nothing was said."""
    turns = conversation.turns
    if model is None or not turns:
        return ()
    matcher = cue_matcher(model.language)
    emissions = [_emission(turn, matcher.cues(turn), len(turns), model) for turn in turns]
    return likeliest(emissions, model)


def _emission(turn: Turn, cues: frozenset[str], turns: int, model: StageModel) -> Scores:
    """Log evidence for each stage from the turn alone."""
    position = model.position[position_bin(turn.index, turns)]
    scores = {stage: POSITION_WEIGHT * position[stage.value] for stage in STAGES}
    for cue in model.present:
        if turn.role is not Role.UNKNOWN and not cue.startswith(turn.role.value):
            continue
        # Where the role is unknown, the silence of the other party's cues says nothing.
        if turn.role is Role.UNKNOWN and cue not in cues:
            continue
        weights = model.present[cue] if cue in cues else model.absent[cue]
        for stage in STAGES:
            scores[stage] += weights[stage.value]
    return scores


def likeliest(emissions: Sequence[Scores], model: StageModel) -> tuple[Stage, ...]:
    """The sequence with the highest sum of emissions and transitions."""
    best = {s: model.start[s.value] + emissions[0][s] for s in STAGES}
    origins: list[dict[Stage, Stage]] = []
    for emission in emissions[1:]:
        origin = {s: max(STAGES, key=lambda p, s=s: best[p] + model.transition[p.value][s.value]) for s in STAGES}  # type: ignore[misc]
        best = {s: best[origin[s]] + model.transition[origin[s].value][s.value] + emission[s] for s in STAGES}
        origins.append(origin)
    path = [max(STAGES, key=lambda s: best[s])]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    return tuple(reversed(path))


def stage_spans(turns: Sequence[Turn], stages: Sequence[Stage]) -> tuple[StageSpan, ...]:
    """Runs of turns of one stage, with their times where known."""
    spans = []
    for stage, run in groupby(zip(turns, stages, strict=True), key=lambda pair: pair[1]):
        members = [turn for turn, _ in run]
        span = cover_all(turn.span for turn in members if turn.span)
        spans.append(StageSpan(stage, members[0].index, members[-1].index, span))
    return tuple(spans)
