"""Fits a behaviour model on labelled calls.

Turns first: one logistic regression per behaviour. Then calls: the turns of every training call are judged by models
that were fitted without it, and from those judgements two heads per criterion learn whether the call shows it and
whether it applies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve

from qa_pipeline.language.behaviour_model import BehaviourModel, Head, call_features
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.turn_features import FeatureSpace, neighbour_grams, own_grams
from training.behaviours.dataset import BEHAVIOURS, BREACHES, CRITERIA, TrainingCall, role_of, targets, taught

#: Grams in fewer turns than this are left out.
MIN_OWN, MIN_NEIGHBOUR = 4, 6

#: Strength of the fit (inverse of the penalty), chosen by cross-validation over whole calls.
TURN_C = 10.0
HEAD_C = 0.02

#: A criterion's own behaviour weighs more in its heads than the other sixty-odd, also chosen by cross-validation.
OWN_BOOST = 2.0

#: Parts into which the training calls are cut so that heads learn from turns judged by strangers.
INNER_FOLDS = 4

Array = NDArray[np.float64]


def space_of(calls: Sequence[TrainingCall]) -> FeatureSpace:
    """The grams that are frequent enough, numbered."""
    texts = [comparable(turn.text) for call in calls for turn in call.turns]
    own = _frequent((own_grams(text) for text in texts), MIN_OWN)
    near = _frequent((neighbour_grams(text) for text in texts), MIN_NEIGHBOUR)
    return FeatureSpace({gram: i for i, gram in enumerate(own)}, {gram: i for i, gram in enumerate(near)})


def _frequent(turns: Iterable[Iterable[str]], least: int) -> list[str]:
    counts = Counter(gram for grams in turns for gram in grams)
    return sorted(gram for gram, n in counts.items() if n >= least and "\n" not in gram)


def matrix(space: FeatureSpace, calls: Sequence[TrainingCall]) -> csr_matrix:
    """Shape (turns, features)."""
    features = [feature for call in calls for feature in space.features(call.turns)]
    starts = np.cumsum([0, *(len(rows) for rows, _ in features)])
    rows = np.concatenate([rows for rows, _ in features])
    values = np.concatenate([values for _, values in features]).astype(np.float64)
    return csr_matrix((values, rows, starts), shape=(len(features), space.size))


def fit(calls: Sequence[TrainingCall], jobs: int = 1) -> BehaviourModel:
    """A behaviour model of these calls."""
    space = space_of(calls)
    x, y, use = matrix(space, calls), targets(calls), taught(calls)
    weights, bias = fit_turns(x, y, use, jobs)
    own = strangers(x, y, use, calls, jobs)
    thresholds = tuple(_threshold(own[use[:, b], b], y[use[:, b], b]) for b in range(len(BEHAVIOURS)))
    features = np.array([call_features(call.turns, p) for call, p in zip(calls, by_call(own, calls), strict=True)])
    centre, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    standard = (features - centre) / scale
    done, applies = fit_heads(standard, calls)
    return BehaviourModel(
        "zh",
        BEHAVIOURS,
        tuple(map(role_of, BEHAVIOURS)),
        space,
        weights,
        bias,
        thresholds,
        BREACHES,
        done,
        applies,
        centre.astype(np.float32),
        scale.astype(np.float32),
    )


def fit_turns(x: csr_matrix, y: NDArray[np.bool_], use: NDArray[np.bool_], jobs: int) -> tuple[Array, Array]:
    """Weights (features, behaviours) and bias (behaviours) of one logistic regression per behaviour."""
    fitted = Parallel(jobs)(delayed(_fit_turn)(x[use[:, b]], y[use[:, b], b]) for b in range(y.shape[1]))
    weights = np.stack([w for w, _ in fitted], axis=1).astype(np.float32)
    return weights, np.array([b for _, b in fitted], dtype=np.float32)


def _fit_turn(x: csr_matrix, y: NDArray[np.bool_]) -> tuple[Array, float]:
    if y.all() or not y.any():  # nothing to tell apart
        return np.zeros(x.shape[1]), 10.0 if y.size and y.all() else -10.0
    model = LogisticRegression(C=TURN_C, solver="liblinear", max_iter=200, random_state=0).fit(x, y)
    return model.coef_[0], float(model.intercept_[0])


def strangers(
    x: csr_matrix, y: NDArray[np.bool_], use: NDArray[np.bool_], calls: Sequence[TrainingCall], jobs: int
) -> Array:
    """Shape (turns, behaviours): probabilities by models that were fitted without the turn's call."""
    fold = np.repeat(inner_folds(len(calls)), [len(call.turns) for call in calls])
    allowed = np.array([[role_of(b) in (None, t.role) for b in BEHAVIOURS] for c in calls for t in c.turns])
    found = np.zeros(y.shape)
    for f in range(INNER_FOLDS):
        learn, judge = fold != f, fold == f
        weights, bias = fit_turns(x[learn], y[learn], use[learn], jobs)
        found[judge] = 1.0 / (1.0 + np.exp(-(x[judge] @ weights + bias)))
    return found * allowed


def inner_folds(calls: int) -> NDArray[np.int64]:
    return np.random.default_rng(1).permutation(np.arange(calls) % INNER_FOLDS)


def by_call(probabilities: Array, calls: Sequence[TrainingCall]) -> list[Array]:
    """The rows of each call."""
    return np.split(probabilities, np.cumsum([len(call.turns) for call in calls])[:-1])


def _threshold(probabilities: Array, truth: NDArray[np.bool_]) -> float:
    """Where precision and recall of turns balance best (F1), within reason."""
    if not truth.any():
        return 0.5
    precision, recall, cuts = precision_recall_curve(truth, probabilities)
    f1 = 2 * precision * recall / np.maximum(1e-9, precision + recall)
    return float(np.clip(cuts[int(np.argmax(f1[:-1]))], 0.1, 0.9))


def fit_heads(features: Array, calls: Sequence[TrainingCall]) -> tuple[dict[str, Head], dict[str, Head]]:
    """Per criterion: the call shows it (or, for breaches, breaks it), and it applies."""
    done: dict[str, Head] = {}
    applies: dict[str, Head] = {}
    for criterion in CRITERIA:
        labels = np.array([call.verdicts[criterion] for call in calls])
        applicable = labels != "na"
        wanted = labels == ("no" if criterion in BREACHES else "yes")
        boost = _boost(criterion, features.shape[1])
        done[criterion] = _head(features[applicable], wanted[applicable], boost)
        applies[criterion] = _head(features, applicable, boost)
    return done, applies


def _boost(criterion: str, width: int) -> Array:
    """Factors for the features of a call; see call_features for their order."""
    factors = np.ones(width)
    factors[[block * len(BEHAVIOURS) + BEHAVIOURS.index(criterion) for block in range(4)]] = OWN_BOOST
    return factors


def _head(x: Array, y: NDArray[np.bool_], boost: Array) -> Head:
    if y.all() or not y.any():  # never anything else, as with criteria that always apply
        return Head(np.zeros(x.shape[1], dtype=np.float32), 20.0 if y.all() else -20.0)
    model = LogisticRegression(C=HEAD_C, max_iter=1000, random_state=0).fit(x * boost, y)
    return Head((model.coef_[0] * boost).astype(np.float32), float(model.intercept_[0]))
