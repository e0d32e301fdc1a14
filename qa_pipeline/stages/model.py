"""The stage model: evidence of single turns, acts in their context, and the chain of stages; how it is kept on disk."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.errors import UserError
from qa_pipeline.language.turn_features import FeatureSpace
from qa_pipeline.resources import models_dir
from qa_pipeline.stages.context import context_features
from qa_pipeline.stages.cue_matcher import cue_languages
from qa_pipeline.stages.evidence import ACTS, DECISIONS, STAGES, Evidence

Weights = NDArray[np.float32]

SHIPPED = "stages"

FILES = ("model.json", "weights.npz")

_PARTS = ("acts", "with_roles", "without_roles")
_ARRAYS = (
    *("grams_own", "grams_near", "evidence_weights", "evidence_cues", "evidence_bias", "thresholds"),
    *(f"{part}_{what}" for part in _PARTS for what in ("weights", "bias")),
    *(f"{chain}_transitions" for chain in _PARTS[1:]),
)

#: What reading a damaged or foreign file can raise.
_BROKEN = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, eq=False)
class Linear:
    """``weights`` (features, decisions) and ``bias`` (decisions) on context features."""

    weights: Weights
    bias: Weights

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(features @ self.weights + self.bias)


@dataclass(frozen=True, eq=False)
class Chain:
    """Stage scores of each turn from its context, and ``transitions`` (stages, stages), as natural logarithms."""

    states: Linear
    transitions: Weights


@dataclass(frozen=True, eq=False)
class StageModel:
    """``acts``: one decision per act, in the order of ACTS, claimed from its threshold on.

    ``with_roles`` is asked where it is known who speaks.
    """

    language: str
    evidence: Evidence
    acts: Linear
    thresholds: Weights
    with_roles: Chain
    without_roles: Chain
    name: str = ""
    revision: str = ""


def save_stage_model(model: StageModel, folder: Path) -> None:
    """model.json and weights.npz; half precision is enough for the many weights of grams."""
    folder.mkdir(parents=True, exist_ok=True)
    evidence = model.evidence
    said = {
        "language": model.language,
        "by_words": evidence.space.by_words,
        "cues": evidence.cues,
        "decisions": DECISIONS,
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    arrays = {
        "grams_own": np.array("\n".join(evidence.space.own)),
        "grams_near": np.array("\n".join(evidence.space.near)),
        "evidence_weights": evidence.weights.astype(np.float16),
        "evidence_cues": evidence.cue_weights,
        "evidence_bias": evidence.bias,
        "thresholds": model.thresholds,
        "with_roles_transitions": model.with_roles.transitions,
        "without_roles_transitions": model.without_roles.transitions,
    }
    parts = {"acts": model.acts, "with_roles": model.with_roles.states, "without_roles": model.without_roles.states}
    for name, part in parts.items():
        arrays |= {f"{name}_weights": part.weights, f"{name}_bias": part.bias}
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)


def find_stage_model(name: str, language: str) -> StageModel | None:
    """The model of a shipped name or a folder; None where there is none for the language.

    A folder of another language leaves a call to the shipped model of its own language.
    """
    spoken = language.split("-")[0]
    folder = _shipped(name, spoken) or Path(name)
    model = _read_current(folder) if (folder / FILES[0]).is_file() else None
    if model is None or model.language != spoken:
        shipped = _shipped(SHIPPED, spoken)
        model = _read_current(shipped) if shipped else None
    return model


def _shipped(name: str, spoken: str) -> Path | None:
    folder = models_dir() / f"{name}-{spoken}"
    return folder if Path(name).name == name and (folder / FILES[1]).is_file() else None


def require_stage_model(name: str) -> None:
    """UserError where there is no model of this name or in this folder."""
    shipped = [folder for language in cue_languages() if (folder := _shipped(name, language))]
    if not shipped and not Path(name).is_dir():
        raise UserError(f"there is no stage model {name}; give a folder made by `stages train`, or {SHIPPED}")
    for folder in shipped or [Path(name)]:
        _read_current(folder)


def _read_current(folder: Path) -> StageModel:
    # Times of change are part of what is remembered: a model trained anew into the same folder is read anew.
    return _read(folder, tuple(_changed(folder / file) for file in FILES))


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=8)
def _read(folder: Path, changed: tuple[int, ...]) -> StageModel:  # noqa: ARG001 - the times only tell readings apart
    return read_stage_model(folder)


def read_stage_model(folder: Path) -> StageModel:
    """The model of a folder; UserError where it holds none that this version can use."""
    try:
        text = (folder / "model.json").read_text(encoding="utf-8")
        said = json.loads(text)
        content = (folder / "weights.npz").read_bytes()
        revision = hashlib.sha256(text.encode() + content).hexdigest()[:12]
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            model = _assembled(said, {name: arrays[name] for name in _ARRAYS}, folder.resolve().name, revision)
        _check(model)
        return model
    except _BROKEN as error:
        raise UserError(f"{folder}: holds no stage model ({type(error).__name__}); train it again") from None


def _check(model: StageModel) -> None:
    """ValueError where the parts do not fit together or hold anything but numbers."""
    evidence, decisions, stages = model.evidence, len(DECISIONS), len(STAGES)
    cues = len(evidence.cues)
    nobody = (Turn(0, Role.UNKNOWN, ""),)
    context = context_features(nobody, np.zeros((1, decisions)), np.zeros((1, cues)), roles=False).shape[1]
    expected = [
        (evidence.weights, (evidence.space.size, decisions)),
        (evidence.cue_weights, (cues, decisions)),
        (evidence.bias, (decisions,)),
        (model.thresholds, (len(ACTS),)),
        (model.acts.weights, (context, len(ACTS))),
        (model.acts.bias, (len(ACTS),)),
    ]
    for chain in (model.with_roles, model.without_roles):
        expected += [
            (chain.states.weights, (context, stages)),
            (chain.states.bias, (stages,)),
            (chain.transitions, (stages, stages)),
        ]
    for array, shape in expected:
        if array.shape != shape or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError("parts do not fit together")


def _assembled(
    said: Mapping[str, object], arrays: Mapping[str, NDArray[np.float32]], name: str, revision: str
) -> StageModel:
    if tuple(said["decisions"]) != DECISIONS or said["language"] not in cue_languages():  # type: ignore[arg-type]
        raise ValueError("made for other acts or for a language without cues")
    # A model of very few turns may know no gram at all.
    own, near = (list(filter(None, str(arrays[f"grams_{block}"]).split("\n"))) for block in ("own", "near"))
    numbered = [{gram: index for index, gram in enumerate(grams)} for grams in (own, near)]
    evidence = Evidence(
        FeatureSpace(numbered[0], numbered[1], bool(said["by_words"])),
        tuple(said["cues"]),  # type: ignore[arg-type]
        arrays["evidence_weights"].astype(np.float32),
        arrays["evidence_cues"],
        arrays["evidence_bias"],
    )
    linear = {part: Linear(arrays[f"{part}_weights"], arrays[f"{part}_bias"]) for part in _PARTS}
    return StageModel(
        str(said["language"]),
        evidence,
        linear["acts"],
        arrays["thresholds"],
        Chain(linear["with_roles"], arrays["with_roles_transitions"]),
        Chain(linear["without_roles"], arrays["without_roles_transitions"]),
        name,
        revision,
    )
