"""TA-Lib: a loop over tickers, one call per indicator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import talib
from tasks import FACTORS, SCAN, read_bars

Bars = dict[str, np.ndarray]


def load(folder: Path) -> Bars:
    return read_bars(folder)


def factors(bars: Bars) -> dict[str, np.ndarray]:
    shape = bars["close"].shape
    out = {name: np.empty(shape) for name in FACTORS}
    for row in range(shape[0]):
        h, l, c, v = (bars[n][row] for n in ("high", "low", "close", "volume"))  # noqa: E741
        out["sma_20"][row] = talib.SMA(c, 20)
        out["ema_20"][row] = talib.EMA(c, 20)
        out["wma_20"][row] = talib.WMA(c, 20)
        out["roc_10"][row] = talib.ROCP(c, 10)
        out["rsi_14"][row] = talib.RSI(c, 14)
        out["atr_14"][row] = talib.ATR(h, l, c, 14)
        out["natr_14"][row] = talib.NATR(h, l, c, 14)
        out["adx_14"][row] = talib.ADX(h, l, c, 14)
        out["plus_di_14"][row] = talib.PLUS_DI(h, l, c, 14)
        out["minus_di_14"][row] = talib.MINUS_DI(h, l, c, 14)
        line, signal, hist = talib.MACD(c, 12, 26, 9)
        out["macd_line"][row] = line
        out["macd_signal"][row] = signal
        out["macd_hist"][row] = hist
        upper, mid, lower = talib.BBANDS(c, 20, 2.0, 2.0)
        out["bollinger_upper"][row] = upper
        out["bollinger_mid"][row] = mid
        out["bollinger_lower"][row] = lower
        band = upper - lower
        out["bollinger_width"][row] = band / mid
        out["bollinger_pct_b"][row] = (c - lower) / band
        k, d = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
        out["stochastic_k"][row] = k
        out["stochastic_d"][row] = d
        out["williams_r_14"][row] = talib.WILLR(h, l, c, 14)
        out["cci_20"][row] = talib.CCI(h, l, c, 20)
        out["mfi_14"][row] = talib.MFI(h, l, c, v, 14)
    return out


def scan(bars: Bars) -> dict[str, np.ndarray]:
    tickers = len(bars["close"])
    out = {name: np.empty(tickers) for name in SCAN}
    for row in range(tickers):
        h, l, c = (bars[n][row] for n in ("high", "low", "close"))  # noqa: E741
        prior = talib.MAX(h, 20)[-2]
        out["donchian_high_20"][row] = prior
        out["bos_20"][row] = (c[-1] - prior) / talib.ATR(h, l, c, 14)[-1]
        out["adx_14"][row] = talib.ADX(h, l, c, 14)[-1]
        out["rsi_14"][row] = talib.RSI(c, 14)[-1]
        out["ret_20"][row] = talib.ROCP(c, 20)[-1]
        out["ret_63"][row] = talib.ROCP(c, 63)[-1]
        out["ema_20"][row] = talib.EMA(c, 20)[-1]
        out["ema_50"][row] = talib.EMA(c, 50)[-1]
    return out


def newbar(bars: Bars) -> dict[str, np.ndarray]:
    """It keeps nothing between bars: all of them are computed again."""
    return scan(bars)
