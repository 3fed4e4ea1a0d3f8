"""The expressions of Qlib's Alpha158 over full windows, in plain numpy and pandas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]
N = 20


def named(columns: dict[str, np.ndarray | pd.Series]) -> Columns:
    return {f"{key}_{N}": np.asarray(values) for key, values in columns.items()}


def full(of_windows: np.ndarray) -> np.ndarray:
    """What was computed of each full window, with NaN before the first."""
    return np.concatenate([np.full(N - 1, np.nan), of_windows])


def kbar(t: Ticker) -> Columns:
    o, h, l, c = (t[name] for name in ("open", "high", "low", "close"))  # noqa: E741
    up, low, shift = h - np.maximum(o, c), np.minimum(o, c) - l, 2 * c - h - l
    return {
        "kmid": (c - o) / o,
        "klen": (h - l) / o,
        "kmid2": (c - o) / (h - l),
        "kup": up / o,
        "kup2": up / (h - l),
        "klow": low / o,
        "klow2": low / (h - l),
        "ksft": shift / o,
        "ksft2": shift / (h - l),
        "open0": o / c,
        "high0": h / c,
        "low0": l / c,
        "vwap0": (h + l + c) / 3 / c,
    }


def price_moments(t: Ticker) -> Columns:
    close = pd.Series(t["close"])
    window = close.rolling(N)
    return named({"ma": window.mean() / close, "std": window.std() / close})


def price_line(t: Ticker) -> Columns:
    time, windows = np.arange(N), sliding_window_view(t["close"], N)
    slope, start = np.polyfit(time, windows.T, 1)
    left = windows - (np.outer(slope, time) + start[:, None])
    r2 = 1 - left.var(axis=1) / windows.var(axis=1)
    today = windows[:, -1]
    columns = {"price_slope": slope / today, "rsqr": r2, "resi": left[:, -1] / today}
    return named({key: full(values) for key, values in columns.items()})


def price_extremes(t: Ticker) -> Columns:
    close = t["close"][N - 1 :]
    highs, lows = (sliding_window_view(t[name], N) for name in ("high", "low"))
    top, bottom = highs.max(axis=1), lows.min(axis=1)
    late, early = (highs.argmax(axis=1) + 1) / N, (lows.argmin(axis=1) + 1) / N
    columns = {
        "max": top / close,
        "min": bottom / close,
        "rsv": (close - bottom) / (top - bottom),
        "imax": late,
        "imin": early,
        "imxd": late - early,
    }
    return named({key: full(values) for key, values in columns.items()})


def price_ranks(t: Ticker) -> Columns:
    close = pd.Series(t["close"])
    window = close.rolling(N)
    upper, lower = window.quantile(0.8) / close, window.quantile(0.2) / close
    return named({"qtlu": upper, "qtld": lower, "rank": window.rank(pct=True)})


def moves(x: pd.Series) -> tuple[pd.Series, ...]:
    step = x.diff()
    up = step.clip(lower=0).rolling(N).sum() / step.abs().rolling(N).sum()
    down = (-step).clip(lower=0).rolling(N).sum() / step.abs().rolling(N).sum()
    return up, down, up - down


def price_moves(t: Ticker) -> Columns:
    close = pd.Series(t["close"])
    step = close.diff()
    rose, fell = (
        hit.astype(float).where(step.notna()).rolling(N).mean()
        for hit in (step > 0, step < 0)
    )
    up, down, both = moves(close)
    counts = {"cntp": rose, "cntn": fell, "cntd": rose - fell}
    return named({**counts, "sump": up, "sumn": down, "sumd": both})


def volume_moves(t: Ticker) -> Columns:
    up, down, both = moves(pd.Series(t["volume"]))
    return named({"vsump": up, "vsumn": down, "vsumd": both})


def volume_moments(t: Ticker) -> Columns:
    volume = pd.Series(t["volume"])
    window = volume.rolling(N)
    return named({"vma": window.mean() / volume, "vstd": window.std() / volume})


def wvma(t: Ticker) -> Columns:
    close, volume = pd.Series(t["close"]), pd.Series(t["volume"])
    window = ((close / close.shift(1) - 1).abs() * volume).rolling(N)
    return named({"wvma": window.std() / window.mean()})


def price_volume_corr(t: Ticker) -> Columns:
    close, volume = pd.Series(t["close"]), pd.Series(t["volume"])
    ways = close / close.shift(1), np.log(volume / volume.shift(1) + 1)
    level = close.rolling(N).corr(np.log(volume))
    return named({"corr": level, "cord": ways[0].rolling(N).corr(ways[1])})


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "kbar": kbar,
    "ref_close": lambda t: named({"ref": pd.Series(t["close"]).shift(N) / t["close"]}),
    "price_moments": price_moments,
    "price_line": price_line,
    "price_extremes": price_extremes,
    "price_ranks": price_ranks,
    "price_moves": price_moves,
    "volume_moves": volume_moves,
    "volume_moments": volume_moments,
    "wvma": wvma,
    "price_volume_corr": price_volume_corr,
}
