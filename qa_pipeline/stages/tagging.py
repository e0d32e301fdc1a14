"""Turns → acts and stages, by the stage model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Conversation, Role, Stage, StageSpan, Turn
from qa_pipeline.core.facts import COMPETITOR, OBJECTIONS, Act
from qa_pipeline.core.span import cover_all
from qa_pipeline.language.patterns import Hit
from qa_pipeline.stages.chain import likeliest, marginals
from qa_pipeline.stages.context import context_features
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.evidence import ACTS, STAGES, mark_cues, possible, sigmoid, turn_evidence
from qa_pipeline.stages.model import StageModel

#: A competitor objection also objects to price or need, so its words never suit it best: it is asked by itself.
REASONS = tuple(act for act in OBJECTIONS if act != COMPETITOR)
_REASONS = [ACTS.index((Role.CUSTOMER, act)) for act in REASONS]
_COMPETITOR = ACTS.index((Role.CUSTOMER, COMPETITOR))

#: Probability from which an objection is about a competitor (chosen on marked calls, see docs/stages.md).
COMPARED_FROM = 0.15


@dataclass(frozen=True, slots=True)
class Tagged:
    """One entry per turn; empty where there is no model for the language or nothing was said.

    ``sureness``: the probability of the turn's stage. ``acts`` is empty where it is not known who speaks. ``reasons``:
    the act among REASONS that the turn's words suit best, should the turn be an objection; ``compared``: whether it
    would then be about a competitor.
    """

    stages: tuple[Stage, ...] = ()
    sureness: tuple[float, ...] = ()
    acts: tuple[tuple[Act, ...], ...] = ()
    reasons: tuple[str, ...] = ()
    compared: tuple[bool, ...] = ()


def tag(conversation: Conversation, model: StageModel | None) -> Tagged:
    """Stage, its probability, and acts of every turn."""
    turns = conversation.turns
    if model is None or not turns:
        return Tagged()
    roles = roles_told(turns)
    hits = [cue_matcher(model.language).hits(turn) for turn in turns]
    marks = mark_cues(hits, model.evidence.cues)
    found = turn_evidence(turns, marks, model.evidence)
    features = context_features(turns, found, marks, roles=roles)
    chain = model.with_roles if roles else model.without_roles
    emissions, transitions = chain.states.scores(features), chain.transitions.astype(np.float64)
    path, sure = likeliest(emissions, transitions), marginals(emissions, transitions)
    return Tagged(
        tuple(STAGES[state] for state in path),
        tuple(round(float(sure[index, state]), 4) for index, state in enumerate(path)),
        _acts(turns, hits, features, model) if roles else (),
        tuple(REASONS[reason] for reason in found[:, _REASONS].argmax(axis=1)),
        tuple(bool(sure) for sure in found[:, _COMPETITOR] >= COMPARED_FROM),
    )


def roles_told(turns: Sequence[Turn]) -> bool:
    """Whether it is known of most turns who speaks."""
    return sum(turn.role is not Role.UNKNOWN for turn in turns) * 2 > len(turns)


def _acts(
    turns: Sequence[Turn], hits: Sequence[Sequence[Hit]], features: NDArray[np.float64], model: StageModel
) -> tuple[tuple[Act, ...], ...]:
    allowed = possible([turn.role for turn in turns])[:, : len(ACTS)]
    sure = sigmoid(model.acts.scores(features)) * allowed
    return tuple(
        tuple(
            Act(ACTS[act][1], round(float(sure[index, act]), 4), _cue(turn, hits[index], int(act)))
            for act in np.flatnonzero(sure[index] >= model.thresholds)
            # Of a turn of unknown role nothing is claimed that only one of the parties does.
            if turn.role is ACTS[act][0]
        )
        for index, turn in enumerate(turns)
    )


def _cue(turn: Turn, hits: Sequence[Hit], act: int) -> str:
    """The longest passage of the turn that is a cue of the act; empty where none fired."""
    role, name = ACTS[act]
    own = [turn.text[hit.start : hit.end] for hit in hits if hit.name == f"{role.value}.{name}"]
    return max(own, key=len, default="")


def stage_spans(turns: Sequence[Turn], stages: Sequence[Stage]) -> tuple[StageSpan, ...]:
    """Runs of turns of one stage, with their times where known."""
    spans = []
    for stage, run in groupby(zip(turns, stages, strict=True), key=lambda pair: pair[1]):
        members = [turn for turn, _ in run]
        span = cover_all(turn.span for turn in members if turn.span)
        spans.append(StageSpan(stage, members[0].index, members[-1].index, span))
    return tuple(spans)
