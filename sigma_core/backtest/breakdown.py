"""Where the result comes from: years, sectors, regimes, and its best days.

Definitions: `docs/definitions/breakdowns.md`. A session's regime is known at the close
of the session before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.backtest.metrics import equity_metrics, returns_of, trade_metrics
from sigma_core.frames import Floats, Times

TREND_SESSIONS = 200
VOLATILITY_SESSIONS = 20
#: Values of volatility that a tercile needs.
TERCILE_HISTORY = 252
VOLATILITIES = ("low", "middle", "high")
UNKNOWN = "unknown"
_SHOWN = ("total_return", "volatility", "sharpe", "max_drawdown")


def by_year(sessions: Times, equity: Floats) -> pd.DataFrame:
    """A row a calendar year: its sessions' returns put together."""
    years = sessions[1:].astype("datetime64[Y]").astype(str)
    return by_label(years, returns_of(equity), "year")


def by_regime(regimes: Sequence[str], equity: Floats) -> pd.DataFrame:
    """A row a regime; `regimes` has one for each session of the equity."""
    return by_label(np.asarray(regimes)[1:], returns_of(equity), "regime")


def by_label(labels: npt.NDArray[np.str_], returns: Floats, name: str) -> pd.DataFrame:
    """Sessions, return, volatility, Sharpe and drawdown of the days of each label.

    The days of one label are put together as if they followed each other.
    """
    rows = []
    for label in np.unique(labels).tolist():
        own = returns[labels == label]
        found = equity_metrics(_equity(own))
        shown = {metric: found[metric] for metric in _SHOWN}
        rows.append({name: label, "sessions": len(own), **shown})
    return pd.DataFrame(rows, columns=[name, "sessions", *_SHOWN])


def by_sector(trades: pd.DataFrame, sectors: Mapping[str, str]) -> pd.DataFrame:
    """A row a sector: what its trades brought, open ones at their last value."""
    named = trades["ticker"].map(lambda ticker: sectors.get(ticker, UNKNOWN))
    rows = []
    for sector, own in trades.groupby(named):
        found = trade_metrics(own)
        rows.append(
            {
                "sector": sector,
                "trades": len(own),
                "pnl": own["pnl"].sum(),
                "hit_rate": found["hit_rate"],
                "profit_factor": found["profit_factor"],
            }
        )
    columns = ["sector", "trades", "pnl", "hit_rate", "profit_factor"]
    return pd.DataFrame(rows, columns=columns)


def without_best(equity: Floats, share: float = 0.05) -> dict[str, float | None]:
    """The metrics of the equity without its best days, `share` of them rounded down."""
    returns = returns_of(equity)
    kept = np.ones(len(returns), np.bool_)
    kept[np.argsort(-returns, kind="stable")[: int(len(returns) * share)]] = False
    return equity_metrics(_equity(returns[kept]))


def _equity(returns: Floats) -> Floats:
    """What 1 becomes by these returns, 1 itself first."""
    grown: Floats = np.cumprod(np.append(1.0, 1 + returns)).astype(np.float64)
    return grown


def regimes(closes: Floats) -> list[str]:
    """The regime of each session by a benchmark's closes up to the session before.

    `above` or `below` its mean of 200 closes, and the tercile of its 20-session
    volatility among all values so far: `above high`, …; `unknown` until there are 200
    closes and 252 values, and where a close is missing.
    """
    count = len(closes)
    series = pd.Series(closes)
    mean = series.rolling(TREND_SESSIONS).mean().to_numpy()
    changes = series.pct_change(fill_method=None)
    volatility = changes.rolling(VOLATILITY_SESSIONS).std().to_numpy()
    found = [UNKNOWN] * count
    for t in range(1, count):
        known = volatility[:t][~np.isnan(volatility[:t])]
        now = volatility[t - 1]
        if np.isnan(mean[t - 1]) or np.isnan(now) or len(known) < TERCILE_HISTORY:
            continue
        trend = "above" if closes[t - 1] >= mean[t - 1] else "below"
        low, high = np.quantile(known, [1 / 3, 2 / 3])
        found[t] = f"{trend} {VOLATILITIES[int(now > low) + int(now > high)]}"
    return found
