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

BLOCKS = 16


@dataclass(frozen=True)
class Splits:
    """Each way to choose: the `best` cell, and its place in the other half.

    `chosen[split, block]` says which blocks it was chosen on; `place` is its rank there
    among k cells over k + 1, from 0 (worst) to 1.
    """

    chosen: Bools
    best: Ints
    place: Floats

    @property
    def pbo(self) -> float:
        """The share of splits whose best cell is in the worse half of the others."""
        return float((self.place <= 0.5).mean())


def splits(returns: Floats, *, blocks: int = BLOCKS) -> Splits | None:
    """Every split of `[session, cell]` into halves of an even number of blocks.

    Cells are compared by Sharpe; one that does not move has 0. None for fewer than
    two cells or two sessions a block: then nothing can be chosen.
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
    best = inside.argmax(axis=1)
    own = np.take_along_axis(outside, best[:, None], axis=1)
    # of equal ones the middle place counts
    rank = (outside < own).sum(axis=1) + ((outside == own).sum(axis=1) + 1) / 2
    return Splits(chosen, best, rank / (cells + 1))


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
