"""pandas: one long table, `groupby("ticker")`, its own rolling and ewm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from tasks import FIELDS, read_bars


class Table:
    """The long table with what the indicators share."""

    def __init__(self, bars: dict[str, np.ndarray]) -> None:
        self.shape = bars["close"].shape
        tickers, sessions = self.shape
        self.ticker = np.repeat(np.arange(tickers), sessions)
        self.at = np.tile(np.arange(sessions), tickers)
        self.open, self.high, self.low, self.close, self.volume = (
            pd.Series(bars[name].ravel()) for name in FIELDS
        )

    def lag(self, x: pd.Series, n: int = 1) -> pd.Series:
        return x.groupby(self.ticker, sort=False).shift(n)

    def roll(self, x: pd.Series, n: int, how: str) -> pd.Series:
        window = x.groupby(self.ticker, sort=False).rolling(n)
        found = window.std(ddof=0) if how == "std" else getattr(window, how)()
        return found.reset_index(level=0, drop=True)

    def ewm(self, x: pd.Series, seed: pd.Series, at: int, alpha: float) -> pd.Series:
        """An average with its first value, `seed`, on bar `at`."""
        seeded = x.where(self.at > at, seed.where(self.at == at))
        groups = seeded.groupby(self.ticker, sort=False)
        averaged = groups.ewm(alpha=alpha, adjust=False).mean()
        return averaged.reset_index(level=0, drop=True)

    def ema(self, x: pd.Series, n: int, at: int) -> pd.Series:
        return self.ewm(x, self.roll(x, n, "mean"), at, 2 / (n + 1))

    def wilder(self, x: pd.Series, n: int, at: int) -> pd.Series:
        return self.ewm(x, self.roll(x, n, "mean"), at, 1 / n)

    def wilder_sum(self, x: pd.Series, n: int) -> pd.Series:
        """Wilder's sum as a mean, seeded with the first n−1 values."""
        return self.ewm(x, self.roll(x, n - 1, "sum") / n, n - 1, 1 / n)

    def true_range(self) -> pd.Series:
        before = self.lag(self.close)
        span = np.maximum(self.high, before) - np.minimum(self.low, before)
        return span.where(self.at > 0)


def load(folder: Path) -> Table:
    return Table(read_bars(folder))


def factors(t: Table) -> dict[str, np.ndarray]:
    close = t.close
    atr = t.wilder(t.true_range(), 14, 14)
    mid, band = t.roll(close, 20, "mean"), 2 * t.roll(close, 20, "std")
    columns = {
        "sma_20": mid,
        "ema_20": t.ema(close, 20, 19),
        "wma_20": sum(t.lag(close, age) * (20 - age) for age in range(20)) / 210,
        "roc_10": close / t.lag(close, 10) - 1,
        "rsi_14": _rsi(t),
        "atr_14": atr,
        "natr_14": 100 * atr / close,
        **_adx(t),
        **_macd(t),
        "bollinger_upper": mid + band,
        "bollinger_mid": mid,
        "bollinger_lower": mid - band,
        "bollinger_width": 2 * band / mid,
        "bollinger_pct_b": (close - mid + band) / (2 * band),
        **_ranges(t),
        "cci_20": _cci(t),
        "mfi_14": _mfi(t),
    }
    return {name: x.to_numpy().reshape(t.shape) for name, x in columns.items()}


def scan(t: Table) -> dict[str, np.ndarray]:
    close, prior = t.close, t.lag(t.roll(t.high, 20, "max"))
    columns = {
        "donchian_high_20": prior,
        "bos_20": (close - prior) / t.wilder(t.true_range(), 14, 14),
        "adx_14": _adx(t)["adx_14"],
        "rsi_14": _rsi(t),
        "ret_20": close / t.lag(close, 20) - 1,
        "ret_63": close / t.lag(close, 63) - 1,
        "ema_20": t.ema(close, 20, 19),
        "ema_50": t.ema(close, 50, 49),
    }
    return {name: x.to_numpy().reshape(t.shape)[:, -1] for name, x in columns.items()}


def newbar(t: Table) -> dict[str, np.ndarray]:
    """It keeps nothing between bars: all of them are computed again."""
    return scan(t)


def _rsi(t: Table) -> pd.Series:
    step = t.close - t.lag(t.close)
    gain = t.wilder(step.clip(lower=0), 14, 14)
    loss = t.wilder((-step).clip(lower=0), 14, 14)
    return 100 * gain / (gain + loss)


def _adx(t: Table) -> dict[str, pd.Series]:
    rise, fall = t.high - t.lag(t.high), t.lag(t.low) - t.low
    up = rise.where((rise > fall) & (rise > 0), 0.0).where(t.at > 0)
    down = fall.where((fall > rise) & (fall > 0), 0.0).where(t.at > 0)
    ups, downs = t.wilder_sum(up, 14), t.wilder_sum(down, 14)
    ranges = t.wilder_sum(t.true_range(), 14)
    dx = (100 * (ups - downs).abs() / (ups + downs)).where(t.at >= 14)
    return {
        "adx_14": t.wilder(dx, 14, 27),
        "plus_di_14": (100 * ups / ranges).where(t.at >= 14),
        "minus_di_14": (100 * downs / ranges).where(t.at >= 14),
    }


def _macd(t: Table) -> dict[str, pd.Series]:
    line = t.ema(t.close, 12, 25) - t.ema(t.close, 26, 25)
    signal = t.ema(line, 9, 33)
    line = line.where(t.at >= 33)
    return {"macd_line": line, "macd_signal": signal, "macd_hist": line - signal}


def _ranges(t: Table) -> dict[str, pd.Series]:
    top, bottom = t.roll(t.high, 14, "max"), t.roll(t.low, 14, "min")
    place = 100 * (t.close - bottom) / (top - bottom)
    k = t.roll(place, 3, "mean")
    d = t.roll(k, 3, "mean")
    return {"stochastic_k": k, "stochastic_d": d, "williams_r_14": place - 100}


def _cci(t: Table) -> pd.Series:
    typical = (t.high + t.low + t.close) / 3
    mean = t.roll(typical, 20, "mean")
    spread = sum((t.lag(typical, age) - mean).abs() for age in range(20)) / 20
    return (typical - mean) / (0.015 * spread)


def _mfi(t: Table) -> pd.Series:
    typical = (t.high + t.low + t.close) / 3
    flow, before = typical * t.volume, t.lag(typical)
    up = t.roll(flow.where(typical > before, 0.0).where(t.at > 0), 14, "sum")
    down = t.roll(flow.where(typical < before, 0.0).where(t.at > 0), 14, "sum")
    return 100 * up / (up + down)
