"""Recorded actions, placed on an axis: which moves they explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.frames import Axis, Bools, Ints


@dataclass(frozen=True)
class Actions:
    """Recorded actions on an axis: sorted keys (row, first session at or after it)."""

    width: int
    explains: Ints
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
        kind = known["kind"] if "kind" in known else pd.Series("split", known.index)
        looked = (kind == "acknowledged").to_numpy()
        explains = ~kind.isin(["dividend", "disputed"]).to_numpy()
        return cls(width, np.unique(keys[explains]), np.unique(keys[looked]))

    def between(self, rows: Ints, after: Ints, until: Ints) -> Bools:
        """Whether any action falls after column `after`, up to and with `until`."""
        low = np.searchsorted(self.explains, rows * self.width + after, side="right")
        high = np.searchsorted(self.explains, rows * self.width + until, side="right")
        found: Bools = high > low
        return found

    def acknowledged(self, rows: Ints, columns: Ints) -> Bools:
        """Whether someone looked at that bar and found it right."""
        return np.isin(rows * self.width + columns, self.looked_at)
