"""Other people's arithmetic for structure and past returns: TA-Lib, or plain pandas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]


def flags(true: pd.Series, first: int) -> np.ndarray:
    """1 and 0 from the bar `first` on, counted from 0."""
    return np.where(np.arange(len(true)) < first, np.nan, true.astype(float))


def donchian_breakout(t: Ticker) -> Columns:
    close, high, low = (pd.Series(t[name]) for name in ("close", "high", "low"))
    above = flags(close > high.rolling(20).max().shift(1), 20)
    below = flags(close < low.rolling(20).min().shift(1), 20)
    return {"donchian_breakout_20": above - below}


def days_since_high(t: Ticker) -> Columns:
    place = talib.MAXINDEX(t["close"], 252).astype(float)
    since = np.arange(float(len(place))) - place
    since[:251] = np.nan
    return {"days_since_high_252": since}


def pivot_floor(t: Ticker) -> Columns:
    bars = pd.DataFrame(t).shift(1)
    pp = bars[["high", "low", "close"]].mean(axis=1, skipna=False)
    spread = bars["high"] - bars["low"]
    levels = (pp, 2 * pp - bars["low"], 2 * pp - bars["high"], pp + spread, pp - spread)
    keys = ("pp", "r1", "s1", "r2", "s2")
    return {
        f"pivot_floor_{key}": level.to_numpy()
        for key, level in zip(keys, levels, strict=True)
    }


def open_gap(t: Ticker) -> Columns:
    before = pd.Series(t["close"]).shift(1)
    ranges = pd.Series(talib.ATR(t["high"], t["low"], t["close"], 14)).shift(1)
    return {
        "open_gap": (t["open"] / before - 1).to_numpy(),
        "open_gap_atr": ((t["open"] - before) / ranges).to_numpy(),
    }


def nr7(t: Ticker) -> Columns:
    spread = pd.Series(t["high"] - t["low"])
    rank = spread.rolling(7).rank(method="max")
    return {"nr7": flags(rank == 1, 6)}


def inside_bar(t: Ticker) -> Columns:
    top, bottom = np.diff(t["high"]), np.diff(t["low"])
    inside = (top <= 0) & (bottom >= 0) & (top - bottom < 0)
    return {"inside_bar": np.concatenate([[np.nan], inside])}


def max_ret(t: Ticker) -> Columns:
    steps = pd.Series(t["close"]).pct_change(fill_method=None)
    return {"max_ret_21_1": steps.rolling(21).max().to_numpy()}


def mom_12_1(t: Ticker) -> Columns:
    month = pd.Series(talib.ROCP(t["close"], 231))
    return {"mom_12_1": month.shift(21).to_numpy()}


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "donchian_breakout": donchian_breakout,
    "high_52w": lambda t: {"high_52w_252": t["close"] / talib.MAX(t["close"], 252)},
    "days_since_high": days_since_high,
    "pivot_floor": pivot_floor,
    "open_gap": open_gap,
    "nr7": nr7,
    "inside_bar": inside_bar,
    "reversal_1m": lambda t: {"reversal_1m_21": -talib.ROCP(t["close"], 21)},
    "max_ret": max_ret,
    "mom_12_1": mom_12_1,
}
