"""How many bars each ticker has in each month, against the calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sigma_core.frames import BarArrays


def months(bars: BarArrays) -> pd.DataFrame:
    """Usable bars per ticker and month: ticker, month, bars, expected.

    `month` is its first day. Expected are the calendar's sessions (or bars) between the
    ticker's first and last usable bar; months before and after are left out.
    """
    held = ~np.isnan(bars.close)
    inside = np.zeros_like(held)
    for ticker in np.flatnonzero(held.any(axis=1)):
        at = np.flatnonzero(held[ticker])
        inside[ticker, at[0] : at[-1] + 1] = True
    month = bars.axis.times.astype("datetime64[M]")
    first = np.flatnonzero(np.append(True, month[1:] != month[:-1]))
    counts = np.add.reduceat(held, first, axis=1, dtype=np.int64)
    expected = np.add.reduceat(inside, first, axis=1, dtype=np.int64)
    row, span = np.nonzero(expected)
    names = np.array(bars.axis.tickers, dtype=object)
    return pd.DataFrame(
        {
            "ticker": names[row],
            "month": month[first][span].astype("datetime64[us]"),
            "bars": counts[row, span],
            "expected": expected[row, span],
        }
    )
