"""The best of many lucky trials beside the best there is: Hansen's SPA.

Each trial's mean over the benchmark counts in units of its own error (t). In every
resample the means are taken anew, less what they really are; the largest t of all
trials is what the luckiest would have had. A trial that is clearly worse than the
benchmark can't be the luckiest and is not lifted to it: the *consistent* p.
Source: Hansen, "A Test for Superior Predictive Ability", 2005. Definition and worked
example: `docs/definitions/luck.md`.
"""

from __future__ import annotations

import math

import numpy as np

from sigma_core.evidence.resampling import Blocks, block_length, draw
from sigma_core.frames import Floats

RESAMPLES = 1_000
#: a spread below this is one of rounding errors
_NONE = 1e-15


class Contest:
    """All trials of a family over the same sessions, taken in some at a time.

    A session outside a trial's own dates counts as the benchmark itself, 0: it leaves
    the t of the trial as it is. Memory is that of the resamples and one portion.
    `luckiest` has the largest t of any trial in each resample.
    """

    def __init__(
        self, sessions: int, *, seed: int = 7, blocks: Blocks | None = None,
        length: float = 0,
    ) -> None:  # fmt: skip
        self.length = length or block_length(sessions)
        blocks = blocks or draw(
            sessions, RESAMPLES, np.random.default_rng(seed), length=self.length
        )
        self._counts = blocks.counts()
        self.luckiest = np.zeros(len(self._counts))
        self._t: list[Floats] = []

    def add(self, excess: Floats) -> None:
        """Take trials in: `[session, trial]`, net return less the benchmark's."""
        sessions = len(excess)
        mean = excess.mean(axis=0)
        error = np.sqrt(long_run_variance(excess, self.length) / sessions)
        moves = error > _NONE
        error = np.where(moves, error, 1.0)
        t = np.where(moves, mean / error, 0.0)
        self._t.append(t)
        bound = -math.sqrt(2 * math.log(max(math.log(sessions), 1.0)))
        own = np.where(t >= bound, mean, 0.0)
        drawn = (self._counts @ excess / sessions - own) / error
        drawn[:, ~moves] = 0.0
        self.luckiest = np.maximum(self.luckiest, drawn.max(axis=1))

    @property
    def t(self) -> Floats:
        """Mean over its error, of each trial in the order they came."""
        return np.concatenate(self._t)

    @property
    def shares(self) -> Floats:
        """For each trial, how often the luckiest of all would look as good."""
        ordered = np.sort(self.luckiest)
        below = np.searchsorted(ordered, np.maximum(self.t, 0.0), side="left")
        return 1 - below / len(ordered)

    @property
    def p(self) -> float:
        """Consistent p of the best: that no trial is better than the benchmark."""
        return float(self.shares.min())


def long_run_variance(excess: Floats, length: float) -> Floats:
    """Of √n times the mean of each column, as the stationary bootstrap has it.

    Covariances at all lags, weighted by how likely two sessions so far apart stay in
    one block of mean `length`. Source: Politis, Romano, 1994, lemma 1.
    """
    sessions = len(excess)
    centred = (excess - excess.mean(axis=0)).T
    size = 1 << (2 * sessions - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariances = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :sessions]
    lags = np.arange(1, sessions)
    stay = 1 - 1 / length
    weights = (1 - lags / sessions) * stay**lags
    weights += lags / sessions * stay ** (sessions - lags)
    both: Floats = covariances[:, 0] + 2 * covariances[:, 1:] @ weights
    return np.maximum(both / sessions, 0.0)
