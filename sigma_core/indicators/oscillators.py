"""Momentum: oscillators of the strength of moves.

stoch_rsi · tsi · ultimate_oscillator · cmo · efficiency_ratio
"""

from __future__ import annotations

from math import nan

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import ema, true_range
from sigma_core.indicators.momentum import rsi
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    Params,
    indicator,
    window_param,
)
from sigma_core.indicators.trend_averages import straightness, way_walked
from sigma_core.indicators.windows import (
    blank,
    ratio,
    window_high,
    window_low,
    window_mean,
    window_sum,
)

# On a halted stock RSI only wavers by rounding: a smaller range (of 100) is none.
_NO_RANGE = 1e-9


def first_value(x: Floats) -> int:
    """Place of the first value that is no NaN; the length where there is none."""
    for t in range(len(x)):
        if x[t] == x[t]:
            return t
    return len(x)


@indicator(
    name="stoch_rsi",
    group="momentum",
    title="Stochastic RSI",
    inputs=("close",),
    params=(
        window_param(14, high=500),
        Param("range", 14, 2, 500, "bars of the RSI's range"),
        Param("signal", 3, 1, 100, "bars of the mean that makes %D"),
    ),
    outputs=(
        Output(
            "k",
            "stoch_rsi_k_{window}_{range}_{signal}",
            "place of the RSI in its range",
            low=0,
            high=100,
            warmup=lambda p: int(p["window"] + p["range"]),
            words="stochastic RSI %K ({window}, {range})",
        ),
        Output(
            "d",
            "stoch_rsi_d_{window}_{range}_{signal}",
            "mean of %K",
            low=0,
            high=100,
            words="stochastic RSI %D ({window}, {range}, {signal})",
        ),
    ),
    warmup=lambda p: int(p["window"] + p["range"] + p["signal"]) - 1,
    stable=lambda p: 22 * int(p["window"]) + int(p["range"] + p["signal"]),
    source="Chande & Kroll 1994",
    formula="%K = 100·(RSI_n − lowest)/(highest − lowest) of the RSIs of `range` bars; "
    "%D = mean of %K over `signal`",
)
def stoch_rsi(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Where the RSI stands between its extremes of `range` bars, 0 to 100; %K is not
    smoothed. NaN until warmed up and where the RSI has not moved (0/0), as on a
    halted stock.
    """
    reach, signal, size = int(p[1]), int(p[2]), len(bars.close)
    strength, bottom = np.empty((1, size)), np.empty(size)
    rsi(bars, p, strength)
    value, k, d = strength[0], out[0], out[1]
    begin = first_value(value)
    blank(k, begin)
    blank(bottom, begin)
    window_high(value[begin:], reach, k[begin:])
    window_low(value[begin:], reach, bottom[begin:])
    for t in range(size):
        room = k[t] - bottom[t]
        k[t] = 100.0 * (value[t] - bottom[t]) / room if room > _NO_RANGE else nan
    ready = begin + reach - 1
    blank(d, ready)
    window_mean(k[ready:], signal, d[ready:])


def _tsi_ready(p: Params) -> int:
    return int(p["long"] + p["short"])


@indicator(
    name="tsi",
    group="momentum",
    title="True strength index",
    inputs=("close",),
    params=(
        Param("long", 25, 1, 500, "bars of the first average of the changes"),
        Param("short", 13, 1, 500, "bars of the second average"),
        Param("signal", 7, 1, 500, "bars of the line's own average"),
    ),
    outputs=(
        Output(
            "line",
            "tsi_line_{long}_{short}_{signal}",
            "averaged change / averaged size of change",
            low=-100,
            high=100,
            warmup=_tsi_ready,
            words="the TSI line ({long}, {short})",
        ),
        Output(
            "signal",
            "tsi_signal_{long}_{short}_{signal}",
            "EMA of the line",
            low=-100,
            high=100,
            words="the TSI signal ({long}, {short}, {signal})",
        ),
    ),
    warmup=lambda p: _tsi_ready(p) + int(p["signal"]) - 1,
    stable=lambda p: 7 * int(p["long"] + p["short"] + p["signal"]),
    source="Blau 1991",
    formula="100·E(Δclose)/E(|Δclose|), E = EMA_short(EMA_long(·)); signal = "
    "EMA_signal(line)",
)
def tsi(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Changes of the close averaged twice, as a share of their sizes averaged alike,
    −100 to 100. NaN until warmed up and while the close has never changed (0/0); the
    signal begins with the line.
    """
    close, line = bars.close, out[0]
    long, short, signal = int(p[0]), int(p[1]), int(p[2])
    moves, sizes = np.empty(len(close)), np.empty(len(close))
    for t in range(1, len(close)):
        moves[t] = close[t] - close[t - 1]
        sizes[t] = abs(moves[t])
    twice_smoothed(moves, long, short)
    twice_smoothed(sizes, long, short)
    for t in range(len(close)):
        line[t] = 100.0 * ratio(moves[t], sizes[t])
    begin = first_value(line)
    blank(out[1], begin)
    ema(line[begin:], signal, out[1][begin:])


def twice_smoothed(x: Floats, long: int, short: int) -> None:
    """EMA of the EMA of the values from the second on, in their place."""
    blank(x, 1)
    ema(x[1:], long, x[1:])
    ema(x[long:], short, x[long:])


@indicator(
    name="ultimate_oscillator",
    group="momentum",
    title="Ultimate oscillator",
    inputs=("high", "low", "close"),
    params=(
        Param("short", 7, 1, 500, "bars of the window that weighs 4/7"),
        Param("medium", 14, 2, 500, "bars of the window that weighs 2/7"),
        Param("long", 28, 3, 500, "bars of the window that weighs 1/7"),
    ),
    outputs=(
        Output(
            "uo",
            "ultimate_oscillator_{short}_{medium}_{long}",
            "buying pressure",
            low=0,
            high=100,
            words="the ultimate oscillator ({short}, {medium}, {long})",
        ),
    ),
    warmup=lambda p: int(p["long"]) + 1,
    stable=lambda p: int(p["long"]) + 1,
    check=lambda p: (
        "" if p["short"] < p["medium"] < p["long"] else "give short < medium < long."
    ),
    source="Williams 1976",
    formula="100·(4·A_short + 2·A_medium + A_long)/7, A = ΣBP/ΣTR, BP = close − "
    "min(low, close[t-1])",
)
def ultimate_oscillator(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Share of the true ranges that closed above their low, over three windows of which
    the shortest weighs most, 0 to 100. NaN until warmed up and where a window has no
    range (0/0).
    """
    high, low, close, into = bars.high, bars.low, bars.close, out[0]
    size = len(close)
    ranges, bought = np.empty(size), np.empty(size)
    share, total = np.empty(size), np.empty(size)
    true_range(high, low, close, ranges)
    for t in range(1, size):
        bought[t] = close[t] - min(low[t], close[t - 1])
    blank(into, 1)
    into[1:] = 0.0
    for k in range(3):
        n, weight = int(p[k]), (4.0 if k == 0 else (2.0 if k == 1 else 1.0))
        window_sum(bought[1:], n, share[1:])
        window_sum(ranges[1:], n, total[1:])
        for t in range(1, size):
            into[t] += weight * ratio(share[t], total[t])
    for t in range(size):
        into[t] = 100.0 / 7.0 * into[t]


@indicator(
    name="cmo",
    group="momentum",
    title="Chande momentum oscillator",
    inputs=("close",),
    params=(window_param(14, 1),),
    outputs=(
        Output(
            "cmo",
            "cmo_{window}",
            "rises − falls, as a share of both",
            low=-100,
            high=100,
            words="Chande's momentum oscillator ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Chande 1994: plain sums, CMOU in TA-Lib (whose CMO is 2·RSI − 100)",
    formula="100·(Σrises − Σfalls)/(Σrises + Σfalls) over n changes of the close",
)
def cmo(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Rises less falls of the close as a share of both over `window` changes, −100 to
    100. Chande's plain sums, not the smoothed form, which is `rsi` on another scale.
    NaN until warmed up and where the close has not changed (0/0).
    """
    close, into = bars.close, out[0]
    n, size = int(p[0]), len(close)
    moves, sizes = np.empty(size), np.empty(size)
    for t in range(1, size):
        moves[t] = close[t] - close[t - 1]
    blank(into, 1)
    way_walked(close, n, sizes)
    window_sum(moves[1:], n, into[1:])
    for t in range(size):
        into[t] = 100.0 * ratio(into[t], sizes[t])


@indicator(
    name="efficiency_ratio",
    group="momentum",
    title="Kaufman's efficiency ratio",
    inputs=("close",),
    params=(window_param(10, 1),),
    outputs=(
        Output(
            "er",
            "efficiency_ratio_{window}",
            "way gained / way walked",
            low=0,
            high=1,
            words="the efficiency ratio ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Kaufman 1995",
    formula="|close − close[t-n]| / Σ|close − close[t-1]| over n bars",
)
def efficiency_ratio(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Distance gained over `window` bars as a share of the distance walked: 1 on a
    straight move, 0 on one that ends where it began. NaN until warmed up and where the
    close has not moved (0/0).
    """
    close, into = bars.close, out[0]
    n = int(p[0])
    way_walked(close, n, into)
    for t in range(n, len(close)):
        into[t] = straightness(close[t] - close[t - n], into[t])
