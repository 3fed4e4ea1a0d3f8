"""How far the values of a column have moved: the population stability index."""

from __future__ import annotations

import numpy as np

from sigma_core.coverage.shares import member_values
from sigma_core.frames import Floats, Matrix

#: sessions before the first one asked about that a column is compared with
SESSIONS = 60
BINS = 10
#: an empty bin counts as this share, so that no logarithm is infinite
FLOOR = 0.0001
#: with fewer values on either side chance alone moves the index
FEWEST = 100
#: above it a column warns
LIMIT = 0.25


def drift(matrix: Matrix, name: str, now: int) -> float:
    """PSI of a column: the last `now` sessions of the matrix against those before.

    Members only, finite values, in each session's own units; NaN where there are
    fewer than `FEWEST` on either side.
    """
    late = np.zeros_like(matrix.members)
    late[:, -now:] = matrix.members[:, -now:]
    before = member_values(matrix, name, matrix.members & ~late)
    after = member_values(matrix, name, late)
    return psi(before, after)


def psi(before: Floats, after: Floats) -> float:
    """The index over bins cut at the deciles of `before`; NaN for too few values."""
    if len(before) < FEWEST or len(after) < FEWEST:
        return float("nan")
    edges = np.unique(np.quantile(before, np.arange(1, BINS) / BINS))
    return index(_shares(before, edges), _shares(after, edges))


def index(before: Floats, after: Floats) -> float:
    """Σ (after − before) · ln(after / before) over shares of bins."""
    low, high = np.maximum(before, FLOOR), np.maximum(after, FLOOR)
    return float(np.sum((high - low) * np.log(high / low)))


def _shares(values: Floats, edges: Floats) -> Floats:
    """Share of the values in each bin: above an edge, up to and including the next."""
    bins = np.searchsorted(edges, values, side="left")
    shares: Floats = np.bincount(bins, minlength=len(edges) + 1) / len(values)
    return shares
