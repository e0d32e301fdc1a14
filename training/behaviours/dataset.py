"""Labelled calls as what the behaviour model learns: which turns show what, and the verdict of each criterion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Role, Stage, Turn
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS

CRITERIA = (
    "greet",
    "identify_self",
    "state_purpose_with_benefit",
    "ask_situation",
    "ask_need",
    "confirm_need",
    "tailored_recommendation",
    "offer_choice",
    "state_price",
    "ask_opinion",
    "act_on_buying_signal",
    "acknowledge_objection",
    "answer_objection",
    "next_step",
    "confirm_terms",
    "thank_and_goodbye",
    "courteous",
    "respects_refusal",
    "no_misleading_promise",
    "protects_privacy",
)

#: Criteria whose evidence shows that they were broken.
BREACHES = frozenset({"courteous", "respects_refusal", "no_misleading_promise", "protects_privacy"})

#: Acts of customers that the training calls show too seldom to be learnt, or that only some of their files know.
RARE_ACTS = frozenset({"greet", "small_talk", "object_competitor"})

BEHAVIOURS = (
    *CRITERIA,
    *(f"agent_{act}" for act in AGENT_ACTS),
    *(f"customer_{act}" for act in CUSTOMER_ACTS if act not in RARE_ACTS),
    *(f"stage_{stage}" for stage in Stage),
)


def role_of(behaviour: str) -> Role | None:
    """Whose turns can show a behaviour; None: both parties'."""
    if behaviour.startswith("stage_"):
        return None
    return Role.CUSTOMER if behaviour.startswith("customer_") else Role.AGENT


@dataclass(frozen=True, slots=True)
class TrainingCall:
    """``shows[t]``: the behaviours of turn t; ``verdicts``: criterion → yes, no, na."""

    call_id: str
    turns: tuple[Turn, ...]
    shows: tuple[frozenset[str], ...]
    has_acts: bool
    verdicts: dict[str, str]


def read_calls(paths: Sequence[Path]) -> list[TrainingCall]:
    """All calls of files of labelled calls that carry every criterion's label."""
    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [_call(json.loads(line)) for line in lines]


def _call(said: dict) -> TrainingCall:  # type: ignore[type-arg]
    turns = tuple(Turn(i, Role(t["role"]), t["text"]) for i, t in enumerate(said["turns"]))
    shows = tuple(_shows(said, index) for index in range(len(turns)))
    return TrainingCall(said["id"], turns, shows, any("acts" in t for t in said["turns"]), said["labels"])


def _telling(criterion: str) -> str:
    """The label whose evidence shows the behaviour: for breaches, turns that comply are something else."""
    return "no" if criterion in BREACHES else "yes"


def _shows(said: dict, index: int) -> frozenset[str]:  # type: ignore[type-arg]
    turn = said["turns"][index]
    evidence = {c for c in CRITERIA if index in said["evidence"].get(c, ()) and said["labels"][c] == _telling(c)}
    acts = {f"{turn['role']}_{act}" for act in turn.get("acts", ())}
    return frozenset(evidence | (acts & set(BEHAVIOURS)) | {f"stage_{turn['stage']}"})


def targets(calls: Sequence[TrainingCall]) -> NDArray[np.bool_]:
    """Shape (turns, behaviours): what each turn shows."""
    return np.array([[b in shown for b in BEHAVIOURS] for call in calls for shown in call.shows], dtype=bool)


def taught(calls: Sequence[TrainingCall]) -> NDArray[np.bool_]:
    """Shape (turns, behaviours): whether the turn says anything about the behaviour (right role, acts labelled)."""
    rows = []
    for call in calls:
        known = [call.has_acts or not b.startswith(("agent_", "customer_")) for b in BEHAVIOURS]
        for turn in call.turns:
            rows.append([k and role_of(b) in (None, turn.role) for k, b in zip(known, BEHAVIOURS, strict=True)])
    return np.array(rows, dtype=bool)
