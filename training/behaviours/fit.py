"""Fits a behaviour model on labelled calls.

Turns first: one logistic regression per behaviour. Then calls: the turns of every training call are judged by models
that were fitted without it, and from those judgements two heads per criterion learn whether the call shows it and
whether it applies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve

from qa_pipeline.language.behaviour_model import BehaviourModel, Head, call_features
from qa_pipeline.language.turn_fitting import fit_turns, matrix, space_of
from training.behaviours.dataset import BEHAVIOURS, BREACHES, CRITERIA, TrainingCall, role_of, targets, taught

#: Grams in fewer turns than this are left out.
MIN_OWN, MIN_NEIGHBOUR = 4, 6

#: Strength of the heads' fit (inverse of the penalty), chosen by cross-validation over whole calls.
HEAD_C = 0.02

#: A criterion's own behaviour weighs more in its heads than the other sixty-odd, also chosen by cross-validation.
OWN_BOOST = 2.0

#: Parts into which the training calls are cut so that heads learn from turns judged by strangers.
INNER_FOLDS = 4

Array = NDArray[np.float64]


def fit(calls: Sequence[TrainingCall], jobs: int = 1) -> BehaviourModel:
    """A behaviour model of these calls."""
    talks = [call.turns for call in calls]
    space = space_of(talks, MIN_OWN, MIN_NEIGHBOUR)
    x, y, use = matrix(space, talks), targets(calls), taught(calls)
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
