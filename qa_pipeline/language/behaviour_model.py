"""What turns show (a greeting, a price, an objection …), by a linear model on characters; and what that says of a call.

The model reads turns alone: no stages, no times, no metadata. Trained by ``python -m training.behaviours.train``;
data, figures and limits are in models/behaviours-zh/README.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.errors import UserError
from qa_pipeline.language.normalise import normalise
from qa_pipeline.language.turn_features import OWN_GRAM, FeatureSpace, Known
from qa_pipeline.resources import models_dir

Probabilities = NDArray[np.float64]

#: Sentences, and their parts where a comma follows at least a few characters.
_CLAUSE = re.compile(r"[^。！？!?；;\n，,、]{1,5}[，,、][^。！？!?；;\n，,、]+|[^。！？!?；;\n，,、]+")


@dataclass(frozen=True, eq=False)
class Head:
    """A decision about a whole call: logistic regression on :func:`scaled` features."""

    weights: NDArray[np.float32]
    bias: float

    def probability(self, features: NDArray[np.float64]) -> float:
        return float(1.0 / (1.0 + np.exp(-(features @ self.weights + self.bias))))


@dataclass(frozen=True, eq=False)
class BehaviourModel:
    """Turn weights: shape (features, behaviours). ``roles[b]``: whose turns can show behaviour b (None: both).

    ``thresholds``: turn probability from which a behaviour counts as shown. ``done`` and ``applies``: per criterion,
    whether the call shows it, and whether it could have been asked for at all.
    """

    language: str
    behaviours: tuple[str, ...]
    roles: tuple[Role | None, ...]
    space: FeatureSpace
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: tuple[float, ...]
    breaches: frozenset[str]
    """Criteria whose turns show a breach, so that nothing shown is good."""
    done: Mapping[str, Head]
    applies: Mapping[str, Head]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    revision: str = ""

    def column(self, behaviour: str) -> int:
        return self.behaviours.index(behaviour)


def behaviour_logits(turns: Sequence[Turn], model: BehaviourModel, known: Known | None = None) -> NDArray[np.float64]:
    """Shape (turns, behaviours): what the words say, whoever speaks; ``known``: see :meth:`FeatureSpace.logits`."""
    return model.space.logits(turns, model.weights, model.bias, known)


def behaviour_probabilities(
    turns: Sequence[Turn], model: BehaviourModel, logits: NDArray[np.float64] | None = None
) -> Probabilities:
    """Shape (turns, behaviours); 0 where the turn's role cannot show the behaviour."""
    said = behaviour_logits(turns, model) if logits is None else logits
    return np.asarray(1.0 / (1.0 + np.exp(-said)) * _may_show(turns, model.roles))


@dataclass(frozen=True, slots=True)
class Passage:
    """The characters ``start..end`` of a turn that speak most for a behaviour, and the telling run among them."""

    start: int
    end: int
    cue: str


def telling_passage(turn: Turn, behaviour: int, model: BehaviourModel) -> Passage:
    """The clause of a turn whose characters raise the behaviour's probability most."""
    return _telling(turn.text, behaviour, model)


@lru_cache(maxsize=2048)
def _telling(text: str, behaviour: int, model: BehaviourModel) -> Passage:
    placed = _placed_grams(text, model.space)
    worth = np.zeros(len(text) + 1)
    cue = ""
    if len(placed.rows):
        weights = model.weights[placed.rows, behaviour]
        # Each gram spreads its weight over its characters: differences at its ends, then summed up.
        np.add.at(worth, placed.starts, weights / placed.sizes)
        np.add.at(worth, placed.ends, -weights / placed.sizes)
        best = int(np.argmax(np.where(placed.sizes > 1, weights, -np.inf)))
        cue = text[placed.starts[best] : placed.ends[best]] if weights[best] > 0 else ""
    gained = np.zeros(len(worth) + 1)
    gained[1:] = np.cumsum(np.cumsum(worth))
    clauses = _clauses(text)
    start, end = max(clauses, key=lambda clause: float(gained[clause[1]] - gained[clause[0]]), default=(0, 0))
    return Passage(start, end, cue)


