"""Numbers that sum up an equity curve and its trades; None where one is undefined.

Definitions and worked examples: `docs/definitions/metrics.md`. Returns are of sessions,
252 a year; losses (drawdown, VaR, ES) are positive numbers.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sigma_core.backtest.fills import (
    D_COSTS,
    D_EQUITY,
    D_HALTED,
    D_INVESTED,
    D_TRADED,
    T_DIVIDENDS,
    T_EXIT,
    T_PAID,
    T_RECEIVED,
)
from sigma_core.backtest.results import Backtest
from sigma_core.frames import Floats

YEAR = 252
#: The share of the worst days that VaR and ES look at.
TAIL = 0.05

Metrics = dict[str, float | None]


def metrics(result: Backtest) -> Metrics:
    """All metrics of a backtest: those of its equity, its trades and its book."""
    closed = np.flatnonzero(result.trade_lines[:, T_EXIT] >= 0)
    received, dividends, paid = (
        result.trade_lines[closed, column]
        for column in (T_RECEIVED, T_DIVIDENDS, T_PAID)
    )
    return {
        **equity_metrics(result.equity),
        **_trades(received + dividends - paid, paid),
        **_book(result.days),
    }


def equity_metrics(equity: Floats) -> Metrics:
    """Return, risk and their ratios, of equity at each close."""
    returns = returns_of(equity)
    grown = float(equity[-1] / equity[0]) if len(equity) > 1 else math.nan
    cagr = grown ** (YEAR / len(returns)) - 1 if grown > 0 else math.nan
    depth = max_drawdown(equity)
    found = {
        "total_return": grown - 1,
        "cagr": cagr,
        "volatility": _deviation(returns) * math.sqrt(YEAR),
        "sharpe": _ratio(_mean(returns), _deviation(returns)) * math.sqrt(YEAR),
        "sortino": _ratio(_mean(returns), _downside(returns)) * math.sqrt(YEAR),
        "calmar": _ratio(cagr, depth),
        "max_drawdown": depth,
        "max_drawdown_sessions": float(drawdown_sessions(equity)),
        "var_95": _value_at_risk(returns),
        "es_95": _shortfall(returns),
    }
    return {name: _defined(value) for name, value in found.items()}


def trade_metrics(trades: pd.DataFrame) -> Metrics:
    """Of the closed ones of a table of trades: hits, profit factor, average win …"""
    closed = trades[~trades["open"]]
    return _trades(closed["pnl"].to_numpy(), closed["paid"].to_numpy())


def _trades(pnl: Floats, paid: Floats) -> Metrics:
    change, won, lost = pnl / paid, pnl > 0, pnl < 0
    found = {
        "trades": float(len(pnl)),
        "hit_rate": _mean(won.astype(np.float64)),
        "profit_factor": _ratio(float(pnl[won].sum()), -float(pnl[lost].sum())),
        "average_win": _mean(change[won]),
        "average_loss": _mean(change[lost]),
    }
    return {name: _defined(value) for name, value in found.items()}


def _book(days: Floats) -> Metrics:
    """Turnover a year, exposure, costs, share of sessions halted."""
    equity, sessions = days[:, D_EQUITY], max(len(days) - 1, 1)
    traded = float(days[:, D_TRADED].sum()) / 2
    found = {
        "turnover": _ratio(traded, _mean(equity)) * YEAR / sessions,
        "exposure": _mean(days[:, D_INVESTED] / equity),
        "costs": float(days[:, D_COSTS].sum()),
        "halted": _mean(days[:, D_HALTED]),
    }
    return {name: _defined(value) for name, value in found.items()}


def returns_of(equity: Floats) -> Floats:
    """Change from each close to the next, one fewer than the equity has."""
    changes: Floats = equity[1:] / equity[:-1] - 1
    return changes


def max_drawdown(equity: Floats) -> float:
    """The deepest fall below the highest equity so far, as a share of it."""
    if not len(equity):
        return math.nan
    return float(np.max(1 - equity / np.maximum.accumulate(equity)))


def drawdown_sessions(equity: Floats) -> int:
    """The most sessions in a row below a former high; the last may not be over."""
    below = equity < np.maximum.accumulate(equity)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], below, [False]))))
    return int(np.max(edges[1::2] - edges[::2])) if len(edges) else 0


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _deviation(returns: Floats) -> float:
    """Standard deviation with n − 1."""
    return float(returns.std(ddof=1)) if len(returns) > 1 else math.nan


def _downside(returns: Floats) -> float:
    """Root of the mean square of the returns below zero, over all days."""
    below = np.minimum(returns, 0.0)
    return math.sqrt(_mean(below**2)) if len(returns) else math.nan


def _ratio(over: float, under: float) -> float:
    # equal returns leave a deviation of rounding errors, not of risk
    return over / under if under > 1e-15 else math.nan


def _value_at_risk(returns: Floats) -> float:
    return -float(np.quantile(returns, TAIL)) if len(returns) else math.nan


def _shortfall(returns: Floats) -> float:
    worst = np.sort(returns)[: int((len(returns) - 1) * TAIL) + 1]
    return -_mean(worst)


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None
