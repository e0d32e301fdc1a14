"""The chain over units, against sums over all paths written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from qa_pipeline.speakers.voice_chain import log_sum, responsibilities


def written_out(scores: np.ndarray, switching: np.ndarray) -> tuple[np.ndarray, float]:  # type: ignore[type-arg]
    """Every path with its weight."""
    units, voices = scores.shape
    total, share = 0.0, np.zeros_like(scores)
    for path in product(range(voices), repeat=units):
        weight = np.exp(scores[0, path[0]]) / voices
        for at in range(1, units):
            p = switching[at - 1]
            step = 1 - p if path[at] == path[at - 1] else p / (voices - 1)
            weight *= step * np.exp(scores[at, path[at]])
        total += weight
        for at, voice in enumerate(path):
            share[at, voice] += weight
    return share / total, float(np.log(total))


@pytest.mark.parametrize(("units", "voices"), [(1, 2), (2, 2), (5, 2), (6, 3), (7, 2)])
def test_every_path_counts(units: int, voices: int) -> None:
    chance = np.random.default_rng(units)
    scores, switching = chance.normal(0, 2, (units, voices)), chance.uniform(0.05, 0.5, units - 1)
    found, fit = responsibilities(scores, switching)
    expected, total = written_out(scores, switching)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert fit == pytest.approx(total)


def test_one_voice_has_everything() -> None:
    found, fit = responsibilities(np.array([[-1.0], [-2.0], [-3.0]]), np.array([0.1, 0.3]))
    np.testing.assert_allclose(found, 1.0)
    assert fit == pytest.approx(-6.0), "there is nobody to switch to"


def test_a_long_chain_neither_overflows_nor_vanishes() -> None:
    scores = np.tile(np.array([[-800.0, -900.0], [-900.0, -800.0]]), (5000, 1))
    found, fit = responsibilities(scores, np.full(len(scores) - 1, 0.3))
    assert np.isfinite(fit) and np.isfinite(found).all()
    np.testing.assert_allclose(found[:4].round(), [[1, 0], [0, 1], [1, 0], [0, 1]])


def test_the_logarithm_of_a_sum() -> None:
    values = np.log(np.array([[1.0, 3.0], [2.0, 2.0]]))
    np.testing.assert_allclose(log_sum(values, 1), np.log([4.0, 4.0]))
