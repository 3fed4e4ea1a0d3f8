"""All usable bars of a grid in one line, ticker by ticker: what rules of moves read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sigma_core.frames import Bools, Floats, Ints

#: Robust sigma: so many bars before, this many at least.
SIGMA_BARS, SIGMA_LEAST = 60, 20
#: A median of absolute values times this is sigma where values are normal.
NORMAL = 1.4826
USUAL_BARS = 20


@dataclass(frozen=True)
class Run:
    """Usable bars in order of (ticker, time): `rows` and `columns` of the grid."""

    rows: Ints
    columns: Ints
    usable: Bools
    grid: Mapping[str, Floats]
    _taken: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Mapping[str, Floats], usable: Bools) -> Run:
        """The bars at the usable cells."""
        rows, columns = np.nonzero(usable)
        return cls(rows, columns, usable, fields)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Floats:
        """A field in this order, taken when it is first asked for."""
        if name not in self._taken:
            self._taken[name] = self.grid[name][self.usable]
        return self._taken[name]

    @cached_property
    def moves(self) -> Floats:
        """ln(close / close before); NaN at each ticker's first bar."""
        moves = np.full(len(self), np.nan)
        close = self["close"]
        moves[1:] = np.log(close[1:] / close[:-1])
        moves[self.first] = np.nan
        return moves

    @cached_property
    def first(self) -> Ints:
        """Place of each ticker's first bar."""
        return np.flatnonzero(np.diff(self.rows, prepend=-1))

    @cached_property
    def nth(self) -> Ints:
        """How many bars of its ticker stand before each bar."""
        starts = np.zeros(len(self), np.int64)
        starts[self.first] = self.first
        number: Ints = np.arange(len(self)) - np.maximum.accumulate(starts)
        return number

    def sigma(self, at: Ints) -> Floats:
        """Robust sigma of the moves before each place; NaN with fewer than 20."""
        held = np.minimum(self.nth[at] - 1, SIGMA_BARS)
        sizes = _before(np.abs(self.moves), at, held, SIGMA_BARS)
        sigma = NORMAL * _medians(sizes, held)
        sigma[held < SIGMA_LEAST - 1] = np.nan
        return sigma

    def usual_volume(self, at: Ints) -> Floats:
        """Median volume of up to 20 bars before each place; NaN at a first bar."""
        held = np.minimum(self.nth[at], USUAL_BARS)
        return _medians(_before(self["volume"], at, held, USUAL_BARS), held)


def _before(values: Floats, at: Ints, held: Ints, most: int) -> Floats:
    """The last `held` values before each place, `[place, most]`, then infinities."""
    back = np.arange(1, most + 1)
    taken = values[np.maximum(at[:, None] - back, 0)]
    return np.where(back <= held[:, None], taken, np.inf)


def _medians(values: Floats, held: Ints) -> Floats:
    """Median of the first `held` of each row after sorting; NaN where there is none."""
    if not len(values):
        return np.zeros(0)
    ordered = np.sort(values, axis=1)
    rows, last = np.arange(len(values)), np.maximum(held, 1) - 1
    medians = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2
    return np.where(held > 0, medians, np.nan)
