"""Fits linear decisions about turns: which grams to look at, and one logistic regression per decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from qa_pipeline.core.call import Turn
from qa_pipeline.language.turn_features import FeatureSpace, neighbour_grams, own_grams

#: Strength of the fit (inverse of the penalty), chosen by cross-validation over whole calls.
TURN_C = 10.0

Array = NDArray[np.float64]
Weights = NDArray[np.float32]
Talk = Sequence[Turn]


def space_of(talks: Sequence[Talk], min_own: int, min_neighbour: int, *, by_words: bool = False) -> FeatureSpace:
    """The grams that occur in enough turns, numbered."""
    empty = FeatureSpace({}, {}, by_words)
    texts = [empty.normal(turn.text) for talk in talks for turn in talk]
    own = _frequent((own_grams(text, by_words) for text in texts), min_own)
    known = set(own)
    near = [g for g in _frequent((neighbour_grams(text, by_words) for text in texts), min_neighbour) if g in known]
    return FeatureSpace({gram: i for i, gram in enumerate(own)}, {gram: i for i, gram in enumerate(near)}, by_words)


def _frequent(turns: Iterable[Iterable[str]], least: int) -> list[str]:
    counts = Counter(gram for grams in turns for gram in grams)
    return sorted(gram for gram, n in counts.items() if n >= least and "\n" not in gram)


def matrix(space: FeatureSpace, talks: Sequence[Talk], whole: Sequence[bool] | None = None) -> csr_matrix:
    """Shape (turns, features); ``whole``: per talk, whether it is a call from start to end."""
    marks = whole or [True] * len(talks)
    features = [f for talk, mark in zip(talks, marks, strict=True) for f in space.features(talk, whole=mark)]
    starts = np.cumsum([0, *(len(rows) for rows, _ in features)])
    rows = np.concatenate([rows for rows, _ in features])
    values = np.concatenate([values for _, values in features]).astype(np.float64)
    return csr_matrix((values, rows, starts), shape=(len(features), space.size))


def fit_turns(x: csr_matrix, y: NDArray[np.bool_], use: NDArray[np.bool_], jobs: int) -> tuple[Weights, Weights]:
    """Weights (features, decisions) and bias (decisions); ``use``: which turns teach which decision."""
    fitted = Parallel(jobs)(delayed(_fit_turn)(x[use[:, b]], y[use[:, b], b]) for b in range(y.shape[1]))
    weights = np.stack([w for w, _ in fitted], axis=1).astype(np.float32)
    return weights, np.array([b for _, b in fitted], dtype=np.float32)


def _fit_turn(x: csr_matrix, y: NDArray[np.bool_]) -> tuple[Array, float]:
    if y.all() or not y.any():  # nothing to tell apart
        return np.zeros(x.shape[1]), 10.0 if y.size and y.all() else -10.0
    model = LogisticRegression(C=TURN_C, solver="liblinear", max_iter=200, random_state=0).fit(x, y)
    return model.coef_[0], float(model.intercept_[0])
