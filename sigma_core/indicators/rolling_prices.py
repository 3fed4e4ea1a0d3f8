"""Prices of a window against today's close: the rolling features of Alpha158.

ref_close · price_moments · price_line · price_extremes · price_ranks
"""

from __future__ import annotations

from math import nan, sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.direction import line_sums
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    divide,
    high_ages,
    ratio,
    replace_sorted,
    window_moments,
)

_UPPER = 0.8  # the lower quantile is its mirror, 0.2


@indicator(
    name="ref_close",
    group="momentum",
    title="Earlier close over the close",
    inputs=("close",),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "ref",
            "ref_{window}",
            "close before / close",
            low=0,
            words="the close of {window} {unit}s ago over today's",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Alpha158 of Qlib (its ROC), Yang et al. 2020",
    formula="close[t-n] / close",
)
def ref_close(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The close of `window` bars ago as a multiple of today's: above 1 after a fall.
    NaN until warmed up.
    """
    close, n = bars.close, int(p[0])
    blank(out[0], n)
    before, now, into = close, close[n:], out[0][n:]
    for t in range(len(into)):
        into[t] = ratio(before[t], now[t])


@indicator(
    name="price_moments",
    group="trend",
    title="Mean and deviation over the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "ma",
            "ma_{window}",
            "mean / close",
            low=0,
            words="the {window}-{unit} mean over the close",
        ),
        Output(
            "std",
            "std_{window}",
            "sample deviation / close",
            low=0,
            words="the {window}-{unit} deviation over the close",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="ma = mean(close)/close; std = √(Σ(close − mean)²/(n−1))/close, n bars",
)
def price_moments(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean and sample standard deviation of the last `window` closes, today's among
    them, as shares of today's close: 1 and 0 on a flat price. NaN until the window is
    full.
    """
    close = bars.close
    n = int(p[0])
    window_moments(close, n, out[0], out[1])
    sample = sqrt(n / (n - 1.0))
    deviation = out[1]
    for t in range(len(close)):
        deviation[t] *= sample
    divide(out[0], close)
    divide(deviation, close)


@indicator(
    name="price_line",
    group="trend",
    title="Straight line through the closes",
    inputs=("close",),
    params=(window_param(20, 3),),
    outputs=(
        Output(
            "slope",
            "price_slope_{window}",
            "slope per bar / close",
            words="the slope of {window} {unit}s over the close",
        ),
        Output(
            "rsqr",
            "rsqr_{window}",
            "share explained",
            low=0,
            high=1,
            words="the R² of {window} closes",
        ),
        Output(
            "resi",
            "resi_{window}",
            "(close − line) / close",
            words="the close above its {window}-{unit} line",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="least-squares line a + b·i of n closes: slope = b/close, rsqr = R², "
    "resi = (close − a − b·n)/close",
)
def price_line(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Slope of the least-squares line through the last `window` closes, how straight
    they run, and how far today's lies above the line. NaN until the window is full; no
    `rsqr` on a flat window (0/0).
    """
    close, slope, r2, left = bars.close, out[0], out[1], out[2]
    n, size = int(p[0]), len(close)
    for output in range(3):
        blank(out[output], n - 1)
    sums = np.empty((3, n))
    for end in range(n - 1, size, n):
        line_sums(close, end, n, sums)
        total = timed = squares = 0.0
        for t in range(end, min(end + n, size)):
            after = t - end
            distance = close[t] - close[end]
            total += distance
            timed += after * distance
            squares += distance * distance
            every = sums[0, after] + total
            slope[t] = sums[1, after] + timed - (after - 0.5 * (n - 1)) * every
            r2[t] = sums[2, after] + squares - every * every / n
            left[t] = distance - every / n
    times = n * (n * n - 1.0) / 12.0
    for t in range(size):
        shared, spread = slope[t], r2[t]
        found = shared * shared / (times * spread) if spread > 0.0 else nan
        r2[t] = 1.0 if found > 1.0 else found
        left[t] = ratio(left[t] - shared / times * 0.5 * (n - 1), close[t])
        slope[t] = ratio(shared / times, close[t])


@indicator(
    name="price_extremes",
    group="structure",
    title="High and low of the window",
    inputs=("high", "low", "close"),
    params=(window_param(20),),
    outputs=(
        Output(
            "max",
            "max_{window}",
            "highest high / close",
            low=0,
            words="the {window}-{unit} high over the close",
        ),
        Output(
            "min",
            "min_{window}",
            "lowest low / close",
            low=0,
            words="the {window}-{unit} low over the close",
        ),
        Output(
            "rsv",
            "rsv_{window}",
            "0 at the low, 1 at the high",
            low=0,
            high=1,
            words="the place of the close in the {window}-{unit} range",
        ),
        Output(
            "imax",
            "imax_{window}",
            "place of the high, 1 today",
            low=0,
            high=1,
            words="the place of the high among {window} {unit}s",
        ),
        Output(
            "imin",
            "imin_{window}",
            "place of the low, 1 today",
            low=0,
            high=1,
            words="the place of the low among {window} {unit}s",
        ),
        Output(
            "imxd",
            "imxd_{window}",
            "imax − imin",
            low=-1,
            high=1,
            words="the high's place less the low's ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="over n bars: max = max(high)/close, min = min(low)/close, rsv = (close − "
    "lowest)/(highest − lowest), imax = bar of the highest high (1 … n)/n, imin, imxd",
    several=True,
)
def price_extremes(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Highest high and lowest low of the last `window` bars against the close, where
    the close lies between them, and when they were; of equals the earliest counts. NaN
    until the window is full; no `rsv` where no bar has a range (0/0).
    """
    high_ages(bars.high, p, False, out, 6, 0, 3)
    high_ages(-bars.low, p, False, out, 6, 1, 4)
    for k in range(len(out) // 6):
        _placed(bars.close, int(p[k]), out[6 * k : 6 * k + 6])


def _placed(close: Floats, n: int, out: Floats) -> None:
    """Highs, lows below zero, and their ages, as the features of one window."""
    size, top, bottom = len(close), out[0], out[1]
    for t in range(size):
        out[2, t] = ratio(close[t] + bottom[t], top[t] + bottom[t])
    for t in range(size):
        bottom[t] = -bottom[t]
    divide(top, close)
    divide(bottom, close)
    for output in range(3, 5):
        ages = out[output]
        for t in range(size):
            ages[t] = (n - ages[t]) / n
    for t in range(size):
        out[5, t] = out[3, t] - out[4, t]


@indicator(
    name="price_ranks",
    group="momentum",
    title="Quantiles and rank of the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "qtlu",
            "qtlu_{window}",
            "80 % quantile / close",
            low=0,
            words="the upper quantile of {window} closes over today's",
        ),
        Output(
            "qtld",
            "qtld_{window}",
            "20 % quantile / close",
            low=0,
            words="the lower quantile of {window} closes over today's",
        ),
        Output(
            "rank",
            "rank_{window}",
            "share of closes not above today's",
            low=0,
            high=1,
            words="the rank of the close among {window}",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="of n closes: qtlu = Q80/close, qtld = Q20/close (on the line between "
    "two), rank = (below + (equal + 1)/2)/n, today's among the equal",
)
def price_ranks(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Upper and lower quantile of the last `window` closes over today's, and the rank
    of today's among them: 1 the highest, 1/`window` the lowest, equals share theirs.
    NaN until the window is full.
    """
    close = bars.close
    n = int(p[0])
    for output in range(3):
        blank(out[output], n - 1)
    if len(close) < n:
        return
    place = _UPPER * (n - 1)
    below = int(place)
    part = place - below
    mirrored = n - 1 - below  # the lower quantile lies as far from the other end
    ordered, spare = np.sort(close[:n]), np.empty(n + 1)
    for t in range(n - 1, len(close)):
        old = close[t - n] if t >= n else close[t]
        out[2, t] = replace_sorted(ordered, old, close[t], spare) / n
        low, high = ordered[below], ordered[mirrored]
        out[0, t] = low + (ordered[below + 1] - low) * part
        out[1, t] = high - (high - ordered[mirrored - 1]) * part
    divide(out[0], close)
    divide(out[1], close)
