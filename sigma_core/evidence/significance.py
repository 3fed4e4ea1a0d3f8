"""p of a mean over the benchmark by the stationary bootstrap, and q among many.

Definitions and worked examples: `docs/definitions/luck.md`.
"""

from __future__ import annotations

import numpy as np

from sigma_core.evidence.resampling import draw
from sigma_core.frames import Floats

#: a shorter series tells nothing: no p is given for it
MIN_SESSIONS = 60
#: resamples are drawn so many at once, until ENOUGH reach the mean or there are MOST
AT_ONCE, ENOUGH, MOST = 2_000, 10, 200_000
#: up to so many trials their means are summed block by block, above by a matrix product
_FEW = 8


def p_values(excess: Floats, *, seed: int = 7) -> Floats:
    """One-sided p of the mean of each column, `[trial]`, of `[session, trial]`.

    The share of resamples whose mean lies as far above the series' own mean as that
    lies above 0, counting the series itself: (1 + reached) / (1 + resamples). A small
    one takes more resamples, so that none is below 1 / 200,001. NaN for all if there
    are fewer than 60 sessions.
    """
    sessions, trials = excess.shape
    found = np.full(trials, np.nan)
    if sessions < MIN_SESSIONS:
        return found
    random = np.random.default_rng(seed)
    reached = np.zeros(trials)
    left = np.arange(trials)
    for resamples in range(AT_ONCE, MOST + 1, AT_ONCE):
        reached[left] += _reached(excess[:, left], random)
        found[left] = (1 + reached[left]) / (1 + resamples)
        left = left[reached[left] < ENOUGH]
        if not len(left):
            break
    return found


def _reached(excess: Floats, random: np.random.Generator) -> Floats:
    """How many new resamples of each column have twice its mean or more."""
    sessions, trials = excess.shape
    needed = 2 * excess.mean(axis=0)
    blocks = draw(sessions, AT_ONCE, random)
    if trials > _FEW:
        means = blocks.counts() @ excess / sessions
    else:
        means = np.stack([blocks.means(column) for column in excess.T], axis=1)
    reached: Floats = (means >= needed).sum(axis=0).astype(np.float64)
    return reached


def q_values(p: Floats) -> Floats:
    """Benjamini and Hochberg's q of each p: the least rate of false finds at which it
    counts as one. A NaN counts as a trial with p = 1 and stays NaN.

    Source: Benjamini, Hochberg, "Controlling the False Discovery Rate", 1995.
    """
    given = np.where(np.isnan(p), 1.0, p)
    order = np.argsort(given, kind="stable")
    scaled = given[order] * len(p) / np.arange(1, len(p) + 1)
    ordered = np.minimum.accumulate(scaled[::-1])[::-1]
    found = np.empty(len(p))
    found[order] = np.minimum(ordered, 1.0)
    return np.where(np.isnan(p), np.nan, found)
