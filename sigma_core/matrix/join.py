"""Columns of coarser bars on finer ones: `docs/definitions/cadences.md`.

At each finer bar stands the value of the last coarser bar that was over when the finer
one began, in the finer bars' units. No value where the ticker has no such bar, no bar
of its own, or where the two disagree by so much that their units can't be the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sigma_core.bars.moments import Finished
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.frames import BarArrays, Bools, Floats, Ints
from sigma_core.indicators.registry import Call

#: Closes of the same bar further apart than this factor are in other units: less than
#: a 3:2 split, more than any closing auction.
_APART = 1.4


@dataclass(frozen=True)
class Join:
    """Which coarser bar stands at each of the columns `first` to `last` of `bars`.

    `used` are the coarser columns that are read, ascending; arrays are
    `[ticker of bars, used]` unless they say otherwise.
    """

    bars: BarArrays
    other: Finished
    first: int
    last: int

    @cached_property
    def at(self) -> Ints:
        """`[time]`: the last coarser column that was over, −1 before the first."""
        starts = self.bars.axis.times[self.first : self.last + 1]
        found: Ints = np.searchsorted(self.other.ends, starts, side="right") - 1
        return found

    @cached_property
    def used(self) -> Ints:
        """The coarser columns that are read."""
        found: Ints = np.unique(self.at[self.at >= 0])
        return found

    @cached_property
    def rows(self) -> Ints:
        """`[ticker]`: the coarser row of each ticker, −1 for one without any."""
        axis = self.other.bars.axis
        tickers = self.bars.axis.tickers
        if axis.tickers == tickers:
            return np.arange(len(tickers))
        return np.array([axis.row(t) if t in axis else -1 for t in tickers], np.int64)

    @property
    def places(self) -> Ints:
        """`[time]`: where each column's coarser bar stands among `used`."""
        found: Ints = np.searchsorted(self.used, self.at)
        return found

    def on_bars(self, values: Floats, absent: float = np.nan) -> Floats:
        """`[…, used]` → `[…, time]`; `absent` before the first coarser bar."""
        if not len(self.used):
            return np.full((*values.shape[:-1], len(self.at)), absent)
        spread: Floats = values[..., np.minimum(self.places, len(self.used) - 1)]
        return np.where(self.at >= 0, spread, absent)

    @cached_property
    def joins(self) -> Bools:
        """`[ticker, time]`: whether there is a coarser bar to read."""
        close = self._coarse("close")
        fits = ~np.isnan(close) & ~np.isnan(self.scale) & self._agrees(close)
        held: Bools = self.on_bars(fits.astype(np.float64), 0.0) == 1
        return held

    @cached_property
    def scale(self) -> Floats:
        """What a coarser price is multiplied by to stand in the finer bars' units.

        The two count splits from first bars of their own. So they are held against
        each other at the coarser bar, or at the ticker's first finer bar if that is
        later; NaN if the coarser bars end before it.
        """
        fine, coarse = self.bars, self.other.bars
        shape = len(self.rows), len(self.used)
        if fine.factor is None and coarse.factor is None:
            return np.ones(shape)
        here = np.maximum(self._fine_columns, _first_bars(fine)[:, None])
        here = np.minimum(here, fine.axis.shape[1] - 1)
        days = fine.axis.days[here]
        there = np.maximum(np.searchsorted(coarse.axis.days, days, "right") - 1, 0)
        there = np.maximum(there, self.used)
        own = np.arange(shape[0])[:, None]
        above = 1.0 if fine.factor is None else fine.factor[own, here]
        below = (
            1.0 if coarse.factor is None else coarse.factor[self.rows[:, None], there]
        )
        known = days <= coarse.axis.days[-1]
        scale: Floats = np.where(known, above / below, np.nan)
        return scale

    @cached_property
    def _fine_columns(self) -> Ints:
        """`[used]`: the first finer column of each coarser bar's session."""
        days = self.other.bars.axis.days[self.used]
        found: Ints = np.searchsorted(self.bars.axis.days, days)
        return found

    def _coarse(self, name: str) -> Floats:
        values = self.other.bars.field(name)[:, self.used][self.rows]
        values[self.rows < 0] = np.nan
        return values

    def _agrees(self, close: Floats) -> Bools:
        """Whether the coarser close is about that of the finer bar which ended it."""
        ends = self.other.ends[self.used]
        column = np.searchsorted(self.bars.axis.times, ends) - 1
        mine = self.bars.close[:, np.maximum(column, 0)]
        mine = np.where(column >= 0, mine, np.nan)
        with np.errstate(invalid="ignore"):
            apart = np.abs(np.log(close * self.scale / mine)) > np.log(_APART)
        agrees: Bools = ~apart
        return agrees


def columns(
    join: Join, calls: Sequence[Call], *, executor: Executor
) -> dict[str, Floats]:
    """The columns of some calls on the coarser bars, `[ticker, time]` by name."""
    window = slice(join.first, join.last + 1)
    held = ~np.isnan(join.bars.close[:, window])
    return {
        name: np.where(held, values, np.nan)
        for name, values in waiting(join, calls, executor=executor).items()
    }


def waiting(
    join: Join, calls: Sequence[Call], *, executor: Executor = IN_PROCESS
) -> dict[str, Floats]:
    """The same for every ticker, whether it has a bar of its own or not yet."""
    specs = [column for call in calls for column in call.columns]
    if not len(join.used):
        nothing = np.full(join.joins.shape, np.nan)
        return {spec.name: nothing for spec in specs}
    low, high = int(join.used[0]), int(join.used[-1])
    bars = join.other.bars
    values = executor.compute(bars, calls, first=low, last=high)
    values = values[:, :, join.used - low][:, join.rows]
    return {
        spec.name: np.where(
            join.joins, join.on_bars(one * join.scale**spec.degree), np.nan
        )
        for spec, one in zip(specs, values, strict=True)
    }


def _first_bars(bars: BarArrays) -> Ints:
    """Column of each ticker's first bar; the last column for one without any."""
    first = np.full(len(bars.axis.tickers), bars.axis.shape[1] - 1, np.int64)
    np.minimum.at(first, bars.spans.row, bars.spans.start)
    return first
