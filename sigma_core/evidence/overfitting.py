"""Whether the best cell of a sweep stays good on other sessions: PBO.

The sessions are cut into blocks; every half of them is once what the best cell is
chosen on, the other half what it is judged on. Source: Bailey, Borwein, López de Prado,
Zhu, "The Probability of Backtest Overfitting", 2016. Definition and worked example:
`docs/definitions/pbo.md`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.validation.measures import ranks

BLOCKS = 16
#: Sharpes no further apart are equal: the rest is rounding
DECIMALS = 10
SAME = 10.0**-DECIMALS


@dataclass(frozen=True)
class Splits:
    """Each way to choose: who is `best[split, cell]`, more than one if equal, and the
    `place[split, cell]` of each in the other half.

    `chosen[split, block]` says which blocks they were chosen on; `place` is a rank
    among k cells over k + 1, from 0 (worst) to 1.
    """

    chosen: Bools
    best: Bools
    place: Floats

    @property
    def lower(self) -> Floats:
        """Of each split, the share of its best cells that are below the middle of the
        other half; one in the very middle is so by half."""
        below = (self.place < 0.5) + (self.place == 0.5) / 2
        share: Floats = (below * self.best).sum(axis=1) / self.best.sum(axis=1)
        return share

    @property
    def pbo(self) -> float:
        """How often the best cell of a half is below the middle of the other."""
        return float(self.lower.mean())


def splits(returns: Floats, *, blocks: int = BLOCKS) -> Splits | None:
    """Every split of `[session, cell]` into halves of an even number of blocks.

    Cells are compared by Sharpe; one that does not move has 0. None for fewer than
    two cells or two sessions a block, and where no two cells differ on any half: then
    nothing is chosen.
    """
    sessions, cells = returns.shape
    if cells < 2 or sessions < 2 * blocks:
        return None
    halves = itertools.combinations(range(blocks), blocks // 2)
    chosen = np.array([[at in half for at in range(blocks)] for half in halves])
    edges = np.linspace(0, sessions, blocks + 1).astype(np.int64)[:-1]
    sums = _Sums.of(returns, edges)
    inside = sums.sharpes(chosen.astype(np.float64))
    outside = sums.sharpes((~chosen).astype(np.float64))
    best = inside >= inside.max(axis=1, keepdims=True) - SAME
    if np.ptp(inside, axis=1).max() <= SAME:  # every half is once the inner one
        return None
    return Splits(chosen, best, ranks(outside.round(DECIMALS).T).T / (cells + 1))


@dataclass(frozen=True)
class _Sums:
    """Of each block: its sessions `[block]`, sums and squares `[block, cell]`.

    Squares are about each cell's mean, which keeps their differences exact.
    """

    sessions: Floats
    sums: Floats
    squares: Floats
    mean: Floats

    @classmethod
    def of(cls, returns: Floats, edges: Ints) -> _Sums:
        mean = returns.mean(axis=0)
        away = returns - mean
        sizes = np.diff(np.append(edges, len(returns))).astype(np.float64)
        sums = np.add.reduceat(away, edges, axis=0)
        return cls(sizes, sums, np.add.reduceat(away**2, edges, axis=0), mean)

    def sharpes(self, taken: Floats) -> Floats:
        """Mean over deviation of every cell in every half, `[split, cell]`."""
        sessions = (taken @ self.sessions)[:, None]
        away = taken @ self.sums / sessions
        spread = taken @ self.squares - sessions * away**2
        deviation = np.sqrt(np.maximum(spread, 0.0) / (sessions - 1))
        moves = deviation > 1e-15
        return np.where(moves, (away + self.mean) / np.where(moves, deviation, 1), 0.0)
