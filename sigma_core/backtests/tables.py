"""A backtest's tables: one row a session, candidate, order, fill, trade, refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sigma_core.backtests.run import Backtested
from sigma_core.signal_models.base import Scores

#: each table, in the order in which one leads to the next
NAMES = ("daily", "signals", "orders", "fills", "trades", "refusals")


def table_of(done: Backtested, name: str) -> pd.DataFrame:
    """One of `NAMES`; columns as `backtest.results` says, days as timestamps."""
    if name == "daily":
        return daily(done)
    if name == "signals":
        return signals(done.scores)
    found: pd.DataFrame = getattr(done.result, name)
    return found


def daily(done: Backtested) -> pd.DataFrame:
    """The book day by day, the curves beside it, and the regime."""
    table = done.result.daily.copy()
    for kind in ("universe", "benchmark"):
        found = [curve.equity for curve in done.curves if curve.kind == kind]
        table[kind] = found[0] if found else np.nan
    return table.assign(regime=done.regimes)


def signals(scores: Scores) -> pd.DataFrame:
    """Every candidate: session, ticker, rank from 1 (ties from A to Z), score.

    `signal_session` and `signal_rank` of trades and fills point here.
    """
    times, rows = np.nonzero(scores.eligible.T)
    found = scores.score_total[rows, times]
    order = np.lexsort((rows, -found, times))
    times, rows, found = times[order], rows[order], found[order]
    begins = np.searchsorted(times, times, side="left")
    tickers = np.asarray(scores.axis.tickers, dtype=object)
    return pd.DataFrame(
        {
            "session": scores.axis.times[times].astype("datetime64[s]"),
            "ticker": tickers[rows],
            "rank": np.arange(len(times)) - begins + 1,
            "score": found,
        }
    )
