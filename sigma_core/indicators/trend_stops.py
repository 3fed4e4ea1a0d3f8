"""Trend: stops and clouds that follow the price.

psar · supertrend · ichimoku
"""

from __future__ import annotations

from math import nan

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import average_range
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    Params,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, window_high, window_low


@indicator(
    name="psar",
    group="trend",
    title="Parabolic stop and reverse",
    inputs=("high", "low"),
    params=(
        Param("af", 0.02, 0.001, 1.0, "share of the way to the extreme, per new one"),
        Param("max", 0.2, 0.001, 1.0, "largest share"),
    ),
    outputs=(
        Output(
            "stop",
            "psar_stop_{af}_{max}",
            "the stop",
            degree=1,
            words="the parabolic stop ({af}, {max})",
        ),
        Output(
            "dir",
            "psar_dir_{af}_{max}",
            "1 = long, −1 = short",
            low=-1,
            high=1,
            words="the parabolic direction ({af}, {max})",
        ),
    ),
    warmup=lambda p: 2,
    stable=None,
    check=lambda p: "" if p["af"] <= p["max"] else "af must not be above max.",
    source="Wilder 1978; started as in TA-Lib",
    formula="stop += a·(extreme − stop), kept out of the last two bars' range; a grows "
    "by af with each new extreme, up to max; a touch turns the direction and puts the "
    "stop on the extreme",
)
def psar(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Stop that closes in on the price, and the side it protects: below the lows when
    long, above the highs when short. The first direction is that of the second bar's
    larger move, so all depends on the first bar. NaN on it; the direction is NaN while
    the price has never moved.
    """
    high, low = bars.high, bars.low
    blank(out[0], 1)
    blank(out[1], 1)
    if len(high) < 2:
        return
    fall, rise = low[0] - low[1], high[1] - high[0]
    # Prices are held times the side, so that one arithmetic serves both of them.
    side = -1.0 if fall > 0.0 and fall > rise else 1.0
    share, stop, best = p[0], _near(high, low, 0, side), _far(high, low, 1, side)
    for t in range(1, len(high)):
        shown = stop
        if _near(high, low, t, side) <= stop:
            side = -side
            shown = stop = _outside(high, low, t, side, -best)
            share, best = p[0], _far(high, low, t, side)
        elif _far(high, low, t, side) > best:
            share, best = min(share + p[0], p[1]), _far(high, low, t, side)
        out[0, t] = side * shown
        out[1, t] = side if best != shown else nan
        stop = _outside(high, low, t, side, stop + share * (best - stop))


def _near(high: Floats, low: Floats, t: int, side: float) -> float:
    """The end of the bar that is nearer to the stop, times the side."""
    return low[t] if side > 0.0 else -high[t]  # type: ignore[no-any-return]


def _far(high: Floats, low: Floats, t: int, side: float) -> float:
    """The end of the bar that is away from the stop, times the side."""
    return high[t] if side > 0.0 else -low[t]  # type: ignore[no-any-return]


def _outside(high: Floats, low: Floats, t: int, side: float, stop: float) -> float:
    """A stop kept out of the range of this bar and the one before."""
    before = max(t - 1, 1)  # the first bar only gave the first stop
    now, then = _near(high, low, t, side), _near(high, low, before, side)
    return min(stop, now, then)


@indicator(
    name="supertrend",
    group="trend",
    title="Supertrend, a stop of average ranges",
    inputs=("high", "low", "close"),
    params=(
        window_param(10, 1, high=500),
        Param("k", 3.0, 0.1, 20.0, "average ranges from the middle of a bar"),
    ),
    outputs=(
        Output(
            "line",
            "supertrend_line_{window}_{k}",
            "lower band when up, upper band when down",
            degree=1,
            words="the supertrend ({window}, {k})",
        ),
        Output(
            "dir",
            "supertrend_dir_{window}_{k}",
            "1 = up, −1 = down",
            low=-1,
            high=1,
            words="the supertrend's direction ({window}, {k})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(25 * p["window"] * max(1.0, p["k"] / 3.0)),
    source="Seban 2008; started upwards as in TA-Lib",
    formula="bands (high + low)/2 ± k·ATR_n; the upper one only falls and the lower "
    "one only rises, until the close before was beyond it; a close beyond turns",
)
def supertrend(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Stop of `k` average ranges that moves with the trend only, in price units, and
    the trend's direction. A band is forgotten when the trend turns or moves on; a
    market that stands still remembers longer. NaN until warmed up; the direction is NaN
    where both bands are one (no range at all).
    """
    high, low, close = bars.high, bars.low, bars.close
    line, way = out[0], out[1]
    n = int(p[0])
    average_range(high, low, close, n, line)
    blank(way, n)
    upper, lower, side = np.inf, -np.inf, 1.0
    for t in range(n, len(close)):
        middle, reach = 0.5 * (high[t] + low[t]), p[1] * line[t]
        if middle + reach < upper or close[t - 1] > upper:
            upper = middle + reach
        if middle - reach > lower or close[t - 1] < lower:
            lower = middle - reach
        side = 1.0 if close[t] > upper else (-1.0 if close[t] < lower else side)
        line[t] = lower if side > 0.0 else upper
        way[t] = side if upper != lower else nan


def _cloud_ready(p: Params) -> int:
    return int(p["base"] + p["slow"])


@indicator(
    name="ichimoku",
    group="trend",
    title="Ichimoku lines",
    inputs=("high", "low"),
    params=(
        Param("fast", 9, 1, 500, "bars of the turning line (tenkan)"),
        Param("base", 26, 2, 500, "bars of the base line (kijun), and of the shift"),
        Param("slow", 52, 3, 1000, "bars of the second span"),
    ),
    outputs=(
        Output(
            "tenkan",
            "ichimoku_tenkan_{fast}_{base}_{slow}",
            "turning line",
            degree=1,
            low=0,
            warmup=lambda p: int(p["fast"]),
            words="the tenkan line ({fast})",
        ),
        Output(
            "kijun",
            "ichimoku_kijun_{fast}_{base}_{slow}",
            "base line",
            degree=1,
            low=0,
            warmup=lambda p: int(p["base"]),
            words="the kijun line ({base})",
        ),
        Output(
            "span_a",
            "ichimoku_span_a_{fast}_{base}_{slow}",
            "mean of the two lines, `base` bars ago",
            degree=1,
            low=0,
            warmup=lambda p: 2 * int(p["base"]),
            words="the Ichimoku span A ({fast}, {base})",
        ),
        Output(
            "span_b",
            "ichimoku_span_b_{fast}_{base}_{slow}",
            "middle of the slow range, `base` bars ago",
            degree=1,
            low=0,
            words="the Ichimoku span B ({base}, {slow})",
        ),
    ),
    warmup=_cloud_ready,
    stable=_cloud_ready,
    check=lambda p: (
        "" if p["fast"] < p["base"] < p["slow"] else "give fast < base < slow."
    ),
    source="Hosoda 1969",
    formula="m(n) = (max high + min low)/2 of n bars; tenkan = m(fast), kijun = "
    "m(base), span_a = (tenkan + kijun)/2 and span_b = m(slow) as of `base` bars ago",
)
def ichimoku(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Middles of three ranges, in price units. The spans are those drawn under today's
    bar: known `base` bars ago. The chikou line is left out, as it is the close drawn
    where it was not yet known. NaN until warmed up.
    """
    high, low = bars.high, bars.low
    size, shift = len(high), int(p[1])
    cloud = np.empty(size)
    mid_range(high, low, int(p[0]), out[0])
    mid_range(high, low, shift, out[1])
    mid_range(high, low, int(p[2]), cloud)
    blank(out[2], shift)
    blank(out[3], shift)
    for t in range(shift, size):
        out[2, t] = 0.5 * (out[0, t - shift] + out[1, t - shift])
        out[3, t] = cloud[t - shift]


def mid_range(high: Floats, low: Floats, n: int, out: Floats) -> None:
    """Middle between the highest high and the lowest low of `n` bars."""
    bottom = np.empty(len(low))
    window_high(high, n, out)
    window_low(low, n, bottom)
    for t in range(len(low)):
        out[t] = 0.5 * (out[t] + bottom[t])
