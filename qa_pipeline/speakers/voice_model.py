"""Voices as small changes of what the whole recording sounds like, learned from the recording itself.

A mixture of a few Gaussians describes all speech of the channel; a voice is what moves its means, plus a histogram of
pitch. Both have priors, so that a voice with little speech stays close to the whole, and are found together with who
speaks when by variational Bayes over a chain of units: the way of Bayesian HMM clustering of speakers (Diez, Burget,
Landini and Cernocky 2020), with the recording's own mixture in place of trained embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.speakers.voice_chain import Array, responsibilities
from qa_pipeline.speakers.voice_features import Frames

#: Pitch in 24 steps from 65 to 400 Hz, smoothed by one step.
PITCH_BINS, LOW_HZ, HIGH_HZ = 24, 65.0, 400.0
#: Gaussians of the background: one per 150 frames (2.4 s), 4 to 8.
FRAMES_PER_GAUSSIAN, MIN_GAUSSIANS, MAX_GAUSSIANS = 150, 4, 8
#: Frames that the background is learned from.
_FITTED_FRAMES = 8000


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Chosen on mixed calls of bundled and made-up voices (docs/talk-metrics.md has the figures)."""

    weight: float = 0.15
    """Of each frame: neighbours are no independent evidence."""
    pitch_weight: float = 0.1
    own_spread: float = 8.0
    """How far single Gaussians of a voice may move: prior precision ..."""
    common_spread: float = 8.0
    """... and how far all of them together: another telephone moves them alike."""
    uncertainty: float = 0.5
    """Share of the uncertainty of the means that counts against a voice."""
    pitch_prior: float = 10.0
    """Frames with the pitch of the whole recording that every voice starts with."""
    heat: int = 8
    """Rounds in which frames weigh more at first, so that the start decides little."""
    settled: float = 1e-3
    """No responsibility changes by more: done."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over the frames of each unit: of Gaussians (units, K), of offsets from them (units, K x D), of pitch
    (units, PITCH_BINS)."""

    mass: Array
    offset: Array
    pitch: Array

    def grouped(self, starts: npt.NDArray[np.intp]) -> Sums:
        """Neighbours added up, from each start to the next."""
        return Sums(*(np.add.reduceat(part, starts) for part in (self.mass, self.offset, self.pitch)))


def sums_of(frames: Frames, starts: npt.NDArray[np.intp]) -> Sums:
    """The sums of units that begin at these frames."""
    from sklearn.mixture import GaussianMixture

    loud = frames.cepstra[frames.loud].astype(np.float64)
    count = int(np.clip(len(loud) // FRAMES_PER_GAUSSIAN, MIN_GAUSSIANS, MAX_GAUSSIANS))
    some = loud[np.linspace(0, len(loud) - 1, min(len(loud), _FITTED_FRAMES)).astype(int)]
    whole = GaussianMixture(
        min(count, len(np.unique(some, axis=0))),
        covariance_type="diag",
        init_params="k-means++",
        max_iter=12,
        tol=0.0,
        reg_covar=0.02,
        random_state=0,
    )
    _fit_quietly(whole, some)
    posterior = np.zeros((len(frames.cepstra), whole.n_components))
    posterior[frames.loud] = whole.predict_proba(loud)
    scale = np.sqrt(whole.covariances_)
    parts = [
        np.add.reduceat(posterior[:, k : k + 1] * (frames.cepstra - whole.means_[k]) / scale[k], starts)
        for k in range(whole.n_components)
    ]
    return Sums(np.add.reduceat(posterior, starts), np.concatenate(parts, axis=1), _pitch_sums(frames, starts))


def _fit_quietly(mixture: object, frames: Array) -> None:
    """Twelve rounds are enough, whether or not they have settled."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(frames)  # type: ignore[attr-defined]


def _pitch_sums(frames: Frames, starts: npt.NDArray[np.intp]) -> Array:
    from scipy.ndimage import gaussian_filter1d

    place = (frames.octaves - np.log2(LOW_HZ)) / np.log2(HIGH_HZ / LOW_HZ) * PITCH_BINS
    counted = np.zeros((len(place), PITCH_BINS), np.float32)
    voiced = np.flatnonzero(~np.isnan(place))
    counted[voiced, np.clip(place[voiced], 0, PITCH_BINS - 1).astype(int)] = 1
    summed: Array = gaussian_filter1d(np.add.reduceat(counted, starts).astype(np.float64), 1.0, axis=1)
    return summed


def find_voices(
    first: Array,
    sums: Sums,
    switching: Array,
    options: ModelOptions,
    rounds: int,
    *,
    heat: bool,
    text: Array | None = None,
) -> tuple[Array, float]:
    """Responsibilities of the voices for the units, and how well they explain them (log).

    Args:
        first: responsibilities to begin with, shape (units, voices).
        switching: probability of another voice at each border, shape (units - 1,).
        heat: begin with more weight on every frame.
        text: log likelihood of what is said under each voice, shape (units, voices).
    """
    found, fit = first, 0.0
    for number in range(rounds):
        hot = options.heat - number if heat else 0
        weight = max(options.weight, hot / options.heat)
        scores = _scores(found, sums, weight, options)
        before = found
        found, fit = responsibilities(scores if text is None else scores + text, switching)
        if hot <= 0 and float(np.abs(found - before).max()) < options.settled:
            break
    return found, fit


def _scores(found: Array, sums: Sums, weight: float, options: ModelOptions) -> Array:
    """Log likelihood of each unit under each voice, as the responsibilities make the voices, against the whole."""
    from scipy.special import digamma

    pitch_weight = options.pitch_weight * weight / options.weight
    count = sums.mass.shape[1]
    depth = sums.offset.shape[1] // count
    prior = np.linalg.inv(np.eye(count) / options.own_spread + np.ones((count, count)) / options.common_spread)
    mass = found.T @ sums.mass
    spread = np.linalg.inv(prior + weight * mass[:, :, None] * np.eye(count))
    moved = weight * spread @ (found.T @ sums.offset).reshape(-1, count, depth)
    size = (moved**2).sum(axis=2) + options.uncertainty * depth * np.diagonal(spread, axis1=1, axis2=2)
    usual = sums.pitch.sum(axis=0) + 0.5
    usual = usual / usual.sum()
    seen = options.pitch_prior * usual + pitch_weight * (found.T @ sums.pitch)
    pitch = digamma(seen) - digamma(seen.sum(axis=1, keepdims=True)) - np.log(usual)
    shape = sums.offset @ moved.reshape(len(moved), -1).T - 0.5 * sums.mass @ size.T
    scores: Array = weight * shape + pitch_weight * (sums.pitch @ pitch.T)
    return scores
