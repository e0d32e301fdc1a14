"""Count the role model: ``python -m training.calls.count_roles CALLS.jsonl MODEL.json``.

Weights are log odds of character pairs (agent against customer). The scales that turn evidence into probability are
chosen by cross-validated log loss over whole and shortened calls, so that short calls do not look certain.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.core.call import Role
from qa_pipeline.speakers.roles import RoleModel, agent_is_left, character_pairs, evidence
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled

FOLDS = 5
MIN_COUNT = 4
KEPT_PAIRS = 6000
#: Calls are also judged by their first turns alone.
LENGTHS = (4, 8, 16, 10_000)
SCALES = tuple(range(4, 61, 2))


def texts(call: LabelledCall, turns: int) -> tuple[str, str]:
    """What agent and customer say in the first turns."""
    first = call.conversation.turns[:turns]
    joined = ["".join(turn.text for turn in first if turn.role is role) for role in (Role.AGENT, Role.CUSTOMER)]
    return joined[0], joined[1]


def count(calls: Sequence[LabelledCall]) -> dict[str, float]:
    """Log odds per pair of characters, each counted at most once per turn."""
    counts = {role: Counter[str]() for role in (Role.AGENT, Role.CUSTOMER)}
    for call in calls:
        for turn in call.conversation.turns:
            counts[turn.role].update(set(character_pairs(turn.text)))
    totals = {role: sum(counter.values()) for role, counter in counts.items()}
    both = counts[Role.AGENT] + counts[Role.CUSTOMER]
    frequent = [pair for pair, n in both.most_common(KEPT_PAIRS) if n >= MIN_COUNT]
    return {
        pair: round(
            math.log((counts[Role.AGENT][pair] + 0.5) / totals[Role.AGENT])
            - math.log((counts[Role.CUSTOMER][pair] + 0.5) / totals[Role.CUSTOMER]),
            3,
        )
        for pair in sorted(frequent)
    }


def log_loss(probability: float) -> float:
    return -math.log(max(1e-6, probability))


def choose_scales(calls: Sequence[LabelledCall]) -> tuple[int, int]:
    """Scales with the least cross-validated log loss: for two channels, and for one alone."""
    both: list[tuple[float, float]] = []
    for fold in range(FOLDS):
        model = RoleModel(count([c for i, c in enumerate(calls) if i % FOLDS != fold]), 1.0, 1.0)
        for call in calls[fold::FOLDS]:
            for turns in LENGTHS:
                found = [evidence(text, model) for text in texts(call, turns)]
                if found[0] is not None and found[1] is not None:
                    both.append((found[0], found[1]))

    def loss(scale: int) -> float:
        return sum(log_loss(_sigmoid(scale * (a - b))) for a, b in both)

    def loss_alone(scale: int) -> float:
        return sum(log_loss(_sigmoid(scale * a)) + log_loss(_sigmoid(-scale * b)) for a, b in both)

    return min(SCALES, key=loss), min(SCALES, key=loss_alone)


def cross_validate(calls: Sequence[LabelledCall], scales: tuple[int, int]) -> list[dict[str, float | int]]:
    """Per number of first turns: calls told right, told wrong (probability over 0.9), left unknown."""
    rows: list[dict[str, float | int]] = []
    for turns in LENGTHS:
        right = wrong = unknown = 0
        for fold in range(FOLDS):
            model = RoleModel(count([c for i, c in enumerate(calls) if i % FOLDS != fold]), *scales)
            for call in calls[fold::FOLDS]:
                p = agent_is_left(*texts(call, turns), model)
                right += p is not None and p >= 0.9
                wrong += p is not None and p <= 0.1
                unknown += p is None or 0.1 < p < 0.9
        rows.append({"turns": turns, "right": right, "wrong": wrong, "unknown": unknown})
    return rows


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, x))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path)
    parser.add_argument("model", type=Path)
    given = parser.parse_args()
    calls = read_labelled(given.calls)
    scales = choose_scales(calls)
    for row in cross_validate(calls, scales):
        print(json.dumps(row))
    model = {"weights": count(calls), "scale": scales[0], "scale_alone": scales[1]}
    given.model.parent.mkdir(parents=True, exist_ok=True)
    given.model.write_text(json.dumps(model, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps({"pairs": len(model["weights"]), "scale": scales[0], "scale_alone": scales[1]}))


if __name__ == "__main__":
    main()
