"""Momentum: oscillators of where bars stand.

awesome_osc · fisher_transform · elder_ray · qstick
"""

from __future__ import annotations

from math import log, nan

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
from sigma_core.indicators.windows import blank, window_high, window_low, window_mean

_EDGE = 0.999  # Ehlers's: a place of ±1 would give an infinite value
_MOST = 7.61  # ln(1.999 / 0.001), where a price stays at the edge for ever


def middles(high: Floats, low: Floats) -> Floats:
    """The middle of each bar."""
    middle = np.empty(len(high))
    for t in range(len(high)):
        middle[t] = 0.5 * (high[t] + low[t])
    return middle


@indicator(
    name="awesome_osc",
    group="momentum",
    title="Awesome oscillator",
    inputs=("high", "low"),
    params=(
        Param("fast", 5, 1, 500, "bars of the fast average"),
        Param("slow", 34, 2, 1000, "bars of the slow average"),
    ),
    outputs=(
        Output(
            "ao",
            "awesome_osc_{fast}_{slow}",
            "price units",
            degree=1,
            words="the awesome oscillator ({fast}, {slow})",
        ),
    ),
    warmup=lambda p: int(p["slow"]),
    stable=lambda p: int(p["slow"]),
    check=lambda p: "" if p["fast"] < p["slow"] else "fast must be below slow.",
    source="B. Williams 1995",
    formula="SMA_fast(m) − SMA_slow(m), m = (high + low)/2",
)
def awesome_osc(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Simple average of the bars' middles over a few bars less that over many, in price
    units. NaN until the slow window is full.
    """
    middle, into = middles(bars.high, bars.low), out[0]
    base = np.empty(len(middle))
    window_mean(middle, int(p[0]), into)
    window_mean(middle, int(p[1]), base)
    for t in range(len(middle)):
        into[t] -= base[t]


@indicator(
    name="fisher_transform",
    group="momentum",
    title="Fisher transform of the price",
    inputs=("high", "low"),
    params=(window_param(10),),
    outputs=(
        Output(
            "fisher",
            "fisher_transform_{window}",
            "transformed place in the range",
            low=-_MOST,
            high=_MOST,
            warmup=lambda p: int(p["window"]),
            words="the Fisher transform ({window})",
        ),
        Output(
            "signal",
            "fisher_transform_signal_{window}",
            "the transform one bar before",
            low=-_MOST,
            high=_MOST,
            words="the Fisher transform of the bar before ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 80,
    source="Ehlers 2002",
    formula="v = 0.66·((m − lowest)/(highest − lowest) − 0.5) + 0.67·v[t-1] within "
    "±0.999, m = (high + low)/2, extremes of m over n bars; F = 0.5·ln((1 + v)/(1 − v))"
    " + 0.5·F[t-1]; signal = F[t-1]",
)
def fisher_transform(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The price's place in its range, smoothed and stretched so that the ends stand out
    as sharp turns. Both recursions start from 0. NaN until warmed up and on a window
    without a range (0/0), which leaves the recursions as they were.
    """
    middle, into, before = middles(bars.high, bars.low), out[0], out[1]
    n, size = int(p[0]), len(middle)
    bottom = np.empty(size)
    window_high(middle, n, into)
    window_low(middle, n, bottom)
    blank(before, n)
    value = level = 0.0
    for t in range(n - 1, size):
        room = into[t] - bottom[t]
        into[t] = nan
        if room > 0.0:
            place = (middle[t] - bottom[t]) / room - 0.5
            value = min(max(0.66 * place + 0.67 * value, -_EDGE), _EDGE)
            level = 0.5 * log((1.0 + value) / (1.0 - value)) + 0.5 * level
            into[t] = level
        if t >= n:
            before[t] = into[t - 1]


@indicator(
    name="elder_ray",
    group="momentum",
    title="Elder's bull and bear power",
    inputs=("high", "low", "close"),
    params=(window_param(13, 1),),
    outputs=(
        Output(
            "bull",
            "elder_ray_bull_{window}",
            "high − EMA",
            degree=1,
            words="the bull power ({window})",
        ),
        Output(
            "bear",
            "elder_ray_bear_{window}",
            "low − EMA",
            degree=1,
            words="the bear power ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: 9 * (int(p["window"]) + 1),
    source="Elder 1993",
    formula="bull = high − EMA_n(close), bear = low − EMA_n(close)",
)
def elder_ray(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the bar reaches above and below the exponential average of the close, in
    price units. NaN until the average is ready.
    """
    high, low = bars.high, bars.low
    bull, bear = out[0], out[1]
    ema(bars.close, int(p[0]), bear)
    for t in range(len(high)):
        bull[t] = high[t] - bear[t]
    for t in range(len(low)):
        bear[t] = low[t] - bear[t]


@indicator(
    name="qstick",
    group="momentum",
    title="Qstick, the mean body of the bars",
    inputs=("open", "close"),
    params=(window_param(10, 1),),
    outputs=(
        Output(
            "qstick",
            "qstick_{window}",
            "price units",
            degree=1,
            words="the Qstick ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Chande 1994",
    formula="SMA_n(close − open)",
)
def qstick(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean move from open to close over `window` bars, in price units. NaN until the
    window is full.
    """
    open_, close = bars.open, bars.close
    body = np.empty(len(close))
    for t in range(len(close)):
        body[t] = close[t] - open_[t]
    window_mean(body, int(p[0]), out[0])
