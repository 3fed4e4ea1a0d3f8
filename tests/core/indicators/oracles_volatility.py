"""Plain Python's and pandas' arithmetic for the volatilities, which TA-Lib has not."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt
from statistics import fmean, variance

import numpy as np
import pandas as pd
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]
Bar = dict[str, float]


def returns(t: Ticker) -> pd.Series:
    return pd.Series(np.log(t["close"])).diff()


def over_bars(t: Ticker, n: int, what: Callable[[list[Bar]], float]) -> np.ndarray:
    """`what` of each window of `n` bars."""
    bars = [dict(zip(t, cells, strict=True)) for cells in zip(*t.values(), strict=True)]
    ready = [what(bars[i - n + 1 : i + 1]) for i in range(n - 1, len(bars))]
    return np.array([float("nan")] * (n - 1) + ready)


def parkinson(bars: list[Bar]) -> float:
    squares = [log(b["high"] / b["low"]) ** 2 for b in bars]
    return sqrt(252 * fmean(squares) / (4 * log(2)))


def garman_klass(bars: list[Bar]) -> float:
    ranges = fmean(log(b["high"] / b["low"]) ** 2 for b in bars)
    bodies = fmean(log(b["close"] / b["open"]) ** 2 for b in bars)
    return sqrt(252 * (0.5 * ranges - (2 * log(2) - 1) * bodies))


def drift_free(b: Bar) -> float:
    up = log(b["high"] / b["close"]) * log(b["high"] / b["open"])
    return up + log(b["low"] / b["close"]) * log(b["low"] / b["open"])


def rogers_satchell(bars: list[Bar]) -> float:
    return sqrt(252 * fmean(drift_free(b) for b in bars))


def yang_zhang(bars: list[Bar]) -> float:
    """Of one bar more: the first one only gives its close."""
    now, n = bars[1:], len(bars) - 1
    before = zip(now, bars[:-1], strict=True)
    gaps = variance([log(b["open"] / a["close"]) for b, a in before])
    bodies = variance([log(b["close"] / b["open"]) for b in now])
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    inner = (1 - k) * fmean(drift_free(b) for b in now)
    return sqrt(252 * (gaps + k * bodies + inner))


def ewma_vol(t: Ticker) -> Columns:
    squares = (returns(t) ** 2).tolist()
    level = fmean(squares[1:21])
    levels = [float("nan")] * 20 + [level]
    for square in squares[21:]:
        level = 0.94 * level + 0.06 * square
        levels.append(level)
    return {"ewma_vol_0p94_252": np.sqrt(252 * np.array(levels))}


def downside_vol(t: Ticker) -> Columns:
    short = returns(t).clip(upper=0) ** 2
    return {"downside_vol_63_0_252": np.sqrt(252 * short.rolling(63).mean()).to_numpy()}


def vol_of_vol(t: Ticker) -> Columns:
    vol = returns(t).rolling(21).std() * sqrt(252)
    return {"vol_of_vol_21_63_252": vol.rolling(63).std().to_numpy()}


def chop(t: Ticker) -> Columns:
    ranges = pd.Series(talib.TRANGE(t["high"], t["low"], t["close"])).rolling(14).sum()
    room = talib.MAX(t["high"], 14) - talib.MIN(t["low"], 14)
    return {"chop_14": (100 * np.log10(ranges / room) / np.log10(14)).to_numpy()}


def squeeze(t: Ticker) -> Columns:
    upper, _, lower = talib.BBANDS(t["close"], 20, 2.0, 2.0)
    mid = talib.EMA(t["close"], 20)
    reach = 1.5 * talib.ATR(t["high"], t["low"], t["close"], 20)
    inside = ((upper < mid + reach) & (lower > mid - reach)).astype(float)
    return {"squeeze_20_2_1p5": np.where(np.isnan(reach), np.nan, inside)}


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "rv_close": lambda t: {
        "rv_close_21_252": (returns(t).rolling(21).std() * sqrt(252)).to_numpy()
    },
    "rv_parkinson": lambda t: {"rv_parkinson_21_252": over_bars(t, 21, parkinson)},
    "rv_garman_klass": lambda t: {
        "rv_garman_klass_21_252": over_bars(t, 21, garman_klass)
    },
    "rv_rogers_satchell": lambda t: {
        "rv_rogers_satchell_21_252": over_bars(t, 21, rogers_satchell)
    },
    "rv_yang_zhang": lambda t: {"rv_yang_zhang_21_252": over_bars(t, 22, yang_zhang)},
    "ewma_vol": ewma_vol,
    "downside_vol": downside_vol,
    "vol_of_vol": vol_of_vol,
    "chop": chop,
    "squeeze": squeeze,
}
