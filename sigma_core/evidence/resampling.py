"""The stationary bootstrap: sessions drawn anew in blocks of random length.

A resample of n sessions is a row of blocks, each a run of neighbours from a random
start, on a circle: after the last session comes the first. Lengths are geometric, so
that a resample of a stationary series is stationary.
Source: Politis, Romano, "The Stationary Bootstrap", 1994.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Floats, Ints


@dataclass(frozen=True)
class Blocks:
    """Resamples of `sessions` sessions, a row of blocks each: `[resample, block]`.

    A block is the sessions from `starts` up to, not including, `stops` on the circle
    written out twice; an empty one has both equal.
    """

    sessions: int
    starts: Ints
    stops: Ints

    def means(self, values: Floats) -> Floats:
        """The mean of `values` `[session]` in each resample."""
        twice = np.concatenate(([0.0], np.cumsum(np.concatenate((values, values)))))
        sums: Floats = (twice[self.stops] - twice[self.starts]).sum(axis=1)
        return sums / self.sessions

    def counts(self) -> Floats:
        """How often each session is in each resample, `[resample, session]`.

        `counts @ values / sessions` are the means of many columns at once.
        """
        draws, wide = len(self.starts), 2 * self.sessions + 1
        rows = np.arange(draws)[:, None] * wide
        begun = np.bincount((rows + self.starts).ravel(), minlength=draws * wide)
        ended = np.bincount((rows + self.stops).ravel(), minlength=draws * wide)
        on = np.cumsum((begun - ended).reshape(draws, wide), axis=1)
        folded = on[:, : self.sessions] + on[:, self.sessions : -1]
        return folded.astype(np.float64)


def block_length(sessions: int) -> int:
    """The mean length of a block: the cube root of the sessions, at least 1."""
    return max(1, round(math.cbrt(sessions)))


def draw(
    sessions: int, resamples: int, random: np.random.Generator, *, length: float = 0
) -> Blocks:
    """Resamples whose blocks are `length` sessions long in the mean; 0: as
    `block_length` says."""
    length = length or block_length(sessions)
    needed = sessions / length
    # five deviations more than it takes: the last block fills what is left after that
    width = math.ceil(needed + 5 * math.sqrt(needed) + 5)
    lengths = random.geometric(1 / length, size=(resamples, width))
    lengths[:, -1] = sessions
    ends = np.minimum(np.cumsum(lengths, axis=1), sessions)
    starts = random.integers(0, sessions, size=(resamples, width))
    return Blocks(sessions, starts, starts + np.diff(ends, axis=1, prepend=0))
