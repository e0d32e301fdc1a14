"""How much of a channel was cut off at the top: measured on the source samples, block by block.

Resampling rounds off and rings around flat tops, so this cannot be seen at 16 kHz any more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# G.711 ends at 32124 / 32768 = 0.980 (µ-law) and 32256 / 32768 = 0.984 (A-law); 0.977 = -0.2 dBFS lies
# just under both, so their top code counts as full scale.
FULL_SCALE = 0.977
# A ceiling below full scale (clipped first, turned down later) shows as equal neighbours at the maximum.
# Runs of three: two equal neighbours also occur at the crest of any sampled wave.
MIN_RUN = 3
# Samples within 2 % of the highest one belong to the ceiling: companding and lossy codecs wobble that much.
CEILING_BAND = 0.98
# Below -40 dBFS the steps of 8-bit and G.711 audio are themselves flat runs.
MIN_CEILING = 0.01


class ClipMeter:
    """Counts clipped samples of one channel as its blocks come in (float, full scale = 1)."""

    def __init__(self) -> None:
        self._samples = 0
        self._at_full_scale = 0
        self._ceiling = 0.0
        self._at_ceiling = 0

    def add(self, block: npt.NDArray[np.float32]) -> None:
        """Count one block, shape (samples,)."""
        if block.size == 0:
            return
        self._samples += block.size
        top = float(max(block.max(), -block.min()))
        if top * CEILING_BAND > self._ceiling:
            self._at_ceiling = 0  # what was flat before lies below the channel's maximum: no ceiling
        self._ceiling = max(self._ceiling, top)
        # Most blocks stay below the maximum: they cost two passes and no more.
        if top < self._ceiling * CEILING_BAND:
            return
        loud = np.abs(block)
        if top >= FULL_SCALE:
            self._at_full_scale += _in_runs(loud >= FULL_SCALE)
        if top >= MIN_CEILING:
            flat = (np.diff(block) == 0) & (loud[1:] >= self._ceiling * CEILING_BAND)
            self._at_ceiling += _in_flat_runs(flat)

    @property
    def share(self) -> float:
        """Share of clipped samples, 0..1; 0 for no samples."""
        return max(self._at_full_scale, self._at_ceiling) / self._samples if self._samples else 0.0


def clipped_share(samples: npt.NDArray[np.float32]) -> float:
    """The share for a whole channel, shape (samples,), that was not resampled."""
    meter = ClipMeter()
    meter.add(samples)
    return meter.share


def _run_lengths(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return edges[1::2] - edges[::2]


def _in_runs(mask: npt.NDArray[np.bool_]) -> int:
    """Samples in runs of two or more: one lone sample at full scale is a peak that just fits."""
    lengths = _run_lengths(mask)
    return int(lengths[lengths >= 2].sum())


def _in_flat_runs(equal_to_previous: npt.NDArray[np.bool_]) -> int:
    lengths = _run_lengths(equal_to_previous) + 1  # n equal steps join n + 1 samples
    return int(lengths[lengths >= MIN_RUN].sum())