@dataclass(frozen=True, eq=False)
class _PlacedGrams:
    """The known grams of a text: their rows, the original characters they cover, how many characters they have."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    sizes: NDArray[np.int32]


@lru_cache(maxsize=1024)
def _placed_grams(text: str, space: FeatureSpace) -> _PlacedGrams:
    normal = normalise(text)
    marked, length, known = f"^{normal.text}$", len(normal.text), space.own.get
    row_of: list[int] = []
    at_of: list[NDArray[np.int32]] = []
    size_of: list[NDArray[np.int32]] = []
    for size in range(1, OWN_GRAM + 1):
        places = len(marked) - size + 1
        row_of += [known(marked[at : at + size], -1) for at in range(places)]
        at_of.append(np.arange(-1, places - 1, dtype=np.int32))
        size_of.append(np.full(max(0, places), size, dtype=np.int32))
    rows, at = np.array(row_of, dtype=np.int32), np.concatenate(at_of)
    # Marks of the ends are no characters of the text.
    first, last = np.maximum(at, 0), np.minimum(at + np.concatenate(size_of), length)
    use = (rows >= 0) & (first < last)
    first, last = first[use], last[use]
    origin, until = np.array(normal.origin, dtype=np.int32), np.array(normal.last, dtype=np.int32) + 1
    return _PlacedGrams(rows[use], origin[first], until[last - 1], last - first)


def _clauses(text: str) -> list[tuple[int, int]]:
    """Parts between marks that end a clause, marks left out; a text without marks is one clause."""
    return [(m.start(), m.end()) for m in _CLAUSE.finditer(text)]


def _may_show(turns: Sequence[Turn], roles: Sequence[Role | None]) -> NDArray[np.bool_]:
    return np.array([[role is None or turn.role is role for role in roles] for turn in turns], dtype=bool)


def call_features(turns: Sequence[Turn], probabilities: Probabilities) -> NDArray[np.float64]:
    """What a call shows: per behaviour the best, the second best and the joint probability, as log odds; its shape."""
    ordered = np.sort(probabilities, axis=0)[::-1]
    best, second = ordered[0], ordered[1] if len(turns) > 1 else np.zeros(probabilities.shape[1])
    joint = 1.0 - np.prod(1.0 - probabilities, axis=0)
    agent = [turn.role is Role.AGENT for turn in turns]
    length = np.mean([len(turn.text) for turn, own in zip(turns, agent, strict=True) if own] or [0])
    shape = [np.log(len(turns)), float(agent[0]), float(agent[-1]), float(np.mean(agent)), float(length) / 30.0]
    return np.concatenate([log_odds(best), log_odds(second), log_odds(joint), probabilities.mean(axis=0), shape])


def log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    # The offset keeps certainty finite; a hundredth of a probability is all that can be told apart.
    return np.asarray(np.log((p + 0.01) / (1.01 - p)))


def scaled(features: NDArray[np.float64], model: BehaviourModel) -> NDArray[np.float64]:
    """A call's features as the heads of the model take them."""
    return (features - model.centre) / model.scale


#: Models that stand in for shipped ones while a training run or a test measures them.
_SUBSTITUTES: dict[tuple[str, str], BehaviourModel] = {}


@contextmanager
def substituted(name: str, model: BehaviourModel) -> Iterator[None]:
    """Within the block, the model is what ``name`` finds for its language: to measure it before it is shipped."""
    key = (name, model.language)
    _SUBSTITUTES[key] = model
    try:
        yield
    finally:
        del _SUBSTITUTES[key]


def find_behaviour_model(name: str, language: str) -> BehaviourModel | None:
    """A shipped model by name and language, or a model folder; None where there is none for the language."""
    spoken = language.split("-")[0]
    return _SUBSTITUTES.get((name, spoken)) or _found(name, spoken)


@lru_cache(maxsize=16)
def _found(name: str, spoken: str) -> BehaviourModel | None:
    shipped = models_dir() / f"{name}-{spoken}"
    folder = shipped if Path(name).name == name and shipped.is_dir() else Path(name)
    if not (folder / "model.json").is_file():
        return None
    model = read_behaviour_model(folder)
    return model if model.language == spoken else None


def read_behaviour_model(folder: Path) -> BehaviourModel:
    """The model of a folder (model.json, weights.npz); UserError where it holds none."""
    try:
        said = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        content = (folder / "weights.npz").read_bytes()
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            return _assembled(said, dict(arrays), hashlib.sha256(content).hexdigest()[:12])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder}: holds no behaviour model ({type(error).__name__}); train it again") from None


def _assembled(said: Mapping[str, object], arrays: Mapping[str, NDArray[np.float32]], revision: str) -> BehaviourModel:
    own, near = (str(arrays[f"grams_{block}"]).split("\n") for block in ("own", "near"))
    space = FeatureSpace({gram: i for i, gram in enumerate(own)}, {gram: i for i, gram in enumerate(near)})
    criteria: list[str] = said["criteria"]  # type: ignore[assignment]
    return BehaviourModel(
        str(said["language"]),
        tuple(said["behaviours"]),  # type: ignore[arg-type]
        tuple(Role(role) if role else None for role in said["roles"]),  # type: ignore[attr-defined]
        space,
        arrays["weights"].astype(np.float32),
        arrays["bias"].astype(np.float32),
        tuple(float(t) for t in arrays["thresholds"]),
        frozenset(said["breaches"]),  # type: ignore[call-overload]
        _heads(criteria, arrays["done_weights"], arrays["done_bias"]),
        _heads(criteria, arrays["applies_weights"], arrays["applies_bias"]),
        arrays["centre"].astype(np.float32),
        arrays["scale"].astype(np.float32),
        revision,
    )


def _heads(criteria: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]) -> dict[str, Head]:
    return {name: Head(weights[i].astype(np.float32), float(bias[i])) for i, name in enumerate(criteria)}
