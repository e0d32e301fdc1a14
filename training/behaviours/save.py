"""Writes a behaviour model where the program finds it: model.json and weights.npz."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from qa_pipeline.language.behaviour_model import BehaviourModel


def save(model: BehaviourModel, folder: Path) -> None:
    """Half precision is enough for the weights: no verdict of the training calls changes by it."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "language": model.language,
        "behaviours": model.behaviours,
        "roles": [role.value if role else "" for role in model.roles],
        "criteria": list(model.done),
        "breaches": sorted(model.breaches),
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(
        folder / "weights.npz",
        weights=model.weights.astype(np.float16),
        bias=model.bias,
        thresholds=np.array(model.thresholds, dtype=np.float32),
        centre=model.centre,
        scale=model.scale,
        done_weights=np.stack([head.weights for head in model.done.values()]),
        done_bias=np.array([head.bias for head in model.done.values()], dtype=np.float32),
        applies_weights=np.stack([head.weights for head in model.applies.values()]),
        applies_bias=np.array([head.bias for head in model.applies.values()], dtype=np.float32),
        grams_own=np.array("\n".join(model.space.own)),
        grams_near=np.array("\n".join(model.space.near)),
    )
