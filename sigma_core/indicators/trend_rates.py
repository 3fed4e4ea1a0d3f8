"""Trend: its rate, and the price without it.

ppo · trix · linreg_slope · vortex · dpo
"""

from __future__ import annotations

from math import log

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import ema, true_range
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    line_slope,
    ratio,
    window_mean,
    window_sum,
)


@indicator(
    name="ppo",
    group="trend",
    title="Percentage price oscillator",
    inputs=("close",),
    params=(
        Param("fast", 12, 1, 500, "bars of the fast average"),
        Param("slow", 26, 2, 1000, "bars of the slow average"),
        Param("signal", 9, 1, 500, "bars of the line's own average"),
    ),
    outputs=(
        Output(
            "line",
            "ppo_line_{fast}_{slow}_{signal}",
            "fast − slow, per cent of slow",
            warmup=lambda p: int(p["slow"]),
            words="the PPO line ({fast}, {slow})",
        ),
        Output(
            "signal",
            "ppo_signal_{fast}_{slow}_{signal}",
            "EMA of the line",
            words="the PPO signal ({fast}, {slow}, {signal})",
        ),
        Output(
            "hist",
            "ppo_hist_{fast}_{slow}_{signal}",
            "line − signal",
            words="the PPO histogram ({fast}, {slow}, {signal})",
        ),
    ),
    warmup=lambda p: int(p["slow"] + p["signal"]) - 1,
    stable=lambda p: 9 * int(p["slow"] + p["signal"] + 1),
    check=lambda p: "" if p["fast"] < p["slow"] else "fast must be below slow.",
    source="Appel 1979; averages started as in TA-Lib",
    formula="line = 100·(EMA_fast − EMA_slow)/EMA_slow; signal = EMA_signal(line); "
    "hist = line − signal",
)
def ppo(bars: OneTicker, p: Floats, out: Floats) -> None:
    """MACD in per cent of the slow average, so that tickers compare. Each average
    starts from its own first bars, unlike those of `macd`: early values differ a
    little. NaN until warmed up.
    """
    close, line = bars.close, out[0]
    fast, slow, signal = int(p[0]), int(p[1]), int(p[2])
    base = np.empty(len(close))
    ema(close, fast, line)
    ema(close, slow, base)
    for t in range(len(close)):
        line[t] = 100.0 * ratio(line[t] - base[t], base[t])
    blank(out[1], slow - 1)
    ema(line[slow - 1 :], signal, out[1][slow - 1 :])
    for t in range(len(close)):
        out[2, t] = line[t] - out[1, t]


@indicator(
    name="trix",
    group="trend",
    title="Rate of the triple exponential average",
    inputs=("close",),
    params=(window_param(15, 1, high=500),),
    outputs=(
        Output("trix", "trix_{window}", "per cent per bar", words="TRIX ({window})"),
    ),
    warmup=lambda p: 3 * int(p["window"]) - 1,
    stable=lambda p: 15 * (int(p["window"]) + 1),
    source="Hutson 1983",
    formula="E = EMA_n(EMA_n(EMA_n(close))); 100·(E/E[t-1] − 1)",
)
def trix(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Change in per cent of the close averaged three times over. NaN until warmed
    up.
    """
    close = bars.close
    n, size = int(p[0]), len(close)
    once, twice = np.empty(size), np.empty(size)
    ema(close, n, once)
    ema(once[n - 1 :], n, twice[n - 1 :])
    ema(twice[2 * n - 2 :], n, once[2 * n - 2 :])
    blank(out[0], 3 * n - 2)
    for t in range(3 * n - 2, size):
        out[0, t] = 100.0 * (ratio(once[t], once[t - 1]) - 1.0)


@indicator(
    name="linreg_slope",
    group="trend",
    title="Slope of the log price on time",
    inputs=("close",),
    params=(window_param(60),),
    outputs=(
        Output(
            "slope",
            "linreg_slope_{window}",
            "log price per bar",
            words="the slope of the last {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Clenow 2015",
    formula="slope of the least-squares line of ln(close) on 1 … n",
)
def linreg_slope(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Growth per bar of the straight line through the last `window` log prices; over a
    year of 252 bars that is exp(252·slope) − 1. How straight it runs is `lr_r2`. NaN
    until the window is full.
    """
    close = bars.close
    steps = np.empty(len(close))
    for t in range(1, len(close)):
        steps[t] = log(close[t] / close[t - 1])
    blank(out[0], 1)
    line_slope(steps[1:], int(p[0]), out[0][1:])


@indicator(
    name="vortex",
    group="trend",
    title="Vortex, the ways up and down",
    inputs=("high", "low", "close"),
    params=(window_param(14, 1),),
    outputs=(
        Output(
            "plus",
            "vortex_plus_{window}",
            "upward movement",
            low=0,
            words="the upward vortex ({window})",
        ),
        Output(
            "minus",
            "vortex_minus_{window}",
            "downward movement",
            low=0,
            words="the downward vortex ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Botes & Siepman 2010",
    formula="plus = Σ|high − low[t-1]| / ΣTR, minus = Σ|low − high[t-1]| / ΣTR over n "
    "bars",
)
def vortex(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Way from the last low up to the high, and from the last high down to the low, as
    shares of the true ranges of `window` bars. NaN until warmed up and where no bar
    has a range (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    n, size = int(p[0]), len(close)
    ranges, up, down = np.empty(size), np.empty(size), np.empty(size)
    true_range(high, low, close, up)
    blank(ranges, 1)
    window_sum(up[1:], n, ranges[1:])
    for t in range(1, size):
        up[t] = abs(high[t] - low[t - 1])
        down[t] = abs(low[t] - high[t - 1])
    blank(out[0], 1)
    blank(out[1], 1)
    window_sum(up[1:], n, out[0][1:])
    window_sum(down[1:], n, out[1][1:])
    for t in range(size):
        out[0, t] = ratio(out[0, t], ranges[t])
        out[1, t] = ratio(out[1, t], ranges[t])


@indicator(
    name="dpo",
    group="trend",
    title="Detrended price oscillator",
    inputs=("close",),
    params=(window_param(20, 3),),
    outputs=(
        Output(
            "dpo",
            "dpo_{window}",
            "price units",
            degree=1,
            words="the detrended price ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic; not centred",
    formula="close[t-(n/2+1)] − SMA_n(close), n/2 rounded down",
)
def dpo(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The close of half a window ago without the average of the window, in price
    units. It is dated today, when the average is known: charts that draw it back at the
    old close's date look ahead. NaN until the window is full.
    """
    close, into = bars.close, out[0]
    n = int(p[0])
    back = n // 2 + 1
    window_mean(close, n, into)
    for t in range(n - 1, len(close)):
        into[t] = close[t - back] - into[t]
