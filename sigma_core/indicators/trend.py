"""Trend: averages of the price and their differences.

sma · ema · wma · macd · dist_to_ema
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import ema
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, linear_mean, ratio, window_mean


@indicator(
    name="sma",
    group="trend",
    title="Simple moving average",
    inputs=("close",),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "sma",
            "sma_{window}",
            "mean close",
            degree=1,
            low=0,
            words="the {window}-{unit} average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic",
    formula="mean(close[t-n+1 .. t])",
)
def sma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean of the last `window` closes. NaN until the window is full."""
    window_mean(bars.close, int(p[0]), out[0])


@indicator(
    name="ema",
    group="trend",
    title="Exponential moving average",
    inputs=("close",),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "ema",
            "ema_{window}",
            "smoothed close",
            degree=1,
            low=0,
            words="the {window}-{unit} exponential average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: 7 * (int(p["window"]) + 1),
    source="Hunter 1986",
    formula="e[t] = e[t-1] + 2/(n+1) · (close[t] − e[t-1]), e[n] = mean of first n",
)
def exponential(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Exponential average of the close, seeded with the mean of the first `window`
    closes. NaN until then. All earlier bars weigh in, ever less.
    """
    ema(bars.close, int(p[0]), out[0])


@indicator(
    name="wma",
    group="trend",
    title="Weighted moving average",
    inputs=("close",),
    params=(window_param(20, high=500),),
    outputs=(
        Output(
            "wma",
            "wma_{window}",
            "weighted close",
            degree=1,
            low=0,
            words="the {window}-{unit} weighted average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic",
    formula="Σ i·close[t-n+i] / Σ i, i = 1 … n: the newest weighs n",
)
def wma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean of the last `window` closes with weights n (newest) down to 1 (oldest).
    NaN until the window is full.
    """
    linear_mean(bars.close, int(p[0]), out[0])


@indicator(
    name="macd",
    group="trend",
    title="Moving average convergence and divergence",
    inputs=("close",),
    params=(
        Param("fast", 12, 1, 500, "bars of the fast average"),
        Param("slow", 26, 2, 1000, "bars of the slow average"),
        Param("signal", 9, 1, 500, "bars of the line's own average"),
    ),
    outputs=(
        Output(
            "line",
            "macd_line_{fast}_{slow}_{signal}",
            "fast − slow",
            degree=1,
            words="the MACD line ({fast}, {slow}, {signal})",
        ),
        Output(
            "signal",
            "macd_signal_{fast}_{slow}_{signal}",
            "its EMA",
            degree=1,
            words="the MACD signal ({fast}, {slow}, {signal})",
        ),
        Output(
            "hist",
            "macd_hist_{fast}_{slow}_{signal}",
            "line − signal",
            degree=1,
            words="the MACD histogram ({fast}, {slow}, {signal})",
        ),
    ),
    warmup=lambda p: int(p["slow"] + p["signal"] - 1),
    stable=lambda p: 7 * int(p["slow"] + p["signal"]),
    check=lambda p: "" if p["fast"] < p["slow"] else "fast must be less than slow.",
    source="Appel 1979; seeded as in TA-Lib",
    formula="line = EMA_fast(close) − EMA_slow(close); signal = EMA_signal(line); "
    "hist = line − signal; both averages get their first value on bar `slow`",
)
def macd(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Distance of two exponential averages, its own average, and what is between.
    Both averages start on the bar `slow`, each seeded with the mean of its own last
    bars. In price units: not comparable across tickers. NaN until all three are ready.
    """
    close = bars.close
    fast, slow, signal = int(p[0]), int(p[1]), int(p[2])
    for k in range(3):
        blank(out[k], slow + signal - 2)
    if len(close) < slow + signal - 1:
        return
    quick, line = np.empty(len(close)), np.empty(len(close))
    ema(close[slow - fast :], fast, quick[slow - fast :])
    ema(close, slow, line)
    for t in range(len(close)):
        line[t] = quick[t] - line[t]
    ema(line[slow - 1 :], signal, out[1][slow - 1 :])
    ready = slow + signal - 2
    shown, average, rest = out[0][ready:], out[1][ready:], out[2][ready:]
    came = line[ready:]
    for t in range(len(came)):
        shown[t] = came[t]
    for t in range(len(came)):
        rest[t] = came[t] - average[t]


@indicator(
    name="dist_to_ema",
    group="trend",
    title="Distance to the exponential average",
    inputs=("close",),
    params=(window_param(50, 1),),
    outputs=(
        Output(
            "dist",
            "dist_to_ema_{window}",
            "fraction",
            low=-1,
            words="the distance to the {window}-{unit} exponential average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: 7 * (int(p["window"]) + 1),
    source="classic",
    formula="close / EMA_n(close) − 1",
)
def dist_to_ema(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the close stands above its exponential average, as a fraction: 0.02 is
    2 % above. NaN until the average is ready.
    """
    close = bars.close
    into = out[0]
    ema(close, int(p[0]), into)
    for t in range(len(close)):
        into[t] = ratio(close[t], into[t]) - 1.0
