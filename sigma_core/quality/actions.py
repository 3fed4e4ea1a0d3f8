"""Recorded actions, placed on an axis: which moves they explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.bars.adjusted import UNIT_KINDS
from sigma_core.frames import Axis, Bools, Ints

#: Actions that make no move large, and those that say one is wrong.
_NO_EXCUSE = ("dividend", "disputed")


@dataclass(frozen=True)
class Actions:
    """Recorded actions on an axis: sorted keys (row, first session at or after it).

    `units` change what a share is, by a factor; `excuses` explain whatever the prices
    did; `looked_at` are those of the excuses by which somebody found the bars right.
    """

    width: int
    units: Ints
    excuses: Ints
    looked_at: Ints

    @classmethod
    def of(cls, axis: Axis, actions: pd.DataFrame) -> Actions:
        """Those of `actions` (`ticker`, `ex_date`, `kind`) that fall on the axis."""
        width = axis.shape[1] + 1
        known = actions[actions["ticker"].isin(axis.tickers)]
        rows = np.array([axis.row(t) for t in known["ticker"]], dtype=np.int64)
        days = pd.to_datetime(known["ex_date"], utc=True).dt.tz_localize(None)
        dates = days.to_numpy(dtype="datetime64[D]")
        keys = rows * width + np.searchsorted(axis.times, dates)
        kind = known["kind"]
        units = kind.isin(UNIT_KINDS).to_numpy()
        looked = (kind == "acknowledged").to_numpy()
        excuses = ~kind.isin((*UNIT_KINDS, *_NO_EXCUSE)).to_numpy()
        return cls(width, *(np.unique(keys[of]) for of in (units, excuses, looked)))

    def of_row(self, row: int) -> Actions:
        """Those of one ticker, as if it were alone on the axis."""
        low, high = row * self.width, (row + 1) * self.width

        def mine(keys: Ints) -> Ints:
            return keys[(keys >= low) & (keys < high)] - low

        units, excuses = mine(self.units), mine(self.excuses)
        return Actions(self.width, units, excuses, mine(self.looked_at))

    def between(self, rows: Ints, after: Ints, until: Ints) -> Bools:
        """Whether a split or an excuse falls after column `after`, up to `until`."""
        return self.splits(rows, after, until) | self.excused(rows, after, until)

    def splits(self, rows: Ints, after: Ints, until: Ints) -> Bools:
        """Whether a split falls after column `after`, up to and with `until`."""
        return self._any(self.units, rows, after, until)

    def excused(self, rows: Ints, after: Ints, until: Ints) -> Bools:
        """Whether an excuse falls after column `after`, up to and with `until`."""
        return self._any(self.excuses, rows, after, until)

    def acknowledged(self, rows: Ints, columns: Ints) -> Bools:
        """Whether someone looked at that bar and found it right."""
        return np.isin(rows * self.width + columns, self.looked_at)

    def _any(self, keys: Ints, rows: Ints, after: Ints, until: Ints) -> Bools:
        low = np.searchsorted(keys, rows * self.width + after, side="right")
        high = np.searchsorted(keys, rows * self.width + until, side="right")
        found: Bools = high > low
        return found
